// laminardb.QueryResult.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <utility>

#include "laminar/result.h"

namespace laminar::python {

namespace nb = nanobind;

/// A result and the cursor of its fetch methods.
struct PyQueryResult {
  explicit PyQueryResult(QueryResult rows) : result(std::move(rows)) {}

  QueryResult result;
  nb::object cursor;  // iterator of tuples, made by the first fetch
};

/// None for nothing. The GIL is held.
inline nb::object ToPython(std::optional<QueryResult> item) {
  return item ? nb::cast(PyQueryResult(*std::move(item))) : nb::none();
}

}  // namespace laminar::python
