#include "engine/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "engine/engine_image.h"
#include "state/consolidate.h"
#include "state/upserts.h"

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
      changelog_(std::make_shared<Changelog>(
          ChangelogOptions{types_, engine->options().buffer_size, engine->options().files,
                           engine->options().spill_directory, options_.retain_bytes, engine->counters().overflow})),
      change_(types_) {}

void Stream::SetBelow(const std::vector<std::shared_ptr<Stream>>& below, PlanOutline outline) {
  below_.assign(below.begin(), below.end());
  for (const std::shared_ptr<Stream>& node : below) {
    // A plan may have the same node twice.
    std::shared_ptr<const LeftOut> left_out = node->left_out_;
    if (std::ranges::find(left_out_below_, left_out) == left_out_below_.end()) {
      left_out_below_.push_back(std::move(left_out));
    }
  }
  if (options_.named) outline_ = std::move(outline);
}

void Stream::Widen(const Field& field) {
  dataflow_.Widen(field);
  types_.push_back(field.type);
  change_ = RowBatchBuilder(types_);
  changed = true;
}

SavedStream Stream::Save() const {
  SavedStream saved;
  saved.number = number;
  saved.plan = dataflow_.Fingerprint();
  if (options_.named) saved.name = options_.name;
  for (const std::weak_ptr<Stream>& node : below_) saved.below.push_back(node.lock()->number);
  saved.total_rows = total_rows.load();
  saved.late_rows = left_out_->late_rows.load();
  saved.error_rows = left_out_->error_rows.load();
  saved.recent_errors.assign(recent_errors_.begin(), recent_errors_.end());
  if (!dataflow_.status().ok()) saved.failure = dataflow_.status().error();
  if (changelog_->retains()) saved.changes_from = changelog_->retained_from();
  return saved;
}

void Stream::Restore(const SavedStream& saved) {
  number = saved.number;
  total_rows = saved.total_rows;
  left_out_->late_rows = saved.late_rows;
  left_out_->error_rows = saved.error_rows;
  recent_errors_.assign(saved.recent_errors.begin(), saved.recent_errors.end());
  if (saved.changes_from) changelog_->RetainFrom(*saved.changes_from);
  changed = false;
}

bool Stream::wanted() const {
  if (replaying) return true;
  if (!attached) return false;
  if (!taps.empty() || changelog_->has_readers()) return true;
  return shared() ? !wanting_.empty() : !edges.empty();
}

std::vector<Stream*> Stream::Readers() const {
  std::vector<Stream*> readers;
  for (const Edge& edge : edges) {
    const std::vector<Stream*> above = edge.stream->shared() ? edge.stream->Readers() : std::vector{edge.stream};
    readers.insert(readers.end(), above.begin(), above.end());
  }
  std::ranges::sort(readers, {}, &Stream::order);
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  return readers;
}

void Stream::Begin(uint64_t epoch, int64_t now, bool first) {
  step_.emplace(epoch, now, StepMode::kContinuous, dataflow_.lines(), nullptr, first);
  changed = true;
  if (!shared()) return;
  // Whoever leaves during the step is still served.
  wanting_.clear();
  std::ranges::copy_if(edges, std::back_inserter(wanting_),
                       [](const Edge& edge) { return edge.stream->dataflow().Wants(edge.input); });
}

Answer Stream::OnDelta(const Delta& delta) {
  if (!shared()) total_rows.fetch_add(CountRows(delta), std::memory_order_relaxed);
  if (!attached && !replaying) return Answer::kMore;
  for (const Edge& edge : shared() ? wanting_ : edges) {
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

void Stream::OnLate(const Delta& delta) { left_out_->late_rows.fetch_add(delta.size(), std::memory_order_relaxed); }

void Stream::OnErrors(const Delta& input, const RowErrors& errors) {
  const std::vector<Stream*> readers = shared() ? Readers() : std::vector<Stream*>{this};
  for (const RowErrors::Entry& entry : errors.entries) {
    // A row that was set aside when it came goes without a trace when it is taken back.
    if (input.WeightAt(entry.row) < 0) continue;
    left_out_->error_rows.fetch_add(1, std::memory_order_relaxed);
    const ErrorEntry error{"", step_ ? step_->epoch() : 0, step_ ? step_->now() : 0, entry.message};
    for (const Stream* reader : readers) engine_->errors().Add(error.Of(reader->name()));
    if (options_.stop_on_error) {
      dataflow_.Fail({ErrorCode::kSubscriptionFailed,
                      fmt::format("stream \"{}\" has stopped at a row in error, as on_error = 'stop' says: {}",
                                  options_.name, entry.message)});
    }
    if (!shared()) continue;
    if (recent_errors_.size() == ErrorLog::kCapacity) recent_errors_.pop_front();
    recent_errors_.push_back(error);
  }
}

int64_t Stream::late_rows() const {
  int64_t rows = left_out_->late_rows.load(std::memory_order_relaxed);
  for (const auto& below : left_out_below_) rows += below->late_rows.load(std::memory_order_relaxed);
  return rows;
}

int64_t Stream::error_rows() const {
  int64_t rows = left_out_->error_rows.load(std::memory_order_relaxed);
  for (const auto& below : left_out_below_) rows += below->error_rows.load(std::memory_order_relaxed);
  return rows;
}

std::optional<Change> Stream::TakeChange(uint64_t epoch) {
  if (change_.rows() == 0 && !adopted_) return std::nullopt;
  Ref<RowBatch> rows = adopted_ ? std::exchange(adopted_, nullptr) : change_.Finish();
  if (!dataflow_.spec().append_only) {
    rows = Consolidate(rows, types_);
    if (rows->rows() == 0) return std::nullopt;
  }
  if (dataflow_.spec().on_update) rows = Upserts(rows, types_, dataflow_.spec().update_key);
  return Change{epoch, false, std::move(rows), !dataflow_.spec().append_only};
}

}  // namespace laminar
