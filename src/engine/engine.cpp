// Intake and steps. The graph's changes are in engine_graph.cpp.
#include "engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/logged_call.h"
#include "storage/kill_point.h"
#include "storage/log.h"

namespace laminar {

namespace {

// A call of at most this many rows is stepped by the thread that brought it when the engine is idle: the hand-off would
// cost more than the step.
constexpr int64_t kInlineRows = 4096;

bool LaterOrder(const Stream* a, const Stream* b) { return a->order > b->order; }

}  // namespace

Engine::Engine(const EngineOptions& options) : options_(options), memory_(options_), replaying_(options.durable) {
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
    const bool replaying = replaying_;
    const int64_t due = next_timer_.load();
    const auto woken = [&] {
      return stopping_ || replaying_ != replaying || (!dirty_.empty() && !replaying_) || next_timer_.load() != due;
    };
    if (due == Operator::kNoTimer || set_time_.load() != 0 || replaying) {
      work_.wait(intake, woken);
    } else {
      work_.wait_until(intake, std::chrono::system_clock::time_point(std::chrono::microseconds(due)), woken);
    }
    engine_asleep_.store(false, std::memory_order_relaxed);
    if (stopping_) return;
    intake.unlock();
    {
      std::lock_guard step(step_mutex_);
      RunStep();
      FireTimers();
    }
    intake.lock();
  }
}

int64_t Engine::NowMicros() const {
  if (const int64_t set = set_time_.load(); set != 0) return set;
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
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

Status Engine::AcceptAll(std::span<const CallPart> parts, std::string_view definition, uint64_t* logged) {
  int64_t count = 0;
  for (const CallPart& part : parts) count += RowsOf(part);
  if (logged != nullptr) *logged = 0;
  if (count == 0) return definition.empty() ? Status::OK() : Define(definition);
  std::unique_lock intake(intake_mutex_);
  LoggedCall call;
  if (log_ != nullptr) {
    // Written into bytes without the lock: only who waits for room comes here twice.
    call.TakeLayouts(*this, parts);
    intake.unlock();
    call.Encode(parts, definition);
    intake.lock();
  }
  // Looked up again after every wait: a source may be gone by then.
  const CallPart* missing = nullptr;
  const CallPart* full = nullptr;
  std::shared_ptr<const Backpressure> slow;
  const auto has_room = [&] {
    missing = full = nullptr;
    slow = nullptr;
    if (intake_closed_) return true;
    for (const CallPart& part : parts) {
      Source* source = SourceOf(part.source);
      if (source == nullptr) {
        missing = &part;
        continue;
      }
      const int64_t pending = source->pending_rows();
      if (pending != 0 && pending + RowsOf(part) > options_.buffer_size) full = &part;
      if (!slow) slow = source->SlowSubscriber();
    }
    return missing != nullptr || (full == nullptr && !slow);
  };
  if (!has_room() && !WaitForRoom(intake, has_room)) {
    if (slow) {
      return {ErrorCode::kIngestionFailed,
              fmt::format("a subscriber did not keep up within {} s, and holds its producers back as "
                          "on_overflow='block' says: {} is {} rows behind (buffer_size {})",
                          options_.backpressure_timeout, slow->subscriber, slow->lag.load(), slow->capacity)};
    }
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

  const int64_t time = std::max(last_time_, NowMicros());
  std::optional<uint64_t> end;
  if (log_ != nullptr) {
    if (!call.LayoutsHold(*this, parts)) {
      return {ErrorCode::kTableNotFound, "a source was changed while rows for it were on their way: try again"};
    }
    uint64_t written = 0;
    Status status = log_->Append({LogKind::kCall, sequence_ + 1, time}, call.body(), &written);
    if (!status.ok()) return LogFailedLocked(std::move(status));
    if (!definition.empty()) definitions_.emplace_back(definition);
    if (logged != nullptr) {
      *logged = written;
    } else {
      end = written;
    }
  }
  ++sequence_;
  StageCall(parts, time);
  KillPoint("engine.accepted");
  return AfterAccept(std::move(intake), count, end);
}

void Engine::StageCall(std::span<const CallPart> parts, int64_t time) {
  last_time_ = time;
  int64_t count = 0;
  for (const CallPart& part : parts) {
    const int64_t rows = RowsOf(part);
    if (rows == 0) continue;
    Source* source = SourceOf(part.source);
    MarkDirty(source);
    for (const Ref<RowBatch>& batch : part.batches) {
      source->StageRows(batch, {0, sequence_, time, next_row_number_});
      next_row_number_ += batch->rows();
    }
    source->total_rows.fetch_add(rows, std::memory_order_relaxed);
    count += rows;
  }
  counters_.ingested.fetch_add(count, std::memory_order_relaxed);
  counters_.calls.fetch_add(1, std::memory_order_relaxed);
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
  if (!log_failure_.ok()) return log_failure_.Clone();
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
  const int64_t time = std::max(last_time_, NowMicros());
  std::optional<uint64_t> end;
  if (log_ != nullptr) {
    const std::string body = EncodeAnnouncement({source.definition().id, writer, watermark});
    Status status = log_->Append({LogKind::kAnnouncement, sequence_ + 1, time}, LogBody(body), &end.emplace());
    if (!status.ok()) return LogFailedLocked(std::move(status));
  }
  MarkDirty(&source);
  last_time_ = time;
  source.StageAnnouncement(writer, watermark, ++sequence_, time);
  return AfterAccept(std::move(intake), 0, end);
}

void Engine::CloseWriter(const std::string& name, uint64_t writer) {
  std::lock_guard intake(intake_mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end() || !found->second->ForgetWriter(writer)) return;
  // Matters to announcements that come after, so it may go out with them.
  if (log_ != nullptr) {
    log_->Buffer({LogKind::kWriterClosed, sequence_, last_time_},
                 EncodeAnnouncement({found->second->definition().id, writer, kNoWatermark}));
  }
}

Status Engine::AfterAccept(std::unique_lock<std::mutex> intake, int64_t rows, std::optional<uint64_t> logged) {
  intake.unlock();
  if (options_.manual_steps) return logged ? Acknowledge(*logged) : Status::OK();
  if (rows <= kInlineRows && step_mutex_.try_lock()) {
    std::lock_guard step(step_mutex_, std::adopt_lock);
    RunStep();
    // What other threads brought meanwhile woke the engine thread, or will be stepped by them.
  } else if (engine_asleep_.load(std::memory_order_relaxed)) {
    work_.notify_one();
  }
  return logged ? Acknowledge(*logged) : Status::OK();
}

void Engine::WakeWaitingForRoom() {
  std::lock_guard intake(intake_mutex_);
  room_.WakeAll();
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
  std::lock_guard intake(intake_mutex_);
  return TakeAllLocked();
}

std::vector<Engine::Taken> Engine::TakeAllLocked() {
  std::vector<Taken> taken;
  for (Source* source : dirty_) {
    source->dirty = false;
    taken.push_back({source, source->Take()});
  }
  dirty_.clear();
  step_epoch_ = sequence_;
  step_time_ = last_time_;
  // Before anything behind it, so that the epoch has the same calls when it is replayed. It need not be written yet: as
  // long as nothing else is, the log ends with this epoch anyway.
  if (log_ != nullptr && !taken.empty()) log_->BufferEpoch(step_epoch_);
  room_.WakeAll();
  return taken;
}

bool Engine::RunStep(bool replayed) {
  if (replaying_ && !replayed) return false;
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
  Publish();
  memory_.AfterStep(sources_, streams_);
}

void Engine::Publish() {
  std::vector<std::pair<Stream*, Change>> changes;
  FinishActive(&changes);
  epoch_.store(step_epoch_, std::memory_order_release);
  if (!changes.empty()) ThrowIfError(HardenEpoch());
  for (auto& [stream, change] : changes) stream->changelog()->Append(std::move(change));
  counters_.steps.fetch_add(1, std::memory_order_relaxed);
  WakeWaiters();
  if (!timed_.empty() || next_timer_.load() != Operator::kNoTimer) FindNextTimer();
}

void Engine::FindNextTimer() {
  int64_t next = Operator::kNoTimer;
  for (const Stream* stream : timed_) next = std::min(next, stream->dataflow().NextTimer());
  if (next_timer_.exchange(next) == next) return;
  std::lock_guard intake(intake_mutex_);
  work_.notify_one();
}

void Engine::FireTimers() {
  while (!replaying_ && next_timer_.load() <= NowMicros() && FireUpTo(NowMicros())) {
  }
}

bool Engine::FireUpTo(int64_t due) {
  try {
    std::vector<Taken> taken;
    uint64_t firing;
    int64_t time;
    Status logged;
    {
      // The firing is a call: it shows what the calls before it made, and nothing of those behind.
      std::lock_guard intake(intake_mutex_);
      taken = TakeAllLocked();
      time = std::max(last_time_, NowMicros());
      firing = sequence_ + 1;
      if (log_ != nullptr) logged = LogFiringLocked(firing, time, due);
      if (logged.ok()) {
        last_time_ = time;
        sequence_ = firing;
      }
    }
    if (!taken.empty()) RunStepOver(taken);
    if (logged.ok()) {
      Fire(firing, time, due);
      return true;
    }
    // No room on the disk may be over in a second; after any other failure there is no call any more.
    constexpr int64_t kRetryMicros = 1'000'000;
    next_timer_.store(log_->failure().ok() ? NowMicros() + kRetryMicros : Operator::kNoTimer);
  } catch (const std::exception& failure) {
    Collapse(failure.what());
  }
  return false;
}

void Engine::Fire(uint64_t firing, int64_t time, int64_t due) {
  step_epoch_ = firing;
  step_time_ = time;
  for (Stream* stream : timed_) {
    if (stream->dataflow().NextTimer() > due) continue;
    Activate(stream);
    stream->dataflow().Fire(stream->step(), due);
  }
  Publish();
}

uint64_t Engine::SetTime(int64_t micros) {
  set_time_.store(micros);
  std::lock_guard step(step_mutex_);
  FireTimers();
  return epoch();
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
  next_timer_.store(Operator::kNoTimer);
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
      memory_.Took(batch.rows->memory_bytes());
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
    source->history.Retain();
    counters_.processed.fetch_add(input.rows, std::memory_order_relaxed);
    source->processed_rows.fetch_add(input.rows, std::memory_order_relaxed);
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
  WakeWaitingForRoom();
  // One that stopped at a row in error did as it was told.
  const bool told = status.error().code() == ErrorCode::kSubscriptionFailed;
  const ErrorCode code = told ? ErrorCode::kSubscriptionFailed : ErrorCode::kInternalError;
  for (const Stream::Edge& edge : stream->edges) {
    // A shared node is part of the streams over it: its failure is theirs.
    if (stream->shared()) {
      FailStream(edge.stream, status);
      continue;
    }
    FailStream(edge.stream, {code, fmt::format("stream \"{}\", which this one reads, failed: {}", stream->name(),
                                               status.message())});
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
  // What waits for a timer is in flight too.
  if (next_timer_.load() != Operator::kNoTimer) FireUpTo(Operator::kNoTimer - 1);
  shut_down_ = true;
  for (const std::shared_ptr<Stream>& stream : streams_) stream->changelog()->Finish(Changelog::End::kFinished);
}

std::optional<Engine::SourceFacts> Engine::FactsOf(const std::string& name) const {
  std::lock_guard intake(intake_mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return std::nullopt;
  const Source& source = *found->second;
  // Those that a step is at work on have left the buffer, but are not processed.
  const int64_t processed = source.processed_rows.load();
  const int64_t total = source.total_rows.load();
  return SourceFacts{total, total - processed, options_.buffer_size,
                     ToMillis(source.accepted_watermark(), source.definition().nanos_per_unit),
                     source.pending_rows() >= options_.buffer_size};
}

}  // namespace laminar
