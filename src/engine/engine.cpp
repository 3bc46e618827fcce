// Intake and steps. The graph's changes are in engine_graph.cpp.
#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace laminar {

namespace {

// A call of at most this many rows is stepped by the thread that brought it when the engine is idle: the hand-off would
// cost more than the step.
constexpr int64_t kInlineRows = 4096;

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool LaterOrder(const Stream* a, const Stream* b) { return a->order > b->order; }

}  // namespace

Engine::Engine(const EngineOptions& options) : options_(options) {
  if (!options_.manual_steps) thread_ = std::thread([this] { EngineThread(); });
}

Engine::~Engine() {
  {
    std::lock_guard intake(intake_mutex_);
    intake_closed_ = stopping_ = true;
    work_.notify_all();
    room_.WakeAll();
  }
  if (thread_.joinable()) thread_.join();
  for (const std::shared_ptr<Stream>& stream : streams_) stream->changelog()->Finish(Changelog::End::kFinished);
}

void Engine::EngineThread() {
  std::unique_lock intake(intake_mutex_);
  while (true) {
    engine_asleep_.store(true, std::memory_order_relaxed);
    work_.wait(intake, [this] { return stopping_ || !dirty_.empty(); });
    engine_asleep_.store(false, std::memory_order_relaxed);
    if (stopping_) return;
    intake.unlock();
    {
      std::lock_guard step(step_mutex_);
      RunStep();
    }
    intake.lock();
  }
}

Status Engine::Accept(const std::string& name, const std::vector<Ref<RowBatch>>& batches) {
  const CallPart whole{name, batches};
  return AcceptAll({&whole, 1});
}

namespace {

int64_t RowsOf(const CallPart& part) {
  int64_t rows = 0;
  for (const Ref<RowBatch>& batch : part.batches) rows += batch->rows();
  return rows;
}

}  // namespace

Source* Engine::SourceOf(std::string_view name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? nullptr : found->second.get();
}

Status Engine::AcceptAll(std::span<const CallPart> parts) {
  int64_t count = 0;
  for (const CallPart& part : parts) count += RowsOf(part);
  if (count == 0) return Status::OK();
  std::unique_lock intake(intake_mutex_);
  // Looked up again after every wait: a source may be gone by then.
  const CallPart* missing = nullptr;
  const CallPart* full = nullptr;
  const auto has_room = [&] {
    missing = full = nullptr;
    if (intake_closed_) return true;
    for (const CallPart& part : parts) {
      const Source* source = SourceOf(part.source);
      if (source == nullptr) missing = &part;
      const int64_t pending = source == nullptr ? 0 : source->pending_rows();
      if (pending != 0 && pending + RowsOf(part) > options_.buffer_size) full = &part;
    }
    return missing != nullptr || full == nullptr;
  };
  if (!has_room() && !WaitForRoom(intake, has_room)) {
    return {ErrorCode::kIngestionFailed,
            fmt::format("source \"{}\" had no room for {} rows within {} s: {} rows wait to be processed "
                        "(buffer_size {})",
                        full->source, RowsOf(*full), options_.backpressure_timeout,
                        SourceOf(full->source)->pending_rows(), options_.buffer_size)};
  }
  if (intake_closed_) return ClosedLocked();
  if (missing != nullptr) {
    return {ErrorCode::kTableNotFound, fmt::format("there is no source named \"{}\"", missing->source)};
  }

  last_time_ = std::max(last_time_, NowMicros());
  const uint64_t sequence = ++sequence_;
  for (const CallPart& part : parts) {
    const int64_t rows = RowsOf(part);
    if (rows == 0) continue;
    Source* source = SourceOf(part.source);
    MarkDirty(source);
    for (const Ref<RowBatch>& batch : part.batches) {
      source->StageRows(batch, {0, sequence, last_time_, next_row_number_});
      next_row_number_ += batch->rows();
    }
    source->total_rows.fetch_add(rows, std::memory_order_relaxed);
  }
  counters_.ingested.fetch_add(count, std::memory_order_relaxed);
  counters_.calls.fetch_add(1, std::memory_order_relaxed);
  AfterAccept(std::move(intake), count);
  return Status::OK();
}

template <typename HasRoom>
bool Engine::WaitForRoom(std::unique_lock<std::mutex>& intake, HasRoom has_room) {
  constexpr double kForever = 1e9;  // seconds; more does not fit the clock
  const auto patience = std::chrono::duration<double>(std::min(options_.backpressure_timeout, kForever));
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
  Waiter& waiter = Waiter::OfThisThread();
  while (!has_room()) {
    room_.Add(&waiter);
    intake.unlock();
    const Waiter::Outcome outcome = waiter.Wait(deadline);
    intake.lock();
    room_.Remove(&waiter);
    if (outcome == Waiter::Outcome::kTimeout) return has_room();
    if (outcome == Waiter::Outcome::kInterrupted) {
      intake.unlock();
      Waiter::CheckInterrupt();
      intake.lock();
    }
  }
  return true;
}

Status Engine::ClosedLocked() const {
  if (!collapse_.ok()) return collapse_.Clone();
  return {ErrorCode::kShutdown, "the database is shut down: it takes no more input"};
}

void Engine::MarkDirty(Source* source) {
  if (source->dirty) return;
  source->dirty = true;
  dirty_.push_back(source);
}

Status Engine::Announce(const std::string& name, uint64_t writer, Timestamp watermark) {
  std::unique_lock intake(intake_mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return {ErrorCode::kTableNotFound, fmt::format("there is no source named \"{}\"", name)};
  if (intake_closed_) return ClosedLocked();
  Source& source = *found->second;
  MarkDirty(&source);
  last_time_ = std::max(last_time_, NowMicros());
  source.StageAnnouncement(writer, watermark, ++sequence_, last_time_);
  AfterAccept(std::move(intake), 0);
  return Status::OK();
}

void Engine::CloseWriter(const std::string& name, uint64_t writer) {
  std::lock_guard intake(intake_mutex_);
  if (const auto found = sources_.find(name); found != sources_.end()) found->second->ForgetWriter(writer);
}

void Engine::AfterAccept(std::unique_lock<std::mutex> intake, int64_t rows) {
  if (options_.manual_steps) return;
  intake.unlock();
  if (rows <= kInlineRows && step_mutex_.try_lock()) {
    std::lock_guard step(step_mutex_, std::adopt_lock);
    RunStep();
    // What other threads brought meanwhile woke the engine thread, or will be stepped by them.
    return;
  }
  if (engine_asleep_.load(std::memory_order_relaxed)) work_.notify_one();
}

uint64_t Engine::Synchronize() { return options_.manual_steps ? epoch() : Settle(); }

uint64_t Engine::Settle() {
  uint64_t accepted;
  {
    std::lock_guard intake(intake_mutex_);
    accepted = sequence_;
  }
  if (epoch() < accepted) {
    std::lock_guard step(step_mutex_);
    RunStep();
  }
  return epoch();
}

uint64_t Engine::StepNow() {
  std::lock_guard step(step_mutex_);
  RunStep();
  return epoch();
}

std::vector<Engine::Taken> Engine::TakeAll() {
  std::vector<Taken> taken;
  std::lock_guard intake(intake_mutex_);
  for (Source* source : dirty_) {
    source->dirty = false;
    taken.push_back({source, source->Take()});
  }
  dirty_.clear();
  step_epoch_ = sequence_;
  step_time_ = last_time_;
  room_.WakeAll();
  return taken;
}

bool Engine::RunStep() {
  try {
    const std::vector<Taken> taken = TakeAll();
    if (taken.empty()) return false;
    RunStepOver(taken);
  } catch (const std::exception& failure) {
    Collapse(failure.what());
  }
  return true;
}

void Engine::RunStepOver(const std::vector<Taken>& taken) {
  AdvanceLines(taken);
  PushTaken(taken);
  std::vector<std::pair<Stream*, Change>> changes;
  FinishActive(&changes);
  epoch_.store(step_epoch_, std::memory_order_release);
  for (auto& [stream, change] : changes) stream->changelog()->Append(std::move(change));
  counters_.steps.fetch_add(1, std::memory_order_relaxed);
  WakeWaiters();
}

void Engine::Collapse(const std::string& why) {
  {
    std::lock_guard intake(intake_mutex_);
    if (collapse_.ok())
      collapse_ = Status::Internal(fmt::format("the engine failed in a step and has stopped: {}", why));
    intake_closed_ = true;
    dirty_.clear();
    step_epoch_ = sequence_;
    room_.WakeAll();
  }
  active_.clear();
  for (const std::shared_ptr<Stream>& stream : streams_) FailStream(stream.get(), collapse_);
  epoch_.store(step_epoch_, std::memory_order_release);
  WakeWaiters();
}

void Engine::Activate(Stream* stream) {
  if (stream->begun(step_epoch_)) return;
  stream->Begin(step_epoch_, step_time_);
  active_.push_back(stream);
  std::push_heap(active_.begin(), active_.end(), LaterOrder);
}

void Engine::AdvanceLines(const std::vector<Taken>& taken) {
  struct Move {
    uint64_t sequence;
    Source* source;
    Timestamp watermark;
  };
  std::vector<Move> moves;
  std::vector<Stream*> followers;
  for (const auto& [source, input] : taken) {
    if (input.moves.empty()) continue;
    for (const WatermarkMove& move : input.moves) moves.push_back({move.sequence, source, move.watermark});
    followers.insert(followers.end(), source->followers.begin(), source->followers.end());
  }
  if (moves.empty()) return;
  // Stable: a call of several batches moves a source more than once.
  std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.sequence < b.sequence; });
  std::sort(followers.begin(), followers.end());
  followers.erase(std::unique(followers.begin(), followers.end()), followers.end());

  std::vector<Timestamp> reached;
  for (Stream* stream : followers) {
    Activate(stream);
    for (size_t line = 0; line < stream->line_sources.size(); ++line) {
      const std::vector<LineSource>& sources = stream->line_sources[line];
      reached.clear();
      for (const LineSource& at : sources) reached.push_back(at.Scaled(at.source->processed_watermark));
      for (const Move& move : moves) {
        const auto moved = [&](const LineSource& at) { return at.source == move.source; };
        const auto found = std::find_if(sources.begin(), sources.end(), moved);
        if (found == sources.end()) continue;
        reached[static_cast<size_t>(found - sources.begin())] = found->Scaled(move.watermark);
        stream->dataflow().lines()[line].Advance(move.sequence, *std::min_element(reached.begin(), reached.end()));
      }
    }
  }
  for (const Move& move : moves) move.source->processed_watermark = move.watermark;
}

void Engine::PushTaken(const std::vector<Taken>& taken) {
  Delta narrow;
  for (const auto& [source, input] : taken) {
    auto announcement = input.announcements.begin();
    const auto append_announcements_before = [&](uint64_t sequence) {
      for (; announcement != input.announcements.end() && announcement->sequence < sequence; ++announcement) {
        source->history.AppendWatermark(announcement->sequence, announcement->time, announcement->watermark);
      }
    };
    for (const StagedBatch& batch : input.batches) {
      append_announcements_before(batch.calls.front().sequence);
      if (source->definition().keeps_history) source->history.Append(batch.rows, batch.calls);
      if (source->edges.empty()) continue;
      Delta delta = batch.rows->delta();
      delta.marks = batch.marks;
      for (const Source::Edge& edge : source->edges) {
        Activate(edge.stream);
        Dataflow& dataflow = edge.stream->dataflow();
        ProjectColumns(delta, dataflow.spec().inputs[static_cast<size_t>(edge.input)].columns, &narrow);
        dataflow.Push(edge.stream->step(), edge.input, narrow);
      }
    }
    append_announcements_before(step_epoch_ + 1);
    counters_.processed.fetch_add(input.rows, std::memory_order_relaxed);
  }
}

void Engine::FinishActive(std::vector<std::pair<Stream*, Change>>* changes) {
  while (!active_.empty()) {
    std::pop_heap(active_.begin(), active_.end(), LaterOrder);
    Stream* stream = active_.back();
    active_.pop_back();
    if (Status status = stream->dataflow().Finish(stream->step()); !status.ok()) {
      FailStream(stream, status);
      continue;
    }
    try {
      if (std::optional<Change> change = stream->TakeChange(step_epoch_))
        changes->emplace_back(stream, std::move(*change));
    } catch (const std::exception& failure) {
      FailStream(stream, Status::Internal(fmt::format("a change cannot be delivered: {}", failure.what())));
    }
  }
}

void Engine::FailStream(Stream* stream, const Status& status) {
  if (stream->failed) return;
  stream->failed = true;
  if (stream->shared()) shared_nodes_.Remove(*stream);  // whoever comes now gets one that is filled anew
  stream->dataflow().Fail(status.Clone());
  stream->changelog()->Finish(Changelog::End::kFailed, Error(status.error()));
  for (const Stream::Edge& edge : stream->edges) {
    // A shared node is part of the streams over it: its failure is theirs.
    if (stream->shared()) {
      FailStream(edge.stream, status);
      continue;
    }
    FailStream(edge.stream, {ErrorCode::kInternalError, fmt::format("stream \"{}\", which this one reads, failed: {}",
                                                                    stream->name(), status.message())});
  }
}

void Engine::Shutdown() {
  {
    std::lock_guard intake(intake_mutex_);
    intake_closed_ = true;
    room_.WakeAll();
  }
  std::lock_guard step(step_mutex_);
  while (RunStep()) {
  }
  shut_down_ = true;
  for (const std::shared_ptr<Stream>& stream : streams_) stream->changelog()->Finish(Changelog::End::kFinished);
}

std::optional<Engine::SourceFacts> Engine::FactsOf(const std::string& name) const {
  std::lock_guard intake(intake_mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return std::nullopt;
  const Source& source = *found->second;
  const int64_t pending = source.pending_rows();
  return SourceFacts{source.total_rows.load(), pending, options_.buffer_size,
                     ToMillis(source.accepted_watermark(), source.definition().nanos_per_unit),
                     pending >= options_.buffer_size};
}

}  // namespace laminar
