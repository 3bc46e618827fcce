#include "main/file/type_guess.h"

#include <algorithm>

#include "common/date_time.h"
#include "common/text_cast.h"
#include "main/coercion.h"

namespace laminar {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool HasLeadingZero(std::string_view number) {
  if (!number.empty() && (number[0] == '-' || number[0] == '+')) number.remove_prefix(1);
  return number.size() > 1 && number[0] == '0' && IsDigit(number[1]);
}

/// Behind the date and the time: Z, +02, -05:30.
bool HasZone(std::string_view timestamp) {
  return timestamp.size() > 11 && timestamp.substr(11).find_first_of("Zz+-") != std::string_view::npos;
}

}  // namespace

void TypeGuess::Add(std::string_view text) {
  seen_ = true;
  const std::string_view bare = TrimBlanks(text);
  if (boolean_) boolean_ = NamesEqual(bare, "true") || NamesEqual(bare, "false");
  if (number_) {
    int64_t integer;
    double number;
    if (HasLeadingZero(bare)) {
      integer_ = number_ = false;
    } else {
      if (integer_) integer_ = ParseInteger(bare, &integer) == Parsed::kOk;
      if (!integer_) number_ = ParseFloat(bare, &number) == Parsed::kOk;
      has_digits_ = has_digits_ || std::ranges::any_of(bare, IsDigit);
    }
  }
  const bool digit_first = !bare.empty() && IsDigit(bare[0]);
  int64_t value;
  int32_t days;
  if (time_) time_ = digit_first && CoerceTextToTime(bare, TimeUnit::kMicro, &value) == Refusal::kNone;
  // A cast to DATE takes the time of day away; a guess must not.
  const bool has_time = bare.find(':') != std::string_view::npos;
  if (date_) date_ = digit_first && !has_time && CoerceTextToDate(bare, &days) == Refusal::kNone;
  if (timestamp_) {
    const Refusal refusal = digit_first ? CoerceTextToTimestamp(bare, TimeUnit::kMicro, &value) : Refusal::kWrongType;
    nanos_ = nanos_ || refusal == Refusal::kLossy;
    // Nanoseconds reach from 1677 to 2262 only: a column that needs them has room for nothing else.
    fits_nanos_ = fits_nanos_ && CoerceTextToTimestamp(bare, TimeUnit::kNano, &value) == Refusal::kNone;
    timestamp_ = (refusal == Refusal::kNone || refusal == Refusal::kLossy) && (fits_nanos_ || !nanos_);
    zone_ = zone_ && HasZone(bare);
  }
}

DataType TypeGuess::Result() const {
  if (!seen_) return TypeId::kVarchar;
  if (boolean_) return TypeId::kBoolean;
  if (integer_ && number_) return TypeId::kInt64;
  if (number_ && has_digits_) return TypeId::kDouble;
  if (time_) return DataType::Time(TimeUnit::kMicro);
  if (date_) return TypeId::kDate;
  if (timestamp_) return DataType::Timestamp(nanos_ ? TimeUnit::kNano : TimeUnit::kMicro, zone_);
  return TypeId::kVarchar;
}

}  // namespace laminar
