// Python code as the body of a function of SQL.
#pragma once

#include <nanobind/nanobind.h>

#include "engine_call.h"
#include "laminar/function.h"

namespace laminar::python {

namespace nb = nanobind;

/// How values get to the code, and results back.
enum class FunctionForm : uint8_t {
  kRows,        // fn(value, …) for each row: Python values
  kArrays,      // fn(array, …) for a batch: pyarrow arrays
  kNumpy,       // likewise, NumPy arrays
  kSteps,       // an aggregate: cls(), step(value, …) for each row of a group, finalize()
  kGroup,       // an aggregate: fn(array, …) for a group: pyarrow arrays
  kNumpyGroup,  // likewise, NumPy arrays
};

/// Shared by the copies of a FunctionBody; the engine calls it on any thread and may destroy it on any thread, with
/// locks held that threads with the GIL do not wait for.
class PythonFunction {
 public:
  PythonFunction(nb::object code, FunctionForm form) : code_(std::move(code)), form_(form) {}
  ~PythonFunction() { ReleaseLater(std::move(code_)); }
  PythonFunction(const PythonFunction&) = delete;
  PythonFunction& operator=(const PythonFunction&) = delete;

  /// Throws what the code raised as an Error with the text of the exception, which is remembered for the exception that
  /// becomes of it (function_failure.h).
  void Call(FunctionCall& call) const;

 private:
  void CallForm(FunctionCall& call) const;
  void CallRows(FunctionCall& call) const;
  void CallArrays(FunctionCall& call) const;
  void CallSteps(FunctionCall& call) const;
  void CallGroup(FunctionCall& call) const;
  nb::object WithArrays(FunctionCall& call) const;

  nb::object code_;
  FunctionForm form_;
};

}  // namespace laminar::python
