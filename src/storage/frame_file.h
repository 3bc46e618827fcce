// Files of a checkpoint: bytes in frames, each with a checksum of itself and of where it stands.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/buffer.h"
#include "common/status.h"
#include "state/image_stream.h"
#include "storage/file.h"
#include "storage/log_format.h"
#include "storage/piece_list.h"

namespace laminar {

/// What the head of a file says it is.
enum class FrameFileKind : uint32_t {
  kImages = 1,   // of one checkpoint; the number is its id
  kHistory = 2,  // rows of one source; the number is its id
};

/// At the beginning of every such file.
///
///     0  "LAMINIMG"   8  u32 format version   12  u32 kind   16  database id   32  u64 number   40  zeros
///    60  u32 checksum of bytes 0..60
struct FrameFileHeader {
  static constexpr size_t kBytes = 64;

  FrameFileKind kind = FrameFileKind::kImages;
  DatabaseId database{};
  uint64_t number = 0;

  std::array<char, kBytes> Bytes() const;
};

/// Bytes [offset, offset + bytes) of a file, whole frames.
struct FileSection {
  uint64_t offset = 0;
  uint64_t bytes = 0;

  uint64_t end() const { return offset + bytes; }
};

/// Before the bytes of every frame.
///
///     0  u32  checksum of the frame's offset in the file (u64), of bytes 4..8 and of the bytes behind
///     4  u32  how many bytes
struct FrameHeader {
  static constexpr size_t kBytes = 8;
};

/// Appends frames to a file. What is written value by value is gathered to frames of a megabyte.
class FrameWriter final : public ImageWriter {
 public:
  /// `file`, which is at `path`, is written from `offset` on.
  FrameWriter(File& file, std::string path, uint64_t offset);

  /// Ends the frame that is being gathered. What follows is a section of its own.
  void EndFrame();
  /// A frame of these bytes, behind EndFrame. At most 4 GiB.
  void WriteFrame(PieceList& body);
  /// Behind the last frame.
  uint64_t offset() const { return offset_; }

 private:
  Status Append(const void* bytes, size_t size) override;
  Status PutFrame(std::span<const Piece> body);

  File& file_;
  const std::string path_;
  uint64_t offset_;
  std::vector<char> gathered_;
};

/// Reads a section, byte by byte over all its frames or frame by frame. Fails with kConnectionFailed naming the file
/// and the byte for whatever is not what was written.
class FrameReader final : public ImageReader {
 public:
  FrameReader(File& file, std::string path, const FileSection& section);

  /// The next frame whole; null at the end of the section, and after a failure.
  Ref<Buffer> NextFrame(size_t* size);
  /// No more than this many, heads of frames included.
  uint64_t left() const override { return section_.end() - next_ + (frame_bytes_ - at_); }

 private:
  Status Take(void* bytes, size_t size) override;
  Status ReadFrame();
  Status Damaged(uint64_t byte, std::string_view what) const;

  File& file_;
  const std::string path_;
  const FileSection section_;
  uint64_t next_;  // offset of the next frame
  Ref<Buffer> frame_;
  size_t frame_bytes_ = 0;
  size_t at_ = 0;  // in the frame
};

/// A file that begins with this head, for reading. kConnectionFailed when it is not there or another.
Result<std::unique_ptr<File>> OpenFrameFile(FileSystem& files, const std::string& path, const FrameFileHeader& header);

}  // namespace laminar
