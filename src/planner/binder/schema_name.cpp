#include "planner/binder/schema_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"

namespace laminar {

bool IsInDefaultSchema(const sql::QualifiedName& name) {
  return name.parts.size() == 2 && IsDefaultSchema(name.parts[0].name);
}

SystemTable ReadSystemTable(const Catalog& catalog, const sql::QualifiedName& name, std::string_view sql) {
  if (name.parts.size() > 2) {
    ThrowAt(sql, name.span, "a name has at most two parts: the schema and the relation");
  }
  const sql::Identifier& schema = name.parts[0];
  const SystemTables* system = catalog.system_tables();
  std::vector<std::string> schemas;
  if (system != nullptr) schemas = system->SchemaNames();
  const auto is_schema = [&](const std::string& known) { return NamesEqual(known, schema.name); };
  if (std::ranges::none_of(schemas, is_schema)) {
    schemas.emplace_back(kDefaultSchema);
    ThrowAt(sql, schema.span,
            fmt::format("schema \"{}\" does not exist: there are {}", schema.name, fmt::join(schemas, ", ")),
            NearestNames(schema.name, schemas));
  }
  std::optional<SystemTable> table = system->Read(schema.name, name.last().name);
  if (!table) {
    const std::vector<std::string> tables = system->TableNames(schema.name);
    ThrowAt(sql, name.last().span,
            fmt::format("table \"{}\" does not exist in {}: there are {}", name.last().name, schema.name,
                        fmt::join(tables, ", ")),
            NearestNames(name.last().name, tables));
  }
  return *std::move(table);
}

}  // namespace laminar
