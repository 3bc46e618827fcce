// The objects of one JSON file: one after the other, or the elements of one array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "main/file/read_options.h"
#include "main/file/text_input.h"

namespace laminar {

/// Finds where objects begin and end; what is in them is not looked at but for braces and quotes. One thread at a time.
class JsonRecords {
 public:
  /// A stretch of the window.
  struct Extent {
    size_t begin;
    size_t end;
  };

  static Result<std::unique_ptr<JsonRecords>> Open(const FileLocation& file, const ReadOptions& options,
                                                   const TextStretch& stretch = {});

  /// About a block of objects, valid until the next call; none at the end. Something else than objects between them is
  /// kIngestionFailed, and there is no going on.
  Result<std::vector<Extent>> Next();
  std::string_view text(const Extent& extent) const {
    return input_->window().substr(extent.begin, extent.end - extent.begin);
  }
  /// Lines and characters before an object.
  void PlaceOf(const Extent& extent, int64_t* lines, int64_t* columns) const {
    input_->PlaceAt(extent.begin, lines, columns);
  }

  /// Behind the objects that were handed out: bytes and lines.
  void PlaceOfNext(uint64_t* position, int64_t* lines) const {
    *position = input_->position() + next_;
    *lines = input_->LineAt(next_) - 1;
  }

 private:
  enum class List : unsigned char { kUnknown, kNo, kOpen, kClosed };
  JsonRecords() = default;
  /// What stands between objects. False when the byte begins one.
  Status Between(char c);
  /// From the opening brace on; npos when the window ends first.
  size_t EndOfObject(size_t begin) const;

  std::unique_ptr<TextInput> input_;
  size_t next_ = 0;  // in the window: behind the objects handed out
  List list_ = List::kUnknown;
};

}  // namespace laminar
