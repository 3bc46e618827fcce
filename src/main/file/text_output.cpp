#include "main/file/text_output.h"

#include <arrow/filesystem/filesystem.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include <utility>

#include "main/arrow_types.h"

namespace laminar {

namespace {

Status Failed(const arrow::Status& status, std::string_view shown) {
  return FromArrowStatus(status, ErrorCode::kQueryFailed, fmt::format("'{}' cannot be written", shown));
}

/// A stream that compresses does not own its codec.
struct Packed {
  std::unique_ptr<arrow::util::Codec> codec;
  std::shared_ptr<arrow::io::OutputStream> stream;
};

}  // namespace

Result<std::unique_ptr<TextOutput>> TextOutput::Open(const FileLocation& file, FileCompression compression,
                                                     bool append) {
  std::unique_ptr<TextOutput> output(new TextOutput());
  output->shown_ = file.shown;
  if (append) {
    const auto info = file.system->GetFileInfo(file.path);
    output->continues_ = info.ok() && info->IsFile() && info->size() > 0;
  }
  auto opened = append ? file.system->OpenAppendStream(file.path) : file.system->OpenOutputStream(file.path);
  LAMINAR_RETURN_NOT_OK(Failed(opened.status(), file.shown));
  output->file_ = output->stream_ = *opened;
  if (compression == FileCompression::kNone) return output;
  auto codec = arrow::util::Codec::Create(compression == FileCompression::kGzip ? arrow::Compression::GZIP
                                                                                : arrow::Compression::ZSTD);
  LAMINAR_RETURN_NOT_OK(Failed(codec.status(), file.shown));
  auto stream = arrow::io::CompressedOutputStream::Make(codec->get(), output->file_);
  LAMINAR_RETURN_NOT_OK(Failed(stream.status(), file.shown));
  auto packed = std::make_shared<Packed>(Packed{std::move(*codec), *stream});
  output->stream_ = std::shared_ptr<arrow::io::OutputStream>(packed, packed->stream.get());
  return output;
}

TextOutput::~TextOutput() = default;

Status TextOutput::WriteBuffer() {
  const arrow::Status written = stream_->Write(buffer_.data(), static_cast<int64_t>(buffer_.size()));
  buffer_.clear();
  return Failed(written, shown_);
}

Status TextOutput::Flush() {
  if (buffer_.empty()) return Status::OK();
  LAMINAR_RETURN_NOT_OK(WriteBuffer());
  return Failed(stream_->Flush(), shown_);
}

int64_t TextOutput::bytes() const {
  const arrow::Result<int64_t> written = file_->Tell();
  return (written.ok() ? *written : 0) + static_cast<int64_t>(buffer_.size());
}

Status TextOutput::Close() {
  if (!buffer_.empty()) LAMINAR_RETURN_NOT_OK(WriteBuffer());
  LAMINAR_RETURN_NOT_OK(Failed(stream_->Close(), shown_));
  if (stream_ == file_) return Status::OK();
  return file_->closed() ? Status::OK() : Failed(file_->Close(), shown_);
}

}  // namespace laminar
