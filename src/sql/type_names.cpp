#include "sql/type_names.h"

#include "sql/keywords.h"

namespace laminar::sql {
namespace {

constexpr TypeNameEntry kTypeNames[] = {
    {"INTEGER", TypeKind::kInteger},
    {"INT", TypeKind::kInteger},
    {"BOOLEAN", TypeKind::kBoolean},
    {"BOOL", TypeKind::kBoolean},
    {"TINYINT", TypeKind::kTinyInt},
    {"SMALLINT", TypeKind::kSmallInt},
    {"INT2", TypeKind::kSmallInt},
    {"INT16", TypeKind::kSmallInt},
    {"INT4", TypeKind::kInteger},
    {"INT32", TypeKind::kInteger},
    {"BIGINT", TypeKind::kBigInt},
    {"INT8", TypeKind::kBigInt},
    {"INT64", TypeKind::kBigInt},
    {"UTINYINT", TypeKind::kUTinyInt},
    {"UINT8", TypeKind::kUTinyInt},
    {"USMALLINT", TypeKind::kUSmallInt},
    {"UINT16", TypeKind::kUSmallInt},
    {"UINTEGER", TypeKind::kUInteger},
    {"UINT", TypeKind::kUInteger},
    {"UINT32", TypeKind::kUInteger},
    {"UBIGINT", TypeKind::kUBigInt},
    {"UINT64", TypeKind::kUBigInt},
    {"HALFFLOAT", TypeKind::kHalfFloat},
    {"FLOAT16", TypeKind::kHalfFloat},
    {"REAL", TypeKind::kReal},
    {"FLOAT", TypeKind::kReal},
    {"FLOAT4", TypeKind::kReal},
    {"FLOAT32", TypeKind::kReal},
    {"DOUBLE", TypeKind::kDouble},
    {"FLOAT8", TypeKind::kDouble},
    {"FLOAT64", TypeKind::kDouble},
    {"DECIMAL", TypeKind::kDecimal},
    {"NUMERIC", TypeKind::kDecimal},
    {"DEC", TypeKind::kDecimal},
    {"DECIMAL128", TypeKind::kDecimal},
    {"DECIMAL256", TypeKind::kDecimal, std::nullopt, "decimal256"},
    {"VARCHAR", TypeKind::kVarchar},
    {"TEXT", TypeKind::kVarchar},
    {"STRING", TypeKind::kVarchar},
    {"UTF8", TypeKind::kVarchar},
    {"CHAR", TypeKind::kVarchar},
    {"CHARACTER", TypeKind::kVarchar},
    {"LARGE_STRING", TypeKind::kVarchar, std::nullopt, "large_string"},
    {"LARGE_UTF8", TypeKind::kVarchar, std::nullopt, "large_string"},
    {"STRING_VIEW", TypeKind::kVarchar, std::nullopt, "string_view"},
    {"UTF8_VIEW", TypeKind::kVarchar, std::nullopt, "string_view"},
    {"BLOB", TypeKind::kBlob},
    {"BYTEA", TypeKind::kBlob},
    {"BYTES", TypeKind::kBlob},
    {"BINARY", TypeKind::kBlob},
    {"VARBINARY", TypeKind::kBlob},
    {"LARGE_BINARY", TypeKind::kBlob, std::nullopt, "large_binary"},
    {"BINARY_VIEW", TypeKind::kBlob, std::nullopt, "binary_view"},
    {"FIXED_SIZE_BINARY", TypeKind::kBlob, std::nullopt, "fixed_size_binary"},
    {"DATE", TypeKind::kDate},
    {"DATE32", TypeKind::kDate},
    {"DATE64", TypeKind::kDate, std::nullopt, "date64"},
    {"TIME", TypeKind::kTime},
    {"TIME32", TypeKind::kTime},
    {"TIME64", TypeKind::kTime},
    {"TIMESTAMP", TypeKind::kTimestamp},
    {"DATETIME", TypeKind::kTimestamp},
    {"TIMESTAMP_S", TypeKind::kTimestamp, 0},
    {"TIMESTAMP_MS", TypeKind::kTimestamp, 3},
    {"TIMESTAMP_US", TypeKind::kTimestamp, 6},
    {"TIMESTAMP_NS", TypeKind::kTimestamp, 9},
    {"TIMESTAMPTZ", TypeKind::kTimestampTz},
    {"TIMESTAMP_LTZ", TypeKind::kTimestampTz},
    {"INTERVAL", TypeKind::kInterval},
    {"MONTH_DAY_NANO_INTERVAL", TypeKind::kInterval},
    {"DURATION", TypeKind::kDuration},
    {"UUID", TypeKind::kUuid},
    {"JSON", TypeKind::kJson},
    {"JSONB", TypeKind::kJson},
    {"NULL", TypeKind::kNull},
    {"ARRAY", TypeKind::kArray},
    {"LIST", TypeKind::kArray},
    {"FIXED_SIZE_LIST", TypeKind::kArray},
    {"LARGE_LIST", TypeKind::kArray, std::nullopt, "large_list"},
    {"LIST_VIEW", TypeKind::kArray, std::nullopt, "list_view"},
    {"LARGE_LIST_VIEW", TypeKind::kArray, std::nullopt, "large_list_view"},
    {"STRUCT", TypeKind::kStruct},
    {"ROW", TypeKind::kStruct},
    {"MAP", TypeKind::kMap},
    {"DICTIONARY", TypeKind::kDictionary},
};

constexpr TypeNameEntry kArrowInt8 = {"INT8", TypeKind::kTinyInt};

}  // namespace

const TypeNameEntry* FindTypeName(std::string_view word, TypeNames names) {
  if (names == TypeNames::kArrow && SameWord(word, kArrowInt8.name)) return &kArrowInt8;
  for (const TypeNameEntry& entry : kTypeNames) {
    if (SameWord(word, entry.name)) return &entry;
  }
  return nullptr;
}

bool IsTypeWord(std::string_view word) { return FindTypeName(word, TypeNames::kSql) != nullptr; }

std::vector<std::string> AllTypeNames() {
  std::vector<std::string> names;
  for (const TypeNameEntry& entry : kTypeNames) names.emplace_back(entry.name);
  return names;
}

}  // namespace laminar::sql
