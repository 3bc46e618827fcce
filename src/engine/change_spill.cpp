#include "engine/change_spill.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "common/buffer.h"
#include "common/crc32c.h"
#include "state/row_codec.h"

namespace laminar {

namespace {

// Changes between two marks: what is gone through at most to find one.
constexpr uint64_t kMarkEvery = 64;
// Written at once, unless a single change is larger.
constexpr size_t kWriteBytes = 4u << 20;
// Read at once: most changes are small, and one read then brings head and rows.
constexpr size_t kReadBytes = 4096;

struct RecordHead {
  uint32_t magic;
  uint32_t checksum;  // of everything behind this field
  uint64_t epoch;
  uint64_t index;
  uint64_t body_bytes;
  uint32_t rows;
  uint32_t merged;
  uint64_t unused;
};
constexpr uint32_t kMagic = 0x314e484cu;
static_assert(sizeof(RecordHead) % kRowsAlignment == 0);

uint32_t ChecksumOf(const uint8_t* record, size_t size) {
  constexpr size_t kBehind = offsetof(RecordHead, checksum) + sizeof(uint32_t);
  return Crc32c(record + kBehind, size - kBehind);
}

void PutRecord(const Change& change, uint64_t index, std::span<const DataType> types, std::vector<uint8_t>* out) {
  const size_t at = out->size();
  out->resize(at + sizeof(RecordHead));
  EncodeRows(*change.rows, types, out);
  RecordHead head{};
  head.magic = kMagic;
  head.epoch = change.epoch;
  head.index = index;
  head.body_bytes = out->size() - at - sizeof(RecordHead);
  head.rows = change.rows->rows();
  head.merged = change.merged;
  std::memcpy(out->data() + at, &head, sizeof(head));
  head.checksum = ChecksumOf(out->data() + at, out->size() - at);
  std::memcpy(out->data() + at, &head, sizeof(head));
}

Status Damaged(uint64_t offset) {
  return {
      ErrorCode::kSubscriptionFailed,
      fmt::format("changes that waited on disk are damaged at byte {} of their file: they are not delivered", offset)};
}

}  // namespace

ChangeSpill::ChangeSpill(FileSystem& files, std::string directory, std::vector<DataType> types)
    : disk_(files), directory_(std::move(directory)), types_(std::move(types)) {}

Result<ChangeSpill::Written> ChangeSpill::Write(std::span<const Change> changes, uint64_t first, int64_t rows_before,
                                                uint64_t file_bytes) {
  if (!current_ || current_->size() >= file_bytes) {
    LAMINAR_ASSIGN_OR_RETURN(current_, SpillFile::Create(disk_, directory_, ErrorCode::kSubscriptionFailed));
  }
  Written written{.file = current_, .first = first, .bytes = 0, .last_epoch = 0, .changes = 0, .marks = {}};
  std::vector<uint8_t> bytes;
  const auto flush = [&] {
    Status status = current_->Append(bytes);
    // What was written before stays behind the end of what is known, and is written over.
    if (!status.ok()) current_ = nullptr;
    bytes.clear();
    return status;
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    const uint64_t index = first + i;
    const uint64_t offset = current_->size() + bytes.size();
    if (i == 0 || index % kMarkEvery == 0) {
      written.marks.push_back({index, changes[i].epoch, offset, rows_before});
    }
    rows_before += changes[i].rows->rows();
    const size_t before = bytes.size();
    PutRecord(changes[i], index, types_, &bytes);
    written.bytes += bytes.size() - before;
    if (bytes.size() >= kWriteBytes) LAMINAR_RETURN_NOT_OK(flush());
  }
  LAMINAR_RETURN_NOT_OK(flush());
  written.changes = changes.size();
  written.last_epoch = changes.back().epoch;
  return written;
}

void ChangeSpill::Add(Written written) {
  bytes_ += written.bytes;
  if (files_.empty() || files_.back().file != written.file) {
    files_.push_back({std::move(written.file), written.first, written.first, 0, 0, {}});
  }
  File& file = files_.back();
  file.end = written.first + written.changes;
  file.bytes += written.bytes;
  file.last_epoch = written.last_epoch;
  file.marks.insert(file.marks.end(), written.marks.begin(), written.marks.end());
}

ChangeSpill::Oldest ChangeSpill::oldest() const {
  return {files_.front().end, files_.front().bytes, files_.front().last_epoch};
}

void ChangeSpill::DropOldest() {
  bytes_ -= files_.front().bytes;
  files_.pop_front();
}

ChangeSpill::Place ChangeSpill::Find(uint64_t index) const {
  const auto file =
      std::prev(std::ranges::upper_bound(files_, index, std::less<>(), [](const File& each) { return each.first; }));
  const auto mark = std::prev(std::ranges::upper_bound(file->marks, index, std::less<>(), &Written::Mark::index));
  return {file->file, mark->index, mark->offset, mark->rows_before};
}

ChangeSpill::Place ChangeSpill::FindEpoch(uint64_t epoch) const {
  const auto file = std::ranges::find_if(files_, [&](const File& each) { return each.last_epoch > epoch; });
  auto mark = std::ranges::upper_bound(file->marks, epoch, std::less<>(), &Written::Mark::epoch);
  if (mark != file->marks.begin()) --mark;
  return {file->file, mark->index, mark->offset, mark->rows_before};
}

Result<uint64_t> ChangeSpill::Skip(Place* place) const {
  RecordHead head;
  LAMINAR_ASSIGN_OR_RETURN(const size_t got, place->file->Read(place->offset, &head, sizeof(head)));
  if (got < sizeof(head) || head.magic != kMagic || head.index != place->index) return Damaged(place->offset);
  place->offset += sizeof(head) + head.body_bytes;
  ++place->index;
  place->rows_before += head.rows;
  return head.epoch;
}

Result<Change> ChangeSpill::Read(Place* place) const {
  Ref<Buffer> bytes = Buffer::Allocate(kReadBytes);
  LAMINAR_ASSIGN_OR_RETURN(size_t got, place->file->Read(place->offset, bytes->data(), kReadBytes));
  RecordHead head;
  if (got < sizeof(head)) return Damaged(place->offset);
  std::memcpy(&head, bytes->data(), sizeof(head));
  if (head.magic != kMagic || head.index != place->index) return Damaged(place->offset);
  const uint64_t size = sizeof(head) + head.body_bytes;
  if (size > kReadBytes) {
    // A length that is damaged must not become an allocation.
    if (size > place->file->size() - place->offset) return Damaged(place->offset);
    bytes = Buffer::Allocate(size);
    LAMINAR_ASSIGN_OR_RETURN(got, place->file->Read(place->offset, bytes->data(), size));
  }
  if (got < size || ChecksumOf(bytes->data(), size) != head.checksum) return Damaged(place->offset);
  Change change{head.epoch, false, nullptr, head.merged != 0};
  LAMINAR_ASSIGN_OR_RETURN(change.rows, DecodeRows(bytes, sizeof(head), head.body_bytes, types_));
  place->offset += size;
  place->rows_before += head.rows;
  ++place->index;
  return change;
}

}  // namespace laminar
