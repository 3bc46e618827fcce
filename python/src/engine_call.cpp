#include "engine_call.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "function_failure.h"
#include "laminar/connection.h"

namespace laminar::python {

namespace {

// The interpreter does not wait longer than this for calls that are under way when it ends.
constexpr auto kExitPatience = std::chrono::seconds(2);

std::atomic<int> engine_calls{0};
std::atomic<int> python_calls{0};
std::atomic<int> guests{0};
std::atomic<bool> exited{false};

// Calls that were under way in threads of the parent have none here to end them.
[[maybe_unused]] const int registered =
    pthread_atfork(nullptr, nullptr, [] { engine_calls = python_calls = guests = 0; });

thread_local int engine_calls_inside = 0;
thread_local int functions_inside = 0;

/// What goes when it may. Nothing of Python or the engine runs while the lock is held.
template <typename T>
class Leftovers {
 public:
  void Add(T value) {
    std::lock_guard guard(mutex_);
    values_.push_back(std::move(value));
    any_.store(true, std::memory_order_release);
  }
  /// Destroys them in this thread.
  void Drain() {
    if (!any_.load(std::memory_order_acquire)) return;
    std::vector<T> values;
    std::lock_guard guard(mutex_);
    values.swap(values_);
    any_.store(false, std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  std::vector<T> values_;
  std::atomic<bool> any_{false};
};

// Never destroyed: a Python object must not be let go of once the interpreter is gone.
auto& things_to_destroy = *new Leftovers<std::shared_ptr<void>>();
auto& objects_to_release = *new Leftovers<nb::object>();

}  // namespace

EngineCall::EngineCall() : state_(nullptr) {
  if (exited) return;
  if (functions_inside == 0) ForgetFailures();
  ++engine_calls;
  ++engine_calls_inside;
  state_ = PyEval_SaveThread();
  if (functions_inside == 0) things_to_destroy.Drain();
}

EngineCall::~EngineCall() {
  if (state_ == nullptr) return;
  if (functions_inside == 0) things_to_destroy.Drain();
  PyEval_RestoreThread(state_);
  --engine_calls;
  --engine_calls_inside;
  if (functions_inside != 0) return;
  objects_to_release.Drain();
  DeliverInterrupt();
}

PythonCall::PythonCall() : valid_(false) {
  ++python_calls;
  if (exited) {
    --python_calls;
    return;
  }
  valid_ = true;
  state_ = PyGILState_Ensure();
}

PythonCall::~PythonCall() {
  if (!valid_) return;
  PyGILState_Release(state_);
  --python_calls;
}

InsideFunction::InsideFunction() { ++functions_inside; }
InsideFunction::~InsideFunction() { --functions_inside; }
bool IsInsideFunction() { return functions_inside > 0; }
bool IsInsideEngineCall() { return engine_calls_inside > 0; }

void DestroyLater(std::shared_ptr<void> held) { things_to_destroy.Add(std::move(held)); }
void ReleaseLater(nb::object object) { objects_to_release.Add(std::move(object)); }

const std::function<void()> check_signals = [] {
  PythonCall call;
  if (call.valid() && PyErr_CheckSignals() != 0) throw nb::python_error();
};

void RegisterInterruptCheck() {
  SetInterruptCheck([] { check_signals(); });
}

PythonGuest::PythonGuest() { ++guests; }
PythonGuest::~PythonGuest() { --guests; }

void EndEngineCalls() {
  const auto deadline = std::chrono::steady_clock::now() + kExitPatience;
  const auto wait_while = [&](auto busy) {
    while (busy() && std::chrono::steady_clock::now() < deadline) {
      nb::gil_scoped_release others_run;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  };
  wait_while([] { return engine_calls > 0 || guests > 0; });
  exited = true;
  wait_while([] { return engine_calls > 0 || python_calls > 0; });
  objects_to_release.Drain();
}

}  // namespace laminar::python
