// Writer: rows gathered for one source and handed over in batches; and the watermark it announces.
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "laminar/connection.h"
#include "main/arrow_import.h"
#include "main/batch_builder_rep.h"
#include "main/database.h"
#include "main/result_rep.h"
#include "main/writer_rep.h"

namespace laminar {

namespace {

// Buffered rows are handed over once there are this many: a batch that fills the engine's vectors well.
constexpr int64_t kHandOverRows = 8192;

std::atomic<uint64_t> next_writer_id{1};

}  // namespace

Writer::Rep::Rep(std::shared_ptr<Database> of, ResolvedSource into)
    : database(std::move(of)), source(std::move(into)), schema(MakeSchemaRep(source.schema, false)), id(next_writer_id++) {}

Writer::Rep::~Rep() {
  // Rows of a writer that was thrown away without Close are still rows.
  try {
    Close();
  } catch (const Error&) {
    // The database was closed first: there is nobody left to give them to.
  }
}

void Writer::Rep::CheckOpen() const {
  if (closed) throw Error(ErrorCode::kWriterClosed, fmt::format("the writer of \"{}\" is closed", source.name));
}

int64_t Writer::Rep::FlushLocked() {
  if (buffered.empty()) return 0;
  const int64_t rows = std::exchange(buffered_rows, 0);
  database->Accept(source, std::exchange(buffered, {}));
  return rows;
}

void Writer::Rep::Add(std::vector<Ref<RowBatch>> batches) {
  for (Ref<RowBatch>& batch : batches) {
    if (batch->rows() == 0) continue;
    buffered_rows += batch->rows();
    buffered.push_back(std::move(batch));
  }
  if (buffered_rows >= kHandOverRows) FlushLocked();
}

void Writer::Rep::Close() {
  std::lock_guard guard(mutex);
  if (closed) return;
  closed = true;
  if (announced != kNoWatermarkMillis) database->engine().CloseWriter(source.name, id);
  FlushLocked();
}

Writer::Writer(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}

const std::string& Writer::name() const { return rep_->source.name; }
ResultSchema Writer::schema() const { return ResultSchema(rep_->schema); }

int64_t Writer::Insert(BatchBuilder& rows) {
  std::lock_guard guard(rep_->mutex);
  rep_->CheckOpen();
  const int64_t count = rows.num_rows();
  rep_->Add({rows.rep().Finish()});
  return count;
}

int64_t Writer::InsertArrow(ArrowArrayStream* stream, bool copy) {
  std::vector<Ref<RowBatch>> batches = ValueOrThrow(ImportStream(stream, rep_->source.schema, rep_->source.name, copy));
  std::lock_guard guard(rep_->mutex);
  rep_->CheckOpen();
  int64_t count = 0;
  for (const Ref<RowBatch>& batch : batches) count += batch->rows();
  rep_->Add(std::move(batches));
  return count;
}

int64_t Writer::Flush() {
  std::lock_guard guard(rep_->mutex);
  rep_->CheckOpen();
  return rep_->FlushLocked();
}

void Writer::Watermark(int64_t time) {
  std::lock_guard guard(rep_->mutex);
  rep_->CheckOpen();
  if (time <= rep_->announced) return;
  // What was buffered came before the announcement.
  rep_->FlushLocked();
  rep_->announced = time;
  ThrowIfError(rep_->database->engine().Announce(rep_->source.name, rep_->id, time));
}

int64_t Writer::current_watermark() const {
  std::lock_guard guard(rep_->mutex);
  return rep_->announced;
}

void Writer::Close() { rep_->Close(); }

bool Writer::is_closed() const {
  std::lock_guard guard(rep_->mutex);
  return rep_->closed;
}

}  // namespace laminar
