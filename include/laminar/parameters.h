// Values for the parameters of SQL text: `?`, `$1`, `$name`, `:name`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace laminar {

/// One value, with a type of its own; never spliced into the text. Text takes the type of the place it stands in, as a
/// quoted literal does, and so does NULL. Immutable and cheap to copy.
class ParameterValue {
 public:
  struct Rep;

  /// NULL.
  ParameterValue();
  ParameterValue(bool value);  // NOLINT: values of the language stand for themselves
  /// INTEGER or BIGINT, whichever is the first to hold it, as a literal.
  template <typename Integer>
  requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>) ParameterValue(Integer value)  // NOLINT
      : ParameterValue(std::is_unsigned_v<Integer> ? UInt(static_cast<uint64_t>(value))
                                                   : Int(static_cast<int64_t>(value))) {}
  ParameterValue(double value);                                                          // NOLINT: DOUBLE
  ParameterValue(std::string_view value);                                                // NOLINT: text in UTF-8
  ParameterValue(const char* value) : ParameterValue(std::string_view(value)) {}         // NOLINT
  ParameterValue(const std::string& value) : ParameterValue(std::string_view(value)) {}  // NOLINT

  static ParameterValue Bytes(std::string_view value);
  /// `digits` is the unscaled value in decimal: "-12345" with scale 2 is -123.45. Throws Error kQueryFailed past 38
  /// digits.
  static ParameterValue Decimal(std::string_view digits, int scale);
  /// Days since 1970-01-01.
  static ParameterValue Date(int32_t days);
  /// Microseconds since midnight.
  static ParameterValue TimeOfDay(int64_t micros);
  /// Microseconds since the epoch; `utc`: TIMESTAMP WITH TIME ZONE.
  static ParameterValue Timestamp(int64_t micros, bool utc);
  static ParameterValue TimestampNanos(int64_t nanos, bool utc);
  static ParameterValue Interval(int32_t months, int32_t days, int64_t nanos);
  /// 36 characters. Throws Error kQueryFailed for anything else.
  static ParameterValue Uuid(std::string_view text);
  /// Values for `x IN ?`, `x = ANY (?)`, `x <> ALL (?)`. Throws Error kQueryFailed for a list in a list.
  static ParameterValue List(const std::vector<ParameterValue>& values);

  const std::shared_ptr<const Rep>& rep() const { return rep_; }

 private:
  explicit ParameterValue(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  static ParameterValue Int(int64_t value);
  static ParameterValue UInt(uint64_t value);

  std::shared_ptr<const Rep> rep_;
};

/// What is given beside SQL text. `?` takes the values in order, over all statements of the text; `$2` the second one;
/// `$name` and `:name` the one of that name, ignoring case where that is clear. Every parameter must have a value, and
/// every value a parameter: else Error kQueryFailed, before anything is run.
struct Parameters {
  std::vector<ParameterValue> positional;
  std::vector<std::pair<std::string, ParameterValue>> named;

  bool empty() const { return positional.empty() && named.empty(); }
};

}  // namespace laminar
