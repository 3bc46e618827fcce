// Open and its siblings: which database a path means.
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "common/hash.h"
#include "engine/waiter.h"
#include "main/connection_rep.h"
#include "main/database.h"
#include "sql/ast_json.h"
#include "sql/parser.h"

namespace laminar {

std::shared_ptr<Database> OpenDatabase(std::string_view path, const Config& config, const TestOptions& test) {
  config.Validate();
  if (path != ":memory:" || config.storage_dir) {
    throw Error(ErrorCode::kConnectionFailed,
                fmt::format("cannot open \"{}\": a database on disk is not supported yet; open \":memory:\"",
                            config.storage_dir.value_or(std::string(path))));
  }
  if (config.checkpoint_interval_secs) {
    throw std::invalid_argument("checkpoint_interval: there is no storage to write checkpoints to (\":memory:\")");
  }
  return std::make_shared<Database>(std::string(path), config, test);
}

Connection Open(std::string_view path, const Config& config) { return OpenForTest(path, config, {}); }

Connection OpenForTest(std::string_view path, const Config& config, const TestOptions& options) {
  return Connection(std::make_shared<Connection::Rep>(OpenDatabase(path, config, options)));
}

void SetInterruptCheck(void (*check)()) { Waiter::SetInterruptCheck(check); }

void SetDegenerateHashing(bool on) { HashForTesting::all_equal = on; }

uint64_t StepNow(Connection& connection) { return connection.rep().database().engine().StepNow(); }

uint64_t SetTime(Connection& connection, int64_t micros) {
  return connection.rep().database().engine().SetTime(micros);
}

std::string ParseToJson(std::string_view sql) { return sql::DumpJson(sql::ParseStatements(sql)); }

}  // namespace laminar
