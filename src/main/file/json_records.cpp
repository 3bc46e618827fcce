#include "main/file/json_records.h"

#include "main/file/file_rows.h"

namespace laminar {

Result<std::unique_ptr<JsonRecords>> JsonRecords::Open(const FileLocation& file, const ReadOptions& options,
                                                       const TextStretch& stretch) {
  std::unique_ptr<JsonRecords> records(new JsonRecords());
  const FileCompression compression = options.compression.value_or(CompressionOf(file.path));
  LAMINAR_ASSIGN_OR_RETURN(records->input_, TextInput::Open(file, compression, kFileBlock, {.end = stretch.end}));
  if (stretch.begin != 0) {
    // Whether the objects are those of an array is said at its beginning.
    const std::string_view window = records->input_->window();
    const size_t first = window.find_first_not_of(" \t\r\n");
    records->list_ = first != std::string_view::npos && window[first] == '[' ? List::kOpen : List::kNo;
    LAMINAR_ASSIGN_OR_RETURN(records->input_, TextInput::Open(file, compression, kFileBlock, stretch));
  }
  return records;
}

Status JsonRecords::Between(char c) {
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return Status::OK();
  if (c == '[' && list_ == List::kUnknown) {
    list_ = List::kOpen;
    return Status::OK();
  }
  if (list_ == List::kOpen) {
    // Too many commas, or none, are for who reads the objects together to see.
    if (c == ',') return Status::OK();
    if (c == ']') {
      list_ = List::kClosed;
      return Status::OK();
    }
  }
  return input_->Malformed(
      "JSON", next_,
      list_ == List::kClosed ? "expected nothing after the array" : "expected an object: a row is names and values");
}

size_t JsonRecords::EndOfObject(size_t begin) const {
  const std::string_view window = input_->window();
  int64_t depth = 0;
  for (size_t at = begin; at < window.size(); ++at) {
    const char c = window[at];
    if (c == '"') {
      for (++at; at < window.size() && window[at] != '"'; ++at) {
        if (window[at] == '\\') ++at;
      }
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

Result<std::vector<JsonRecords::Extent>> JsonRecords::Next() {
  input_->Take(next_);
  next_ = 0;
  std::vector<Extent> objects;
  while (true) {
    const std::string_view window = input_->window();
    while (next_ < window.size()) {
      if (window[next_] != '{' || list_ == List::kClosed) {
        LAMINAR_RETURN_NOT_OK(Between(window[next_]));
        ++next_;
        continue;
      }
      if (list_ == List::kUnknown) list_ = List::kNo;
      const size_t end = EndOfObject(next_);
      if (end == std::string_view::npos) break;
      objects.push_back({next_, end});
      next_ = end;
    }
    if (!objects.empty()) return objects;
    if (input_->whole()) break;
    LAMINAR_RETURN_NOT_OK(input_->ReadMore());
  }
  if (next_ < input_->window().size()) return input_->Malformed("JSON", next_, "this object does not end");
  if (list_ == List::kOpen) return input_->Malformed("JSON", next_, "the array is not closed");
  return objects;
}

}  // namespace laminar
