#include "storage/log_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "common/crc32c.h"

namespace laminar {

namespace {

constexpr uint64_t kWindow = uint64_t{1} << 20;
// A torn body of this length looks like one with a flipped bit once in 8,192 times; longer ones are not asked.
constexpr uint64_t kFlipSearched = uint64_t{64} << 10;

bool IsZero(const char* bytes, uint64_t size) {
  return std::all_of(bytes, bytes + size, [](char byte) { return byte == 0; });
}

}  // namespace

LogReader::LogReader(FileSystem& files, std::string folder, const DatabaseId& database)
    : files_(files), folder_(std::move(folder)), database_(database) {}

Status LogReader::Damaged(const std::string& path, uint64_t byte, std::string_view what) const {
  return {ErrorCode::kConnectionFailed,
          fmt::format("{} is damaged at byte {}: {}; the database is not opened, for what follows cannot be trusted: "
                      "restore the file from a backup",
                      path, byte, what)};
}

Status LogReader::CannotRead(const std::string& path, int error) const {
  return {ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path, ErrnoText(error))};
}

Status LogReader::Open(uint64_t from) {
  std::vector<std::string> names;
  if (const int error = files_.List(folder_, &names)) return CannotRead(folder_, error);
  for (const std::string& name : names) {
    const std::optional<uint64_t> position = SegmentPosition(name);
    if (!position) continue;
    const std::string path = folder_ + "/" + name;
    std::unique_ptr<File> file;
    uint64_t size = 0;
    if (const int error = files_.OpenFile(path, FileSystem::Open::kRead, &file)) return CannotRead(path, error);
    if (const int error = file->Size(&size)) return CannotRead(path, error);
    segments_.push_back({*position, path, size});
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const Segment& a, const Segment& b) { return a.position < b.position; });
  // The one that `from` is in is the last that begins before it, or there; one that ends there has been synced, and
  // what was begun behind it may not be there yet.
  const auto begins_after = [](uint64_t position, const Segment& segment) { return position < segment.position; };
  const auto first = std::upper_bound(segments_.begin(), segments_.end(), from, begins_after);
  if (first != segments_.begin()) segments_.erase(segments_.begin(), first - 1);
  for (const Segment& segment : segments_) total_bytes_ += segment.size;
  if (segments_.empty() && from == 0) {
    ended_ = true;
    return Status::OK();
  }
  if (segments_.empty() || segments_[0].position > from) {
    const std::string path = segments_.empty() ? folder_ : segments_[0].path;
    return Damaged(path, 0, fmt::format("the log before it, from position {} on, is missing", from));
  }
  const Segment& segment = segments_[0];
  if (from > segment.position + segment.size) {
    return Damaged(segment.path, segment.size, fmt::format("the log up to position {} is missing", from));
  }
  LAMINAR_ASSIGN_OR_RETURN(const bool entered, EnterSegment());
  if (!entered && from > segment.position) {
    return Damaged(segment.path, 0, fmt::format("its head is gone, and the log up to position {} with it", from));
  }
  if (!entered) {
    EndHere();
  } else if (from > segment.position) {
    offset_ = from - segment.position;
  }
  return Status::OK();
}

Result<bool> LogReader::EnterSegment() {
  const Segment& segment = segments_[current_];
  if (const int error = files_.OpenFile(segment.path, FileSystem::Open::kRead, &file_)) {
    return CannotRead(segment.path, error);
  }
  offset_ = window_offset_ = window_bytes_ = 0;
  window_ = nullptr;
  LAMINAR_ASSIGN_OR_RETURN(const char* bytes, Window(SegmentHeader::kBytes));
  const std::optional<SegmentHeader> header = bytes != nullptr ? SegmentHeader::Read(bytes) : std::nullopt;
  if (!header) {
    // Torn while it was made: then nothing is in it, nor behind it.
    if (segment.size <= SegmentHeader::kBytes && current_ + 1 == segments_.size()) return false;
    if (bytes != nullptr && !IsZero(bytes, SegmentHeader::kBytes)) {
      return Damaged(segment.path, 0, "the head of the segment is not what was written");
    }
    LAMINAR_ASSIGN_OR_RETURN(const uint64_t durable, DurableByWhatFollows());
    if (durable > segment.position) return Damaged(segment.path, 0, "the head of the segment is gone");
    return false;
  }
  if (header->database != database_) return Damaged(segment.path, 16, "it is of another database");
  if (header->version != kFormatVersion) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("{} is of format version {}; this release reads version {}",
                                                            segment.path, header->version, kFormatVersion));
  }
  if (header->position != segment.position) return Damaged(segment.path, 32, "it is not the segment of its name");
  offset_ = SegmentHeader::kBytes;
  return true;
}

Result<const char*> LogReader::Window(uint64_t size) {
  const uint64_t have = window_offset_ + window_bytes_;
  if (offset_ >= window_offset_ && offset_ + size <= have) {
    return reinterpret_cast<const char*>(window_->data()) + (offset_ - window_offset_);
  }
  const Segment& segment = segments_[current_];
  if (offset_ + size > segment.size) return static_cast<const char*>(nullptr);
  // A window of its own for what is larger: it becomes the owner of the rows in it.
  const uint64_t bytes = std::min(std::max(size, kWindow), segment.size - offset_);
  Ref<Buffer> buffer = Buffer::Allocate(bytes);
  size_t got = 0;
  if (const int error = file_->Read(offset_, buffer->data(), bytes, &got)) return CannotRead(segment.path, error);
  window_ = std::move(buffer);
  window_offset_ = offset_;
  window_bytes_ = got;
  if (got < size) return static_cast<const char*>(nullptr);
  return reinterpret_cast<const char*>(window_->data());
}

Result<bool> LogReader::Next(LogEntry* entry) {
  while (!ended_) {
    const Segment& segment = segments_[current_];
    if (offset_ == segment.size && current_ + 1 < segments_.size() &&
        segments_[current_ + 1].position == segment.position + segment.size) {
      ++current_;
      LAMINAR_ASSIGN_OR_RETURN(const bool entered, EnterSegment());
      if (!entered) {
        --current_;
        offset_ = segments_[current_].size;
        EndHere();
      }
      continue;
    }
    if (offset_ == segment.size) return NotWhole(std::nullopt, "the log after it is missing");
    LAMINAR_ASSIGN_OR_RETURN(const char* bytes, Window(LogHeader::kBytes));
    if (bytes == nullptr) return NotWhole(std::nullopt, "the head of a record is cut off");
    const uint64_t position = segment.position + offset_;
    const std::optional<LogHeader> header = LogHeader::Read(position, bytes);
    if (!header) {
      return NotWhole(LogHeader::FlippedBit(position, bytes), "the head of a record is not what was written");
    }
    // The length is checked by the header, so it may be believed.
    LAMINAR_ASSIGN_OR_RETURN(bytes, Window(LogHeader::kBytes + header->body_bytes));
    if (bytes == nullptr) return NotWhole(std::nullopt, "the end of a record is cut off");
    const char* body = bytes + LogHeader::kBytes;
    if (const uint32_t found = Crc32c(body, header->body_bytes); found != header->body_checksum) {
      std::optional<uint64_t> bit;
      if (header->body_bytes <= kFlipSearched) {
        bit = FlippedBit(header->body_bytes, header->body_checksum, found);
        if (bit) *bit += LogHeader::kBytes * 8;
      }
      return NotWhole(bit, "the body of a record is not what was written");
    }
    entry->header = *header;
    entry->position = position;
    entry->body = {body, header->body_bytes};
    entry->owner = window_;
    offset_ += LogHeader::kBytes + header->body_bytes;
    end_.sequence = std::max(end_.sequence, header->sequence);
    return true;
  }
  return false;
}

Result<bool> LogReader::NotWhole(std::optional<uint64_t> flipped, std::string_view what) {
  const Segment& segment = segments_[current_];
  const bool at_end = offset_ == segment.size && current_ + 1 == segments_.size();
  if (!at_end) {
    if (flipped) {
      return Damaged(segment.path, offset_ + *flipped / 8, fmt::format("bit {} of it was flipped", *flipped % 8));
    }
    LAMINAR_ASSIGN_OR_RETURN(const uint64_t durable, DurableByWhatFollows());
    if (durable > segment.position + offset_) return Damaged(segment.path, offset_, what);
  }
  EndHere();
  return false;
}

Result<uint64_t> LogReader::DurableByWhatFollows() {
  uint64_t durable = 0;
  std::string bytes;
  for (size_t i = current_; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    std::unique_ptr<File> file;
    if (const int error = files_.OpenFile(segment.path, FileSystem::Open::kRead, &file)) {
      return CannotRead(segment.path, error);
    }
    const uint64_t from = i == current_ ? offset_ : 0;
    bytes.resize(segment.size - std::min(from, segment.size));
    size_t got = 0;
    if (const int error = file->Read(from, bytes.data(), bytes.size(), &got)) return CannotRead(segment.path, error);
    if (from == 0 && got >= SegmentHeader::kBytes) {
      if (const auto header = SegmentHeader::Read(bytes.data())) durable = std::max(durable, header->durable_to);
    }
    // Records begin anywhere, and which of these bytes is one is what is not known: every place is asked.
    for (uint64_t at = 0; at + LogHeader::kBytes <= got; ++at) {
      const std::optional<LogHeader> header = LogHeader::Read(segment.position + from + at, bytes.data() + at);
      if (!header || (header->kind != LogKind::kEpoch && header->kind != LogKind::kSessionEnd)) continue;
      const uint64_t body = at + LogHeader::kBytes;
      uint64_t said = 0;
      if (header->body_bytes != sizeof said || body + sizeof said > got) continue;
      if (Crc32c(bytes.data() + body, sizeof said) != header->body_checksum) continue;
      std::memcpy(&said, bytes.data() + body, sizeof said);
      // Where a session ended, everything before its mark had been synced.
      durable = std::max(durable, said);
    }
  }
  return durable;
}

void LogReader::EndHere() {
  const Segment& last = segments_[current_];
  ended_ = true;
  end_.segment = last.position;
  end_.offset = offset_;
  torn_bytes_ = last.size - offset_;
  for (size_t i = current_ + 1; i < segments_.size(); ++i) {
    torn_bytes_ += segments_[i].size;
    abandoned_.push_back(segments_[i].path);
  }
}

}  // namespace laminar
