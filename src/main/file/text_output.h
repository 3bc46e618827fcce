// A text file that is written: buffered, compressed, with errors that name it.
#pragma once

#include <memory>
#include <string>

#include "common/status.h"
#include "main/file/file_location.h"

namespace laminar {

/// One thread at a time.
class TextOutput {
 public:
  static Result<std::unique_ptr<TextOutput>> Open(const FileLocation& file, FileCompression compression, bool append);
  ~TextOutput();

  /// Where the next text goes; goes to the file once it is long, when asked to.
  std::string& buffer() { return buffer_; }
  Status Drain() { return buffer_.size() < kBlock ? Status::OK() : WriteBuffer(); }
  /// Up to the operating system.
  Status Flush();
  Status Close();
  /// Of the file, with what is still in the buffer.
  int64_t bytes() const;
  /// What is there already is not empty: the header is in it.
  bool continues() const { return continues_; }

 private:
  static constexpr size_t kBlock = size_t{1} << 20;
  TextOutput() = default;
  Status WriteBuffer();

  std::string shown_;
  std::shared_ptr<arrow::io::OutputStream> file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;  // the file, or what compresses into it
  std::string buffer_;
  bool continues_ = false;
};

}  // namespace laminar
