// A table of the program as a query reads it.
#pragma once

#include <memory>
#include <string>

#include "exec/file_table.h"
#include "laminar/program_tables.h"

namespace laminar {

/// Opens the table for its schema. Throws kQueryFailed when its columns have no types here, and what `open` throws.
std::shared_ptr<const FileTable> OpenProgramTable(std::string name, ProgramTable table);

}  // namespace laminar
