#include "common/nested_elements.h"

#include <cstring>
#include <utility>

#include "common/buffer.h"

namespace laminar {

NestedElements::NestedElements(DataType type)
    : type_(std::move(type)), width_(static_cast<size_t>(PhysicalWidth(type_.physical()))) {}

template <typename T>
T* NestedElements::Grow(bool valid) {
  if (size_ % 64 == 0) validity_.push_back(0);
  if (valid) {
    SetBit(validity_.data(), size_);
  } else {
    has_nulls_ = true;
  }
  values_.resize((size_t{size_} + 1) * width_);  // zeroes
  return reinterpret_cast<T*>(values_.data() + width_ * size_++);
}

void NestedElements::AppendNull() { Grow<uint8_t>(false); }

void NestedElements::Append(NestedReader& reader) {
  if (!reader.TakeMark()) return AppendNull();
  const auto fixed = [&](auto zero) { *Grow<decltype(zero)>(true) = reader.Take<decltype(zero)>(); };
  switch (type_.physical()) {
    case PhysicalType::kBool:
    case PhysicalType::kUInt8:
      return fixed(uint8_t{});
    case PhysicalType::kInt8:
      return fixed(int8_t{});
    case PhysicalType::kInt16:
      return fixed(int16_t{});
    case PhysicalType::kInt32:
      return fixed(int32_t{});
    case PhysicalType::kInt64:
      return fixed(int64_t{});
    case PhysicalType::kUInt16:
      return fixed(uint16_t{});
    case PhysicalType::kUInt32:
      return fixed(uint32_t{});
    case PhysicalType::kUInt64:
      return fixed(uint64_t{});
    case PhysicalType::kFloat:
      return fixed(float{});
    case PhysicalType::kDouble:
      return fixed(double{});
    case PhysicalType::kInt128:
      return fixed(int128_t{});
    case PhysicalType::kInterval:
      return fixed(Interval{});
    case PhysicalType::kString:
      break;
  }
  std::string_view text = reader.TakeString(type_, &scratch_);
  if (text.data() == scratch_.data() && text.size() > StringRef::kInlineSize) {
    char* const copy = texts_.emplace_back(new char[text.size()]).get();
    std::memcpy(copy, text.data(), text.size());
    text = {copy, text.size()};
  }
  *Grow<StringRef>(true) = StringRef(text);
}

void NestedElements::Clear() {
  values_.clear();
  validity_.clear();
  texts_.clear();
  has_nulls_ = false;
  size_ = 0;
}

}  // namespace laminar
