#include "main/refusal.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "common/sql_error.h"
#include "common/utf8_validity.h"

namespace laminar {
namespace {

constexpr size_t kShownBytes = 80;
// Text that QuotedText has cut already passes.
constexpr size_t kShownQuotedBytes = kShownBytes + 2 + std::string_view("…").size();

// Whole characters of the beginning.
std::string Shown(std::string_view value, size_t limit = kShownQuotedBytes) {
  if (value.size() <= limit) return ValidUtf8(value);
  size_t end = kShownBytes;
  while (end > kShownBytes - 4 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return ValidUtf8(value.substr(0, end)) + "…";
}

std::string_view Article(std::string_view type) {
  // INTEGER, INTERVAL; but a UUID and a UBIGINT are spoken with a consonant.
  return type.substr(0, 1) == "I" ? "an" : "a";
}

}  // namespace

std::string RefusalText(const Field& field, Refusal refusal, std::string_view value) {
  const std::string type = field.type.ToString();
  switch (refusal) {
    case Refusal::kNone:
      return "it was accepted";
    case Refusal::kWrongType:
      return fmt::format("{} is not {} {}", Shown(value), Article(type), type);
    case Refusal::kOutOfRange:
      return fmt::format("{} is out of range for {}", Shown(value), type);
    case Refusal::kLossy:
      return fmt::format("{} cannot become {} {} without loss", Shown(value), Article(type), type);
    case Refusal::kWrongSize:
      return fmt::format("{} has not the declared size of {} bytes", Shown(value), field.type.fixed_size());
    case Refusal::kNull:
      return "NULL in a NOT NULL column";
    case Refusal::kTwice:
      return "the column is given twice";
  }
  return "";
}

Status RefusedCell(std::string_view relation, const Field& field, int64_t row, Refusal refusal,
                   std::string_view value) {
  if (refusal == Refusal::kNone) return Status::Internal("an accepted cell was reported as refused");
  if (relation.empty()) {
    return {ErrorCode::kQueryFailed, fmt::format("{}: {}", field.name, RefusalText(field, refusal, value))};
  }
  return {ErrorCode::kBatchSchemaMismatch, fmt::format("column \"{}\" of {}: row {}: {}", field.name, relation, row,
                                                       RefusalText(field, refusal, value))};
}

Status UnknownColumn(std::string_view relation, const Schema& schema, std::string_view name) {
  std::vector<std::string> near = NearestNames(name, schema.names());
  std::string message = fmt::format("{} has no column \"{}\"", relation, Shown(name));
  if (!near.empty()) message += fmt::format("; did you mean \"{}\"?", near.front());
  return Status(Error(ErrorCode::kBatchSchemaMismatch, message).WithCandidates(std::move(near)));
}

Status MissingColumn(std::string_view relation, const Field& field) {
  return {ErrorCode::kBatchSchemaMismatch,
          fmt::format("column \"{}\" of {} is NOT NULL and missing from the input", field.name, relation)};
}

Status RepeatedColumn(std::string_view relation, const Field& field) {
  return {ErrorCode::kBatchSchemaMismatch, fmt::format("column \"{}\" of {} is given twice", field.name, relation)};
}

std::string QuotedText(std::string_view text) { return fmt::format("'{}'", Shown(text, kShownBytes)); }

}  // namespace laminar
