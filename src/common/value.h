// One SQL value with its type: constants in plans, cells in error messages and in the row-wise C++ API. Never on a hot
// path.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "common/int128.h"
#include "common/interval.h"
#include "common/type.h"

namespace laminar {

/// NULL of any type, or a value in the physical form of its type: signed integers, dates, times and timestamps as
/// int64_t, unsigned ones as uint64_t, decimals as the unscaled int128_t, strings and nested values as their bytes.
class Value {
 public:
  using Storage = std::variant<std::monostate, bool, int64_t, uint64_t, double, int128_t, Interval, std::string>;

  Value() = default;  // untyped NULL
  explicit Value(DataType type) : type_(std::move(type)) {}
  Value(DataType type, Storage storage) : type_(std::move(type)), storage_(std::move(storage)) {}

  static Value Boolean(bool value) { return {TypeId::kBoolean, value}; }
  static Value BigInt(int64_t value) { return {TypeId::kInt64, value}; }
  static Value Double(double value) { return {TypeId::kDouble, value}; }
  static Value Varchar(std::string value) { return {TypeId::kVarchar, std::move(value)}; }

  const DataType& type() const { return type_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(storage_); }
  const Storage& storage() const { return storage_; }
  template <typename T>
  const T& get() const {
    return std::get<T>(storage_);
  }

  /// As a query result shows it: NULL, 1.50, 2013-02-08 06:00:00, text without quotes.
  std::string ToString() const;
  /// As a SQL literal that parses back to the same value and type.
  std::string ToSql() const;

  /// Identity, not SQL's `=`: -0.0 is not 0.0 (1 / x tells them apart), and NaN is itself.
  friend bool operator==(const Value& a, const Value& b);

 private:
  DataType type_;
  Storage storage_;
};

/// The value at `row` of a column buffer in the physical form of `type` (see common/delta.h).
Value ReadValue(const DataType& type, const void* values, const uint64_t* validity, size_t row);
/// Writes a non-null value in physical form; string bytes must outlive the reader.
void WriteValue(const Value& value, void* values, size_t row);

}  // namespace laminar
