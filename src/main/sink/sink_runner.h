// CREATE SINK, and sinks to functions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/result.h"
#include "main/database.h"
#include "main/sink/file_sink.h"
#include "planner/planner.h"
#include "sql/ast_statement.h"

namespace laminar {

/// What a sink reads: a stream that is there, or a query that becomes one of its own.
struct PlannedSink {
  std::optional<std::string> stream;  // as the catalog spells it
  PlannedQuery query;                 // without `stream`
  SinkInput input;
  std::vector<std::string> reads;
  std::vector<std::string> calls;
};

/// What a sink that goes on cannot learn from its stream any more.
struct SinkMissed {
  bool restored = false;  // its stream begins at a checkpoint: what was there before is none of its news
  bool lost = false;      // and nobody has kept what it had not carried out
  std::function<std::vector<Change>(std::span<const DataType> types)> changes{};  // it had not; null: none
};

/// With the catalog lock held. `statement` gives its emission away.
PlannedSink PlanSink(const Database& database, const Catalog& catalog, sql::CreateSinkStatement& statement,
                     std::string_view sql);

/// The guarantee of a connector, as SHOW CONNECTORS states it; `durable`: of a database with a directory.
struct ConnectorFacts {
  std::string_view name;
  std::string_view role;
  std::string_view guarantee;
  std::string_view help;
};
std::vector<ConnectorFacts> Connectors(bool durable);

}  // namespace laminar
