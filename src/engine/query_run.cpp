#include "engine/query_run.h"

#include <algorithm>
#include <utility>

#include "state/consolidate.h"

namespace laminar {

namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

/// Feeds a stream's contents into one input of the query.
class ContentsFeeder final : public DataflowResult {
 public:
  ContentsFeeder(Dataflow* dataflow, Step* step, int input) : dataflow_(dataflow), step_(step), input_(input) {}
  Answer OnDelta(const Delta& delta) override {
    ProjectColumns(delta, dataflow_->spec().inputs[static_cast<size_t>(input_)].columns, &narrow_);
    return dataflow_->Push(*step_, input_, narrow_);
  }
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta&, const RowErrors&) override {}

 private:
  Dataflow* dataflow_;
  Step* step_;
  int input_;
  Delta narrow_;
};

}  // namespace

namespace {

class RowCollector final : public DataflowResult {
 public:
  explicit RowCollector(RowBatchBuilder* builder) : builder_(builder) {}
  Answer OnDelta(const Delta& delta) override {
    builder_->Append(delta);
    return Answer::kMore;
  }
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta&, const RowErrors&) override {}

 private:
  RowBatchBuilder* builder_;
};

}  // namespace

Result<Ref<RowBatch>> QueryRun::NetRows(QueryInputs::Input& input) {
  RowBatchBuilder all(input.types);
  RowCollector collector(&all);
  LAMINAR_RETURN_NOT_OK(input.stream->Emit(collector, &cancel_));
  for (const Ref<RowBatch>& rows : input.rows) all.Append(rows->delta());
  return Consolidate(all.Finish(), input.types, RowEquality::kOfBits);
}

void QueryRun::PushRows(int port, const Ref<RowBatch>& rows) {
  Delta narrow;
  Delta all = rows->delta();
  all.marks = {};
  ProjectColumns(all, dataflow_.spec().inputs[static_cast<size_t>(port)].columns, &narrow);
  dataflow_.Push(step_, port, narrow);
}

QueryRun::QueryRun(DataflowSpec spec, QueryInputs inputs, int64_t now)
    : inputs_(std::move(inputs)),
      dataflow_(std::move(spec), this),
      types_(TypesOf(dataflow_.spec().schema)),
      step_(inputs_.epoch, now, StepMode::kBatch, dataflow_.lines(), &cancel_, true),
      builder_(types_) {
  ReplayLines(inputs_.lines, &dataflow_.lines());
}

QueryRun::~QueryRun() = default;

Answer QueryRun::OnDelta(const Delta& delta) {
  if (delta.owner && delta.selection == nullptr && delta.weights == nullptr && delta.rows >= kBatchRows / 16) {
    SealBuilder();
    Delta kept = delta;
    kept.marks = {};
    ready_.push_back(RowBatch::FromDelta(kept, types_));
  } else if (delta.weights == nullptr) {
    builder_.Append(delta);
  } else {
    // A bag: a row of weight n is n rows.
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      Delta single = delta;
      single.weights = nullptr;
      single.marks = {};
      single.Select(&row, 1);
      for (int64_t copies = delta.weights[row]; copies > 0; --copies) builder_.Append(single);
    }
  }
  if (builder_.rows() >= kBatchRows) SealBuilder();
  return Answer::kMore;
}

void QueryRun::OnErrors(const Delta&, const RowErrors& errors) {
  if (failure_.ok() && !errors.entries.empty())
    failure_ = Status(ErrorCode::kQueryFailed, errors.entries.front().message);
}

void QueryRun::SealBuilder() {
  if (builder_.rows() != 0) ready_.push_back(builder_.Finish());
}

Status QueryRun::Advance() {
  if (input_ == inputs_.inputs.size()) {
    ended_ = true;
    LAMINAR_RETURN_NOT_OK(dataflow_.End(step_));
    SealBuilder();
    return Status::OK();
  }
  QueryInputs::Input& input = inputs_.inputs[input_];
  const int port = static_cast<int>(input_);
  if (dataflow_.spec().inputs[input_].kind == DataflowInput::Kind::kFile) {
    LAMINAR_ASSIGN_OR_RETURN(const bool more, AdvanceFile(port));
    if (more) return dataflow_.status().Clone();
  } else if (input.stream && !input.rows.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> rows, NetRows(input));
    PushRows(port, rows);
  } else if (!input.rows.empty()) {
    for (const Ref<RowBatch>& rows : input.rows) PushRows(port, rows);
  } else if (input.stream) {
    ContentsFeeder feeder(&dataflow_, &step_, port);
    LAMINAR_RETURN_NOT_OK(input.stream->Emit(feeder, &cancel_));
  } else if (input.history) {
    const std::vector<int>& columns = dataflow_.spec().inputs[input_].columns;
    next_row_ = std::max(next_row_, input.history->first_row());
    bool wanted = true;
    bool more = false;
    // Stops after the delta that completed a batch, to go on behind it at the next call.
    bool on_pace = true;
    while (wanted && on_pace && next_row_ < input.history->rows()) {
      const uint32_t pace = pace_.rows();
      LAMINAR_RETURN_NOT_OK(input.history->Scan(
          next_row_, columns,
          [&](const Delta& delta) {
            const Pace::Clock::time_point begin = Pace::Clock::now();
            wanted = dataflow_.Push(step_, port, delta) == Answer::kMore;
            pace_.Took(delta.rows, Pace::Clock::now() - begin);
            next_row_ += delta.rows;
            more = true;
            on_pace = wanted && ready_.empty() && open();
            return on_pace && pace_.rows() == pace;
          },
          pace));
    }
    if (more && wanted && next_row_ < input.history->rows()) return dataflow_.status().Clone();
  }
  next_row_ = 0;
  ++input_;
  return dataflow_.status().Clone();
}

Result<bool> QueryRun::AdvanceFile(int port) {
  const DataflowInput& input = dataflow_.spec().inputs[input_];
  if (!file_) {
    LAMINAR_ASSIGN_OR_RETURN(file_, input.files->Open(input.columns));
  }
  LAMINAR_ASSIGN_OR_RETURN(const Ref<RowBatch> rows, file_->Next(cancel_));
  if (rows && PushPieces(port, rows->delta(), input.files->schema())) return true;
  for (std::string& warning : file_->warnings()) warnings_.push_back(std::move(warning));
  file_.reset();
  return false;
}

bool QueryRun::PushPieces(int port, const Delta& rows, const Schema& columns) {
  const std::vector<int>& places = dataflow_.spec().inputs[static_cast<size_t>(port)].columns;
  for (uint32_t begin = 0; begin < rows.rows;) {
    Delta piece = rows;
    piece.rows = std::min(pace_.rows(), rows.rows - begin);
    for (size_t c = 0; c < piece.columns.size(); ++c) {
      const auto width = static_cast<size_t>(PhysicalWidth(columns.field(places[c]).type.physical()));
      Column& column = piece.columns[c];
      column.values = column.data<uint8_t>() + begin * width;
      if (column.validity != nullptr) column.validity += begin / 64;
    }
    const Pace::Clock::time_point start = Pace::Clock::now();
    const bool wanted = dataflow_.Push(step_, port, piece) == Answer::kMore;
    pace_.Took(piece.rows, Pace::Clock::now() - start);
    if (!wanted || !open()) return wanted;
    begin += piece.rows;
  }
  return true;
}

bool QueryRun::may_exceed_memory() const {
  return std::ranges::any_of(dataflow_.spec().inputs, [](const DataflowInput& input) {
    return input.kind == DataflowInput::Kind::kFile && !input.files->in_memory();
  });
}

std::vector<std::string> QueryRun::warnings() const {
  std::vector<std::string> all = warnings_;
  if (file_) {
    for (std::string& warning : file_->warnings()) all.push_back(std::move(warning));
  }
  return all;
}

Result<Ref<RowBatch>> QueryRun::NextBatch() {
  while (true) {
    if (cancel_.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
    if (!failure_.ok()) return failure_.Clone();
    if (!ready_.empty()) {
      Ref<RowBatch> batch = std::move(ready_.front());
      ready_.pop_front();
      return batch;
    }
    if (ended_) return Ref<RowBatch>();
    LAMINAR_RETURN_NOT_OK(Advance());
  }
}

}  // namespace laminar
