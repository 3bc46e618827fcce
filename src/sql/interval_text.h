// The text of an interval literal, decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast_type.h"

namespace laminar::sql {

struct IntervalValue {
  int64_t months = 0;
  int64_t days = 0;
  int64_t nanoseconds = 0;
};

/// Why a text is no interval; `candidates` are units near a misspelt one.
struct IntervalProblem {
  std::string message;
  std::vector<std::string> candidates;
};

/// MINUTE, minutes, min, m (also in upper case); nothing when it is no unit.
std::optional<IntervalUnit> FindIntervalUnit(std::string_view word);

/// Decodes
///   without qualifier: '1 day 2.5 hours', '-3 weeks', '1h30m', '2 days ago', '04:05:06.7', '1 day 04:05', '1-2' (years
///   and months), ISO 8601 'P1Y2M3DT4H5M6.7S', '5' (seconds, as in PostgreSQL);
///   with one unit: a number of it, '1.5' MINUTE;
///   with a range: '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND, '02:03' HOUR TO MINUTE, '3:04' MINUTE TO SECOND.
/// A fraction of a month is in days of thirty, a fraction of a day in hours; what is finer than a nanosecond or does
/// not fit 64 bits is a problem.
std::optional<IntervalProblem> DecodeInterval(std::string_view text, const std::optional<IntervalQualifier>& qualifier,
                                              IntervalValue& value);

}  // namespace laminar::sql
