// The body of a record: small values gathered, large columns referred to where they lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/buffer.h"
#include "storage/byte_writer.h"
#include "storage/file.h"

namespace laminar {

/// What is referred to must stay until the pieces have been written.
class PieceList {
 public:
  template <typename T>
  void Put(T value) {
    ByteWriter(&gathered_).Put(value);
  }
  void PutText(std::string_view text) { ByteWriter(&gathered_).PutText(text); }
  /// `size` bytes whose address is good only now.
  void Copy(const void* data, size_t size) { gathered_.append(static_cast<const char*>(data), size); }
  /// Bytes that stay where they are: copied when few, referred to otherwise.
  void Refer(const void* data, size_t size) {
    if (size < kWorthAPiece) return Copy(data, size);
    CloseRun();
    parts_.push_back({data, 0, size});
  }
  /// Room for `size` bytes that the caller fills before anything else is added.
  char* Extend(size_t size) {
    if (size >= kWorthAPiece) {
      blocks_.push_back(Buffer::Allocate(size));
      char* block = blocks_.back()->as<char>();
      Refer(block, size);
      return block;
    }
    gathered_.resize(gathered_.size() + size);
    return gathered_.data() + gathered_.size() - size;
  }

  /// Good until the list changes.
  std::vector<Piece> Pieces() {
    CloseRun();
    std::vector<Piece> pieces;
    pieces.reserve(parts_.size());
    for (const Part& part : parts_) {
      pieces.push_back({part.outside != nullptr ? part.outside : gathered_.data() + part.offset, part.size});
    }
    return pieces;
  }
  void Clear() {
    gathered_.clear();
    blocks_.clear();
    parts_.clear();
    run_ = 0;
  }

 private:
  static constexpr size_t kWorthAPiece = 1024;

  struct Part {
    const void* outside;  // null: in gathered_, from `offset` on
    size_t offset;
    size_t size;
  };
  void CloseRun() {
    if (gathered_.size() != run_) parts_.push_back({nullptr, run_, gathered_.size() - run_});
    run_ = gathered_.size();
  }

  std::string gathered_;
  std::vector<Ref<Buffer>> blocks_;
  std::vector<Part> parts_;
  size_t run_ = 0;  // where the part of gathered_ begins that no part covers yet
};

}  // namespace laminar
