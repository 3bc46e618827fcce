// Crossing between Python and the engine: who holds the GIL, and how the interpreter comes to its end.
//
// Python code calls the engine under an EngineCall, which lets go of the GIL; engine threads call Python under a
// PythonCall, which takes it. No engine lock may be held where either begins.
//
// At exit every open connection is closed, all calls under way come to their end, and from then on EngineCall keeps the
// GIL and PythonCall is refused: a thread that asked for the GIL after the interpreter is gone would never return.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>

namespace laminar::python {

namespace nb = nanobind;

/// Releases the GIL for its lifetime. Made and destroyed by the same Python thread.
class EngineCall {
 public:
  EngineCall();
  ~EngineCall();
  EngineCall(const EngineCall&) = delete;
  EngineCall& operator=(const EngineCall&) = delete;

 private:
  PyThreadState* state_;
};

/// Holds the GIL for its lifetime, on any thread. When it is not valid nothing of Python may be touched.
class PythonCall {
 public:
  PythonCall();
  ~PythonCall();
  PythonCall(const PythonCall&) = delete;
  PythonCall& operator=(const PythonCall&) = delete;

  bool valid() const { return valid_; }

 private:
  bool valid_;
  PyGILState_STATE state_{};
};

/// For waits in the engine: handles the signals that Python has pending, and throws what their handlers raise.
extern const std::function<void()> check_signals;

/// Makes it what waits of the engine ask that are given no function.
void RegisterInterruptCheck();

/// While one exists, an engine thread will still want the GIL to let go of Python objects.
class PythonGuest {
 public:
  PythonGuest();
  ~PythonGuest();
  PythonGuest(const PythonGuest&) = delete;
  PythonGuest& operator=(const PythonGuest&) = delete;
};

/// The last of the exit handlers, after all connections were closed. Called with the GIL held.
void EndEngineCalls();

}  // namespace laminar::python
