// Ingestion of the C interface: Arrow, JSON, CSV, and batches built cell by cell.
#include <optional>

#include "main/c/arrow_input.h"
#include "main/c/guard.h"
#include "main/c/handles.h"

using laminar::c::Consumed;
using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Of;
using laminar::c::Text;

namespace {

/// Runs `insert`, and tells the caller how many rows it took.
template <typename Insert>
laminar_status Counted(int64_t* rows, laminar_error** error, Insert insert) {
  return Guard(error, [&] {
    const int64_t count = insert();
    if (rows != nullptr) *rows = count;
  });
}

}  // namespace

laminar_status laminar_insert_arrow_stream(laminar_connection* connection, const char* relation,
                                           struct ArrowArrayStream* stream, int64_t* rows, laminar_error** error) {
  const Consumed consumed(stream);
  return Counted(rows, error,
                 [&] { return Of(connection).InsertArrow(Text(relation, "relation"), &Need(stream, "stream")); });
}

laminar_status laminar_insert_arrow_array(laminar_connection* connection, const char* relation,
                                          struct ArrowSchema* schema, struct ArrowArray* array, int64_t* rows,
                                          laminar_error** error) {
  const Consumed consumed_schema(schema);
  const Consumed consumed_array(array);
  return Counted(rows, error, [&] {
    ArrowArrayStream stream{};
    const Consumed consumed(&stream);
    laminar::Connection& to = Of(connection);
    laminar::c::StreamOfArray(&Need(schema, "schema"), &Need(array, "array"), &stream);
    return to.InsertArrow(Text(relation, "relation"), &stream);
  });
}

laminar_status laminar_insert_json(laminar_connection* connection, const char* relation, const char* text, int64_t size,
                                   int64_t* rows, laminar_error** error) {
  return Counted(rows, error,
                 [&] { return Of(connection).InsertJson(Text(relation, "relation"), Text(text, size, "text")); });
}

laminar_status laminar_insert_csv(laminar_connection* connection, const char* relation, const char* text, int64_t size,
                                  int64_t* rows, laminar_error** error) {
  return Counted(rows, error,
                 [&] { return Of(connection).InsertCsv(Text(relation, "relation"), Text(text, size, "text")); });
}

laminar_status laminar_create_table(laminar_connection* connection, const char* name, struct ArrowSchema* schema,
                                    const char* const* keys, size_t num_keys, laminar_error** error) {
  const Consumed consumed(schema);
  return Guard(error, [&] {
    std::optional<std::vector<std::string>> primary_key;
    if (num_keys > 0) {
      primary_key.emplace();
      for (size_t i = 0; i < num_keys; ++i) primary_key->emplace_back(Text((&Need(keys, "keys"))[i], "a key"));
    }
    Of(connection).CreateTable(Text(name, "name"), &Need(schema, "schema"), primary_key);
  });
}

laminar_status laminar_upsert_arrow_stream(laminar_connection* connection, const char* table,
                                           struct ArrowArrayStream* stream, int64_t* rows, laminar_error** error) {
  const Consumed consumed(stream);
  return Counted(rows, error,
                 [&] { return Of(connection).UpsertArrow(Text(table, "table"), &Need(stream, "stream")); });
}

laminar_status laminar_delete_arrow_stream(laminar_connection* connection, const char* table,
                                           struct ArrowArrayStream* keys, int64_t* rows, laminar_error** error) {
  const Consumed consumed(keys);
  return Counted(rows, error, [&] { return Of(connection).DeleteArrow(Text(table, "table"), &Need(keys, "keys")); });
}

laminar_status laminar_insert(laminar_connection* connection, laminar_batch* batch, int64_t* rows,
                              laminar_error** error) {
  return Counted(rows, error, [&] { return Of(connection).Insert(Need(batch, "batch").builder); });
}

laminar_status laminar_upsert(laminar_connection* connection, laminar_batch* batch, int64_t* rows,
                              laminar_error** error) {
  return Counted(rows, error, [&] { return Of(connection).Upsert(Need(batch, "batch").builder); });
}

laminar_status laminar_delete(laminar_connection* connection, laminar_batch* keys, int64_t* rows,
                              laminar_error** error) {
  return Counted(rows, error, [&] { return Of(connection).Delete(Need(keys, "keys").builder); });
}

laminar_status laminar_writer_new(laminar_connection* connection, const char* relation, laminar_writer** writer,
                                  laminar_error** error) {
  if (writer != nullptr) *writer = nullptr;
  return Guard(error, [&] {
    laminar_writer*& out = Need(writer, "writer");
    out = new laminar_writer{Of(connection).NewWriter(Text(relation, "relation"))};
  });
}

void laminar_writer_free(laminar_writer* writer) { delete writer; }

laminar_status laminar_writer_insert(laminar_writer* writer, laminar_batch* batch, int64_t* rows,
                                     laminar_error** error) {
  return Counted(rows, error, [&] { return Need(writer, "writer").writer.Insert(Need(batch, "batch").builder); });
}

laminar_status laminar_writer_insert_arrow_stream(laminar_writer* writer, struct ArrowArrayStream* stream,
                                                  int64_t* rows, laminar_error** error) {
  const Consumed consumed(stream);
  return Counted(rows, error, [&] { return Need(writer, "writer").writer.InsertArrow(&Need(stream, "stream")); });
}

laminar_status laminar_writer_flush(laminar_writer* writer, int64_t* rows, laminar_error** error) {
  return Counted(rows, error, [&] { return Need(writer, "writer").writer.Flush(); });
}

laminar_status laminar_writer_watermark(laminar_writer* writer, int64_t time, laminar_error** error) {
  return Guard(error, [&] { Need(writer, "writer").writer.Watermark(time); });
}

int64_t laminar_writer_current_watermark(const laminar_writer* writer) {
  return writer == nullptr ? laminar::kNoWatermarkMillis : writer->writer.current_watermark();
}

laminar_status laminar_writer_close(laminar_writer* writer, laminar_error** error) {
  return Guard(error, [&] { Need(writer, "writer").writer.Close(); });
}
