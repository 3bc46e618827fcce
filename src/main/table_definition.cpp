#include "main/table_definition.h"

#include <fmt/format.h>

#include "laminar/error.h"
#include "planner/binder/types.h"
#include "sql/parser.h"

namespace laminar {

Schema SchemaFromTypeNames(const std::vector<ColumnInfo>& columns) {
  std::vector<Field> fields;
  for (const ColumnInfo& column : columns) {
    try {
      const sql::TypePtr type = sql::ParseType(column.type, sql::TypeNames::kArrow);
      fields.push_back({column.name, BindType(*type, column.type), column.nullable});
    } catch (const Error& error) {
      throw Error(ErrorCode::kInvalidSchema, fmt::format("column \"{}\": {}", column.name, error.what()));
    }
  }
  return Schema(std::move(fields));
}

}  // namespace laminar
