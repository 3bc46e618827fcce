#include "main/row_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>
#include <utility>

#include "common/buffer.h"
#include "common/text_cast.h"
#include "main/coercion.h"

namespace laminar {
namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

constexpr size_t kUuidSize = 16;
constexpr size_t kLongestText = std::numeric_limits<uint32_t>::max();

}  // namespace

RowWriter::RowWriter(std::string relation, Schema schema)
    : relation_(std::move(relation)),
      schema_(std::move(schema)),
      rows_(TypesOf(schema_)),
      claimed_(BitmapWords(static_cast<size_t>(schema_.size()))),
      required_(claimed_.size()) {
  for (int c = 0; c < schema_.size(); ++c) {
    if (!schema_.field(c).nullable) SetBit(required_.data(), static_cast<size_t>(c));
  }
}

void RowWriter::Reserve(int64_t rows) {
  rows_.Reserve(static_cast<uint32_t>(std::clamp<int64_t>(rows, 0, std::numeric_limits<uint32_t>::max())));
}

bool RowWriter::Claim(int column) {
  const auto bit = static_cast<size_t>(column);
  if (GetBit(claimed_.data(), bit)) return false;
  SetBit(claimed_.data(), bit);
  return true;
}

template <typename T>
Refusal RowWriter::PutInteger(int column, T value) {
  if constexpr (std::is_signed_v<T>) {
    rows_.SetInt(column, value);
  } else {
    rows_.SetUInt(column, value);
  }
  return Refusal::kNone;
}

// The integer types by one template argument: calls `put` with a value of the type to be filled.
#define LAMINAR_INTEGER_CASES(put) \
  case TypeId::kInt8:              \
    return put(int8_t{});          \
  case TypeId::kInt16:             \
    return put(int16_t{});         \
  case TypeId::kInt32:             \
    return put(int32_t{});         \
  case TypeId::kInt64:             \
    return put(int64_t{});         \
  case TypeId::kUInt8:             \
    return put(uint8_t{});         \
  case TypeId::kUInt16:            \
    return put(uint16_t{});        \
  case TypeId::kUInt32:            \
    return put(uint32_t{});        \
  case TypeId::kUInt64:            \
    return put(uint64_t{})

// `coerce` fills `value`; on success it is put by `setter`.
#define LAMINAR_PUT(coerce, setter, value)                                           \
  do {                                                                               \
    if (const Refusal refused = (coerce); refused != Refusal::kNone) return refused; \
    rows_.setter(column, value);                                                     \
    return Refusal::kNone;                                                           \
  } while (false)

Refusal RowWriter::SetNull(int column) {
  if (!Claim(column)) return Refusal::kTwice;
  return schema_.field(column).nullable ? Refusal::kNone : Refusal::kNull;
}

Refusal RowWriter::SetBool(int column, bool value) {
  if (!Claim(column)) return Refusal::kTwice;
  if (type(column).id() != TypeId::kBoolean) return Refusal::kWrongType;
  rows_.SetBool(column, value);
  return Refusal::kNone;
}

Refusal RowWriter::SetInt(int column, int64_t value) {
  if (!Claim(column)) return Refusal::kTwice;
  const auto put = [&](auto out) {
    const Refusal refused = CoerceInteger(value, &out);
    return refused == Refusal::kNone ? PutInteger(column, out) : refused;
  };
  switch (type(column).id()) {
    LAMINAR_INTEGER_CASES(put);
    case TypeId::kTimestamp:
      rows_.SetInt(column, value);
      return Refusal::kNone;
    case TypeId::kFloat: {
      float out;
      LAMINAR_PUT(CoerceIntegerToFloat(value, &out), SetDouble, out);
    }
    case TypeId::kDouble: {
      double out;
      LAMINAR_PUT(CoerceIntegerToFloat(value, &out), SetDouble, out);
    }
    case TypeId::kDecimal: {
      int128_t out;
      LAMINAR_PUT(CoerceDecimal(value, 0, type(column), &out), SetDecimal, out);
    }
    default:
      return Refusal::kWrongType;
  }
}

Refusal RowWriter::SetUInt(int column, uint64_t value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return SetInt(column, static_cast<int64_t>(value));
  }
  if (!Claim(column)) return Refusal::kTwice;
  const auto put = [&](auto out) {
    const Refusal refused = CoerceInteger(value, &out);
    return refused == Refusal::kNone ? PutInteger(column, out) : refused;
  };
  switch (type(column).id()) {
    LAMINAR_INTEGER_CASES(put);
    case TypeId::kTimestamp:
      return Refusal::kOutOfRange;
    case TypeId::kFloat: {
      float out;
      LAMINAR_PUT(CoerceIntegerToFloat(value, &out), SetDouble, out);
    }
    case TypeId::kDouble: {
      double out;
      LAMINAR_PUT(CoerceIntegerToFloat(value, &out), SetDouble, out);
    }
    case TypeId::kDecimal: {
      int128_t out;
      LAMINAR_PUT(CoerceDecimal(value, 0, type(column), &out), SetDecimal, out);
    }
    default:
      return Refusal::kWrongType;
  }
}

Refusal RowWriter::SetDouble(int column, double value) {
  if (!Claim(column)) return Refusal::kTwice;
  const auto put = [&](auto out) {
    const Refusal refused = CoerceFloatToInteger(value, &out);
    return refused == Refusal::kNone ? PutInteger(column, out) : refused;
  };
  switch (type(column).id()) {
    case TypeId::kDouble:
      rows_.SetDouble(column, value);
      return Refusal::kNone;
    case TypeId::kFloat: {
      float out;
      LAMINAR_PUT(CoerceFloat(value, &out), SetDouble, out);
    }
    case TypeId::kDecimal: {
      int128_t out;
      LAMINAR_PUT(CoerceFloatToDecimal(value, type(column), &out), SetDecimal, out);
    }
      LAMINAR_INTEGER_CASES(put);
    default:
      return Refusal::kWrongType;
  }
}

Refusal RowWriter::SetText(int column, std::string_view text) {
  switch (type(column).id()) {
    case TypeId::kVarchar:
      if (!Claim(column)) return Refusal::kTwice;
      if (text.size() > kLongestText) return Refusal::kOutOfRange;
      rows_.SetString(column, text);
      return Refusal::kNone;
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kInterval:
    case TypeId::kUuid:
    case TypeId::kJson:
      return SetParsed(column, text);
    default:
      return Claim(column) ? Refusal::kWrongType : Refusal::kTwice;
  }
}

Refusal RowWriter::SetNested(int column, std::string_view bytes) {
  if (!Claim(column)) return Refusal::kTwice;
  if (!type(column).is_nested()) return Refusal::kWrongType;
  if (bytes.size() > kLongestText) return Refusal::kOutOfRange;
  rows_.SetString(column, bytes);
  return Refusal::kNone;
}

Refusal RowWriter::SetBytes(int column, std::string_view bytes) {
  if (!Claim(column)) return Refusal::kTwice;
  const DataType& to = type(column);
  if (to.id() == TypeId::kUuid) {
    if (bytes.size() != kUuidSize) return Refusal::kWrongType;
  } else if (to.id() != TypeId::kBlob) {
    return Refusal::kWrongType;
  } else if (to.arrow_form() == ArrowForm::kFixedSize && bytes.size() != static_cast<size_t>(to.fixed_size())) {
    return Refusal::kWrongSize;
  }
  if (bytes.size() > kLongestText) return Refusal::kOutOfRange;
  rows_.SetString(column, bytes);
  return Refusal::kNone;
}

Refusal RowWriter::SetDecimal(int column, std::string_view digits, int scale) {
  if (!Claim(column)) return Refusal::kTwice;
  const DataType& to = type(column);
  const std::string text = fmt::format("{}e{}", digits, -scale);
  if (to.id() == TypeId::kTimestamp) return Refusal::kWrongType;
  if (!to.is_float()) return PutNumber(column, text);
  // Floats go through the widest decimal of that scale: what has more digits is no float exactly.
  const DataType widest = DataType::Decimal(kMaxDecimalPrecision, std::clamp(scale, 0, kMaxDecimalPrecision));
  int128_t value;
  if (const Refusal refused = CoerceTextToDecimal(text, widest, &value); refused != Refusal::kNone) {
    return refused == Refusal::kOutOfRange ? Refusal::kLossy : refused;
  }
  if (to.id() == TypeId::kFloat) {
    float out;
    LAMINAR_PUT(CoerceDecimalToFloat(value, widest.scale(), &out), SetDouble, out);
  }
  double out;
  LAMINAR_PUT(CoerceDecimalToFloat(value, widest.scale(), &out), SetDouble, out);
}

Refusal RowWriter::SetNumber(int column, std::string_view text) {
  return Claim(column) ? PutNumber(column, text) : Refusal::kTwice;
}

Refusal RowWriter::PutNumber(int column, std::string_view text) {
  const DataType& to = type(column);
  const auto put = [&](auto out) {
    int128_t value;
    Refusal refused = CoerceTextToDecimal(text, DataType::Decimal(kMaxDecimalPrecision, 0), &value);
    if (refused == Refusal::kNone) refused = CoerceInteger(value, &out);
    return refused == Refusal::kNone ? PutInteger(column, out) : refused;
  };
  switch (to.id()) {
    LAMINAR_INTEGER_CASES(put);
    case TypeId::kTimestamp:
      return put(int64_t{});
    case TypeId::kDecimal: {
      int128_t out;
      LAMINAR_PUT(CoerceTextToDecimal(text, to, &out), SetDecimal, out);
    }
    case TypeId::kFloat: {
      float out;
      LAMINAR_PUT(RefusalOf(ParseFloat(text, &out)), SetDouble, out);
    }
    case TypeId::kDouble: {
      double out;
      LAMINAR_PUT(RefusalOf(ParseFloat(text, &out)), SetDouble, out);
    }
    default:
      return Refusal::kWrongType;
  }
}

Refusal RowWriter::SetTimestamp(int column, int64_t value, TimeUnit unit) {
  if (!Claim(column)) return Refusal::kTwice;
  const DataType& to = type(column);
  if (to.id() == TypeId::kTimestamp) {
    int64_t out;
    LAMINAR_PUT(CoerceUnits(value, UnitsPerSecond(unit), UnitsPerSecond(to.unit()), &out), SetInt, out);
  }
  if (to.id() != TypeId::kDate) return Refusal::kWrongType;
  int32_t out;
  LAMINAR_PUT(CoerceTimestampToDate(value, UnitsPerSecond(unit), &out), SetInt, out);
}

Refusal RowWriter::SetDate(int column, int32_t days) {
  if (!Claim(column)) return Refusal::kTwice;
  const DataType& to = type(column);
  if (to.id() == TypeId::kTimestamp) {
    int64_t out;
    LAMINAR_PUT(CoerceDateToTimestamp(days, to.unit(), &out), SetInt, out);
  }
  if (to.id() != TypeId::kDate) return Refusal::kWrongType;
  rows_.SetInt(column, days);
  return Refusal::kNone;
}

Refusal RowWriter::SetTime(int column, int64_t value, TimeUnit unit) {
  if (!Claim(column)) return Refusal::kTwice;
  const DataType& to = type(column);
  if (to.id() != TypeId::kTime) return Refusal::kWrongType;
  int64_t out;
  LAMINAR_PUT(CoerceUnits(value, UnitsPerSecond(unit), UnitsPerSecond(to.unit()), &out), SetInt, out);
}

Refusal RowWriter::SetInterval(int column, const Interval& value) {
  if (!Claim(column)) return Refusal::kTwice;
  if (type(column).id() != TypeId::kInterval) return Refusal::kWrongType;
  rows_.SetInterval(column, value);
  return Refusal::kNone;
}

template <typename T>
Refusal RowWriter::ParseAndPutInteger(int column, std::string_view text) {
  T value;
  const Refusal refused = RefusalOf(ParseInteger(text, &value));
  return refused == Refusal::kNone ? PutInteger(column, value) : refused;
}

Refusal RowWriter::SetParsed(int column, std::string_view text) {
  const DataType& to = type(column);
  if (to.id() == TypeId::kVarchar) return SetText(column, text);
  if (to.id() == TypeId::kBlob) {
    const Refusal refused = RefusalOf(ParseBlob(text, &bytes_));
    return refused == Refusal::kNone ? SetBytes(column, bytes_) : refused;
  }
  if (!Claim(column)) return Refusal::kTwice;
  const auto put = [&](auto type_of) { return ParseAndPutInteger<decltype(type_of)>(column, text); };
  switch (to.id()) {
    LAMINAR_INTEGER_CASES(put);
    case TypeId::kBoolean: {
      bool out;
      LAMINAR_PUT(RefusalOf(ParseBoolean(text, &out)), SetBool, out);
    }
    case TypeId::kFloat: {
      float out;
      LAMINAR_PUT(RefusalOf(ParseFloat(text, &out)), SetDouble, out);
    }
    case TypeId::kDouble: {
      double out;
      LAMINAR_PUT(RefusalOf(ParseFloat(text, &out)), SetDouble, out);
    }
    case TypeId::kDecimal: {
      int128_t out;
      LAMINAR_PUT(CoerceTextToDecimal(text, to, &out), SetDecimal, out);
    }
    case TypeId::kDate: {
      int32_t out;
      LAMINAR_PUT(CoerceTextToDate(text, &out), SetInt, out);
    }
    case TypeId::kTime: {
      int64_t out;
      LAMINAR_PUT(CoerceTextToTime(text, to.unit(), &out), SetInt, out);
    }
    case TypeId::kTimestamp: {
      int64_t out;
      LAMINAR_PUT(CoerceTextToTimestamp(text, to.unit(), &out), SetInt, out);
    }
    case TypeId::kInterval: {
      Interval out;
      LAMINAR_PUT(CoerceTextToInterval(text, &out), SetInterval, out);
    }
    case TypeId::kUuid: {
      char out[kUuidSize] = {};
      LAMINAR_PUT(CoerceTextToUuid(text, out), SetString, std::string_view(out, kUuidSize));
    }
    case TypeId::kJson:
      if (!IsJson(text)) return Refusal::kWrongType;
      if (text.size() > kLongestText) return Refusal::kOutOfRange;
      rows_.SetString(column, text);
      return Refusal::kNone;
    default:
      return Refusal::kWrongType;
  }
}

#undef LAMINAR_PUT
#undef LAMINAR_INTEGER_CASES

Status RowWriter::FinishRow() {
  for (size_t word = 0; word < required_.size(); ++word) {
    const uint64_t missing = required_[word] & ~claimed_[word];
    if (missing == 0) continue;
    return Refused(static_cast<int>(word * 64) + std::countr_zero(missing), Refusal::kNull, "");
  }
  rows_.FinishRow();
  std::fill(claimed_.begin(), claimed_.end(), 0);
  return Status::OK();
}

void RowWriter::AbandonRow() {
  rows_.AbandonRow();
  std::fill(claimed_.begin(), claimed_.end(), 0);
}

void RowWriter::Clear() {
  AbandonRow();
  rows_.Clear();
}

Ref<RowBatch> RowWriter::Finish() {
  AbandonRow();
  return rows_.Finish();
}

Status RowWriter::Refused(int column, Refusal refusal, std::string_view value) const {
  return RefusedCell(relation_, schema_.field(column), rows_before_ + rows() + 1, refusal, value);
}

}  // namespace laminar
