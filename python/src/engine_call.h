// Crossing between Python and the engine: who holds the GIL, and how the interpreter comes to its end.
//
// Python code calls the engine under an EngineCall, which lets go of the GIL; engine threads call Python under a
// PythonCall, which takes it. Locks come before the GIL: a user-defined function is called with locks of the engine
// held (docs/threads.md), so whoever holds the GIL waits for no lock that could be one of them: every call that may
// wait, and the end of everything that waits when it goes, is under an EngineCall. For callbacks no engine lock is
// held.
//
// At exit every open connection is closed, all calls under way come to their end, and from then on EngineCall keeps the
// GIL and PythonCall is refused: a thread that asked for the GIL after the interpreter is gone would never return.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <memory>
#include <utility>

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

/// While one exists, under a PythonCall, this thread runs a user-defined function.
class InsideFunction {
 public:
  InsideFunction();
  ~InsideFunction();
  InsideFunction(const InsideFunction&) = delete;
  InsideFunction& operator=(const InsideFunction&) = delete;
};
bool IsInsideFunction();
/// Was the engine called by this thread of the program's, rather than being a thread of its own?
bool IsInsideEngineCall();

/// Keeps `held` until no user-defined function runs in the thread that comes to it next, and the GIL is not held.
void DestroyLater(std::shared_ptr<void> held);
/// The end of something of the engine's that may wait when it goes. The GIL is held, and let go of meanwhile. The
/// garbage collector may call this in the middle of a user-defined function, which holds up what it would wait for.
template <typename T>
void Destroy(T value) {
  auto held = std::make_shared<T>(std::move(value));
  if (IsInsideFunction()) return DestroyLater(std::move(held));
  EngineCall call;
  held.reset();
}

/// Lets go of a Python object, now or later, on any thread, with or without the GIL.
void ReleaseLater(nb::object object);

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
