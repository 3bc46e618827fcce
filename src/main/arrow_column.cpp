#include "main/arrow_column.h"

#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>

#include <utility>

#include "main/column_importer.h"

namespace laminar {
namespace {

int64_t UnitsPerSecondOf(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    case arrow::TimeUnit::NANO:
      break;
  }
  return 1'000'000'000;
}

constexpr int64_t kMillisPerSecond = 1'000;

// What Arrow calls the type whose values lie as ours do.
template <typename T>
arrow::Type::type ArrowTypeOf() {
  return arrow::CTypeTraits<T>::ArrowType::type_id;
}

}  // namespace

bool ColumnImporter::Refuse(int64_t row, Refusal refusal) {
  refused_ = {row, refusal, source_.ValueText(row)};
  return false;
}

bool ColumnImporter::ImportNothing() {
  for (int64_t row = 0; row < source_.rows(); ++row) {
    if (source_.IsValid(row)) return Refuse(row, Refusal::kWrongType);
  }
  const int64_t bytes = source_.rows() * PhysicalWidth(type_.physical());
  uint8_t* const out = memory_->Allocate<uint8_t>(bytes);
  std::memset(out, 0, static_cast<size_t>(bytes));
  values_ = out;
  return true;
}

bool ColumnImporter::ImportBoolean() {
  if (source_.type().id() != arrow::Type::BOOL) return ImportNothing();
  const uint8_t* const bits = source_.values()->buffers[1]->data();
  const int64_t offset = source_.values()->offset;
  return Convert<uint8_t>([=](int64_t position, uint8_t* out) {
    *out = arrow::bit_util::GetBit(bits, offset + position) ? 1 : 0;
    return Refusal::kNone;
  });
}

template <typename T>
bool ColumnImporter::ImportInteger() {
  if (source_.type().id() == ArrowTypeOf<T>()) return TakeOver<T>();
  bool done = false;
  const auto integers = [&](const auto* values) {
    done = Convert<T>([=](int64_t i, T* out) { return CoerceInteger(values[i], out); });
  };
  const auto floats = [&](auto read) {
    done = Convert<T>([=](int64_t i, T* out) { return CoerceFloatToInteger(read(i), out); });
  };
  const auto decimals = [&](auto read, int scale) {
    done = Convert<T>([=](int64_t i, T* out) {
      int128_t value;
      return read(i, &value) ? CoerceDecimalToInteger(value, scale, out) : Refusal::kOutOfRange;
    });
  };
  if (VisitIntegers(integers) || VisitFloats(floats) || VisitDecimals(decimals)) return done;
  return ImportNothing();
}

template <typename T>
bool ColumnImporter::ImportFloat() {
  if (source_.type().id() == ArrowTypeOf<T>()) return TakeOver<T>();
  bool done = false;
  const auto floats = [&](auto read) {
    done = Convert<T>([=](int64_t i, T* out) { return CoerceFloat(read(i), out); });
  };
  const auto integers = [&](const auto* values) {
    done = Convert<T>([=](int64_t i, T* out) { return CoerceIntegerToFloat(values[i], out); });
  };
  const auto decimals = [&](auto read, int scale) {
    done = Convert<T>([=](int64_t i, T* out) {
      int128_t value;
      return read(i, &value) ? CoerceDecimalToFloat(value, scale, out) : Refusal::kLossy;
    });
  };
  if (VisitFloats(floats) || VisitIntegers(integers) || VisitDecimals(decimals)) return done;
  return ImportNothing();
}

bool ColumnImporter::ImportDecimal() {
  if (source_.type().id() == arrow::Type::DECIMAL128) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(source_.type());
    if (decimal.scale() == type_.scale() && decimal.precision() <= type_.precision()) return TakeOver<int128_t>();
  }
  bool done = false;
  const auto decimals = [&](auto read, int scale) {
    done = Convert<int128_t>([&, scale](int64_t i, int128_t* out) {
      int128_t value;
      return read(i, &value) ? CoerceDecimal(value, scale, type_, out) : Refusal::kOutOfRange;
    });
  };
  const auto integers = [&](const auto* values) {
    done = Convert<int128_t>([&, values](int64_t i, int128_t* out) { return CoerceDecimal(values[i], 0, type_, out); });
  };
  const auto floats = [&](auto read) {
    done = Convert<int128_t>([&](int64_t i, int128_t* out) { return CoerceFloatToDecimal(read(i), type_, out); });
  };
  if (VisitDecimals(decimals) || VisitIntegers(integers) || VisitFloats(floats)) return done;
  return ConvertText<int128_t>(
      [&](std::string_view text, int128_t* out) { return CoerceTextToDecimal(text, type_, out); });
}

bool ColumnImporter::ImportDate() {
  switch (source_.type().id()) {
    case arrow::Type::DATE32:
      return TakeOver<int32_t>();
    case arrow::Type::DATE64:
      return Convert<int32_t>([values = source_.data<int64_t>()](int64_t i, int32_t* out) {
        return CoerceTimestampToDate(values[i], kMillisPerSecond, out);
      });
    case arrow::Type::TIMESTAMP: {
      const int64_t per_second = UnitsPerSecondOf(static_cast<const arrow::TimestampType&>(source_.type()).unit());
      return Convert<int32_t>([=, values = source_.data<int64_t>()](int64_t i, int32_t* out) {
        return CoerceTimestampToDate(values[i], per_second, out);
      });
    }
    default:
      return ConvertText<int32_t>(CoerceTextToDate);
  }
}

bool ColumnImporter::ImportTime() {
  const TimeUnit unit = type_.unit();
  const auto convert = [&](const auto* values) {
    const int64_t per_second = UnitsPerSecondOf(static_cast<const arrow::TimeType&>(source_.type()).unit());
    return Convert<int64_t>(
        [=](int64_t i, int64_t* out) { return CoerceUnits(values[i], per_second, UnitsPerSecond(unit), out); });
  };
  switch (source_.type().id()) {
    case arrow::Type::TIME32:
      return convert(source_.data<int32_t>());
    case arrow::Type::TIME64:
      if (UnitsPerSecondOf(static_cast<const arrow::TimeType&>(source_.type()).unit()) == UnitsPerSecond(unit)) {
        return TakeOver<int64_t>();
      }
      return convert(source_.data<int64_t>());
    default:
      return ConvertText<int64_t>(
          [=](std::string_view text, int64_t* out) { return CoerceTextToTime(text, unit, out); });
  }
}

bool ColumnImporter::ImportTimestamp() {
  const TimeUnit unit = type_.unit();
  // Without a zone and in UTC are the same instant here: both count from the epoch in UTC.
  const auto convert = [&](int64_t per_second) {
    return Convert<int64_t>([=, values = source_.data<int64_t>()](int64_t i, int64_t* out) {
      return CoerceUnits(values[i], per_second, UnitsPerSecond(unit), out);
    });
  };
  switch (source_.type().id()) {
    case arrow::Type::TIMESTAMP: {
      const int64_t per_second = UnitsPerSecondOf(static_cast<const arrow::TimestampType&>(source_.type()).unit());
      return per_second == UnitsPerSecond(unit) ? TakeOver<int64_t>() : convert(per_second);
    }
    case arrow::Type::DATE64:
      return convert(kMillisPerSecond);
    case arrow::Type::DATE32:
      return Convert<int64_t>([=, values = source_.data<int32_t>()](int64_t i, int64_t* out) {
        return CoerceDateToTimestamp(values[i], unit, out);
      });
    case arrow::Type::INT64:
      return TakeOver<int64_t>();
    default:
      break;
  }
  bool done = false;
  const auto integers = [&](const auto* values) {
    done = Convert<int64_t>([=](int64_t i, int64_t* out) { return CoerceInteger(values[i], out); });
  };
  if (VisitIntegers(integers)) return done;
  return ConvertText<int64_t>(
      [=](std::string_view text, int64_t* out) { return CoerceTextToTimestamp(text, unit, out); });
}

bool ColumnImporter::ImportInterval() {
  switch (source_.type().id()) {
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return TakeOver<Interval>();
    case arrow::Type::INTERVAL_MONTHS:
      return Convert<Interval>([values = source_.data<int32_t>()](int64_t i, Interval* out) {
        *out = {values[i], 0, 0};
        return Refusal::kNone;
      });
    case arrow::Type::INTERVAL_DAY_TIME:
      return Convert<Interval>([values = source_.data<arrow::DayTimeIntervalType::c_type>()](int64_t i, Interval* out) {
        *out = {0, values[i].days, int64_t{values[i].milliseconds} * (kNanosPerSecond / kMillisPerSecond)};
        return Refusal::kNone;
      });
    case arrow::Type::DURATION: {
      const int64_t per_second = UnitsPerSecondOf(static_cast<const arrow::DurationType&>(source_.type()).unit());
      return Convert<Interval>([=, values = source_.data<int64_t>()](int64_t i, Interval* out) {
        return CoerceUnitsToInterval(values[i], per_second, out);
      });
    }
    default:
      return ConvertText<Interval>(CoerceTextToInterval);
  }
}

bool ColumnImporter::Import() {
  switch (type_.id()) {
    case TypeId::kBoolean:
      return ImportBoolean();
    case TypeId::kInt8:
      return ImportInteger<int8_t>();
    case TypeId::kInt16:
      return ImportInteger<int16_t>();
    case TypeId::kInt32:
      return ImportInteger<int32_t>();
    case TypeId::kInt64:
      return ImportInteger<int64_t>();
    case TypeId::kUInt8:
      return ImportInteger<uint8_t>();
    case TypeId::kUInt16:
      return ImportInteger<uint16_t>();
    case TypeId::kUInt32:
      return ImportInteger<uint32_t>();
    case TypeId::kUInt64:
      return ImportInteger<uint64_t>();
    case TypeId::kFloat:
      return ImportFloat<float>();
    case TypeId::kDouble:
      return ImportFloat<double>();
    case TypeId::kDecimal:
      return ImportDecimal();
    case TypeId::kVarchar:
      return ImportVarchar();
    case TypeId::kBlob:
      return ImportBlob();
    case TypeId::kUuid:
      return ImportUuid();
    case TypeId::kJson:
      return ImportJson();
    case TypeId::kDate:
      return ImportDate();
    case TypeId::kTime:
      return ImportTime();
    case TypeId::kTimestamp:
      return ImportTimestamp();
    case TypeId::kInterval:
      return ImportInterval();
    case TypeId::kList:
      return ImportList();
    case TypeId::kStruct:
      return ImportStruct();
    case TypeId::kMap:
      return ImportMap();
    case TypeId::kNull:
      break;
  }
  return ImportNothing();
}

bool ImportColumn(const std::shared_ptr<arrow::ArrayData>& array, const Field& field, bool copy, ImportedMemory* memory,
                  Column* column, RefusedRow* refused) {
  ArrowSource source;
  if (!source.Open(array, memory)) {
    *refused = {0, Refusal::kWrongType, "a dictionary array with an index outside its dictionary"};
    return false;
  }
  if (!field.nullable && source.validity() != nullptr) {
    for (int64_t row = 0; row < source.rows(); ++row) {
      if (source.IsValid(row)) continue;
      *refused = {row, Refusal::kNull, ""};
      return false;
    }
  }
  ColumnImporter importer(source, field.type, copy, memory);
  if (!importer.Import()) {
    *refused = importer.refused();
    return false;
  }
  *column = {importer.values(), source.validity()};
  return true;
}

}  // namespace laminar
