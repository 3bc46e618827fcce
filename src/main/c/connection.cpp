// Connections, SQL and transactions of the C interface.
#include <string_view>

#include "main/c/guard.h"
#include "main/c/handles.h"
#include "main/c/query_stream.h"

using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Of;
using laminar::c::Quietly;
using laminar::c::Text;
using laminar::c::ValuesOf;

laminar_status laminar_open(const char* path, const laminar_config* config, laminar_connection** connection,
                            laminar_error** error) {
  if (connection != nullptr) *connection = nullptr;
  return Guard(error, [&] {
    laminar_connection*& out = Need(connection, "connection");
    const laminar::Config settings = config == nullptr ? laminar::Config() : config->config;
    out = new laminar_connection{laminar::Open(Text(path, "path"), settings),
                                 settings.storage_dir || settings.checkpoint_interval_secs};
  });
}

laminar_status laminar_close(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Close(); });
}

int laminar_is_closed(const laminar_connection* connection) {
  return connection == nullptr || connection->connection.is_closed() ? 1 : 0;
}

void laminar_connection_free(laminar_connection* connection) {
  if (connection == nullptr) return;
  Quietly("laminar_connection_free", [&] { connection->connection.Close(); });
  delete connection;
}

laminar_status laminar_start(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Start(); });
}

laminar_status laminar_shutdown(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Shutdown(); });
}

laminar_status laminar_checkpoint(laminar_connection* connection, uint64_t* id, laminar_error** error) {
  return Guard(error, [&] {
    uint64_t& out = Need(id, "id");
    Of(connection).Metrics();  // throws once closed
    out = connection->checkpoints_enabled ? Of(connection).Checkpoint() : 0;
  });
}

laminar_status laminar_exec(laminar_connection* connection, const char* sql, laminar_result** result,
                            laminar_error** error) {
  return laminar_exec_with(connection, sql, nullptr, result, error);
}

laminar_status laminar_exec_with(laminar_connection* connection, const char* sql, const laminar_parameters* parameters,
                                 laminar_result** result, laminar_error** error) {
  if (result != nullptr) *result = nullptr;
  return Guard(error, [&] {
    laminar::ExecuteResult done = Of(connection).Execute(Text(sql, "sql"), ValuesOf(parameters));
    if (result != nullptr) *result = new laminar_result(std::move(done));
  });
}

laminar_status laminar_exec_many(laminar_connection* connection, const char* sql, const laminar_parameters* const* sets,
                                 size_t count, int64_t* rows, laminar_error** error) {
  return Guard(error, [&] {
    std::vector<laminar::Parameters> all;
    for (size_t i = 0; i < count; ++i) all.push_back(ValuesOf((&Need(sets, "sets"))[i]));
    const laminar::ExecuteResult done = Of(connection).ExecuteMany(Text(sql, "sql"), all);
    if (rows != nullptr) *rows = done.rows_affected;
  });
}

laminar_status laminar_query(laminar_connection* connection, const char* sql, laminar_result** result,
                             laminar_error** error) {
  return laminar_query_with(connection, sql, nullptr, result, error);
}

laminar_status laminar_query_with(laminar_connection* connection, const char* sql, const laminar_parameters* parameters,
                                  laminar_result** result, laminar_error** error) {
  if (result != nullptr) *result = nullptr;
  return Guard(error, [&] {
    laminar_result*& out = Need(result, "result");
    out = new laminar_result(Of(connection).Query(Text(sql, "sql"), ValuesOf(parameters)));
  });
}

laminar_status laminar_query_stream(laminar_connection* connection, const char* sql, struct ArrowArrayStream* out,
                                    laminar_error** error) {
  return laminar_query_stream_with(connection, sql, nullptr, out, error);
}

laminar_status laminar_query_stream_with(laminar_connection* connection, const char* sql,
                                         const laminar_parameters* parameters, struct ArrowArrayStream* out,
                                         laminar_error** error) {
  return Guard(error, [&] {
    ArrowArrayStream& stream = Need(out, "out");
    laminar::c::ExportQueryStream(Of(connection).Stream(Text(sql, "sql"), ValuesOf(parameters)), &stream);
  });
}

laminar_status laminar_query_name(laminar_connection* connection, const char* name, const char* filter,
                                  laminar_result** result, laminar_error** error) {
  if (result != nullptr) *result = nullptr;
  return Guard(error, [&] {
    laminar_result*& out = Need(result, "result");
    out = new laminar_result(
        Of(connection).QueryStreamByName(Text(name, "name"), filter == nullptr ? std::string_view() : filter));
  });
}

laminar_status laminar_cancel_query(laminar_connection* connection, uint64_t id, laminar_error** error) {
  return Guard(error, [&] { Of(connection).CancelQuery(id); });
}

laminar_status laminar_explain(laminar_connection* connection, const char* sql, char** text, laminar_error** error) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&] {
    char*& out = Need(text, "text");
    out = laminar::c::Duplicate(Of(connection).Explain(Text(sql, "sql")));
  });
}

laminar_status laminar_begin(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Begin(); });
}

laminar_status laminar_commit(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Commit(); });
}

laminar_status laminar_rollback(laminar_connection* connection, laminar_error** error) {
  return Guard(error, [&] { Of(connection).Rollback(); });
}
