#include "storage/frame_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "common/crc32c.h"

namespace laminar {

namespace {

constexpr char kMagic[] = "LAMINIMG";
constexpr size_t kGathered = size_t{1} << 20;

uint32_t ChecksumOf(uint64_t offset, uint32_t size, std::span<const Piece> body) {
  uint32_t checksum = Crc32c(&size, sizeof size, Crc32c(&offset, sizeof offset));
  for (const Piece& piece : body) checksum = Crc32c(piece.data, piece.size, checksum);
  return checksum;
}

}  // namespace

std::array<char, FrameFileHeader::kBytes> FrameFileHeader::Bytes() const {
  std::array<char, kBytes> bytes{};
  std::memcpy(bytes.data(), kMagic, 8);
  std::memcpy(bytes.data() + 8, &kFormatVersion, 4);
  std::memcpy(bytes.data() + 12, &kind, 4);
  std::memcpy(bytes.data() + 16, database.data(), database.size());
  std::memcpy(bytes.data() + 32, &number, 8);
  const uint32_t checksum = Crc32c(bytes.data(), 60);
  std::memcpy(bytes.data() + 60, &checksum, 4);
  return bytes;
}

FrameWriter::FrameWriter(File& file, std::string path, uint64_t offset)
    : file_(file), path_(std::move(path)), offset_(offset) {}

Status FrameWriter::Append(const void* bytes, size_t size) {
  const char* from = static_cast<const char*>(bytes);
  while (size != 0) {
    // A large block is a frame of its own, without being copied.
    if (gathered_.empty() && size >= kGathered) {
      const Piece whole{from, std::min(size, kGathered)};
      LAMINAR_RETURN_NOT_OK(PutFrame({&whole, 1}));
      from += whole.size;
      size -= whole.size;
      continue;
    }
    const size_t fits = std::min(size, kGathered - gathered_.size());
    gathered_.insert(gathered_.end(), from, from + fits);
    from += fits;
    size -= fits;
    if (gathered_.size() == kGathered) {
      const Piece whole{gathered_.data(), gathered_.size()};
      LAMINAR_RETURN_NOT_OK(PutFrame({&whole, 1}));
      gathered_.clear();
    }
  }
  return Status::OK();
}

void FrameWriter::EndFrame() {
  if (gathered_.empty() || !status().ok()) return;
  const Piece whole{gathered_.data(), gathered_.size()};
  Check(PutFrame({&whole, 1}));
  gathered_.clear();
}

void FrameWriter::WriteFrame(PieceList& body) {
  if (status().ok()) Check(PutFrame(body.Pieces()));
}

Status FrameWriter::PutFrame(std::span<const Piece> body) {
  uint64_t size = 0;
  for (const Piece& piece : body) size += piece.size;
  if (size > std::numeric_limits<uint32_t>::max()) return Status::Internal("a frame is longer than 4 GiB");
  char header[FrameHeader::kBytes];
  const uint32_t length = static_cast<uint32_t>(size);
  const uint32_t checksum = ChecksumOf(offset_, length, body);
  std::memcpy(header, &checksum, 4);
  std::memcpy(header + 4, &length, 4);
  std::vector<Piece> pieces{{header, sizeof header}};
  pieces.insert(pieces.end(), body.begin(), body.end());
  if (const int error = file_.Write(offset_, pieces)) {
    return Status::Internal(fmt::format("cannot write {}: {}", path_, ErrnoText(error)));
  }
  offset_ += sizeof header + size;
  return Status::OK();
}

FrameReader::FrameReader(File& file, std::string path, const FileSection& section)
    : file_(file), path_(std::move(path)), section_(section), next_(section.offset) {}

Status FrameReader::Damaged(uint64_t byte, std::string_view what) const {
  return {ErrorCode::kConnectionFailed,
          fmt::format("{} is damaged at byte {}: {}; the database is not opened, for its state cannot be trusted: "
                      "restore it from a backup",
                      path_, byte, what)};
}

Status FrameReader::ReadFrame() {
  at_ = frame_bytes_ = 0;
  char header[FrameHeader::kBytes];
  if (section_.end() - next_ < sizeof header) return Damaged(next_, "a frame is cut off");
  size_t got = 0;
  if (const int error = file_.Read(next_, header, sizeof header, &got)) {
    return {ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path_, ErrnoText(error))};
  }
  if (got != sizeof header) return Damaged(next_, "the file is shorter than it was");
  uint32_t checksum;
  uint32_t size;
  std::memcpy(&checksum, header, 4);
  std::memcpy(&size, header + 4, 4);
  if (size > section_.end() - next_ - sizeof header) return Damaged(next_, "the length of a frame is wrong");
  // Nobody else may hold what is read into.
  if (!frame_ || !frame_->unique() || frame_->size() < size) frame_ = Buffer::Allocate(std::max(size, 1u));
  if (const int error = file_.Read(next_ + sizeof header, frame_->data(), size, &got)) {
    return {ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path_, ErrnoText(error))};
  }
  if (got != size) return Damaged(next_, "the file is shorter than it was");
  const Piece body{frame_->data(), size};
  if (ChecksumOf(next_, size, {&body, 1}) != checksum) return Damaged(next_, "a frame is not what was written");
  next_ += sizeof header + size;
  frame_bytes_ = size;
  return Status::OK();
}

Status FrameReader::Take(void* bytes, size_t size) {
  char* to = static_cast<char*>(bytes);
  while (size != 0) {
    if (at_ == frame_bytes_) LAMINAR_RETURN_NOT_OK(ReadFrame());
    const size_t part = std::min(size, frame_bytes_ - at_);
    std::memcpy(to, frame_->data() + at_, part);
    at_ += part;
    to += part;
    size -= part;
  }
  return Status::OK();
}

Ref<Buffer> FrameReader::NextFrame(size_t* size) {
  if (!status().ok() || next_ == section_.end()) return nullptr;
  Check(ReadFrame());
  if (!status().ok()) return nullptr;
  *size = frame_bytes_;
  at_ = frame_bytes_;
  return frame_;
}

Result<std::unique_ptr<File>> OpenFrameFile(FileSystem& files, const std::string& path, const FrameFileHeader& header) {
  std::unique_ptr<File> file;
  if (const int error = files.OpenFile(path, FileSystem::Open::kRead, &file)) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path, ErrnoText(error)));
  }
  std::array<char, FrameFileHeader::kBytes> found{};
  size_t got = 0;
  if (const int error = file->Read(0, found.data(), found.size(), &got)) {
    return Status(ErrorCode::kConnectionFailed, fmt::format("cannot read {}: {}", path, ErrnoText(error)));
  }
  if (got != found.size() || found != header.Bytes()) {
    return Status(ErrorCode::kConnectionFailed,
                  fmt::format("{} is damaged at byte 0: its head is not what was written; the database is not opened, "
                              "for its state cannot be trusted: restore it from a backup",
                              path));
  }
  return file;
}

}  // namespace laminar
