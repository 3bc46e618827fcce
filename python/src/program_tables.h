// DataFrames and Arrow objects of the caller's scope as tables.
#pragma once

#include <memory>

#include "laminar/program_tables.h"

namespace laminar::python {

/// Looks names up in the frame that made the call. Stateless.
std::shared_ptr<ProgramTables> ScopeTables();

}  // namespace laminar::python
