// information_schema and laminar_catalog: what a database knows of itself, as relations of a query.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/system_tables.h"
#include "laminar/checkpoint.h"

namespace laminar {

class Database;

/// Rows are made when a query is bound and show what was accepted before, as any query does.
class Facts final : public SystemTables {
 public:
  using Row = std::vector<Value>;
  using Rows = std::vector<Row>;
  /// A relation: its columns, and who fills it.
  struct Definition {
    std::string_view schema;
    std::string_view name;
    Schema columns;
    void (Facts::*fill)(Rows& rows) const;
  };

  explicit Facts(Database& database) : database_(database) {}

  std::vector<std::string> SchemaNames() const override;
  std::vector<std::string> TableNames(std::string_view schema) const override;
  std::optional<SystemTable> Read(std::string_view schema, std::string_view table) const override;

 private:
  static const std::vector<Definition>& Definitions();
  static std::vector<Definition> InformationSchema();  // facts_information_schema.cpp
  static std::vector<Definition> LaminarCatalog();     // facts_laminar_catalog.cpp

  void FillSchemata(Rows& rows) const;
  void FillTables(Rows& rows) const;
  void FillColumns(Rows& rows) const;

  void FillCheckpoints(Rows& rows) const;
  void FillSinks(Rows& rows) const;
  void FillSources(Rows& rows) const;
  void FillStreams(Rows& rows) const;
  void FillViews(Rows& rows) const;
  void FillDependencies(Rows& rows) const;
  void FillFunctions(Rows& rows) const;
  void FillMemory(Rows& rows) const;
  void FillQueries(Rows& rows) const;
  void FillSettings(Rows& rows) const;
  void FillErrors(Rows& rows) const;

  Database& database_;
};

/// SHOW CHECKPOINTS and laminar_catalog.checkpoints.
Schema CheckpointColumns();
std::vector<Value> CheckpointRow(const CheckpointInfo& checkpoint);

/// Cells of a fact.
Value Text(std::string text);
/// NULL for an empty text.
Value TextOrNull(std::string text);

}  // namespace laminar
