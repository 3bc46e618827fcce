#include "engine/changelog.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "engine/changelog_cursor.h"

namespace laminar {

namespace {

// A file on disk goes as a whole: small enough that space comes back soon, large enough that there are few.
constexpr uint64_t kFileBytes = 64u << 20;
constexpr uint64_t kLeastFileBytes = 1u << 20;

int64_t BytesOf(const Change& change) {
  constexpr int64_t kEntry = 256;
  return static_cast<int64_t>(change.rows->memory_bytes()) + kEntry;
}

}  // namespace

Status CheckReach(Overflow overflow, int64_t lag, int64_t capacity, uint64_t epoch) {
  if (lag <= capacity || (overflow != Overflow::kDropOldest && overflow != Overflow::kError)) return Status::OK();
  return {ErrorCode::kSubscriptionFailed,
          fmt::format("{} rows of change have come since epoch {}, and on_overflow allows for {} (buffer_size): resume "
                      "with on_overflow='spill'",
                      lag, epoch, capacity)};
}

Changelog::Changelog(ChangelogOptions options)
    : options_(std::move(options)), spill_(*options_.files, options_.spill_directory, options_.types) {
  if (retains()) readers_ = 1;
}

Changelog::~Changelog() = default;

void Changelog::AddLocked(ChangelogCursor* cursor, uint64_t next, int64_t read_rows) {
  cursor->next_ = next;
  cursor->read_rows_ = read_rows;
  cursor->listed_ = true;
  cursors_.push_back(cursor);
  readers_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<ChangelogCursor> Changelog::Open(CursorOptions options) {
  // Made before the lock is taken: if anything fails below, the cursor's destructor takes it itself.
  auto cursor = std::make_shared<ChangelogCursor>(shared_from_this(), std::move(options));
  std::lock_guard guard(mutex_);
  AddLocked(cursor.get(), end_index(), appended_rows_);
  return cursor;
}

Result<std::shared_ptr<ChangelogCursor>> Changelog::OpenBehind(uint64_t epoch, uint64_t current,
                                                               CursorOptions options) {
  if (epoch > current) {
    return Status(ErrorCode::kSubscriptionFailed,
                  fmt::format("epoch {} has not come yet: the last one is {}", epoch, current));
  }
  auto cursor = std::make_shared<ChangelogCursor>(shared_from_this(), std::move(options));
  std::lock_guard guard(mutex_);
  const uint64_t oldest = retains() ? forgotten_epoch_ : current;
  if (epoch < oldest) {
    return Status(
        ErrorCode::kSubscriptionFailed,
        fmt::format("the changes behind epoch {} are no longer there: the oldest epoch to go on from is {}{}", epoch,
                    oldest, retains() ? "" : ". A stream keeps changes to resume from WITH (retain_history = '64mb')"));
  }
  uint64_t index = end_index();
  int64_t rows_before = appended_rows_;
  if (retains()) LAMINAR_RETURN_NOT_OK(FindBehindLocked(epoch, &index, &rows_before));
  LAMINAR_RETURN_NOT_OK(CheckReach(cursor->overflow(), appended_rows_ - rows_before, options_.capacity, epoch));
  AddLocked(cursor.get(), index, rows_before);
  return cursor;
}

Status Changelog::FindBehindLocked(uint64_t epoch, uint64_t* index, int64_t* rows_before) const {
  if (spill_.empty() || spill_.last_epoch() <= epoch) {
    auto first = std::ranges::find_if(entries_, [&](const Entry& entry) { return entry.change.epoch > epoch; });
    *index = memory_first_ + static_cast<uint64_t>(first - entries_.begin());
    *rows_before = appended_rows_;
    for (; first != entries_.end(); ++first) *rows_before -= first->change.rows->rows();
    return Status::OK();
  }
  ChangeSpill::Place place = spill_.FindEpoch(epoch);
  while (true) {
    *index = place.index;
    *rows_before = place.rows_before;
    LAMINAR_ASSIGN_OR_RETURN(const uint64_t at, spill_.Skip(&place));
    if (at > epoch) return Status::OK();
  }
}

void Changelog::RetainFrom(uint64_t epoch) {
  std::lock_guard guard(mutex_);
  forgotten_epoch_ = epoch;
}

uint64_t Changelog::retained_from() const {
  std::lock_guard guard(mutex_);
  return forgotten_epoch_;
}

void Changelog::Append(Change change) {
  bool over;
  {
    std::lock_guard guard(mutex_);
    if ((cursors_.empty() && !retains()) || end_ != End::kOpen) return;
    const int64_t rows = change.rows->rows();
    const int64_t bytes = BytesOf(change);
    appended_rows_ += rows;
    memory_rows_ += rows;
    memory_bytes_ += bytes;
    entries_.push_back({std::move(change), bytes});
    for (size_t i = 0; i < cursors_.size();) {
      ChangelogCursor* cursor = cursors_[i];
      cursor->FollowLocked();
      cursor->WakeLocked();
      if (i < cursors_.size() && cursors_[i] == cursor) ++i;  // unless it has left
    }
    if (retains()) TrimLocked();
    // Some more than what may stay is written at once.
    over = memory_rows_ > options_.capacity + options_.capacity / 4 && entries_.size() > 1;
  }
  if (over) Spill();
}

void Changelog::Spill() {
  std::vector<Change> old;
  uint64_t first;
  int64_t rows_before;
  uint64_t file_bytes;
  {
    std::lock_guard guard(mutex_);
    first = memory_first_;
    rows_before = appended_rows_ - memory_rows_;
    int64_t left = memory_rows_;
    for (const Entry& entry : entries_) {
      if (left <= options_.capacity || old.size() + 1 == entries_.size()) break;
      old.push_back(entry.change);
      left -= entry.change.rows->rows();
    }
    if (spill_.empty()) {
      file_bytes = 0;
    } else if (retains()) {
      file_bytes = std::clamp(static_cast<uint64_t>(options_.retain_bytes) / 4, kLeastFileBytes, kFileBytes);
    } else {
      file_bytes = std::max(kFileBytes, spill_.bytes() / 8);
    }
  }
  if (old.empty()) return;
  Result<ChangeSpill::Written> written = spill_.Write(old, first, rows_before, file_bytes);
  const uint64_t end = first + old.size();
  old.clear();
  std::lock_guard guard(mutex_);
  // Some of them may have been read meanwhile, and forgotten; of all of them, nothing is needed any more.
  if (!written.ok()) {
    GiveUpLocked(end, written.status());
  } else if (memory_first_ < end) {
    spill_.Add(written.TakeValue());
  }
  while (memory_first_ < end) {
    if (!written.ok()) forgotten_epoch_ = entries_.front().change.epoch;
    PopLocked();
  }
  TrimLocked();
}

void Changelog::GiveUpLocked(uint64_t before, const Status& status) {
  spdlog::error("changes that subscribers have not read cannot be kept on disk: {}", status.message());
  while (!spill_.empty()) spill_.DropOldest();
  const std::vector<ChangelogCursor*> cursors = cursors_;
  for (ChangelogCursor* cursor : cursors) {
    if (cursor->next_ >= before) continue;
    cursor->EndLocked(Error(ErrorCode::kSubscriptionFailed,
                            fmt::format("the subscription is more than {} rows behind, and they cannot be kept on "
                                        "disk: {}",
                                        options_.capacity, status.message())));
  }
}

void Changelog::Finish(End end, std::optional<Error> error) {
  std::lock_guard guard(mutex_);
  if (end_ != End::kOpen) return;
  end_ = end;
  error_ = std::move(error);
  for (ChangelogCursor* cursor : cursors_) {
    if (cursor->backpressure_) cursor->backpressure_->ended.store(true, std::memory_order_release);
    cursor->WakeLocked();
  }
}

int64_t Changelog::pending_rows() const {
  std::lock_guard guard(mutex_);
  int64_t rows = 0;
  for (const ChangelogCursor* cursor : cursors_) rows = std::max(rows, appended_rows_ - cursor->read_rows_);
  return rows;
}

int64_t Changelog::memory_bytes() const {
  std::lock_guard guard(mutex_);
  return memory_bytes_;
}

int64_t Changelog::spilled_bytes() const {
  std::lock_guard guard(mutex_);
  return static_cast<int64_t>(spill_.bytes());
}

void Changelog::PopLocked() {
  const Entry& entry = entries_.front();
  memory_rows_ -= entry.change.rows->rows();
  memory_bytes_ -= entry.bytes;
  entries_.pop_front();
  ++memory_first_;
}

void Changelog::TrimLocked() {
  uint64_t least = end_index();
  for (const ChangelogCursor* cursor : cursors_) least = std::min(least, cursor->next_);
  // What is left behind the oldest must still be as much as is to be retained.
  const auto spare = [&](int64_t oldest) {
    return !retains() || static_cast<int64_t>(spill_.bytes()) + memory_bytes_ - oldest >= options_.retain_bytes;
  };
  while (!spill_.empty()) {
    const ChangeSpill::Oldest oldest = spill_.oldest();
    if (oldest.end > least || !spare(static_cast<int64_t>(oldest.bytes))) return;
    forgotten_epoch_ = oldest.last_epoch;
    spill_.DropOldest();
  }
  while (memory_first_ < least && spare(entries_.front().bytes)) {
    forgotten_epoch_ = entries_.front().change.epoch;
    PopLocked();
  }
}

}  // namespace laminar
