#include "main/sink/sink_worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "state/consolidate.h"

namespace laminar {

namespace {

/// Rows that are delivered before they are made durable, though more wait.
constexpr int64_t kRowsBetweenFlushes = 1 << 18;

}  // namespace

SinkWorker::SinkWorker(std::string name, SinkStart start, std::unique_ptr<SinkOutput> output,
                       std::vector<DataType> types, bool net, std::shared_ptr<Stream> own_stream)
    : name_(std::move(name)),
      id_(start.id),
      cursor_(std::move(start.cursor)),
      output_(std::move(output)),
      types_(std::move(types)),
      net_(net),
      own_stream_(std::move(own_stream)),
      reached_(start.behind),
      passed_over_(start.behind),
      durable_(start.behind),
      not_durable_(start.id == 0 ? nullptr : cursor_->Clone()),
      held_(start.held) {}

void SinkWorker::Start() {
  thread_ = std::thread([self = shared_from_this()] { self->Run(); });
  cursor_->OnReadable([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Wake();
  });
}

void SinkWorker::Wake() {
  std::lock_guard guard(mutex_);
  ready_ = true;
  wake_.notify_one();
}

void SinkWorker::Release(uint64_t epoch) {
  std::lock_guard guard(mutex_);
  if (passed_over_ && *passed_over_ > epoch) {
    spdlog::warn(
        "sink \"{}\" has carried out changes up to epoch {}, and the log, which was not synced, ends with epoch {}: "
        "what "
        "was lost in between is in the sink's files, and what comes now follows it",
        name_, *passed_over_, epoch);
    passed_over_ = durable_ = epoch;
  }
  held_ = false;
  ready_ = true;
  wake_.notify_one();
}

void SinkWorker::Stop() {
  std::lock_guard guard(mutex_);
  stopping_ = true;
  wake_.notify_one();
}

SinkBacklog SinkWorker::backlog() const {
  SinkBacklog backlog{.id = id_, .durable = {}, .types = types_, .changes = nullptr};
  std::shared_ptr<ChangelogCursor> cursor;
  {
    std::lock_guard guard(mutex_);
    backlog.durable = durable_;
    cursor = not_durable_;
  }
  // A changelog's lock comes before a sink's. What becomes durable meanwhile is missing here, and in the record.
  if (cursor) backlog.changes = cursor->Clone();
  return backlog;
}

void SinkWorker::Join() {
  // Whoever comes first waits: the thread itself may come second, and must not be waited for by itself.
  std::thread thread;
  {
    std::lock_guard guard(mutex_);
    thread = std::move(thread_);
  }
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();
  } else {
    thread.join();
  }
}

SinkFacts SinkWorker::facts() const {
  std::lock_guard guard(mutex_);
  return facts_;
}

void SinkWorker::Fail(const std::string& why, bool for_good) {
  {
    std::lock_guard guard(mutex_);
    ++facts_.errors;
    facts_.failed = facts_.failed || for_good;
    facts_.last_error = why;
  }
  spdlog::error("sink \"{}\" {}: {}", name_, for_good ? "has failed and delivers nothing more" : "lost a change", why);
}

void SinkWorker::Deliver(Change change) {
  if (net_ && !change.merged) change.rows = Consolidate(change.rows, types_);
  const Status status = output_->Deliver(change);
  reached_ = change.epoch;
  if (status.ok()) {
    std::lock_guard guard(mutex_);
    facts_.rows += change.rows->rows();
  } else if (output_->outlives_errors()) {
    Fail(status.message(), false);
  } else {
    throw Error(status.error());
  }
}

SinkWorker::Drained SinkWorker::Drain() {
  int64_t rows = 0;
  while (true) {
    bool held;
    std::optional<uint64_t> behind;
    {
      std::lock_guard guard(mutex_);
      held = held_;
      behind = passed_over_;
    }
    // While the log is read again, what is in the output goes by, and the first change that is not waits.
    if (held && kept_) return Drained::kForNow;
    bool ended = false;
    std::optional<Change> change = std::exchange(kept_, std::nullopt);
    if (!change) change = cursor_->TryNext(&ended);
    if (!change) return ended && !held ? Drained::kForGood : Drained::kForNow;
    if (behind && change->epoch <= *behind) continue;
    if (held) {
      kept_ = std::move(change);
      continue;
    }
    rows += change->rows->rows();
    Deliver(*std::move(change));
    if (rows >= kRowsBetweenFlushes) return Drained::kEnough;
  }
}

void SinkWorker::Flush() {
  ThrowIfError(output_->Flush());
  std::optional<uint64_t> durable = output_->durable();
  if (!durable || !reached_) return;
  durable = std::min(*durable, *reached_);
  std::shared_ptr<ChangelogCursor> cursor;
  {
    std::lock_guard guard(mutex_);
    if (durable_ == durable) return;
    durable_ = durable;
    cursor = not_durable_;
  }
  if (cursor) ThrowIfError(cursor->SkipThrough(*durable));
}

bool SinkWorker::AwaitWork() {
  const std::optional<Clock::time_point> due = output_->due();
  std::unique_lock guard(mutex_);
  const auto has_work = [this] { return ready_ || stopping_; };
  if (due) {
    wake_.wait_until(guard, *due, has_work);
  } else {
    wake_.wait(guard, has_work);
  }
  ready_ = false;
  return !stopping_;
}

void SinkWorker::Run() {
  bool abandoned = false;
  try {
    for (bool going_on = true; going_on;) {
      const bool last = !AwaitWork();
      Drained drained;
      do {
        drained = Drain();
        std::unique_lock guard(mutex_);
        abandoned = held_ && last;
        const bool flushes = !held_;
        guard.unlock();
        if (flushes) Flush();
      } while (drained == Drained::kEnough);
      going_on = !last && drained != Drained::kForGood;
    }
  } catch (const Error& error) {
    // The end of the stream it reads is no failure of a sink that is being dropped with it.
    if (error.code() != ErrorCode::kSubscriptionClosed) Fail(error.what(), true);
  } catch (const std::exception& error) {
    Fail(error.what(), true);
  }
  cursor_->Cancel();  // a sink that has failed holds no changes back
  const bool failed = facts().failed;
  try {
    // What a failed one has written stays as its record has it.
    if (!abandoned && !(failed && id_ != 0)) {
      if (const Status closed = output_->Close(); !closed.ok() && !failed) Fail(closed.message(), true);
    }
  } catch (const std::exception& error) {
    Fail(error.what(), true);
  }
  std::shared_ptr<ChangelogCursor> cursor;  // goes behind the lock
  std::lock_guard guard(mutex_);
  // For one that has failed they are kept: it goes on when the database is opened again.
  if (!facts_.failed) cursor = std::move(not_durable_);
  facts_.finished = true;
}

}  // namespace laminar
