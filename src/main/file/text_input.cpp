#include "main/file/text_input.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/utf8_validity.h"
#include "main/arrow_types.h"
#include "main/malformed_text.h"

namespace laminar {

namespace {

/// A record longer than this is a quote or a brace that somebody forgot to close.
constexpr size_t kLongestRecord = size_t{1} << 28;

/// Bytes at the end that may be the beginning of a character.
size_t OpenEnd(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

Status SkipBytes(arrow::io::InputStream& stream, uint64_t bytes, const FileLocation& file) {
  // A file of the system is read from its place on; what is packed must be unpacked up to there.
  if (auto* seekable = dynamic_cast<arrow::io::RandomAccessFile*>(&stream)) {
    return FromArrowStatus(seekable->Seek(static_cast<int64_t>(bytes)), ErrorCode::kQueryFailed,
                           fmt::format("reading '{}' failed", file.shown));
  }
  constexpr int64_t kPiece = int64_t{1} << 20;
  for (auto left = static_cast<int64_t>(bytes); left > 0;) {
    const auto skipped = stream.Read(std::min(left, kPiece));
    LAMINAR_RETURN_NOT_OK(
        FromArrowStatus(skipped.status(), ErrorCode::kQueryFailed, fmt::format("reading '{}' failed", file.shown)));
    if ((*skipped)->size() == 0) return Status::OK();  // it ends there
    left -= (*skipped)->size();
  }
  return Status::OK();
}

int64_t Characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

Result<std::unique_ptr<TextInput>> TextInput::Open(const FileLocation& file, FileCompression compression, size_t block,
                                                   const TextStretch& stretch) {
  arrow::util::InitializeUTF8();
  std::unique_ptr<TextInput> input(new TextInput());
  input->shown_ = file.shown;
  input->block_ = block;
  input->to_read_ = stretch.end - stretch.begin;
  LAMINAR_ASSIGN_OR_RETURN(input->stream_, OpenInput(file, compression));
  if (stretch.begin != 0) {
    LAMINAR_RETURN_NOT_OK(SkipBytes(*input->stream_, stretch.begin, file));
    input->position_ = stretch.begin;
    input->lines_before_ = stretch.lines;
    input->started_ = true;  // a byte order mark stands at the beginning of a file
  }
  LAMINAR_RETURN_NOT_OK(input->ReadMore());
  return input;
}

void TextInput::Take(size_t bytes) {
  const std::string_view taken = window().substr(0, bytes);
  lines_before_ += std::count(taken.begin(), taken.end(), '\n');
  const size_t newline = taken.rfind('\n');
  if (newline == std::string_view::npos) {
    columns_before_ += Characters(taken);
  } else {
    columns_before_ = Characters(taken.substr(newline + 1));
  }
  begin_ += bytes;
  position_ += bytes;
}

Status TextInput::ReadMore() {
  if (buffer_.size() - begin_ > kLongestRecord) {
    return {ErrorCode::kQueryFailed,
            fmt::format("'{}': the record that begins in line {} is longer than {} MiB; is a quote not closed?", shown_,
                        LineAt(0), kLongestRecord >> 20)};
  }
  buffer_.erase(0, begin_);
  checked_ -= begin_;
  begin_ = 0;
  const size_t before = buffer_.size();
  // A record that does not fit makes the next reads larger, so that going over it again stays linear.
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(std::max(block_, before), to_read_));
  buffer_.resize(before + wanted);
  const auto read = stream_->Read(static_cast<int64_t>(wanted), buffer_.data() + before);
  LAMINAR_RETURN_NOT_OK(
      FromArrowStatus(read.status(), ErrorCode::kQueryFailed, fmt::format("reading '{}' failed", shown_)));
  buffer_.resize(before + static_cast<size_t>(*read));
  ended_ = *read == 0;
  to_read_ -= static_cast<uint64_t>(*read);
  if (!started_) {
    started_ = true;
    begin_ = checked_ = buffer_.size() - SkipByteOrderMark(buffer_).size();
    position_ = begin_;
  }
  const size_t open = ended_ ? 0 : OpenEnd(buffer_);
  const std::string_view added = std::string_view(buffer_).substr(checked_, buffer_.size() - checked_ - open);
  if (!arrow::util::ValidateUTF8(added)) {
    const size_t mistake = checked_ + FindInvalidUtf8(added);
    checked_ = buffer_.size();
    return {ErrorCode::kQueryFailed, Malformed("text", mistake - begin_, "invalid UTF-8").message()};
  }
  checked_ = buffer_.size() - open;
  return Status::OK();
}

void TextInput::PlaceAt(size_t offset, int64_t* lines, int64_t* columns) const {
  const std::string_view before = window().substr(0, offset);
  const size_t newline = before.rfind('\n');
  *lines = lines_before_ + std::count(before.begin(), before.end(), '\n');
  *columns =
      newline == std::string_view::npos ? columns_before_ + Characters(before) : Characters(before.substr(newline + 1));
}

int64_t TextInput::LineAt(size_t offset) const {
  int64_t lines, columns;
  PlaceAt(offset, &lines, &columns);
  return lines + 1;
}

Status TextInput::Malformed(std::string_view format, size_t offset, std::string_view what) const {
  int64_t lines, columns;
  PlaceAt(offset, &lines, &columns);
  return {ErrorCode::kIngestionFailed,
          fmt::format("malformed {} in '{}': line {}, column {}: {}", format, shown_, lines + 1, columns + 1, what)};
}

}  // namespace laminar
