#include "storage/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "storage/kill_point.h"

namespace laminar {

namespace {

constexpr auto kSyncInterval = std::chrono::milliseconds(5);
// Set aside at a time, so that a mark at the end of an epoch never finds the disk full: by then the epoch has happened.
constexpr uint64_t kReserve = uint64_t{8} << 20;
constexpr uint64_t kRoomForMarks = 4096;

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int RemoveSegmentsBefore(FileSystem& files, const std::string& folder, uint64_t position) {
  std::vector<std::string> names;
  if (const int error = files.List(folder, &names)) return error;
  std::vector<uint64_t> segments;
  for (const std::string& name : names) {
    if (const std::optional<uint64_t> at = SegmentPosition(name)) segments.push_back(*at);
  }
  std::sort(segments.begin(), segments.end());
  // Oldest first: whatever is left has no hole.
  for (size_t i = 0; i + 1 < segments.size() && segments[i + 1] <= position; ++i) {
    KillPoint("log.before_remove");
    if (const int error = files.Remove(folder + "/" + SegmentName(segments[i]))) return error;
  }
  return 0;
}

Log::Log(FileSystem& files, std::string folder, const DatabaseId& database, LogOptions options)
    : files_(files), folder_(std::move(folder)), database_(database), options_(options), mode_(options.sync) {}

Log::~Log() {
  {
    std::lock_guard guard(sync_mutex_);
    stopping_ = true;
    sync_wanted_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<Log>> Log::Open(FileSystem& files, std::string folder, const DatabaseId& database,
                                       const LogEnd& end, LogOptions options) {
  std::unique_ptr<Log> log(new Log(files, std::move(folder), database, options));
  LAMINAR_RETURN_NOT_OK(log->Continue(end));
  log->Buffer({LogKind::kSessionStart, end.sequence, NowMicros()}, "");
  log->thread_ = std::thread([raw = log.get()] { raw->SyncThread(); });
  return log;
}

Status Log::Continue(const LogEnd& end) {
  segment_ = end.segment;
  offset_ = reserved_ = end.offset;
  written_ = segment_ + offset_;
  if (offset_ == 0) return Rotate();
  std::unique_ptr<File> file;
  const std::string path = PathOf(segment_);
  if (const int error = files_.OpenFile(path, FileSystem::Open::kWrite, &file)) return Fail("opened", path, error);
  KillPoint("log.before_cut");
  uint64_t size = 0;
  if (const int error = file->Size(&size)) return Fail("measured", path, error);
  if (const int error = file->Truncate(offset_)) return Fail("cut", path, error);
  // What is cut off must not come back behind the records that are written in its place.
  if (size != offset_) {
    if (const int error = file->Sync()) return Fail("synced", path, error);
  }
  KillPoint("log.cut");
  file_ = std::move(file);
  std::lock_guard guard(sync_mutex_);
  unsynced_.push_back(file_);
  folder_unsynced_ = true;
  return Status::OK();
}

Status Log::failure() const {
  std::lock_guard guard(sync_mutex_);
  return failure_.Clone();
}

Status Log::Fail(std::string_view what, const std::string& path, int error) {
  std::lock_guard guard(sync_mutex_);
  if (failure_.ok()) {
    failure_ = Status(ErrorCode::kIngestionFailed,
                      fmt::format("the log cannot be {} ({}: {}): the database takes no more input; what was "
                                  "acknowledged is safe, open it again",
                                  what, path, ErrnoText(error)));
  }
  failed_.store(true, std::memory_order_release);
  sync_done_.notify_all();
  return failure_.Clone();
}

Status Log::NoRoom(int error) const {
  return {ErrorCode::kIngestionFailed,
          fmt::format("the log has no room ({}: {}): nothing was accepted; make room and try again", folder_,
                      ErrnoText(error))};
}

void Log::Buffer(const Record& record, std::string body) { buffered_.push_back({record, std::move(body)}); }

void Log::BufferEpoch(uint64_t epoch) {
  const uint64_t durable = durable_.load(std::memory_order_relaxed);
  std::string body(reinterpret_cast<const char*>(&durable), sizeof durable);
  Buffer({LogKind::kEpoch, epoch, 0}, std::move(body));
}

Status Log::Rotate() {
  const uint64_t position = segment_ + offset_;
  const std::string path = PathOf(position);
  std::unique_ptr<File> file;
  // One may be there whose header was never finished.
  if (const int error = files_.Remove(path); error != 0 && error != ENOENT) return Fail("removed", path, error);
  if (const int error = files_.OpenFile(path, FileSystem::Open::kCreate, &file)) {
    return IsNoSpace(error) ? NoRoom(error) : Fail("made", path, error);
  }
  KillPoint("log.segment_without_header");
  SegmentHeader header;
  header.database = database_;
  header.position = position;
  header.durable_to = durable_.load(std::memory_order_relaxed);
  header.time = NowMicros();
  char bytes[SegmentHeader::kBytes];
  header.Write(bytes);
  const Piece piece{bytes, sizeof bytes};
  if (const int error = file->Write(0, {&piece, 1})) {
    file.reset();
    const int removed = files_.Remove(path);
    if (removed != 0 || !IsNoSpace(error)) return Fail("written", path, error);
    return NoRoom(error);
  }
  // What was set aside behind the old segment is not needed; that it could not be given back is no loss of data.
  if (file_) static_cast<void>(file_->Truncate(offset_));
  file_ = std::move(file);
  segment_ = position;
  offset_ = reserved_ = SegmentHeader::kBytes;
  std::lock_guard guard(sync_mutex_);
  written_.store(segment_ + offset_, std::memory_order_release);
  unsynced_.push_back(file_);
  folder_unsynced_ = true;
  if (options_.on_segment) options_.on_segment();
  return Status::OK();
}

Status Log::Reserve(uint64_t bytes) {
  const uint64_t needed = offset_ + bytes + kRoomForMarks;
  if (!reserves_ || needed <= reserved_) return Status::OK();
  const std::string path = PathOf(segment_);
  uint64_t size = std::max(kReserve, needed - offset_);
  int error = file_->Reserve(offset_, size);
  if (IsNoSpace(error)) error = file_->Reserve(offset_, size = needed - offset_);
  if (IsNoSpace(error)) return NoRoom(error);
  if (error == EOPNOTSUPP || error == ENOSYS) {
    reserves_ = false;
    return Status::OK();
  }
  if (error != 0) return Fail("extended", path, error);
  reserved_ = offset_ + size;
  return Status::OK();
}

Status Log::Write(const Record* record, const LogBody* body) {
  if (failed_.load(std::memory_order_acquire)) return failure();
  uint64_t bytes = record != nullptr ? LogHeader::kBytes + body->bytes : 0;
  for (const Buffered& small : buffered_) bytes += LogHeader::kBytes + small.body.size();
  if (bytes == 0) return Status::OK();
  if (offset_ > SegmentHeader::kBytes && offset_ + bytes > options_.segment_bytes && record != nullptr) {
    LAMINAR_RETURN_NOT_OK(Rotate());
  }
  if (record != nullptr) LAMINAR_RETURN_NOT_OK(Reserve(bytes));

  std::vector<char> headers((buffered_.size() + 1) * LogHeader::kBytes);
  std::vector<Piece> pieces;
  uint64_t position = segment_ + offset_;
  char* next = headers.data();
  const auto add = [&](const Record& of, std::span<const Piece> parts, uint64_t size, uint32_t checksum) {
    LogHeader{of.kind, of.sequence, of.time, size, checksum}.Write(position, next);
    pieces.push_back({next, LogHeader::kBytes});
    pieces.insert(pieces.end(), parts.begin(), parts.end());
    next += LogHeader::kBytes;
    position += LogHeader::kBytes + size;
  };
  for (const Buffered& small : buffered_) {
    const Piece whole{small.body.data(), small.body.size()};
    add(small.record, {&whole, 1}, small.body.size(), Crc32c(small.body.data(), small.body.size()));
  }
  if (record != nullptr) add(*record, body->pieces, body->bytes, body->checksum);

  KillPoint("log.before_write");
  if (KillPointReached("log.torn_write")) {
    const size_t half = std::max<size_t>(pieces.size() / 2, 1);
    pieces.resize(half);
    pieces.back().size -= pieces.back().size / 3;
    static_cast<void>(file_->Write(offset_, pieces));
    KillNow();
  }
  if (const int error = file_->Write(offset_, pieces)) {
    const std::string path = PathOf(segment_);
    reserved_ = offset_;
    if (const int cut = file_->Truncate(offset_)) return Fail("cut", path, cut);
    return IsNoSpace(error) ? NoRoom(error) : Fail("written", path, error);
  }
  KillPoint("log.after_write");
  offset_ += bytes;
  buffered_.clear();
  used_ = true;
  written_.store(segment_ + offset_, std::memory_order_release);
  if (mode_.load(std::memory_order_relaxed) == LogSync::kInterval && !dirty_.exchange(true)) {
    std::lock_guard guard(sync_mutex_);
    sync_wanted_.notify_one();
  }
  return Status::OK();
}

Status Log::Append(const Record& record, const LogBody& body, uint64_t* end) {
  LAMINAR_RETURN_NOT_OK(Write(&record, &body));
  *end = segment_ + offset_;
  return Status::OK();
}

Status Log::Flush(uint64_t* end) {
  LAMINAR_RETURN_NOT_OK(Write(nullptr, nullptr));
  *end = segment_ + offset_;
  return Status::OK();
}

Status Log::Acknowledge(uint64_t position) {
  if (mode_.load(std::memory_order_relaxed) == LogSync::kCommit) return Sync(position);
  return failed_.load(std::memory_order_acquire) ? failure() : Status::OK();
}

Status Log::Sync(uint64_t position) {
  std::unique_lock guard(sync_mutex_);
  while (true) {
    if (!failure_.ok()) return failure_.Clone();
    if (durable_.load(std::memory_order_relaxed) >= position) return Status::OK();
    if (!syncing_) break;
    sync_done_.wait(guard);
  }
  // The leader: syncs for everybody whose record is in the files by now.
  syncing_ = true;
  const uint64_t target = written_.load(std::memory_order_acquire);
  const std::vector<std::shared_ptr<File>> files = unsynced_;
  const bool folder = std::exchange(folder_unsynced_, false);
  guard.unlock();
  KillPoint("log.before_sync");
  int error = 0;
  // Oldest first: no record may outlive a power cut without the ones before it.
  for (size_t i = 0; i < files.size() && error == 0; ++i) error = files[i]->Sync();
  if (folder && error == 0) error = files_.SyncFolder(folder_);
  KillPoint("log.after_sync");
  guard.lock();
  syncing_ = false;
  if (error != 0) {
    guard.unlock();
    return Fail("synced", folder_, error);
  }
  // The last one is still being written.
  unsynced_.erase(unsynced_.begin(), unsynced_.begin() + static_cast<std::ptrdiff_t>(files.size()) - 1);
  durable_.store(target, std::memory_order_relaxed);
  sync_done_.notify_all();
  return Status::OK();
}

void Log::SetSync(LogSync sync) {
  std::lock_guard guard(sync_mutex_);
  mode_ = sync;
  if (sync == LogSync::kInterval) dirty_ = true;
  sync_wanted_.notify_one();
}

void Log::SyncThread() {
  std::unique_lock guard(sync_mutex_);
  while (true) {
    sync_wanted_.wait(guard, [&] { return stopping_ || (dirty_ && mode_ == LogSync::kInterval); });
    if (stopping_) return;
    // What comes meanwhile is synced with it.
    sync_wanted_.wait_for(guard, kSyncInterval, [&] { return stopping_; });
    if (stopping_) return;
    dirty_ = false;
    const uint64_t target = written_.load(std::memory_order_acquire);
    guard.unlock();
    // A failure is kept, and told by the next call that wants something of the log.
    const Status synced = Sync(target);
    guard.lock();
    if (!synced.ok()) return;
  }
}

Status Log::Close(uint64_t sequence) {
  uint64_t end = segment_ + offset_;
  if (!used_ && buffered_.size() <= 1) return failure();  // opened and closed again: nothing to say
  LAMINAR_RETURN_NOT_OK(Flush(&end));
  LAMINAR_RETURN_NOT_OK(Sync(end));
  const uint64_t durable = durable_.load(std::memory_order_relaxed);
  const LogBody body(std::string_view(reinterpret_cast<const char*>(&durable), sizeof durable));
  KillPoint("log.before_session_end");
  LAMINAR_RETURN_NOT_OK(Append({LogKind::kSessionEnd, sequence, NowMicros()}, body, &end));
  static_cast<void>(file_->Truncate(offset_));  // gives the room back that was set aside
  return Sync(end);
}

}  // namespace laminar
