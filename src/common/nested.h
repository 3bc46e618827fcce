// How a value of a nested type (LIST, STRUCT, MAP) lies in a column: as one string of bytes.
//
// The bytes are canonical and keep the order: two values are equal exactly when their bytes are, and less when their
// bytes are less. So hashing, grouping, joins, DISTINCT, ORDER BY and state treat them as any other string, and nothing
// but the functions that look inside knows this form.
//
//     part    = 01 value | 02                    a value, or NULL, which sorts behind every value
//     LIST    = part … 00                        elements; a list sorts before those that it begins
//     STRUCT  = part …                           one for each field, in the order of the type
//     MAP     = part part … 00                   key and value by turns, in the order they were given
//     other   = common/ordered_bytes.h
#pragma once

#include <string>
#include <string_view>

#include "common/delta.h"
#include "common/ordered_bytes.h"
#include "common/type.h"
#include "common/value.h"

namespace laminar {

inline constexpr char kNestedEnd = '\0';
inline constexpr char kNestedValue = '\1';
inline constexpr char kNestedNull = '\2';

inline void AppendNestedNull(std::string* out) { out->push_back(kNestedNull); }
inline void AppendNestedEnd(std::string* out) { out->push_back(kNestedEnd); }
/// The part that is cell `row` of a column of `type`.
void AppendNestedPart(const DataType& type, const Column& column, size_t row, std::string* out);
void AppendNestedPart(const Value& value, std::string* out);

/// Walks the parts of one nested value.
class NestedReader {
 public:
  /// `bytes` outlive the reader and the views it hands out.
  explicit NestedReader(std::string_view bytes) : in_(bytes) {}

  /// LIST and MAP: whether another part follows; when none does, the value has been read to its end.
  bool Next() {
    if (in_.Peek() != kNestedEnd) return true;
    in_.Skip(1);
    return false;
  }
  /// Takes the mark before a part: true when a value follows, false when it is NULL.
  bool TakeMark() {
    const bool valid = in_.Peek() == kNestedValue;
    in_.Skip(1);
    return valid;
  }
  /// A value of fixed width, behind its mark.
  template <typename T>
  T Take() {
    return in_.Take<T>();
  }
  /// VARCHAR, BLOB, JSON, UUID: a view into the bytes, or into `scratch` when they hold zero bytes.
  std::string_view TakeText(std::string* scratch) { return in_.TakeText(scratch); }
  /// The bytes of a nested value.
  std::string_view TakeNested(const DataType& type);
  /// The string form of a value of `type`, nested or not, whose physical type is kString.
  std::string_view TakeString(const DataType& type, std::string* scratch) {
    return type.is_nested() ? TakeNested(type) : TakeText(scratch);
  }
  /// A value behind its mark.
  void Skip(const DataType& type);
  /// The bytes of a part, mark and value: equal parts have equal bytes, and they sort as the values do, NULL last.
  std::string_view TakePartBytes(const DataType& type);
  /// A part: mark and value. Never on a hot path.
  Value TakePart(const DataType& type);

 private:
  OrderedReader in_;
};

/// Number of elements or entries.
int64_t CountNested(const DataType& type, std::string_view bytes);
/// Whether `<` means anything: JSON has no order.
bool HasOrder(const DataType& type);

/// [1, NULL], {'a': 1}, {k=1}: as DuckDB writes them.
std::string FormatNested(const DataType& type, std::string_view bytes);
/// A SQL expression of the value: [1, NULL], {'a': 1}, MAP {'k': 1}.
std::string NestedToSql(const DataType& type, std::string_view bytes);

}  // namespace laminar
