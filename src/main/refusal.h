// Why a value does not go into a column, and the one wording of it for every way rows come in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status.h"
#include "common/type.h"

namespace laminar {

enum class Refusal : uint8_t {
  kNone,        // it does: go on
  kWrongType,   // no value of the column's type
  kOutOfRange,  // of the type's kind, but too large or too small
  kLossy,       // would lose digits
  kWrongSize,   // fixed_size_binary of another size
  kNull,        // NULL, and the column is NOT NULL
  kTwice,       // the row has the column already
};

/// 'abc' is not a DOUBLE. `value` is shown as it is, shortened when long.
std::string RefusalText(const Field& field, Refusal refusal, std::string_view value);
/// column "price" of trades: row 3: 'abc' is not a DOUBLE
/// Without a relation: the result of f: 'abc' is not a DOUBLE
/// Rows count from 1. `value` is shown as it is, shortened when long. Code kBatchSchemaMismatch.
Status RefusedCell(std::string_view relation, const Field& field, int64_t row, Refusal refusal, std::string_view value);
/// Nearest existing names become the error's candidates.
Status UnknownColumn(std::string_view relation, const Schema& schema, std::string_view name);
/// A NOT NULL column that the input does not have at all.
Status MissingColumn(std::string_view relation, const Field& field);
/// The input has two columns that mean this one.
Status RepeatedColumn(std::string_view relation, const Field& field);

/// Text between single quotes, for `value`.
std::string QuotedText(std::string_view text);

}  // namespace laminar
