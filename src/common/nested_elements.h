// The parts of nested values as a column: where what is inside is worked with by columns (casts, sums, UNNEST, Arrow).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/delta.h"
#include "common/nested.h"
#include "common/ref.h"
#include "common/type.h"

namespace laminar {

/// Grows by parts that are read. One thread.
class NestedElements final : public RefCounted {
 public:
  explicit NestedElements(DataType type);

  const DataType& type() const { return type_; }
  uint32_t size() const { return size_; }
  /// Reads one part: mark and value. Its text may go on pointing into what the reader reads.
  void Append(NestedReader& reader);
  void AppendNull();
  /// Valid until the next Append or Clear, and as long as the bytes that were read.
  Column column() const { return {values_.data(), has_nulls_ ? validity_.data() : nullptr}; }
  void Clear();

 private:
  template <typename T>
  T* Grow(bool valid);

  const DataType type_;
  const size_t width_;
  std::vector<uint8_t> values_;  // from operator new, and so aligned for every type
  std::vector<uint64_t> validity_;
  bool has_nulls_ = false;
  uint32_t size_ = 0;
  std::string scratch_;
  std::vector<std::unique_ptr<char[]>> texts_;  // what could not be pointed to
};

}  // namespace laminar
