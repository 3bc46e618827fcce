// laminardb.QueryStreamIter.
#pragma once

#include <utility>

#include "engine_call.h"
#include "laminar/connection.h"

namespace laminar::python {

struct PyQueryStream {
  explicit PyQueryStream(QueryStream batches) : stream(std::move(batches)) {}
  PyQueryStream(PyQueryStream&&) = default;
  ~PyQueryStream() { Destroy(std::move(stream)); }

  QueryStream stream;
};

}  // namespace laminar::python
