#include "laminar/batch_builder.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>
#include <utility>

#include "common/text_format.h"
#include "common/utf8_validity.h"
#include "common/value.h"
#include "main/batch_builder_rep.h"
#include "main/result_rep.h"

namespace laminar {
namespace {

[[noreturn, gnu::cold, gnu::noinline]] void ThrowNoColumn(const RowWriter& writer, int column) {
  throw std::out_of_range(fmt::format("{} has no column number {}", writer.relation(), column));
}

inline void CheckColumn(const RowWriter& writer, int column) {
  if (column < 0 || column >= writer.schema().size()) [[unlikely]]
    ThrowNoColumn(writer, column);
}

/// Mostly text is short and ASCII.
bool IsUtf8(std::string_view text) {
  const char* bytes = text.data();
  size_t left = text.size();
  uint64_t seen = 0;
  for (; left >= 8; left -= 8, bytes += 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    seen |= word;
  }
  for (; left > 0; --left, ++bytes) seen |= static_cast<unsigned char>(*bytes);
  return (seen & 0x8080808080808080) == 0 || FindInvalidUtf8(text) == std::string_view::npos;
}

/// Throws unless the value was accepted; its text is made only then.
template <typename Text>
void Check(const RowWriter& writer, int column, Refusal refusal, Text text) {
  if (refusal == Refusal::kNone) [[likely]]
    return;
  ThrowIfError(writer.Refused(column, refusal, text()));
}

std::string Shown(DataType type, Value::Storage value) { return Value(std::move(type), std::move(value)).ToString(); }

}  // namespace

BatchBuilder::BatchBuilder(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
BatchBuilder::BatchBuilder(BatchBuilder&&) noexcept = default;
BatchBuilder& BatchBuilder::operator=(BatchBuilder&&) noexcept = default;
BatchBuilder::~BatchBuilder() = default;

const std::string& BatchBuilder::relation() const { return rep_->relation(); }
const ResultSchema& BatchBuilder::schema() const {
  if (!rep_->shown_schema) rep_->shown_schema.emplace(MakeSchemaRep(rep_->writer.schema(), false));
  return *rep_->shown_schema;
}
int BatchBuilder::ColumnIndex(std::string_view name) const { return rep_->writer.schema().IndexOf(name); }
int64_t BatchBuilder::num_rows() const { return rep_->writer.rows(); }
void BatchBuilder::Reserve(int64_t rows) { rep_->writer.Reserve(rows); }

void BatchBuilder::SetNull(int column) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetNull(column), [] { return "NULL"; });
}

void BatchBuilder::SetBool(int column, bool value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetBool(column, value), [=] { return value ? "true" : "false"; });
}

void BatchBuilder::SetInt(int column, int64_t value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetInt(column, value), [=] { return std::to_string(value); });
}

void BatchBuilder::SetUInt(int column, uint64_t value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetUInt(column, value), [=] { return std::to_string(value); });
}

void BatchBuilder::SetDouble(int column, double value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetDouble(column, value), [=] { return Shown(TypeId::kDouble, value); });
}

void BatchBuilder::SetText(int column, std::string_view value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  const Refusal refusal = IsUtf8(value) ? writer.SetText(column, value) : Refusal::kWrongType;
  Check(writer, column, refusal, [=] { return QuotedText(value); });
}

void BatchBuilder::SetBytes(int column, std::string_view value) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetBytes(column, value), [=] { return FormatBlob(value); });
}

void BatchBuilder::SetDecimal(int column, std::string_view digits, int scale) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetDecimal(column, digits, scale),
        [=] { return scale == 0 ? std::string(digits) : fmt::format("{}e{}", digits, -scale); });
}

// Instants count in UTC with and without a zone, so that `utc` changes nothing but how the value is shown.
void BatchBuilder::SetTimestamp(int column, int64_t micros, bool utc) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetTimestamp(column, micros, TimeUnit::kMicro),
        [=] { return Shown(DataType::Timestamp(TimeUnit::kMicro, utc), micros); });
}

void BatchBuilder::SetDate(int column, int32_t days) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetDate(column, days), [=] { return Shown(TypeId::kDate, int64_t{days}); });
}

void BatchBuilder::SetTimeOfDay(int column, int64_t micros) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  Check(writer, column, writer.SetTime(column, micros, TimeUnit::kMicro),
        [=] { return Shown(DataType::Time(TimeUnit::kMicro), micros); });
}

void BatchBuilder::SetInterval(int column, int32_t months, int32_t days, int64_t nanos) {
  RowWriter& writer = rep_->writer;
  CheckColumn(writer, column);
  const Interval interval{months, days, nanos};
  Check(writer, column, writer.SetInterval(column, interval), [=] { return interval.ToString(); });
}

void BatchBuilder::FinishRow() { ThrowIfError(rep_->writer.FinishRow()); }
void BatchBuilder::AbandonRow() { rep_->writer.AbandonRow(); }
void BatchBuilder::Clear() { rep_->writer.Clear(); }

}  // namespace laminar
