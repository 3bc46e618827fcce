// laminardb.Writer.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

#include "builder_cache.h"
#include "engine_call.h"
#include "laminar/connection.h"

namespace laminar::python {

namespace nb = nanobind;

struct PyWriter {
  PyWriter(Connection connection, Writer rows) : builders(std::move(connection)), writer(std::move(rows)) {}
  PyWriter(PyWriter&&) = default;
  /// Rows that are left are flushed, which may wait.
  ~PyWriter() { Destroy(std::move(writer)); }

  BuilderCache builders;
  Writer writer;
};

}  // namespace laminar::python
