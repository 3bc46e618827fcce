#include "exec/window_aggregate.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "common/cancel_token.h"
#include "common/cell_order.h"
#include "common/hash.h"
#include "exec/aggregate_table.h"
#include "state/row_store.h"
#include "state/store.h"

namespace laminar {

namespace {

/// The groups of one window.
struct Window {
  Window(std::shared_ptr<const AggregatePlan> plan) : table(std::move(plan), false) {}
  WindowBounds bounds;
  AggregateTable table;
  bool touched = false;             // in this step
  std::vector<uint32_t> selection;  // scratch of Push: rows of the delta that belong here
};

using Windows = std::map<int64_t, std::unique_ptr<Window>>;  // by end

class WindowStore final : public Store {
 public:
  WindowStore(Windows* open, RowStore* closed, Timestamp* watermark, const std::shared_ptr<const AggregatePlan>& plan)
      : Store("windows"), open_(open), closed_(closed), watermark_(watermark), plan_(plan) {}
  int64_t rows() const override {
    int64_t rows = closed_->rows();
    for (const auto& [end, window] : *open_) rows += window->table.groups().size();
    return rows;
  }
  size_t memory_bytes() const override {
    size_t bytes = closed_->memory_bytes();
    for (const auto& [end, window] : *open_) bytes += window->table.memory_bytes();
    return bytes;
  }
  std::vector<ChunkList*> chunk_lists() override {
    std::vector<ChunkList*> lists{&closed_->chunks()};
    for (const auto& [end, window] : *open_) window->table.AppendChunkLists(&lists);
    return lists;
  }
  void SaveRest(ImageWriter& out) const override {
    out.Put(*watermark_);
    closed_->SaveRest(out);
    out.Put(static_cast<uint32_t>(open_->size()));
    for (const auto& [end, window] : *open_) {
      out.Put(window->bounds);
      window->table.SaveRest(out);
    }
  }
  void LoadRest(ImageReader& in) override {
    *watermark_ = in.Get<Timestamp>();
    closed_->LoadRest(in);
    for (uint32_t left = in.GetCount(sizeof(WindowBounds)); left > 0 && in.status().ok(); --left) {
      auto window = std::make_unique<Window>(plan_);
      window->bounds = in.Get<WindowBounds>();
      window->table.LoadRest(in);
      const int64_t end = window->bounds.end;
      open_->emplace(end, std::move(window));
    }
  }
  /// Windows that are open are touched all the time.
  Status Spill(SpillSpace& space, size_t bytes, size_t* freed) override { return closed_->Spill(space, bytes, freed); }
  size_t disk_bytes() const override { return closed_->chunks().disk_bytes(); }
  void Restore() override {
    closed_->Restore();
    for (const auto& [end, window] : *open_) window->table.Restore();
  }

 private:
  Windows* open_;
  RowStore* closed_;
  Timestamp* watermark_;
  const std::shared_ptr<const AggregatePlan>& plan_;
};

class WindowSnapshot final : public OperatorSnapshot {
 public:
  WindowSnapshot(RowStoreSnapshot closed, std::vector<PinnedGroups> open)
      : closed_(std::move(closed)), open_(std::move(open)) {}

  Status Contents(Output& output, const CancelToken* cancel) override {
    bool done = false;
    const auto cancelled = [&] { return cancel != nullptr && cancel->cancelled(); };
    LAMINAR_RETURN_NOT_OK(closed_.ForEachDelta([&](const Delta& delta) {
      done = cancelled() || output.Emit(delta) == Answer::kDone;
      return !done;
    }));
    if (cancelled()) return {ErrorCode::kQueryCancelled, "the query was cancelled"};
    for (const PinnedGroups& window : open_) {
      if (done) break;
      LAMINAR_RETURN_NOT_OK(window.Emit(output, cancel, &done));
    }
    return Status::OK();
  }

 private:
  RowStoreSnapshot closed_;
  std::vector<PinnedGroups> open_;
};

/// Window columns are integers of some width, whatever their type.
void ReadTimes(const Column& column, const DataType& type, const Delta& delta, std::vector<int64_t>* times) {
  times->resize(delta.size());
  VisitCellType(type.physical(), [&](auto sample) {
    using T = decltype(sample);
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
      const T* values = column.data<T>();
      for (uint32_t i = 0; i < delta.size(); ++i) (*times)[i] = static_cast<int64_t>(values[delta.RowAt(i)]);
    }
  });
}

}  // namespace

struct WindowAggregate::Rep {
  static constexpr size_t kPooledWindows = 64;
  static constexpr size_t kCached = 64;

  explicit Rep(WindowAggregateSpec specification)
      : spec(std::move(specification)),
        plan(std::make_shared<AggregatePlan>(spec, spec.window_start_key, spec.window_end_key)),
        closed(plan->output_types()),
        store(&open, &closed, &watermark, plan) {}

  int end_column() const { return spec.keys[static_cast<size_t>(spec.window_end_key)]; }
  int start_column() const {
    return spec.window_start_key < 0 ? -1 : spec.keys[static_cast<size_t>(spec.window_start_key)];
  }
  bool IsClosed(int64_t end, Timestamp reached) const {
    int64_t until;
    return reached != kNoWatermark && !__builtin_add_overflow(end, spec.lateness, &until) && until <= reached;
  }

  Window* Find(int64_t end, const Delta& delta, uint32_t row);
  std::unique_ptr<Window> Take();
  void Assign(const Step& step, const Delta& delta, RowErrors* errors);
  Status Freeze(Window* window, const Step& step, Output& output);
  Status CloseWindows(const Step& step, Output& output);

  WindowAggregateSpec spec;
  std::shared_ptr<const AggregatePlan> plan;
  Windows open;
  RowStore closed;  // rows of windows that will not change any more
  WindowStore store;
  std::vector<std::unique_ptr<Window>> pool;
  std::array<Window*, kCached> cache{};  // by hash of the end: what most rows find without the map
  Timestamp watermark = kNoWatermark;
  // Of one Push:
  std::vector<int64_t> ends;
  std::vector<int64_t> times;
  std::vector<Window*> visited;
  std::vector<uint32_t> late;
};

Window* WindowAggregate::Rep::Find(int64_t end, const Delta& delta, uint32_t row) {
  Window*& cached = cache[HashWord(static_cast<uint64_t>(end)) % kCached];
  if (cached != nullptr && cached->bounds.end == end) return cached;
  std::unique_ptr<Window>& window = open[end];
  if (!window) {
    window = Take();
    window->bounds = {0, end};
    if (start_column() >= 0) {
      std::vector<int64_t> start;
      Delta one = delta;
      one.Select(&row, 1);
      const size_t column = static_cast<size_t>(start_column());
      ReadTimes(delta.columns[column], spec.input_types[column], one, &start);
      window->bounds.start = start[0];
    }
  }
  cached = window.get();
  return cached;
}

std::unique_ptr<Window> WindowAggregate::Rep::Take() {
  if (pool.empty()) return std::make_unique<Window>(plan);
  std::unique_ptr<Window> window = std::move(pool.back());
  pool.pop_back();
  return window;
}

/// Sorts the delta's rows into `visited` windows' selections, `late` and errors.
void WindowAggregate::Rep::Assign(const Step& step, const Delta& delta, RowErrors* errors) {
  const size_t column = static_cast<size_t>(end_column());
  const Column& end_values = delta.columns[column];
  ReadTimes(end_values, spec.input_types[column], delta, &ends);
  if (spec.hop_time >= 0) {
    const size_t time = static_cast<size_t>(spec.hop_time);
    ReadTimes(delta.columns[time], spec.input_types[time], delta, &times);
  }
  const bool checked = spec.line >= 0 && !delta.marks.empty();
  static const WatermarkLine kNone;
  LatenessCursor lateness(checked ? step.line(spec.line) : kNone);
  MarkCursor marks(delta.marks);
  const Mark* mark = nullptr;
  Timestamp reached = kNoWatermark;
  Window* window = nullptr;
  visited.clear();
  late.clear();
  for (uint32_t i = 0; i < delta.size(); ++i) {
    const uint32_t row = delta.RowAt(i);
    if (!end_values.IsValid(row)) {
      errors->entries.push_back({row, ErrorCode::kQueryFailed, "the end of the window is NULL"});
      continue;
    }
    if (checked) {
      const Mark* at = &marks.At(row);
      if (at != mark) reached = lateness.Before(at->sequence);
      mark = at;
    }
    if (IsClosed(ends[i], reached)) {
      if (spec.hop_time < 0 || times[i] < ends[i] - spec.hop_overlap) late.push_back(row);
      continue;
    }
    if (window == nullptr || window->bounds.end != ends[i]) {
      window = Find(ends[i], delta, row);
      if (window->selection.empty()) visited.push_back(window);
    }
    window->selection.push_back(row);
  }
}

Status WindowAggregate::Rep::Freeze(Window* window, const Step& step, Output& output) {
  ThrowIfCancelled();
  // Without on_close the errors were reported, and the rows emitted, as they came about.
  Output* errors = spec.on_close ? &output : nullptr;
  bool done = false;
  LAMINAR_RETURN_NOT_OK(window->table.VisitAll(window->bounds, step.now(), errors, [&](const Ref<ResultRows>& rows) {
    const Delta delta = rows->delta();
    if (spec.keeps_closed) closed.Append(delta);
    if (spec.on_close && !done) done = output.Emit(delta) == Answer::kDone;
    return Answer::kMore;
  }));
  window->table.Clear();
  return Status::OK();
}

Status WindowAggregate::Rep::CloseWindows(const Step& step, Output& output) {
  bool any = false;
  while (!open.empty() && IsClosed(open.begin()->first, watermark)) {
    LAMINAR_RETURN_NOT_OK(Freeze(open.begin()->second.get(), step, output));
    if (pool.size() < kPooledWindows) pool.push_back(std::move(open.begin()->second));
    open.erase(open.begin());
    any = true;
  }
  if (any) cache.fill(nullptr);
  return Status::OK();
}

WindowAggregate::WindowAggregate(WindowAggregateSpec spec) : rep_(std::make_unique<Rep>(std::move(spec))) {
  RegisterStore(&rep_->store);
}

WindowAggregate::~WindowAggregate() = default;

Status WindowAggregate::Push(Step& step, int, const Delta& delta, Output& output) {
  RowErrors errors;
  rep_->Assign(step, delta, &errors);
  Tracking tracking = Tracking::kTouched;
  if (step.mode() == StepMode::kBatch) {
    tracking = Tracking::kNothing;
  } else if (!rep_->spec.on_close && output.wanted()) {
    tracking = Tracking::kOldRows;
  }
  const bool together = rep_->visited.size() == 1 && rep_->visited[0]->selection.size() == delta.size();
  for (Window* window : rep_->visited) {
    const RowRange rows = together
                              ? RowRange::Of(delta)
                              : RowRange{window->selection.data(), 0, static_cast<uint32_t>(window->selection.size())};
    window->table.Update(delta, rows, tracking, AggregateScratch::OfThisThread());
    window->touched = true;
    window->selection.clear();
  }
  if (!rep_->late.empty()) {
    Delta late = delta;
    late.Select(rep_->late.data(), static_cast<uint32_t>(rep_->late.size()));
    output.EmitLate(late);
  }
  if (!errors.entries.empty()) output.EmitErrors(delta, errors);
  return Status::OK();
}

Status WindowAggregate::AdvanceWatermark(Step&, int, Timestamp watermark, Output&) {
  rep_->watermark = std::max(rep_->watermark, watermark);
  return Status::OK();
}

Status WindowAggregate::Flush(Step& step, Output& output) {
  const bool batch = step.mode() == StepMode::kBatch;
  if (batch && !rep_->spec.on_close) {
    for (const auto& [end, window] : rep_->open) {
      LAMINAR_RETURN_NOT_OK(
          window->table.VisitAll(window->bounds, step.now(), &output,
                                 [&](const Ref<ResultRows>& rows) { return output.Emit(rows->delta()); }));
    }
    return Status::OK();
  }
  if (!batch) {
    std::vector<Ref<ResultRows>> insertions;
    const bool changes = !rep_->spec.on_close && output.wanted();
    for (auto at = rep_->open.begin(); at != rep_->open.end();) {
      Window& window = *at->second;
      if (window.touched && changes) {
        LAMINAR_RETURN_NOT_OK(window.table.EmitChanges(window.bounds, step.now(), output, &insertions));
      } else if (window.touched) {
        Output* errors = rep_->spec.on_close ? nullptr : &output;
        LAMINAR_RETURN_NOT_OK(window.table.FinishStep(window.bounds, step.now(), errors));
      }
      window.touched = false;
      ++at;
    }
    for (const Ref<ResultRows>& rows : insertions) {
      if (output.Emit(rows->delta()) == Answer::kDone) break;
    }
  }
  return rep_->CloseWindows(step, output);
}

std::unique_ptr<Operator> WindowAggregate::Clone() const { return std::make_unique<WindowAggregate>(rep_->spec); }

std::unique_ptr<OperatorSnapshot> WindowAggregate::Snapshot() {
  std::vector<PinnedGroups> open;
  if (!rep_->spec.on_close) {
    for (const auto& [end, window] : rep_->open) open.emplace_back(rep_->plan, &window->table, window->bounds);
  }
  return std::make_unique<WindowSnapshot>(rep_->closed.Snapshot(), std::move(open));
}

void WindowAggregate::KeepNoContents() { rep_->spec.keeps_closed = !rep_->spec.on_close; }

std::string WindowAggregate::Describe() const {
  std::string text = fmt::format("WindowAggregate {}", rep_->plan->Describe());
  if (rep_->spec.on_close) text += " emit=close";
  if (rep_->spec.lateness != 0) text += fmt::format(" lateness={}", rep_->spec.lateness);
  return text;
}

}  // namespace laminar
