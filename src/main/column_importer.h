// What the importers of the type families share: how a column is taken over, converted or refused.
#pragma once

#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "common/int128.h"
#include "main/arrow_column.h"
#include "main/arrow_source.h"
#include "main/coercion.h"

namespace laminar {

/// One use per column. The `Import…` members return false when a value was refused; `refused()` then says which.
class ColumnImporter {
 public:
  ColumnImporter(const ArrowSource& source, const DataType& type, bool copy, ImportedMemory* memory)
      : source_(source), type_(type), copy_(copy), memory_(memory) {}

  bool Import();

  const void* values() const { return values_; }
  const RefusedRow& refused() const { return refused_; }

 private:
  bool ImportBoolean();
  template <typename T>
  bool ImportInteger();
  template <typename T>
  bool ImportFloat();
  bool ImportDecimal();
  bool ImportDate();
  bool ImportTime();
  bool ImportTimestamp();
  bool ImportInterval();
  // import_text.cpp
  bool ImportVarchar();
  bool ImportBlob();
  bool ImportUuid();
  bool ImportJson();
  template <typename Text>
  void ReferTo(const Text& text);
  template <typename Text, typename Accept>
  bool CheckText(const Text& text, Accept accept);

  // import_nested.cpp
  bool ImportList();
  bool ImportStruct();
  bool ImportMap();
  template <typename Append>
  bool WriteNested(Append append);
  bool ImportChild(const std::shared_ptr<arrow::ArrayData>& array, const DataType& type, Column* column,
                   int64_t* refused_at, Refusal* refusal);
  template <typename RangeOf>
  bool RefuseElement(const RangeOf& range_of, int64_t element, Refusal refusal);

  bool Refuse(int64_t row, Refusal refusal);
  /// Only NULLs go in.
  bool ImportNothing();
  /// The values have the physical form already.
  template <typename T>
  bool TakeOver();
  /// `coerce(position, T*)` returns a Refusal.
  template <typename T, typename Coerce>
  bool Convert(Coerce coerce);
  /// Text through `coerce(std::string_view, T*)`; anything else is refused.
  template <typename T, typename Coerce>
  bool ConvertText(Coerce coerce);

  template <typename Visit>
  bool VisitIntegers(Visit visit) const;
  /// `visit` gets a function from position to float or double.
  template <typename Visit>
  bool VisitFloats(Visit visit) const;
  /// `visit` gets a function that reads a decimal, false when it has more than 128 bits; and the scale.
  template <typename Visit>
  bool VisitDecimals(Visit visit) const;

  const ArrowSource& source_;
  const DataType& type_;
  const bool copy_;
  ImportedMemory* const memory_;
  const void* values_ = nullptr;
  RefusedRow refused_;
};

template <typename T>
bool ColumnImporter::TakeOver() {
  const T* const values = source_.data<T>();
  const int64_t rows = source_.rows();
  if (!source_.direct()) {
    T* const out = memory_->Allocate<T>(rows);
    for (int64_t row = 0; row < rows; ++row) {
      if (source_.IsValid(row)) {
        std::memcpy(out + row, values + source_.At(row), sizeof(T));
      } else {
        out[row] = T{};
      }
    }
    values_ = out;
  } else if (copy_ || reinterpret_cast<uintptr_t>(values) % alignof(T) != 0) {
    T* const out = memory_->Allocate<T>(rows);
    std::memcpy(out, static_cast<const void*>(values), static_cast<size_t>(rows) * sizeof(T));
    values_ = out;
  } else {
    memory_->Hold(source_.values());
    values_ = values;
  }
  return true;
}

template <typename T, typename Coerce>
bool ColumnImporter::Convert(Coerce coerce) {
  const int64_t rows = source_.rows();
  T* const out = memory_->Allocate<T>(rows);
  for (int64_t row = 0; row < rows; ++row) {
    if (!source_.IsValid(row)) {
      out[row] = T{};
      continue;
    }
    const Refusal refusal = coerce(source_.At(row), out + row);
    if (refusal != Refusal::kNone) return Refuse(row, refusal);
  }
  values_ = out;
  return true;
}

template <typename T, typename Coerce>
bool ColumnImporter::ConvertText(Coerce coerce) {
  if (!IsText(source_.type())) return ImportNothing();
  bool done = false;
  VisitText(source_, [&](const auto& text) {
    done = Convert<T>([&](int64_t position, T* out) { return coerce(text(position), out); });
  });
  return done;
}

template <typename Visit>
bool ColumnImporter::VisitIntegers(Visit visit) const {
  switch (source_.type().id()) {
    case arrow::Type::INT8:
      visit(source_.data<int8_t>());
      return true;
    case arrow::Type::INT16:
      visit(source_.data<int16_t>());
      return true;
    case arrow::Type::INT32:
      visit(source_.data<int32_t>());
      return true;
    case arrow::Type::INT64:
      visit(source_.data<int64_t>());
      return true;
    case arrow::Type::UINT8:
      visit(source_.data<uint8_t>());
      return true;
    case arrow::Type::UINT16:
      visit(source_.data<uint16_t>());
      return true;
    case arrow::Type::UINT32:
      visit(source_.data<uint32_t>());
      return true;
    case arrow::Type::UINT64:
      visit(source_.data<uint64_t>());
      return true;
    default:
      return false;
  }
}

template <typename Visit>
bool ColumnImporter::VisitFloats(Visit visit) const {
  switch (source_.type().id()) {
    case arrow::Type::HALF_FLOAT:
      visit([values = source_.data<uint16_t>()](int64_t i) {
        return arrow::util::Float16::FromBits(values[i]).ToFloat();
      });
      return true;
    case arrow::Type::FLOAT:
      visit([values = source_.data<float>()](int64_t i) { return values[i]; });
      return true;
    case arrow::Type::DOUBLE:
      visit([values = source_.data<double>()](int64_t i) { return values[i]; });
      return true;
    default:
      return false;
  }
}

template <typename Visit>
bool ColumnImporter::VisitDecimals(Visit visit) const {
  const auto scale = [&] { return static_cast<const arrow::DecimalType&>(source_.type()).scale(); };
  switch (source_.type().id()) {
    case arrow::Type::DECIMAL32:
      visit([values = source_.data<int32_t>()](int64_t i, int128_t* out) { return *out = values[i], true; }, scale());
      return true;
    case arrow::Type::DECIMAL64:
      visit([values = source_.data<int64_t>()](int64_t i, int128_t* out) { return *out = values[i], true; }, scale());
      return true;
    case arrow::Type::DECIMAL128:
      visit(
          [bytes = source_.values()->GetValues<uint8_t>(1, source_.values()->offset * 16)](int64_t i, int128_t* out) {
            std::memcpy(out, bytes + i * 16, 16);
            return true;
          },
          scale());
      return true;
    case arrow::Type::DECIMAL256:
      visit(
          [bytes = source_.values()->GetValues<uint8_t>(1, source_.values()->offset * 32)](int64_t i, int128_t* out) {
            int128_t halves[2];
            std::memcpy(halves, bytes + i * 32, 32);
            *out = halves[0];
            return halves[1] == (halves[0] < 0 ? -1 : 0);
          },
          scale());
      return true;
    default:
      return false;
  }
}

}  // namespace laminar
