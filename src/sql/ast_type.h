// Type names as written in SQL or given by their Arrow names; the binder turns them into the engine's types.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/ast_node.h"

namespace laminar::sql {

/// What a type name means. Aliases are resolved by the parser (INT4, INT, INTEGER, int32 → kInteger); a name that is
/// none of these is a syntax error with the nearest known one.
enum class TypeKind {
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInteger,
  kBigInt,
  kUTinyInt,
  kUSmallInt,
  kUInteger,
  kUBigInt,
  kHalfFloat,  // Arrow `halffloat` / `float16` only
  kReal,       // REAL, FLOAT, FLOAT(1..24), float32
  kDouble,     // DOUBLE [PRECISION], FLOAT(25..53), float64
  kDecimal,    // precision, scale; neither given: the binder's default
  kVarchar,    // precision = (n), if given
  kBlob,       // precision = bytes, for fixed_size_binary[n]
  kDate,
  kTime,         // precision = digits of the second's fraction, if given
  kTimestamp,    // precision as kTime
  kTimestampTz,  // precision as kTime; time_zone when an Arrow name gave one, else the session's
  kInterval,     // qualifier, if given
  kDuration,     // Arrow `duration[unit]` only; precision as kTime
  kUuid,
  kJson,
  kNull,        // Arrow `null` only
  kArray,       // arguments = {element}; size when it is fixed
  kStruct,      // fields
  kMap,         // arguments = {key, value}
  kDictionary,  // Arrow `dictionary<values=…, indices=…>` only; arguments = {values, indices}
};

/// A unit of an interval, smallest last.
enum class IntervalUnit {
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
};

/// `MINUTE`, or `DAY TO SECOND` (then `last` is given), with the precision of `SECOND(p)`.
struct IntervalQualifier : Node {
  IntervalUnit first = IntervalUnit::kSecond;
  std::optional<IntervalUnit> last;
  std::optional<int64_t> precision;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("first", first);
    visit("last", last);
    visit("precision", precision);
  }
};

struct TypeName;
using TypePtr = std::unique_ptr<TypeName>;

/// `a INTEGER` in STRUCT(a INTEGER, …).
struct StructFieldType : Node {
  Identifier name;
  TypePtr type;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("type", type);
  }
};

struct TypeName : Node {
  TypeKind kind = TypeKind::kNull;
  std::optional<int64_t> precision;
  std::optional<int64_t> scale;
  std::optional<int64_t> size;
  std::optional<std::string> time_zone;
  std::optional<IntervalQualifier> qualifier;
  std::vector<TypePtr> arguments;
  std::vector<StructFieldType> fields;
  /// Given when an Arrow name asked for a layout other than the kind's usual one: large_string, string_view,
  /// large_binary, binary_view, fixed_size_binary, date64, decimal256, large_list, list_view, large_list_view.
  std::optional<std::string> layout;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", kind);
    visit("precision", precision);
    visit("scale", scale);
    visit("size", size);
    visit("time_zone", time_zone);
    visit("qualifier", qualifier);
    visit("arguments", arguments);
    visit("fields", fields);
    visit("layout", layout);
  }
};

}  // namespace laminar::sql
