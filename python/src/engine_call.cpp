#include "engine_call.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>

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

}  // namespace

EngineCall::EngineCall() : state_(nullptr) {
  if (exited) return;
  ++engine_calls;
  state_ = PyEval_SaveThread();
}

EngineCall::~EngineCall() {
  if (state_ == nullptr) return;
  PyEval_RestoreThread(state_);
  --engine_calls;
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
}

}  // namespace laminar::python
