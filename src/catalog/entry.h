// What the catalog knows of each relation: enough to bind against it, to show it and to make it again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/time_column.h"
#include "common/retention.h"
#include "common/type.h"
#include "sql/ast_statement.h"

namespace laminar {

enum class RelationKind : uint8_t { kSource, kStream, kMaterializedView, kView, kTable, kSink };

/// "source", "materialized view": as messages say it.
std::string_view RelationKindName(RelationKind kind);

/// A named relation. Immutable once it is in the catalog.
struct CatalogEntry {
  explicit CatalogEntry(RelationKind entry_kind) : kind(entry_kind) {}
  virtual ~CatalogEntry() = default;

  const RelationKind kind;
  std::string name;                // as the user spelled it
  std::string sql;                 // the CREATE statement, as written
  Schema schema;                   // its columns
  std::vector<std::string> reads;  // relations its query names, directly or through views
  std::vector<std::string> calls;  // functions of the database, likewise

  bool is_source() const { return kind == RelationKind::kSource; }
  bool is_stream() const { return kind == RelationKind::kStream || kind == RelationKind::kMaterializedView; }
  bool is_view() const { return kind == RelationKind::kView; }
  bool is_table() const { return kind == RelationKind::kTable; }
  bool is_sink() const { return kind == RelationKind::kSink; }
};

/// Where the value of a column comes from when a statement gives none: expressions in SQL, as the user wrote them, that
/// bind. Both empty: a plain column.
struct ColumnRule {
  std::string default_value;
  std::string generated_as;  // over the other columns; never given by a statement
  int64_t max_length = 0;    // the n of VARCHAR(n), in characters; 0: none

  bool plain() const { return default_value.empty() && generated_as.empty() && max_length == 0; }
};

/// What rows are inserted into.
struct WritableEntry : CatalogEntry {
  using CatalogEntry::CatalogEntry;
  std::vector<ColumnRule> rules;  // one a column; empty: all are plain

  bool is_generated(int column) const {
    return !rules.empty() && !rules[static_cast<size_t>(column)].generated_as.empty();
  }
  /// The n of VARCHAR(n): one a column, 0 where there is none; empty when there is none at all.
  std::vector<int64_t> max_lengths() const;
};

/// WATERMARK FOR column AS column - slack; `slack` in raw units of the column.
struct SourceWatermark {
  int column = -1;
  int64_t slack = 0;
};

struct SourceEntry final : WritableEntry {
  SourceEntry() : WritableEntry(RelationKind::kSource) {}

  std::optional<SourceWatermark> watermark;
  TimeUnit time_unit = TimeUnit::kMilli;  // what integer event times count
  Retention retention;
  std::vector<std::pair<std::string, std::string>> options;  // WITH (…), as given
  std::string connector;                                     // "file"; empty: rows are inserted

  /// The declared event-time column; without one, every column in milliseconds, which is what writers announce in.
  /// Other integers follow no watermark but are listed when they do not count milliseconds.
  std::vector<TimeColumn> TimeColumns() const;
};

/// CREATE TABLE: rows that INSERT, UPDATE and DELETE change.
struct TableEntry final : WritableEntry {
  TableEntry() : WritableEntry(RelationKind::kTable) {}

  std::vector<int> primary_key;  // columns, none of which is nullable; empty: rows are a bag
};

/// CREATE STREAM and CREATE MATERIALIZED VIEW.
struct StreamEntry final : CatalogEntry {
  explicit StreamEntry(RelationKind entry_kind) : CatalogEntry(entry_kind) {}

  std::string query_sql;  // the SELECT alone
  bool append_only = true;
  std::string retracts_because;  // empty when append_only
  bool on_window_close = false;
  bool always_weight = false;   // EMIT CHANGES, EMIT ON UPDATE
  bool on_update = false;       // EMIT ON UPDATE
  std::vector<int> update_key;  // then
  std::vector<TimeColumn> time_columns;
  std::vector<std::vector<int>> keys;  // sets of columns that identify a row, when known
  int64_t retain_bytes = 0;            // WITH (retain_history): of changes to resume from
  bool stop_on_error = false;          // WITH (on_error = 'stop')
  Retention retention;
};

/// CREATE SINK, create_sink: reads, and is read by nothing.
struct SinkEntry final : CatalogEntry {
  SinkEntry() : CatalogEntry(RelationKind::kSink) {}

  std::string connector;  // "file", "callback"
  uint64_t id = 0;        // of what it has carried out, where that survives a crash; never given twice
};

/// A name for a query, inlined wherever it is used.
struct ViewEntry final : CatalogEntry {
  ViewEntry() : CatalogEntry(RelationKind::kView) {}

  sql::StatementPtr statement;  // a CreateViewStatement
  std::string text;             // what the spans of `statement` point into

  const sql::CreateViewStatement& create() const { return statement->As<sql::CreateViewStatement>(); }
};

}  // namespace laminar
