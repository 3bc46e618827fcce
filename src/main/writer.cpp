// Writer: rows gathered for one source and handed over in batches; and the watermark it announces.
#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "laminar/connection.h"
#include "main/arrow_import.h"
#include "main/batch_builder_rep.h"
#include "main/database.h"
#include "main/function/user_code.h"
#include "main/result_rep.h"
#include "main/writer_rep.h"

namespace laminar {

namespace {

// Buffered rows are handed over once there are this many: a batch that fills the engine's vectors well.
constexpr int64_t kHandOverRows = 8192;

std::atomic<uint64_t> next_writer_id{1};

}  // namespace

Writer::Rep::Rep(std::shared_ptr<Database> of, ResolvedSource into)
    : database(std::move(of)),
      source(std::move(into)),
      schema(MakeSchemaRep(source.schema, false)),
      id(next_writer_id++) {}

std::unique_lock<std::mutex> Writer::Rep::Lock() {
  made_in.Check();
  return std::unique_lock(mutex);
}

Writer::Rep::~Rep() {
  if (made_in.foreign()) {
    Abandon(database);
    return;
  }
  // Rows of a writer that was thrown away without Close are still rows.
  try {
    Close();
  } catch (const std::exception&) {
    // The database was closed first, or there is no room: there is nobody left to give them to, and nobody to tell.
    database->engine().CloseWriter(source.name, id);
  }
}

void Writer::Rep::CheckOpen() const {
  if (closed) throw Error(ErrorCode::kWriterClosed, fmt::format("the writer of \"{}\" is closed", source.name));
}

int64_t Writer::Rep::FlushLocked() {
  if (buffered.empty()) return 0;
  // Kept when they are refused: the caller may try again once there is room.
  const int64_t rows = database->Accept(source, buffered);
  buffered.clear();
  buffered_rows = 0;
  return rows;
}

void Writer::Rep::Add(std::vector<Ref<RowBatch>> batches) {
  const size_t batches_before = buffered.size();
  const int64_t rows_before = buffered_rows;
  try {
    for (Ref<RowBatch>& batch : batches) {
      if (batch->rows() == 0) continue;
      buffered.push_back(std::move(batch));
      buffered_rows += buffered.back()->rows();
    }
    if (buffered_rows >= kHandOverRows) FlushLocked();
  } catch (...) {
    // What this call brought is not in, as its error says; what was buffered before still is.
    buffered.resize(batches_before);
    buffered_rows = rows_before;
    throw;
  }
}

void Writer::Rep::Close() {
  const auto guard = Lock();
  if (closed) return;
  FlushLocked();  // refused: the writer stays open, with its rows
  closed = true;
  if (announced != kNoWatermarkMillis) database->engine().CloseWriter(source.name, id);
}

Writer::Writer(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}

const std::string& Writer::name() const { return rep_->source.name; }
ResultSchema Writer::schema() const { return ResultSchema(rep_->schema); }

int64_t Writer::Insert(BatchBuilder& rows) {
  UserCode::Check(*rep_->database);
  const auto guard = rep_->Lock();
  rep_->CheckOpen();
  const int64_t count = rows.num_rows();
  rep_->Add({rows.rep().Finish()});
  return count;
}

int64_t Writer::InsertArrow(ArrowArrayStream* stream, bool copy) {
  UserCode::Check(*rep_->database);
  std::vector<Ref<RowBatch>> batches = ValueOrThrow(ImportStream(stream, rep_->source.schema, rep_->source.name, copy));
  const auto guard = rep_->Lock();
  rep_->CheckOpen();
  int64_t count = 0;
  for (const Ref<RowBatch>& batch : batches) count += batch->rows();
  rep_->Add(std::move(batches));
  return count;
}

int64_t Writer::Flush() {
  UserCode::Check(*rep_->database);
  const auto guard = rep_->Lock();
  rep_->CheckOpen();
  return rep_->FlushLocked();
}

void Writer::Watermark(int64_t time) {
  UserCode::Check(*rep_->database);
  const auto guard = rep_->Lock();
  rep_->CheckOpen();
  if (time <= rep_->announced) return;
  // What was buffered came before the announcement.
  rep_->FlushLocked();
  rep_->database->Announce(rep_->source, rep_->id, time);
  rep_->announced = time;
}

int64_t Writer::current_watermark() const { return rep_->announced; }

void Writer::Close() {
  UserCode::Check(*rep_->database);
  rep_->Close();
}

bool Writer::is_closed() const { return rep_->closed; }

}  // namespace laminar
