// Facts about the database as relations: information_schema and laminar_catalog.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/type.h"
#include "common/value.h"

namespace laminar {

/// One relation as it stands now.
struct SystemTable {
  std::string schema_name;  // as documented, whatever the case it was asked in
  std::string name;
  Schema schema;
  std::vector<std::vector<Value>> rows;  // in the schema's types
};

/// Who answers for the schemas that no CREATE makes. The binder asks it; whoever owns the facts implements it.
///
/// Thread: called by whoever binds a statement, with the catalog's lock held shared: it must not take it again.
class SystemTables {
 public:
  /// Names of the schemas, in order.
  virtual std::vector<std::string> SchemaNames() const = 0;
  /// Names of the relations of a schema, in order; none for a schema that is not one of these.
  virtual std::vector<std::string> TableNames(std::string_view schema) const = 0;
  /// Nothing when there is no such relation. Names match without regard to case.
  virtual std::optional<SystemTable> Read(std::string_view schema, std::string_view table) const = 0;

 protected:
  ~SystemTables() = default;
};

/// Relations made by CREATE lie in one schema: `public`, or `main`.
constexpr std::string_view kDefaultSchema = "public";
bool IsDefaultSchema(std::string_view schema);

}  // namespace laminar
