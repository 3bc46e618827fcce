// A result that is made while it is read, as an Arrow C stream.
#pragma once

#include "laminar/arrow_c.h"
#include "laminar/connection.h"

namespace laminar::c {

/// Fills `out`, whose reader owns the query from here on: releasing it before the end cancels the query.
void ExportQueryStream(QueryStream query, ArrowArrayStream* out);

}  // namespace laminar::c
