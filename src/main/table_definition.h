// Columns of create_table: names with SQL or Arrow type names.
#pragma once

#include <vector>

#include "common/type.h"
#include "laminar/result.h"

namespace laminar {

/// Throws kInvalidSchema naming the column.
Schema SchemaFromTypeNames(const std::vector<ColumnInfo>& columns);

}  // namespace laminar
