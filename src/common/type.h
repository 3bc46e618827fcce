// Logical types of the SQL dialect, and the few physical forms in which their values are computed with and kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laminar {

enum class TypeId : uint8_t {
  kNull,  // the type of a bare NULL; coerces to every other
  kBoolean,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat,
  kDouble,
  kDecimal,  // precision 1..38, scale 0..precision
  kVarchar,
  kBlob,
  kDate,       // days since 1970-01-01
  kTime,       // `unit`s since midnight
  kTimestamp,  // `unit`s since 1970-01-01T00:00 (UTC when with_zone)
  kInterval,   // months, days, nanoseconds
  kUuid,
  kJson,
  kList,  // kList and below travel as one canonical byte string per value (see `PhysicalType::kString`)
  kStruct,
  kMap,
};

enum class TimeUnit : uint8_t { kSecond, kMilli, kMicro, kNano };

/// Units in one second: 1, 1e3, 1e6, 1e9.
constexpr int64_t UnitsPerSecond(TimeUnit unit) {
  return unit == TimeUnit::kSecond  ? 1
         : unit == TimeUnit::kMilli ? 1'000
         : unit == TimeUnit::kMicro ? 1'000'000
                                    : 1'000'000'000;
}

/// How one value lies in a column's buffer. Dictionary, run-end, large and view forms of Arrow are turned into these on
/// the way in and restored on the way out, so that hashing, state and files know this list only.
enum class PhysicalType : uint8_t {
  kBool,  // one byte, 0 or 1
  kInt8,
  kInt16,
  kInt32,  // INT, DATE
  kInt64,  // BIGINT, TIME, TIMESTAMP
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat,
  kDouble,
  kInt128,    // DECIMAL, the unscaled value
  kInterval,  // common/interval.h
  kString,    // common/string_ref.h: VARCHAR, BLOB, JSON, UUID (16 bytes) and nested values
};

/// Which Arrow form the declared type had; not part of the type's identity.
enum class ArrowForm : uint8_t { kDefault, kLarge, kView, kDictionary, kDate64, kFixedSize };

struct TypeChild;

/// A small value. Two types are equal when they denote the same SQL type; the Arrow form does not count.
class DataType {
 public:
  DataType() = default;
  DataType(TypeId id) : id_(id) {}  // NOLINT: a type id is a type, for all that need no parameter

  static DataType Decimal(int precision, int scale);
  static DataType Time(TimeUnit unit);
  static DataType Timestamp(TimeUnit unit, bool with_zone = false, std::string zone = "");
  static DataType List(DataType element);
  static DataType Struct(std::vector<TypeChild> fields);
  static DataType Map(DataType key, DataType value);

  TypeId id() const { return id_; }
  int precision() const { return precision_; }
  int scale() const { return scale_; }
  TimeUnit unit() const { return unit_; }
  bool with_zone() const { return with_zone_; }
  /// Zone to restore at the Arrow edge; "UTC" unless the declaration named another.
  const std::string& zone() const;
  /// Element of a list; key and value of a map; fields of a struct.
  const std::vector<TypeChild>& children() const;

  PhysicalType physical() const;
  ArrowForm arrow_form() const { return arrow_form_; }
  DataType WithArrowForm(ArrowForm form, TypeId dictionary_index = TypeId::kInt32) const;
  TypeId dictionary_index() const { return dictionary_index_; }
  /// A BLOB declared as fixed_size_binary: every value has that many bytes.
  DataType WithFixedSize(int32_t bytes) const {
    DataType type = WithArrowForm(ArrowForm::kFixedSize);
    type.fixed_size_ = bytes;
    return type;
  }
  int32_t fixed_size() const { return fixed_size_; }

  bool is_integer() const { return id_ >= TypeId::kInt8 && id_ <= TypeId::kUInt64; }
  bool is_signed_integer() const { return id_ >= TypeId::kInt8 && id_ <= TypeId::kInt64; }
  bool is_float() const { return id_ == TypeId::kFloat || id_ == TypeId::kDouble; }
  bool is_numeric() const { return is_integer() || is_float() || id_ == TypeId::kDecimal; }
  bool is_string() const { return id_ == TypeId::kVarchar; }
  bool is_nested() const { return id_ >= TypeId::kList; }

  /// SQL spelling: "BIGINT", "DECIMAL(10,2)", "TIMESTAMP(6) WITH TIME ZONE", "STRUCT(a INTEGER)".
  std::string ToString() const;

  friend bool operator==(const DataType& a, const DataType& b);

 private:
  struct Extra {
    std::string zone;
    std::vector<TypeChild> children;
  };

  TypeId id_ = TypeId::kNull;
  uint8_t precision_ = 0;
  uint8_t scale_ = 0;
  TimeUnit unit_ = TimeUnit::kMicro;
  bool with_zone_ = false;
  ArrowForm arrow_form_ = ArrowForm::kDefault;
  TypeId dictionary_index_ = TypeId::kInt32;
  int32_t fixed_size_ = 0;
  std::shared_ptr<const Extra> extra_;
};

struct TypeChild {
  std::string name;
  DataType type;
};
inline bool operator==(const TypeChild& a, const TypeChild& b) { return a.name == b.name && a.type == b.type; }

/// Bytes of one value in a column buffer.
constexpr int PhysicalWidth(PhysicalType type) {
  switch (type) {
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
    case PhysicalType::kUInt8:
      return 1;
    case PhysicalType::kInt16:
    case PhysicalType::kUInt16:
      return 2;
    case PhysicalType::kInt32:
    case PhysicalType::kUInt32:
    case PhysicalType::kFloat:
      return 4;
    case PhysicalType::kInt64:
    case PhysicalType::kUInt64:
    case PhysicalType::kDouble:
      return 8;
    case PhysicalType::kInt128:
    case PhysicalType::kInterval:
    case PhysicalType::kString:
      return 16;
  }
  return 0;
}

struct Field {
  std::string name;
  DataType type;
  bool nullable = true;
};

/// Ordered fields of a relation. Names keep their case and are matched case-insensitively; a query's result may repeat
/// one.
class Schema {
 public:
  Schema() = default;
  explicit Schema(std::vector<Field> fields) : fields_(std::move(fields)) {}

  const std::vector<Field>& fields() const { return fields_; }
  const Field& field(int i) const { return fields_[static_cast<size_t>(i)]; }
  int size() const { return static_cast<int>(fields_.size()); }
  /// Index of the first field of that name, ignoring case, or -1.
  int IndexOf(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<Field> fields_;
};

/// ASCII case-insensitive equality, the rule for every identifier.
bool NamesEqual(std::string_view a, std::string_view b);
std::string LowerCased(std::string_view name);

}  // namespace laminar
