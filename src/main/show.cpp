// SHOW, DESCRIBE, EXPLAIN: what the catalog knows, as rows.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "function/registry.h"
#include "main/facts.h"
#include "main/result_rep.h"
#include "main/sink/sink_runner.h"
#include "main/statement_runner.h"
#include "planner/binder/schema_name.h"

namespace laminar {

namespace {

Schema SchemaOf(std::vector<std::pair<std::string, DataType>> columns) {
  std::vector<Field> fields;
  for (auto& [name, type] : columns) fields.push_back({std::move(name), std::move(type)});
  return Schema(std::move(fields));
}

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

const DataType kText(TypeId::kVarchar);

}  // namespace

MetadataTable::MetadataTable(std::vector<std::pair<std::string, DataType>> columns)
    : MetadataTable(SchemaOf(std::move(columns))) {}
MetadataTable::MetadataTable(Schema schema) : schema_(std::move(schema)), builder_(TypesOf(schema_)) {}

void MetadataTable::AddRow(std::vector<Value> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    const int column = static_cast<int>(i);
    if (cells[i].is_null()) continue;
    if (const auto* text = std::get_if<std::string>(&cells[i].storage())) {
      builder_.SetString(column, *text);
    } else if (const auto* flag = std::get_if<bool>(&cells[i].storage())) {
      builder_.SetBool(column, *flag);
    } else {
      builder_.SetInt(column, cells[i].get<int64_t>());
    }
  }
  builder_.FinishRow();
}

QueryResult MetadataTable::Finish() {
  std::vector<Ref<RowBatch>> batches;
  if (builder_.rows() != 0) batches.push_back(builder_.Finish());
  return MakeQueryResult(MakeSchemaRep(schema_, false), std::move(batches), 0, false);
}

QueryResult StatementRunner::Show(const sql::ShowStatement& statement) {
  using Subject = sql::ShowSubject;
  const auto relations = [&](RelationKind kind) {
    MetadataTable table({{"name", kText}, {"sql", kText}});
    std::shared_lock catalog(database_.catalog_mutex_);
    for (const CatalogEntry* entry : database_.catalog_.List(kind)) {
      table.AddRow({Text(entry->name),
                    TextOrNull(entry->is_stream() ? static_cast<const StreamEntry*>(entry)->query_sql : entry->sql)});
    }
    return table.Finish();
  };
  switch (statement.subject) {
    case Subject::kSources: {
      MetadataTable table({{"name", kText},
                           {"watermark_column", kText},
                           {"connector", kText},
                           {"status", kText},
                           {"errors", TypeId::kInt64},
                           {"last_error", kText}});
      std::shared_lock catalog(database_.catalog_mutex_);
      for (const CatalogEntry* entry : database_.catalog_.List(RelationKind::kSource)) {
        const auto& source = static_cast<const SourceEntry&>(*entry);
        const FileSourceFacts facts = database_.file_sources_.FactsOf(source.name).value_or(FileSourceFacts{});
        const auto& fields = source.schema.fields();
        table.AddRow({Text(source.name),
                      TextOrNull(source.watermark ? fields[static_cast<size_t>(source.watermark->column)].name : ""),
                      TextOrNull(source.connector), TextOrNull(facts.status), Value::BigInt(facts.errors),
                      TextOrNull(facts.last_error)});
      }
      return table.Finish();
    }
    case Subject::kStreams:
      return relations(RelationKind::kStream);
    case Subject::kMaterializedViews:
      return relations(RelationKind::kMaterializedView);
    case Subject::kViews:
      return relations(RelationKind::kView);
    case Subject::kQueries: {
      MetadataTable table({{"id", TypeId::kInt64}, {"sql", kText}, {"active", TypeId::kBoolean}});
      for (const QueryInfo& query : database_.queries_.List()) {
        table.AddRow({Value::BigInt(static_cast<int64_t>(query.id)), Text(query.sql), Value::Boolean(query.active)});
      }
      return table.Finish();
    }
    case Subject::kFunctions: {
      MetadataTable table({{"name", kText},
                           {"category", kText},
                           {"signature", kText},
                           {"help", kText},
                           {"example", kText},
                           {"example_result", kText},
                           {"aliases", kText}});
      for (const FunctionDoc& doc : database_.FunctionDocs()) {
        table.AddRow({Text(doc.name), Text(doc.category), Text(doc.signature), Text(doc.help), Text(doc.example),
                      Text(doc.example_result), Text(fmt::format("{}", fmt::join(doc.aliases, ", ")))});
      }
      return table.Finish();
    }
    case Subject::kTables:
      return ShowTables();
    case Subject::kSinks: {
      MetadataTable table({{"name", kText},
                           {"connector", kText},
                           {"status", kText},
                           {"rows", TypeId::kInt64},
                           {"errors", TypeId::kInt64},
                           {"last_error", kText},
                           {"sql", kText}});
      for (const SinkInfo& sink : database_.ListSinks()) {
        table.AddRow({Text(sink.name), Text(sink.connector), Text(sink.status), Value::BigInt(sink.rows),
                      Value::BigInt(sink.errors), TextOrNull(sink.last_error), Text(sink.sql)});
      }
      return table.Finish();
    }
    case Subject::kConnectors: {
      MetadataTable table({{"name", kText}, {"role", kText}, {"guarantee", kText}, {"help", kText}});
      for (const ConnectorFacts& connector : Connectors(database_.sink_records_ != nullptr)) {
        table.AddRow({Text(std::string(connector.name)), Text(std::string(connector.role)),
                      Text(std::string(connector.guarantee)), Text(std::string(connector.help))});
      }
      return table.Finish();
    }
    case Subject::kCheckpoints:
      return ShowCheckpoints();
  }
  NotSupported("this SHOW", statement.span);
}

QueryResult StatementRunner::ShowCheckpoints() {
  MetadataTable table(CheckpointColumns());
  for (const CheckpointInfo& checkpoint : database_.Checkpoints()) table.AddRow(CheckpointRow(checkpoint));
  return table.Finish();
}

QueryResult StatementRunner::ShowTables() {
  MetadataTable table({{"name", kText}, {"primary_key", kText}});
  std::shared_lock catalog(database_.catalog_mutex_);
  for (const CatalogEntry* entry : database_.catalog_.List(RelationKind::kTable)) {
    std::vector<std::string> key;
    for (const int column : static_cast<const TableEntry*>(entry)->primary_key) {
      key.push_back(entry->schema.field(column).name);
    }
    table.AddRow({Text(entry->name), TextOrNull(fmt::format("{}", fmt::join(key, ", ")))});
  }
  return table.Finish();
}

QueryResult StatementRunner::ShowCreate(const sql::ShowCreateStatement& statement) {
  if (statement.object == sql::ObjectKind::kFunction) return ShowCreateFunction(statement);
  const RelationKind kind = RelationKindOf(statement.object, sql_, statement.span);
  std::shared_lock catalog(database_.catalog_mutex_);
  const CatalogEntry& entry = AtPlace(statement.name.span, [&]() -> const CatalogEntry& {
    return database_.catalog_.Get(RelationName(statement.name, sql_));
  });
  if (entry.kind != kind) {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.name.span,
                       fmt::format("\"{}\" is a {}", entry.name, RelationKindName(entry.kind)));
  }
  MetadataTable table({{"name", kText}, {"sql", kText}});
  table.AddRow({Text(entry.name), Text(entry.sql)});
  return table.Finish();
}

QueryResult StatementRunner::Describe(const sql::DescribeStatement& statement) {
  std::shared_lock catalog(database_.catalog_mutex_);
  MetadataTable table(
      {{"column_name", kText}, {"column_type", kText}, {"nullable", TypeId::kBoolean}, {"extra", kText}});
  if (statement.name.parts.size() > 1 && !IsInDefaultSchema(statement.name)) {
    const SystemTable facts = ReadSystemTable(database_.catalog_, statement.name, sql_);
    for (const Field& field : facts.schema.fields()) {
      table.AddRow({Text(field.name), Text(field.type.ToString()), Value::Boolean(field.nullable), TextOrNull("")});
    }
    return table.Finish();
  }
  const CatalogEntry& entry = AtPlace(statement.name.span, [&]() -> const CatalogEntry& {
    return database_.catalog_.Get(RelationName(statement.name, sql_));
  });
  const auto* source = entry.is_source() ? static_cast<const SourceEntry*>(&entry) : nullptr;
  std::vector<int64_t> max_lengths;
  if (entry.is_source() || entry.is_table()) max_lengths = static_cast<const WritableEntry&>(entry).max_lengths();
  for (int i = 0; i < entry.schema.size(); ++i) {
    const Field& field = entry.schema.field(i);
    std::vector<std::string> extra;
    if (source != nullptr && source->watermark && source->watermark->column == i) extra.push_back("watermark");
    if (entry.is_table() && std::ranges::count(static_cast<const TableEntry&>(entry).primary_key, i) != 0) {
      extra.push_back("primary key");
    }
    if (entry.is_source() || entry.is_table()) {
      const auto& rules = static_cast<const WritableEntry&>(entry).rules;
      const ColumnRule rule = rules.empty() ? ColumnRule{} : rules[static_cast<size_t>(i)];
      if (!rule.default_value.empty()) extra.push_back("default " + rule.default_value);
      if (!rule.generated_as.empty()) extra.push_back(fmt::format("generated as ({})", rule.generated_as));
    }
    std::string type = field.type.ToString();
    if (!max_lengths.empty() && max_lengths[static_cast<size_t>(i)] != 0) {
      type += fmt::format("({})", max_lengths[static_cast<size_t>(i)]);
    }
    table.AddRow({Text(field.name), Text(std::move(type)), Value::Boolean(field.nullable),
                  TextOrNull(fmt::format("{}", fmt::join(extra, ", ")))});
  }
  if (statement.extended) {
    const auto fact = [&](std::string name, std::string text) {
      table.AddRow({Text(std::move(name)), Value(TypeId::kVarchar), Value(TypeId::kBoolean), Text(std::move(text))});
    };
    fact("# kind", std::string(RelationKindName(entry.kind)));
    fact("# sql", entry.sql);
    if (entry.is_source()) fact("# retention", FormatRetention(static_cast<const SourceEntry&>(entry).retention));
    if (entry.is_stream()) {
      const auto& stream = static_cast<const StreamEntry&>(entry);
      fact("# changes", stream.append_only ? "append-only" : fmt::format("retracting: {}", stream.retracts_because));
      fact("# emission", stream.on_window_close ? "on window close" : "every commit");
      fact("# retention", FormatRetention(stream.retention));
    }
  }
  return table.Finish();
}

}  // namespace laminar
