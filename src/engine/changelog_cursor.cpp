#include "engine/changelog_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace laminar {

namespace {

std::shared_ptr<Backpressure> BackpressureOf(const CursorOptions& options, int64_t capacity) {
  if (options.overflow != Overflow::kBlock) return nullptr;
  auto backpressure = std::make_shared<Backpressure>();
  backpressure->subscriber = options.subscriber;
  backpressure->capacity = capacity;
  return backpressure;
}

}  // namespace

ChangelogCursor::ChangelogCursor(std::shared_ptr<Changelog> log, CursorOptions options)
    : log_(std::move(log)),
      options_(std::move(options)),
      backpressure_(BackpressureOf(options_, log_->options_.capacity)) {}

ChangelogCursor::~ChangelogCursor() {
  {
    std::lock_guard guard(log_->mutex_);
    LeaveLocked();
  }
  TellOfRoom();
}

void ChangelogCursor::DeliverFirst(Change snapshot) {
  std::lock_guard guard(log_->mutex_);
  snapshot_ = std::move(snapshot);
}

void ChangelogCursor::DeliverFirst(std::vector<Change> earlier) {
  std::lock_guard guard(log_->mutex_);
  for (Change& change : earlier) rest_.push_back(std::move(change));
}

std::shared_ptr<ChangelogCursor> ChangelogCursor::Clone() const {
  CursorOptions options;
  options.subscriber = options_.subscriber;
  auto clone = std::make_shared<ChangelogCursor>(log_, std::move(options));
  std::lock_guard guard(log_->mutex_);
  clone->snapshot_ = snapshot_;
  clone->rest_ = rest_;
  clone->cancelled_ = cancelled_;
  clone->own_error_ = own_error_;
  if (listed_) log_->AddLocked(clone.get(), next_, read_rows_);
  return clone;
}

Status ChangelogCursor::SkipThrough(uint64_t epoch) {
  std::lock_guard reading(reading_);
  std::lock_guard guard(log_->mutex_);
  if (snapshot_ && snapshot_->epoch <= epoch) snapshot_.reset();
  while (!rest_.empty() && rest_.front().epoch <= epoch) rest_.pop_front();
  if (snapshot_ || !rest_.empty() || !listed_) return Status::OK();
  uint64_t index;
  int64_t rows_before;
  LAMINAR_RETURN_NOT_OK(log_->FindBehindLocked(epoch, &index, &rows_before));
  if (index <= next_) return Status::OK();
  next_ = index;
  read_rows_ = rows_before;
  log_->TrimLocked();
  return Status::OK();
}

ChangelogCursor::Look ChangelogCursor::LookLocked() const {
  if (cancelled_) return Look::kEnd;
  if (snapshot_ || !rest_.empty()) return Look::kItem;
  if (own_error_) return Look::kEnd;
  if (next_ < log_->memory_first_) return Look::kOnDisk;
  if (next_ < log_->end_index()) return Look::kItem;
  return log_->end_ == Changelog::End::kOpen ? Look::kNothing : Look::kEnd;
}

std::optional<Change> ChangelogCursor::TryNext(bool* ended) {
  *ended = false;
  std::optional<Change> change;
  {
    // Only reading from disk takes long, and then whoever else reads must wait for its turn.
    std::lock_guard reading(reading_);
    while (!change) {
      ChangeSpill::Place place;
      uint64_t next;
      {
        std::lock_guard guard(log_->mutex_);
        const Look look = LookLocked();
        if (look == Look::kNothing || look == Look::kEnd) {
          notified_ = false;
          *ended = look == Look::kEnd;
          const std::optional<Error>& error = own_error_ ? own_error_ : log_->error_;
          if (*ended && !cancelled_ && error && !std::exchange(error_delivered_, true)) throw Error(*error);
          return std::nullopt;
        }
        if (look == Look::kItem) {
          change = TakeLocked();
          break;
        }
        next = next_;
        place = log_->spill_.Find(next);
        if (place_.file == place.file && place_.index == next) place = place_;
      }
      change = ReadSpilled(std::move(place), next);
    }
  }
  TellOfRoom();
  return change;
}

Change ChangelogCursor::TakeLocked() {
  Change change;
  if (snapshot_) {
    change = *std::move(snapshot_);
    snapshot_.reset();
  } else if (!rest_.empty()) {
    change = std::move(rest_.front());
    rest_.pop_front();
  } else {
    change = log_->entries_[next_ - log_->memory_first_].change;
    PassLocked(change.rows->rows());
  }
  return change;
}

std::optional<Change> ChangelogCursor::ReadSpilled(ChangeSpill::Place place, uint64_t next) {
  Status status;
  while (status.ok() && place.index < next) status = log_->spill_.Skip(&place).status().Clone();
  std::optional<Change> change;
  if (status.ok()) {
    Result<Change> read = log_->spill_.Read(&place);
    if (read.ok()) {
      change = read.TakeValue();
    } else {
      status = read.TakeStatus();
    }
  }
  std::lock_guard guard(log_->mutex_);
  if (cancelled_ || own_error_) return std::nullopt;
  if (!change) {
    EndLocked(Error(status.error()));
    return std::nullopt;
  }
  place_ = std::move(place);
  PassLocked(change->rows->rows());
  return change;
}

void ChangelogCursor::PassLocked(int64_t rows) {
  const bool slowest = !log_->spill_.empty() || next_ == log_->memory_first_;
  ++next_;
  read_rows_ += rows;
  if (backpressure_) {
    const bool was_full = backpressure_->full();
    backpressure_->lag.store(log_->appended_rows_ - read_rows_, std::memory_order_release);
    room_to_tell_ |= was_full && !backpressure_->full();
  }
  if (slowest) log_->TrimLocked();
}

void ChangelogCursor::FollowLocked() {
  const int64_t lag = log_->appended_rows_ - read_rows_;
  if (backpressure_) backpressure_->lag.store(lag, std::memory_order_release);
  const int64_t capacity = log_->options_.capacity;
  const uint64_t newest = log_->end_index() - 1;
  // What alone is more than may wait is let through to who has read everything before.
  if (lag <= capacity || next_ == newest) return;
  if (options_.overflow == Overflow::kDropOldest) {
    DropLocked();
  } else if (options_.overflow == Overflow::kError) {
    const Change& refused = log_->entries_.back().change;
    while (next_ < newest) rest_.push_back(log_->entries_[next_++ - log_->memory_first_].change);
    EndLocked(Error(ErrorCode::kSubscriptionFailed,
                    fmt::format("the subscription was {} rows behind, more than buffer_size ({}), and has ended, as "
                                "on_overflow='error' says: changes from epoch {} on are not delivered",
                                lag, capacity, refused.epoch)));
  }
}

// Here and above: what may wait for such a cursor is no more than what stays in memory.
void ChangelogCursor::DropLocked() {
  while (log_->appended_rows_ - read_rows_ > log_->options_.capacity && next_ + 1 < log_->end_index()) {
    const int64_t rows = log_->entries_[next_ - log_->memory_first_].change.rows->rows();
    dropped_rows_ += rows;
    log_->dropped_rows_.fetch_add(rows, std::memory_order_relaxed);
    if (log_->options_.all_dropped) log_->options_.all_dropped->fetch_add(rows, std::memory_order_relaxed);
    PassLocked(rows);
  }
}

void ChangelogCursor::EndLocked(Error error) {
  own_error_ = std::move(error);
  LeaveLocked();
  WakeLocked();
}

std::optional<Change> ChangelogCursor::Next(const Waiter::Deadline& deadline,
                                            const std::function<void()>& interrupted) {
  Waiter& waiter = Waiter::OfThisThread();
  while (true) {
    bool ended;
    if (std::optional<Change> change = TryNext(&ended)) return change;
    if (ended) return std::nullopt;
    {
      std::lock_guard guard(log_->mutex_);
      // Between TryNext and here something may have come: look again before sleeping.
      if (ReadableLocked()) continue;
      waiters_.Add(&waiter);
    }
    const Waiter::Outcome outcome = waiter.Wait(deadline);
    {
      std::lock_guard guard(log_->mutex_);
      waiters_.Remove(&waiter);
    }
    if (outcome == Waiter::Outcome::kTimeout) {
      // An item that came in the last instant is still delivered.
      if (std::optional<Change> change = TryNext(&ended)) return change;
      if (ended) return std::nullopt;
      throw Error(ErrorCode::kSubscriptionTimeout, "timeout: no change arrived in time");
    }
    if (outcome == Waiter::Outcome::kInterrupted && interrupted) interrupted();
  }
}

void ChangelogCursor::Cancel() {
  {
    std::lock_guard guard(log_->mutex_);
    if (cancelled_) return;
    cancelled_ = true;
    snapshot_.reset();
    rest_.clear();
    LeaveLocked();
    WakeLocked();
  }
  TellOfRoom();
}

void ChangelogCursor::LeaveLocked() {
  if (!std::exchange(listed_, false)) return;
  std::erase(log_->cursors_, this);
  log_->readers_.fetch_sub(1, std::memory_order_release);
  if (backpressure_) {
    room_to_tell_ |= backpressure_->full();
    backpressure_->ended.store(true, std::memory_order_release);
  }
  log_->TrimLocked();
}

void ChangelogCursor::TellOfRoom() {
  if (!backpressure_) return;
  {
    std::lock_guard guard(log_->mutex_);
    if (!std::exchange(room_to_tell_, false)) return;
  }
  if (options_.on_room) options_.on_room();
}

ChangelogCursor::State ChangelogCursor::state() const {
  std::lock_guard guard(log_->mutex_);
  if (cancelled_) return State::kCancelled;
  return LookLocked() == Look::kEnd ? State::kFinished : State::kActive;
}

int64_t ChangelogCursor::lag() const {
  std::lock_guard guard(log_->mutex_);
  return log_->appended_rows_ - read_rows_;
}

int64_t ChangelogCursor::dropped_rows() const {
  std::lock_guard guard(log_->mutex_);
  return dropped_rows_;
}

void ChangelogCursor::WakeLocked() {
  waiters_.WakeAll();
  if (notify_ && !notified_) {
    notified_ = true;
    notify_();
  }
}

void ChangelogCursor::OnReadable(std::function<void()> notify) {
  std::lock_guard guard(log_->mutex_);
  notify_ = std::move(notify);
  notified_ = false;
  if (ReadableLocked()) WakeLocked();
}

}  // namespace laminar
