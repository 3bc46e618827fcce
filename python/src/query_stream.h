// laminardb.QueryStreamIter.
#pragma once

#include <utility>

#include "laminar/connection.h"

namespace laminar::python {

struct PyQueryStream {
  explicit PyQueryStream(QueryStream batches) : stream(std::move(batches)) {}

  QueryStream stream;
};

}  // namespace laminar::python
