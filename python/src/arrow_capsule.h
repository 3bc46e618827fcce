// Columns in and out of Python through the Arrow PyCapsule interface, without a copy.
#pragma once

#include <nanobind/nanobind.h>

#include "laminar/result.h"

namespace laminar::python {

namespace nb = nanobind;

/// A capsule "arrow_schema".
nb::object SchemaCapsule(const ResultSchema& schema);
/// A capsule "arrow_array_stream" that keeps the rows alive.
nb::object StreamCapsule(const QueryResult& result);
/// As a pyarrow.Schema.
nb::object ToPyarrow(const ResultSchema& schema);

/// A capsule taken from another library, and the struct inside it. The consumer empties the struct; what it leaves, the
/// capsule releases.
template <typename Struct>
struct Imported {
  nb::object capsule;
  Struct* value;
};
/// `source.__arrow_c_stream__()`; throws nb::python_error when that raises.
Imported<ArrowArrayStream> ImportStream(nb::handle source);
/// `source.__arrow_c_schema__()`.
Imported<ArrowSchema> ImportSchema(nb::handle source);

}  // namespace laminar::python
