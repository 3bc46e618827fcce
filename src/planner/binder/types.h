// Type names of SQL to the engine's types.
#pragma once

#include <string_view>

#include "common/type.h"
#include "sql/ast_type.h"

namespace laminar {

/// Throws kInvalidSchema at the place for parameters out of range (DECIMAL(50,2)), kQueryFailed for types that are not
/// supported yet.
DataType BindType(const sql::TypeName& name, std::string_view sql);

/// The n of VARCHAR(n), in characters; 0 when there is none. It belongs to a column or a cast, not to the type.
int64_t MaxLengthOf(const sql::TypeName& name);

}  // namespace laminar
