// laminar_catalog: what SHOW and the metrics say, to be joined, filtered and ordered.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "function/registry.h"
#include "main/database.h"
#include "main/facts.h"

namespace laminar {

namespace {

Field TextColumn(std::string name, bool nullable = false) { return {std::move(name), TypeId::kVarchar, nullable}; }
Field CountColumn(std::string name) { return {std::move(name), TypeId::kInt64, false}; }
Field FlagColumn(std::string name) { return {std::move(name), TypeId::kBoolean, false}; }
DataType TimeType() { return DataType::Timestamp(TimeUnit::kMicro, true); }

/// Milliseconds since the epoch as metrics have them; NULL when there is none.
Value Watermark(int64_t millis) { return millis == kNoWatermarkMillis ? Value(TypeId::kInt64) : Value::BigInt(millis); }

std::string_view DurabilityName(Durability durability) {
  return durability == Durability::kCommit ? "commit" : durability == Durability::kInterval ? "interval" : "none";
}

}  // namespace

Schema CheckpointColumns() {
  return Schema({CountColumn("checkpoint_id"),
                 CountColumn("epoch"),
                 {"time", TimeType(), false},
                 TextColumn("reason"),
                 CountColumn("bytes_written"),
                 CountColumn("micros"),
                 CountColumn("pause_micros")});
}

std::vector<Value> CheckpointRow(const CheckpointInfo& checkpoint) {
  return {Value::BigInt(static_cast<int64_t>(checkpoint.id)),
          Value::BigInt(static_cast<int64_t>(checkpoint.epoch)),
          Value(TimeType(), checkpoint.time),
          Text(checkpoint.reason),
          Value::BigInt(checkpoint.bytes),
          Value::BigInt(checkpoint.micros),
          Value::BigInt(checkpoint.pause_micros)};
}

std::vector<Facts::Definition> Facts::LaminarCatalog() {
  constexpr std::string_view kSchema = "laminar_catalog";
  const Field watermark{"watermark", TypeId::kInt64, true};
  return {
      {kSchema, "checkpoints", CheckpointColumns(), &Facts::FillCheckpoints},
      {kSchema, "dependencies", Schema({TextColumn("name"), TextColumn("kind"), TextColumn("reads")}),
       &Facts::FillDependencies},
      {kSchema, "errors",
       Schema({TextColumn("stream"), CountColumn("epoch"), {"time", TimeType(), false}, TextColumn("message")}),
       &Facts::FillErrors},
      {kSchema, "functions",
       Schema({TextColumn("name"), TextColumn("category"), TextColumn("signature"), TextColumn("help"),
               TextColumn("example"), TextColumn("example_result"), TextColumn("aliases")}),
       &Facts::FillFunctions},
      {kSchema, "memory",
       Schema({TextColumn("name", true), TextColumn("kind"), CountColumn("rows"), CountColumn("memory_bytes"),
               CountColumn("disk_bytes")}),
       &Facts::FillMemory},
      {kSchema, "queries", Schema({CountColumn("id"), TextColumn("sql"), FlagColumn("active")}), &Facts::FillQueries},
      {kSchema, "settings", Schema({TextColumn("name"), TextColumn("value", true), TextColumn("help")}),
       &Facts::FillSettings},
      {kSchema, "sinks",
       Schema({TextColumn("name"), TextColumn("connector"), TextColumn("status"), CountColumn("rows"),
               CountColumn("errors"), TextColumn("last_error", true), TextColumn("sql")}),
       &Facts::FillSinks},
      {kSchema, "sources",
       Schema({TextColumn("name"), TextColumn("watermark_column", true), TextColumn("sql", true),
               CountColumn("total_events"), CountColumn("pending"), CountColumn("capacity"), watermark,
               TextColumn("retention"), CountColumn("retained_events"), TextColumn("connector", true),
               TextColumn("status", true), TextColumn("reading", true), CountColumn("errors"),
               TextColumn("last_error", true)}),
       &Facts::FillSources},
      {kSchema, "streams",
       Schema({TextColumn("name"), TextColumn("kind"), TextColumn("sql"), FlagColumn("append_only"),
               TextColumn("retracts_because", true), FlagColumn("on_window_close"), CountColumn("total_events"),
               CountColumn("late_events"), CountColumn("error_events"), CountColumn("overflow_events"),
               CountColumn("pending"), watermark}),
       &Facts::FillStreams},
      {kSchema, "views", Schema({TextColumn("name"), TextColumn("sql")}), &Facts::FillViews},
  };
}

void Facts::FillCheckpoints(Rows& rows) const {
  for (const CheckpointInfo& checkpoint : database_.Checkpoints()) rows.push_back(CheckpointRow(checkpoint));
}

void Facts::FillDependencies(Rows& rows) const {
  for (const CatalogEntry* entry : database_.catalog().All()) {
    for (const std::string& read : entry->reads) {
      rows.push_back({Text(entry->name), Text(std::string(RelationKindName(entry->kind))), Text(read)});
    }
  }
}

void Facts::FillErrors(Rows& rows) const {
  for (ErrorEntry& entry : database_.engine().errors().entries()) {
    rows.push_back({Text(std::move(entry.stream)), Value::BigInt(static_cast<int64_t>(entry.epoch)),
                    Value(TimeType(), entry.time), Text(std::move(entry.message))});
  }
}

void Facts::FillFunctions(Rows& rows) const {
  for (const FunctionDoc& doc : database_.FunctionDocsLocked()) {
    rows.push_back({Text(doc.name), Text(doc.category), Text(doc.signature), Text(doc.help), Text(doc.example),
                    Text(doc.example_result), Text(fmt::format("{}", fmt::join(doc.aliases, ", ")))});
  }
}

void Facts::FillMemory(Rows& rows) const {
  for (MemoryFacts::Holder& holder : database_.engine().Memory().holders) {
    rows.push_back({TextOrNull(std::move(holder.name)), Text(std::move(holder.kind)), Value::BigInt(holder.rows),
                    Value::BigInt(holder.memory_bytes), Value::BigInt(holder.disk_bytes)});
  }
}

void Facts::FillQueries(Rows& rows) const {
  for (QueryInfo& query : database_.queries().List()) {
    rows.push_back(
        {Value::BigInt(static_cast<int64_t>(query.id)), Text(std::move(query.sql)), Value::Boolean(query.active)});
  }
}

void Facts::FillSettings(Rows& rows) const {
  const Config& config = database_.config();
  const auto add = [&](std::string name, std::string value, std::string help) {
    rows.push_back({Text(std::move(name)), TextOrNull(std::move(value)), Text(std::move(help))});
  };
  add("backpressure_timeout", fmt::to_string(config.backpressure_timeout), "seconds a writer waits for room");
  add("buffer_size", fmt::to_string(config.buffer_size), "rows a source may hold that no step has taken yet");
  add("checkpoint_interval_secs",
      config.checkpoint_interval_secs ? fmt::to_string(*config.checkpoint_interval_secs) : "",
      "seconds between checkpoints");
  add("durability", std::string(DurabilityName(database_.durability())), "when an acknowledged insert is on disk");
  add("memory_limit", config.memory_limit == 0 ? "" : fmt::to_string(config.memory_limit),
      "bytes; none: three quarters of the machine's");
  add("read_only", config.read_only ? "true" : "false", "whether a directory is only looked at");
  add("storage_dir", config.storage_dir.value_or(""), "directory of a durable database");
  add("table_spill_threshold", fmt::to_string(config.table_spill_threshold),
      "rows of one state below which it never leaves memory");
  add("workers", config.workers == 0 ? "" : fmt::to_string(config.workers), "threads that run steps; none: one a core");
}

void Facts::FillSinks(Rows& rows) const {
  for (SinkInfo& sink : database_.SinksLocked()) {
    rows.push_back({Text(std::move(sink.name)), Text(std::move(sink.connector)), Text(std::move(sink.status)),
                    Value::BigInt(sink.rows), Value::BigInt(sink.errors), TextOrNull(std::move(sink.last_error)),
                    Text(std::move(sink.sql))});
  }
}

void Facts::FillSources(Rows& rows) const {
  for (const CatalogEntry* entry : database_.catalog().List(RelationKind::kSource)) {
    const auto& source = static_cast<const SourceEntry&>(*entry);
    const auto facts = database_.engine().FactsOf(source.name);
    if (!facts) continue;
    const FileSourceFacts files = database_.file_sources().FactsOf(source.name).value_or(FileSourceFacts{});
    rows.push_back(
        {Text(source.name), TextOrNull(source.watermark ? source.schema.field(source.watermark->column).name : ""),
         TextOrNull(source.sql), Value::BigInt(facts->total_rows), Value::BigInt(facts->pending_rows),
         Value::BigInt(facts->capacity), Watermark(facts->watermark), Text(FormatRetention(source.retention)),
         Value::BigInt(database_.engine().RetainedRows(source.name)), TextOrNull(source.connector),
         TextOrNull(files.status), TextOrNull(files.reading), Value::BigInt(files.errors),
         TextOrNull(files.last_error)});
  }
}

void Facts::FillStreams(Rows& rows) const {
  for (const CatalogEntry* entry : database_.catalog().All()) {
    if (!entry->is_stream()) continue;
    const auto& stream = static_cast<const StreamEntry&>(*entry);
    const std::shared_ptr<Stream> running = database_.engine().FindStream(stream.name);
    if (!running) continue;
    rows.push_back({Text(stream.name), Text(std::string(RelationKindName(stream.kind))), Text(stream.query_sql),
                    Value::Boolean(stream.append_only), TextOrNull(stream.retracts_because),
                    Value::Boolean(stream.on_window_close), Value::BigInt(running->total_rows.load()),
                    Value::BigInt(running->late_rows()), Value::BigInt(running->error_rows()),
                    Value::BigInt(running->changelog()->dropped_rows()),
                    Value::BigInt(database_.engine().LagOf(*running)),
                    Watermark(database_.engine().MillisReachedBy(*running))});
  }
}

void Facts::FillViews(Rows& rows) const {
  for (const CatalogEntry* entry : database_.catalog().List(RelationKind::kView)) {
    rows.push_back({Text(entry->name), Text(entry->sql)});
  }
}

}  // namespace laminar
