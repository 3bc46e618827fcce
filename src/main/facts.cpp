#include "main/facts.h"

#include <algorithm>
#include <utility>

#include "main/database.h"

namespace laminar {

Value Text(std::string text) { return Value::Varchar(std::move(text)); }
Value TextOrNull(std::string text) { return text.empty() ? Value(TypeId::kVarchar) : Text(std::move(text)); }

const std::vector<Facts::Definition>& Facts::Definitions() {
  static const std::vector<Definition> all = [] {
    std::vector<Definition> definitions = InformationSchema();
    std::ranges::move(LaminarCatalog(), std::back_inserter(definitions));
    return definitions;
  }();
  return all;
}

std::vector<std::string> Facts::SchemaNames() const {
  std::vector<std::string> names;
  for (const Definition& definition : Definitions()) {
    if (names.empty() || names.back() != definition.schema) names.emplace_back(definition.schema);
  }
  return names;
}

std::vector<std::string> Facts::TableNames(std::string_view schema) const {
  std::vector<std::string> names;
  for (const Definition& definition : Definitions()) {
    if (NamesEqual(definition.schema, schema)) names.emplace_back(definition.name);
  }
  return names;
}

std::optional<SystemTable> Facts::Read(std::string_view schema, std::string_view table) const {
  for (const Definition& definition : Definitions()) {
    if (!NamesEqual(definition.schema, schema) || !NamesEqual(definition.name, table)) continue;
    // A query sees what was accepted before it, also in counters and errors.
    database_.engine().Synchronize();
    SystemTable read{std::string(definition.schema), std::string(definition.name), definition.columns, {}};
    (this->*definition.fill)(read.rows);
    return read;
  }
  return std::nullopt;
}

}  // namespace laminar
