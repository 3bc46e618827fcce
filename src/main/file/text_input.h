// A text file as a window that moves over it: what is read but not yet taken, checked to be UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "common/status.h"
#include "main/file/file_location.h"

namespace laminar {

/// The part of a text that is read, in bytes as they are once unpacked.
struct TextStretch {
  uint64_t begin = 0;  // of a record
  int64_t lines = 0;   // before it
  uint64_t end = std::numeric_limits<uint64_t>::max();
};

/// One thread at a time. Memory: the window, which grows only while the reader takes nothing from it.
class TextInput {
 public:
  /// `block` bytes are read at a time.
  static Result<std::unique_ptr<TextInput>> Open(const FileLocation& file, FileCompression compression, size_t block,
                                                 const TextStretch& stretch = {});

  /// Valid until the next call of a member that is not const.
  std::string_view window() const { return std::string_view(buffer_).substr(begin_, checked_ - begin_); }
  /// Nothing follows the window.
  bool whole() const { return ended_; }
  /// The first bytes of the window are done with.
  void Take(size_t bytes);
  /// Adds to the window; must not be whole. Errors, after which there is no going on, are kQueryFailed.
  Status ReadMore();

  const std::string& shown() const { return shown_; }
  /// Bytes of the text before the window.
  uint64_t position() const { return position_; }
  /// Lines before an offset into the window, and characters before it in its own line.
  void PlaceAt(size_t offset, int64_t* lines, int64_t* columns) const;
  /// Line of an offset into the window, from 1.
  int64_t LineAt(size_t offset) const;
  /// malformed CSV in 'a.csv': line 3, column 14: … Code kIngestionFailed.
  Status Malformed(std::string_view format, size_t offset, std::string_view what) const;

 private:
  TextInput() = default;

  std::string shown_;
  std::shared_ptr<arrow::io::InputStream> stream_;
  size_t block_ = 0;
  uint64_t position_ = 0;
  uint64_t to_read_ = 0;
  std::string buffer_;
  size_t begin_ = 0;    // of the window
  size_t checked_ = 0;  // its end: whole characters
  bool ended_ = false;
  bool started_ = false;
  int64_t lines_before_ = 0;    // of the window
  int64_t columns_before_ = 0;  // characters of its first line that were taken already
};

}  // namespace laminar
