#include "planner/binder/literals.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/types.h"

namespace laminar {

namespace {

Value DoubleOf(const std::string& text, bool negative, std::string_view sql, SourceSpan span) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && !std::isfinite(value)) {
    ThrowAt(sql, span, fmt::format("{} is out of range for DOUBLE", text));
  }
  return Value::Double(negative ? -value : value);
}

/// `digits` without a point, at most 38 of them.
int128_t UnscaledOf(std::string_view digits, bool negative) {
  int128_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return negative ? -value : value;
}

Value NumberOf(const sql::LiteralExpression& literal, std::string_view sql, bool negative) {
  const std::string& text = literal.text;
  if (literal.literal == sql::LiteralKind::kFloat) return DoubleOf(text, negative, sql, literal.span);
  const size_t point = text.find('.');
  const size_t scale = point == std::string::npos ? 0 : text.size() - point - 1;
  std::string digits = text;
  if (point != std::string::npos) digits.erase(point, 1);
  const size_t first = digits.find_first_not_of('0');
  const size_t significant = first == std::string::npos ? 0 : digits.size() - first;
  const size_t precision = std::max({significant, scale, size_t{1}});
  if (precision > 38) return DoubleOf(text, negative, sql, literal.span);
  const int128_t value = UnscaledOf(digits, negative);
  if (point == std::string::npos) {
    const auto fits = [&](auto least, auto most) { return value >= least && value <= most; };
    using Int32 = std::numeric_limits<int32_t>;
    using Int64 = std::numeric_limits<int64_t>;
    if (fits(Int32::min(), Int32::max())) return {TypeId::kInt32, static_cast<int64_t>(value)};
    if (fits(Int64::min(), Int64::max())) return Value::BigInt(static_cast<int64_t>(value));
  }
  return {DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale)), value};
}

std::string BytesOf(std::string_view hexadecimal) {
  const auto nibble = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'A' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
    bytes.push_back(static_cast<char>(nibble(hexadecimal[i]) * 16 + nibble(hexadecimal[i + 1])));
  }
  return bytes;
}

}  // namespace

bool IsNumber(sql::LiteralKind kind) {
  return kind == sql::LiteralKind::kInteger || kind == sql::LiteralKind::kDecimal || kind == sql::LiteralKind::kFloat;
}

ExpressionPtr BindLiteral(const sql::LiteralExpression& literal, std::string_view sql, bool negative) {
  switch (literal.literal) {
    case sql::LiteralKind::kNull:
      return Expression::MakeConstant(Value(), literal.span);
    case sql::LiteralKind::kBoolean:
      return Expression::MakeConstant(Value::Boolean(literal.text == "true"), literal.span);
    case sql::LiteralKind::kString:
      return Expression::MakeConstant(Value::Varchar(literal.text), literal.span);
    case sql::LiteralKind::kBlob:
      return Expression::MakeConstant(Value(TypeId::kBlob, BytesOf(literal.text)), literal.span);
    case sql::LiteralKind::kInteger:
    case sql::LiteralKind::kDecimal:
    case sql::LiteralKind::kFloat:
      break;
  }
  return Expression::MakeConstant(NumberOf(literal, sql, negative), literal.span);
}

ExpressionPtr BindParameter(const sql::ParameterExpression& parameter, std::string_view sql) {
  const std::string_view text = sql.substr(parameter.span.begin, parameter.span.end - parameter.span.begin);
  if (!parameter.given) {
    ThrowAt(sql, parameter.span,
            fmt::format("the parameter {} has no value: give its value beside the SQL text", text));
  }
  if (parameter.given->list) {
    ThrowAt(sql, parameter.span,
            fmt::format("the value of {} is a list, which stands behind IN, = ANY or <> ALL; arrays elsewhere in "
                        "expressions are not supported yet",
                        text));
  }
  return Expression::MakeConstant(parameter.given->value, parameter.span);
}

std::vector<ExpressionPtr> BindListParameter(const sql::ParameterExpression& parameter) {
  std::vector<ExpressionPtr> items;
  for (const Value& value : *parameter.given->list) items.push_back(Expression::MakeConstant(value, parameter.span));
  return items;
}

ExpressionPtr BindTypedLiteral(const sql::TypedLiteralExpression& literal, std::string_view sql) {
  ExpressionPtr text = Expression::MakeConstant(Value::Varchar(literal.text), literal.span);
  return ExplicitCast(std::move(text), BindType(*literal.type, sql), false, sql);
}

ExpressionPtr BindIntervalLiteral(const sql::IntervalLiteralExpression& literal, std::string_view sql) {
  Interval interval;
  interval.months = static_cast<int32_t>(literal.months);
  interval.days = static_cast<int32_t>(literal.days);
  interval.nanos = literal.nanoseconds;
  if (interval.months != literal.months || interval.days != literal.days) {
    ThrowAt(sql, literal.span, "the interval is too long");
  }
  return Expression::MakeConstant(Value(TypeId::kInterval, interval), literal.span);
}

Interval OneUnit(sql::IntervalUnit unit) {
  constexpr int64_t kSecond = 1'000'000'000;
  switch (unit) {
    case sql::IntervalUnit::kYear:
      return {.months = 12};
    case sql::IntervalUnit::kQuarter:
      return {.months = 3};
    case sql::IntervalUnit::kMonth:
      return {.months = 1};
    case sql::IntervalUnit::kWeek:
      return {.days = 7};
    case sql::IntervalUnit::kDay:
      return {.days = 1};
    case sql::IntervalUnit::kHour:
      return {.nanos = 3600 * kSecond};
    case sql::IntervalUnit::kMinute:
      return {.nanos = 60 * kSecond};
    case sql::IntervalUnit::kSecond:
      return {.nanos = kSecond};
    case sql::IntervalUnit::kMillisecond:
      return {.nanos = 1'000'000};
    case sql::IntervalUnit::kMicrosecond:
      return {.nanos = 1'000};
    case sql::IntervalUnit::kNanosecond:
      return {.nanos = 1};
  }
  return {};
}

}  // namespace laminar
