#include "engine/changelog.h"

#include <algorithm>
#include <utility>

namespace laminar {

std::shared_ptr<ChangelogCursor> Changelog::Open() {
  // Made before the lock is taken: if anything fails below, the cursor's destructor takes it itself.
  auto cursor = std::make_shared<ChangelogCursor>(shared_from_this(), 0);
  std::lock_guard guard(mutex_);
  cursor->next_ = first_ + entries_.size();
  cursors_.push_back(cursor.get());
  readers_.fetch_add(1, std::memory_order_release);
  return cursor;
}

void Changelog::Append(Change change) {
  std::lock_guard guard(mutex_);
  if (cursors_.empty() || end_ != End::kOpen) return;
  entries_.push_back(std::move(change));
  for (ChangelogCursor* cursor : cursors_) cursor->WakeLocked();
}

void Changelog::Finish(End end, std::optional<Error> error) {
  std::lock_guard guard(mutex_);
  if (end_ != End::kOpen) return;
  end_ = end;
  error_ = std::move(error);
  for (ChangelogCursor* cursor : cursors_) cursor->WakeLocked();
}

int64_t Changelog::pending_rows() const {
  std::lock_guard guard(mutex_);
  int64_t rows = 0;
  for (const Change& change : entries_) rows += change.rows->rows();
  return rows;
}

void Changelog::TrimLocked() {
  uint64_t least = first_ + entries_.size();
  for (const ChangelogCursor* cursor : cursors_) least = std::min(least, cursor->next_);
  while (first_ < least) {
    entries_.pop_front();
    ++first_;
  }
}

ChangelogCursor::ChangelogCursor(std::shared_ptr<Changelog> log, uint64_t next) : log_(std::move(log)), next_(next) {}

void ChangelogCursor::DeliverFirst(Change snapshot) {
  std::lock_guard guard(log_->mutex_);
  snapshot_ = std::move(snapshot);
}

ChangelogCursor::~ChangelogCursor() {
  std::lock_guard guard(log_->mutex_);
  LeaveLocked();
}

void ChangelogCursor::LeaveLocked() {
  if (std::erase(log_->cursors_, this) == 0) return;
  log_->readers_.fetch_sub(1, std::memory_order_release);
  log_->TrimLocked();
}

std::optional<Change> ChangelogCursor::TakeLocked(bool* ended) {
  *ended = false;
  if (cancelled_) {
    *ended = true;
    return std::nullopt;
  }
  if (snapshot_) return std::exchange(snapshot_, std::nullopt);
  if (next_ < log_->first_ + log_->entries_.size()) {
    const bool slowest = next_ == log_->first_;
    Change change = log_->entries_[next_ - log_->first_];
    ++next_;
    if (slowest) log_->TrimLocked();
    return change;
  }
  *ended = log_->end_ != Changelog::End::kOpen;
  return std::nullopt;
}

std::optional<Change> ChangelogCursor::TryNext(bool* ended) {
  std::lock_guard guard(log_->mutex_);
  std::optional<Change> change = TakeLocked(ended);
  if (!change) {
    notified_ = false;
    if (*ended && !cancelled_ && log_->error_ && !error_delivered_) {
      error_delivered_ = true;
      throw Error(*log_->error_);
    }
  }
  return change;
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
      if (snapshot_ || cancelled_ || log_->end_ != Changelog::End::kOpen ||
          next_ < log_->first_ + log_->entries_.size()) {
        continue;
      }
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
  std::lock_guard guard(log_->mutex_);
  if (cancelled_) return;
  cancelled_ = true;
  snapshot_.reset();
  LeaveLocked();
  WakeLocked();
}

ChangelogCursor::State ChangelogCursor::state() const {
  std::lock_guard guard(log_->mutex_);
  if (cancelled_) return State::kCancelled;
  const bool drained = !snapshot_ && next_ >= log_->first_ + log_->entries_.size();
  return drained && log_->end_ != Changelog::End::kOpen ? State::kFinished : State::kActive;
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
  const bool readable =
      snapshot_ || cancelled_ || log_->end_ != Changelog::End::kOpen || next_ < log_->first_ + log_->entries_.size();
  if (readable) WakeLocked();
}

}  // namespace laminar
