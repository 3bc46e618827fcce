// Text to values, strictly: what CAST(text AS type) accepts, and with it string literals, CSV, JSON and dict ingestion.
// PostgreSQL's syntax; blanks around a value are allowed except for VARCHAR and JSON, nothing else is skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/date_time.h"
#include "common/decimal.h"
#include "common/parsed.h"
#include "common/status.h"
#include "common/type.h"
#include "common/value.h"

namespace laminar {

/// true, yes, on, t, y, 1 and their opposites, unambiguous beginnings too ("tr"), in any case.
Parsed ParseBoolean(std::string_view text, bool* value);
/// [+-] decimal digits. For all eight integer types.
template <typename T>
Parsed ParseInteger(std::string_view text, T* value);
/// Decimal or scientific, NaN, Infinity, inf, with a sign, in any case. A number that only infinity or zero would be
/// near is out of range.
Parsed ParseFloat(std::string_view text, float* value);
Parsed ParseFloat(std::string_view text, double* value);
/// 32 hexadecimal digits, hyphens between any groups of four, braces around; writes 16 bytes.
Parsed ParseUuid(std::string_view text, char* bytes);
/// '\xDEADBEEF', or text in which \\ and \ooo (octal) stand for bytes.
Parsed ParseBlob(std::string_view text, std::string* bytes);
/// Is it one JSON value (RFC 8259), nested at most 1,000 deep?
bool IsJson(std::string_view text);

/// Any type but the nested ones, which are not supported yet. Errors have code kQueryFailed and no position.
Result<Value> ParseValue(std::string_view text, const DataType& type);

/// invalid input syntax for type INTEGER: "abc"; value "300" is out of range for type TINYINT. Long texts are
/// shortened.
std::string ParseError(Parsed parsed, std::string_view text, const DataType& type);

/// Without blanks at either end.
std::string_view TrimBlanks(std::string_view text);

}  // namespace laminar
