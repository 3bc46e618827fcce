#include "python_function.h"

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "cell.h"
#include "errors.h"
#include "function_failure.h"

namespace laminar::python {

namespace {

nb::object Support(const char* name) { return nb::module_::import_("laminardb._functions").attr(name); }

/// The arguments of a call as a pyarrow.RecordBatch.
nb::object ToBatch(const FunctionCall& call) {
  ArrowArray rows{};
  ArrowSchema schema{};
  call.ExportArguments(&rows, &schema);
  nb::object batch;
  try {
    batch = Support("batch")(reinterpret_cast<uintptr_t>(&rows), reinterpret_cast<uintptr_t>(&schema));
  } catch (...) {
    if (rows.release != nullptr) rows.release(&rows);
    if (schema.release != nullptr) schema.release(&schema);
    throw;
  }
  return batch;
}

/// The arguments of a call, row by row, as Python values.
class RowValues {
 public:
  explicit RowValues(const FunctionCall& call) : call_(call), lists_(static_cast<std::size_t>(call.num_arguments())) {
    // The plain types are read directly, the others come from pyarrow's lists.
    for (int argument = 0; argument < call.num_arguments(); ++argument) {
      plain_.push_back(call.plain(argument));
      if (plain_.back() == FunctionCall::Plain::kNo && !batch_.is_valid()) batch_ = ToBatch(call);
    }
    for (std::size_t i = 0; i < plain_.size(); ++i) {
      if (plain_[i] == FunctionCall::Plain::kNo) lists_[i] = nb::list(Support("values")(batch_, i));
    }
  }

  /// A new reference to each argument of the row.
  void Read(int64_t row, std::vector<nb::object>* values) const {
    values->clear();
    for (std::size_t i = 0; i < plain_.size(); ++i) values->push_back(ReadOne(row, static_cast<int>(i)));
  }

 private:
  nb::object ReadOne(int64_t row, int argument) const {
    using Plain = FunctionCall::Plain;
    const auto i = static_cast<std::size_t>(argument);
    if (plain_[i] == Plain::kNo) return nb::borrow(PyList_GET_ITEM(lists_[i].ptr(), static_cast<Py_ssize_t>(row)));
    if (call_.IsNull(row, argument)) return nb::none();
    PyObject* value = nullptr;
    switch (plain_[i]) {
      case Plain::kInteger:
        value = PyLong_FromLongLong(call_.Int(row, argument));
        break;
      case Plain::kFloat:
        value = PyFloat_FromDouble(call_.Double(row, argument));
        break;
      case Plain::kBoolean:
        value = PyBool_FromLong(call_.Bool(row, argument) ? 1 : 0);
        break;
      default: {
        const std::string_view text = call_.Text(row, argument);
        value = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr);
      }
    }
    if (value == nullptr) throw nb::python_error();
    return nb::steal(value);
  }

  const FunctionCall& call_;
  std::vector<FunctionCall::Plain> plain_;
  std::vector<nb::list> lists_;
  nb::object batch_;
};

nb::object Invoke(nb::handle code, const std::vector<nb::object>& values) {
  constexpr std::size_t kOnStack = 8;
  PyObject* few[kOnStack];
  std::vector<PyObject*> many;
  PyObject** arguments = few;
  if (values.size() > kOnStack) {
    many.resize(values.size());
    arguments = many.data();
  }
  for (std::size_t i = 0; i < values.size(); ++i) arguments[i] = values[i].ptr();
  PyObject* result = PyObject_Vectorcall(code.ptr(), arguments, values.size(), nullptr);
  if (result == nullptr) throw nb::python_error();
  return nb::steal(result);
}

void SetResult(FunctionCall& call, nb::handle value) {
  try {
    SetCell(call.results(), 0, value.ptr());
    call.results().FinishRow();
  } catch (...) {
    call.results().AbandonRow();
    throw;
  }
}

void SetArray(FunctionCall& call, nb::handle array) {
  const nb::object capsules = array.attr("__arrow_c_array__")();
  const nb::object schema = capsules[0];
  const nb::object values = capsules[1];
  auto* type = static_cast<ArrowSchema*>(PyCapsule_GetPointer(schema.ptr(), "arrow_schema"));
  auto* rows = static_cast<ArrowArray*>(PyCapsule_GetPointer(values.ptr(), "arrow_array"));
  if (type == nullptr || rows == nullptr) throw nb::python_error();
  call.SetResults(rows, type);
}

/// What raised, as the engine's error. Interrupts are no errors in the data: they end the call and are raised again.
[[noreturn]] void Throw(const nb::python_error& raised) {
  const std::string text = TextOf(raised);
  if (IsInsideEngineCall()) RememberFailure(text, raised);
  if (raised.matches(PyExc_Exception)) throw Error(ErrorCode::kQueryFailed, text);
  if (raised.matches(PyExc_KeyboardInterrupt)) RememberInterrupt();
  throw AbandonedCall(text);
}

}  // namespace

void PythonFunction::Call(FunctionCall& call) const {
  const PythonCall python;
  if (!python.valid()) throw AbandonedCall("the Python interpreter has ended");
  const InsideFunction inside;
  try {
    CallForm(call);
  } catch (const nb::python_error& raised) {
    Throw(raised);
  } catch (const NestedCell&) {
    throw Error(ErrorCode::kQueryFailed, "a list, dict or array as one result is not supported yet");
  }
}

void PythonFunction::CallForm(FunctionCall& call) const {
  switch (form_) {
    case FunctionForm::kRows:
      return CallRows(call);
    case FunctionForm::kArrays:
    case FunctionForm::kNumpy:
      return CallArrays(call);
    case FunctionForm::kSteps:
      return CallSteps(call);
    case FunctionForm::kGroup:
    case FunctionForm::kNumpyGroup:
      return CallGroup(call);
  }
}

void PythonFunction::CallRows(FunctionCall& call) const {
  const RowValues rows(call);
  std::vector<nb::object> values;
  for (int64_t row = 0; row < call.num_rows(); ++row) {
    rows.Read(row, &values);
    std::string failure;
    try {
      SetResult(call, Invoke(code_, values));
      continue;
    } catch (const nb::python_error& raised) {
      if (!raised.matches(PyExc_Exception)) throw;
      failure = TextOf(raised);
      if (IsInsideEngineCall()) RememberFailure(failure, raised);
    } catch (const Error& refused) {
      failure = refused.what();
    }
    call.Fail(row, failure);
    SetResult(call, nb::none());
  }
}

nb::object PythonFunction::WithArrays(FunctionCall& call) const {
  const bool numpy = form_ == FunctionForm::kNumpy || form_ == FunctionForm::kNumpyGroup;
  return Support("call")(code_, ToBatch(call), numpy);
}

void PythonFunction::CallArrays(FunctionCall& call) const {
  nb::object result = WithArrays(call);
  if (!PyList_Check(result.ptr()) && !PyTuple_Check(result.ptr())) {
    const nb::object array = Support("array")(result);
    if (!array.is_none()) return SetArray(call, array);
    // A single value is every row's.
    for (int64_t row = 0; row < call.num_rows(); ++row) SetResult(call, result);
    return;
  }
  for (nb::handle value : result) SetResult(call, value);
}

void PythonFunction::CallSteps(FunctionCall& call) const {
  const nb::object state = code_();
  const nb::object step = state.attr("step");
  const RowValues rows(call);
  std::vector<nb::object> values;
  for (int64_t row = 0; row < call.num_rows(); ++row) {
    rows.Read(row, &values);
    Invoke(step, values);
  }
  SetResult(call, state.attr("finalize")());
}

void PythonFunction::CallGroup(FunctionCall& call) const { SetResult(call, Support("single")(WithArrays(call))); }

}  // namespace laminar::python
