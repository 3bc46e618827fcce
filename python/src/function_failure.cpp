#include "function_failure.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

namespace laminar::python {

namespace {

// One that fails for every row need not be remembered for every row.
constexpr std::size_t kMostFailures = 16;

struct Failures {
  std::vector<std::pair<std::string, nb::object>> raised;
  bool interrupted = false;
};

// Not destroyed with its thread: the interpreter may be gone by then.
Failures& OfThisThread() {
  thread_local auto* const failures = new Failures();
  return *failures;
}

}  // namespace

std::string TextOf(const nb::python_error& raised) {
  const nb::object name = nb::getattr(raised.type(), "__name__");
  std::string text;
  try {
    text = nb::str(raised.value()).c_str();
  } catch (nb::python_error&) {
    // An exception that cannot be shown has its name.
  }
  return text.empty() ? nb::str(name).c_str() : fmt::format("{}: {}", nb::str(name).c_str(), text);
}

void RememberFailure(const std::string& text, const nb::python_error& raised) {
  Failures& failures = OfThisThread();
  if (failures.raised.size() < kMostFailures) failures.raised.emplace_back(text, nb::borrow(raised.value()));
}

nb::object FailureIn(std::string_view message) {
  for (const auto& [text, exception] : OfThisThread().raised) {
    if (message.find(text) != std::string_view::npos) return exception;
  }
  return nb::object();
}

void ForgetFailures() {
  Failures& failures = OfThisThread();
  if (!failures.raised.empty()) std::exchange(failures.raised, {});
}

void RememberInterrupt() { OfThisThread().interrupted = true; }

void DeliverInterrupt() {
  if (std::exchange(OfThisThread().interrupted, false)) PyErr_SetInterrupt();
}

}  // namespace laminar::python
