#include "engine/stream.h"

#include <utility>

#include "engine/engine.h"
#include "state/consolidate.h"

namespace laminar {

namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

}  // namespace

int64_t CountRows(const Delta& delta) {
  if (delta.weights == nullptr) return delta.size();
  int64_t count = 0;
  for (uint32_t i = 0; i < delta.size(); ++i) count += std::abs(delta.weights[delta.RowAt(i)]);
  return count;
}

Stream::Stream(Engine* engine, StreamOptions options, DataflowSpec spec)
    : engine_(engine),
      options_(std::move(options)),
      dataflow_(std::move(spec), this),
      types_(TypesOf(dataflow_.spec().schema)),
      change_(types_) {}

void Stream::Widen(const Field& field) {
  dataflow_.Widen(field);
  types_.push_back(field.type);
  change_ = RowBatchBuilder(types_);
}

void Stream::Begin(uint64_t epoch, int64_t now, bool first) {
  step_.emplace(epoch, now, StepMode::kContinuous, dataflow_.lines(), nullptr, first);
}

Answer Stream::OnDelta(const Delta& delta) {
  total_rows.fetch_add(CountRows(delta), std::memory_order_relaxed);
  if (!attached) return Answer::kMore;
  for (const Edge& edge : edges) {
    engine_->Activate(edge.stream);
    ProjectColumns(delta, edge.stream->dataflow().spec().inputs[static_cast<size_t>(edge.input)].columns, &narrow_);
    edge.stream->dataflow().Push(edge.stream->step(), edge.input, narrow_);
  }
  if (!taps.empty()) {
    std::erase_if(taps, [&](const std::weak_ptr<StreamTap>& listener) {
      const std::shared_ptr<StreamTap> tap = listener.lock();
      if (!tap) return true;
      tap->batches.push_back(RowBatch::FromDelta(delta, types_));
      tap->rows += delta.size();
      return false;
    });
  }
  if (!changelog_->has_readers()) return Answer::kMore;
  if (change_.rows() == 0 && !adopted_ && delta.owner && delta.selection == nullptr) {
    Delta kept = delta;
    kept.marks = {};
    adopted_ = RowBatch::FromDelta(kept, types_);
  } else {
    if (adopted_) change_.Append(std::exchange(adopted_, nullptr)->delta());
    change_.Append(delta);
  }
  return Answer::kMore;
}

void Stream::OnLate(const Delta& delta) { late_rows.fetch_add(delta.size(), std::memory_order_relaxed); }

void Stream::OnErrors(const Delta& input, const RowErrors& errors) {
  for (const RowErrors::Entry& entry : errors.entries) {
    // A row that was set aside when it came goes without a trace when it is taken back.
    if (input.WeightAt(entry.row) < 0) continue;
    error_rows.fetch_add(1, std::memory_order_relaxed);
    engine_->errors().Add({options_.name, step_ ? step_->epoch() : 0, step_ ? step_->now() : 0, entry.message});
  }
}

std::optional<Change> Stream::TakeChange(uint64_t epoch) {
  if (change_.rows() == 0 && !adopted_) return std::nullopt;
  Ref<RowBatch> rows = adopted_ ? std::exchange(adopted_, nullptr) : change_.Finish();
  if (!dataflow_.spec().append_only) {
    rows = Consolidate(rows, types_);
    if (rows->rows() == 0) return std::nullopt;
  }
  return Change{epoch, false, std::move(rows), !dataflow_.spec().append_only};
}

}  // namespace laminar
