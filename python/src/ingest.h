// Everything that `insert` accepts, into a source or a writer.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <functional>

#include "laminar/arrow_c.h"
#include "laminar/result.h"
#include "row_builder.h"

namespace laminar::python {

namespace nb = nanobind;

/// Where ingested rows go. Called with the GIL held; releases it around the engine's work.
class RowTarget {
 public:
  virtual ~RowTarget() = default;
  /// Lets `fill` collect rows and hands them over as one call. `fill` may be run twice, on a new builder.
  virtual int64_t InsertRows(const std::function<void(RowBuilder&)>& fill) = 0;
  virtual int64_t InsertArrow(ArrowArrayStream* stream, bool copy) = 0;
  virtual ResultSchema schema() = 0;
};

/// Inserts `data` and returns how many rows it had. An iterator's items are inserted one by one; an error then carries
/// how many rows are in. Otherwise all rows are inserted or none. Throws Error, or nb::python_error (TypeError when the
/// data is nothing that rows can be read from, and what iterators raise).
int64_t Ingest(RowTarget& target, nb::handle data);

}  // namespace laminar::python
