#include "main/c/query_stream.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace laminar::c {

namespace {

/// The private data of the stream. One thread at a time, as the interface has it.
struct Reader {
  QueryStream query;
  std::optional<QueryResult> result;  // whose batches are being handed out
  int next_batch = 0;
  std::string last_error;
};

Reader& ReaderOf(ArrowArrayStream* stream) { return *static_cast<Reader*>(stream->private_data); }

template <typename Body>
int Answer(ArrowArrayStream* stream, Body body) noexcept {
  Reader& reader = ReaderOf(stream);
  reader.last_error.clear();
  try {
    body(reader);
    return 0;
  } catch (const Error& error) {
    reader.last_error = error.what();
    return error.code() == ErrorCode::kQueryCancelled ? ECANCELED : EIO;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (const std::exception& error) {
    reader.last_error = error.what();
    return EIO;
  }
}

int GetSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  return Answer(stream, [out](Reader& reader) { reader.query.schema().Export(out); });
}

int GetNext(ArrowArrayStream* stream, ArrowArray* out) {
  return Answer(stream, [out](Reader& reader) {
    while (!reader.result || reader.next_batch == reader.result->num_batches()) {
      reader.result = reader.query.Next();
      reader.next_batch = 0;
      if (reader.result) continue;
      if (reader.query.state() == QueryStream::State::kCancelled) {
        throw Error(ErrorCode::kQueryCancelled, "the query was cancelled");
      }
      *out = ArrowArray{};  // the end
      return;
    }
    reader.result->ExportBatch(reader.next_batch++, out);
  });
}

const char* GetLastError(ArrowArrayStream* stream) {
  const std::string& error = ReaderOf(stream).last_error;
  return error.empty() ? nullptr : error.c_str();
}

void Release(ArrowArrayStream* stream) {
  delete static_cast<Reader*>(stream->private_data);
  stream->release = nullptr;
  stream->private_data = nullptr;
}

}  // namespace

void ExportQueryStream(QueryStream query, ArrowArrayStream* out) {
  *out = {GetSchema, GetNext, GetLastError, Release, new Reader{std::move(query), std::nullopt, 0, ""}};
}

}  // namespace laminar::c
