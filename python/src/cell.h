// One Python value into one cell.
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

#include "laminar/batch_builder.h"

namespace laminar::python {

namespace nb = nanobind;

/// Thrown by SetCell for a container that belongs into a LIST, STRUCT or MAP column: such rows go through Arrow.
struct NestedCell {};

/// Every value but the plain ones below: points in time, Decimal, UUID, bytes, NumPy, pandas and pyarrow scalars, …
void SetOtherCell(BatchBuilder& batch, int column, PyObject* value);
void SetIntCell(BatchBuilder& batch, int column, PyObject* value);
void SetTextCell(BatchBuilder& batch, int column, PyObject* value);

/// Throws Error kBatchSchemaMismatch naming column, row and value, or the error that Python has pending instead when
/// that is not about the value. `why` may be empty.
[[noreturn]] void RefuseCell(const BatchBuilder& batch, int column, nb::handle value, std::string_view why = {});

/// Sets a cell of the row begun. Throws Error kBatchSchemaMismatch when the value does not fit the column. The GIL is
/// held. This is the hot path of ingestion: a plain value costs a few type comparisons.
inline void SetCell(BatchBuilder& batch, int column, PyObject* value) {
  const PyTypeObject* type = Py_TYPE(value);
  if (type == &PyFloat_Type) {
    batch.SetDouble(column, PyFloat_AS_DOUBLE(value));
  } else if (type == &PyLong_Type) {
    SetIntCell(batch, column, value);
  } else if (type == &PyUnicode_Type) {
    SetTextCell(batch, column, value);
  } else if (value == Py_None) {
    batch.SetNull(column);
  } else if (type == &PyBool_Type) {
    batch.SetBool(column, value == Py_True);
  } else {
    SetOtherCell(batch, column, value);
  }
}

}  // namespace laminar::python
