// Dates and instants from numbers, and back.
#include <cmath>

#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct ResolutionState final : CallState {
  TimeUnit resolution = TimeUnit::kMicro;
};

std::unique_ptr<CallState> BindResolution(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<ResolutionState>();
  state->resolution = arguments[0]->type.unit();
  return state;
}

TimeUnit ResolutionOf(const CallState* state) { return static_cast<const ResolutionState*>(state)->resolution; }

void MakeDateKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  int32_t* out = result.data<int32_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = 0;
    const int32_t year = At<int32_t>(arguments[0], i);
    const int32_t month = At<int32_t>(arguments[1], i);
    const int32_t day = At<int32_t>(arguments[2], i);
    constexpr int32_t kFarthestYear = 5'000'000;
    const bool exists = year >= -kFarthestYear && year <= kFarthestYear && year != 0 && month >= 1 && month <= 12 &&
                        day >= 1 && day <= DaysInMonth(year > 0 ? year : year + 1, month);
    if (exists) {
      out[i] = static_cast<int32_t>(DaysFromCivil(year > 0 ? year : year + 1, month, day));
    } else if (!result.has_nulls || GetBit(result.validity, i)) {
      context.Fail(
          i, ErrorCode::kQueryFailed,
          "there is no date " + std::to_string(year) + "-" + std::to_string(month) + "-" + std::to_string(day));
    }
  }
}

bool MicrosFromSeconds(double seconds, int64_t* micros) {
  const double scaled = std::nearbyint(seconds * 1e6);
  if (!(std::fabs(scaled) < 0x1p63)) return false;
  *micros = static_cast<int64_t>(scaled);
  return true;
}

void ToTimestampKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  const double* in = arguments[0].data<double>();
  int64_t* out = result.data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = 0;
    if (MicrosFromSeconds(in[i], &out[i]) || (result.has_nulls && !GetBit(result.validity, i))) continue;
    context.Fail(i, ErrorCode::kQueryFailed, "timestamp out of range: " + Value::Double(in[i]).ToString() + " seconds");
  }
}

template <int64_t kUnitsPerSecond>
void EpochKernel(KernelContext&, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  const int64_t units = UnitsPerSecond(ResolutionOf(state));
  const int64_t* in = arguments[0].data<int64_t>();
  int64_t* out = result.data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    // Multiplying wraps rather than traps: milliseconds since the epoch of a TIMESTAMP(0) beyond year 292 million.
    out[i] = units >= kUnitsPerSecond
                 ? FloorDivide(in[i], units / kUnitsPerSecond)
                 : static_cast<int64_t>(static_cast<uint64_t>(in[i]) * static_cast<uint64_t>(kUnitsPerSecond / units));
  }
}

void EpochSecondsKernel(KernelContext&, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                        MutableVector& result) {
  const auto units = static_cast<double>(UnitsPerSecond(ResolutionOf(state)));
  const int64_t* in = arguments[0].data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) result.data<double>()[i] = static_cast<double>(in[i]) / units;
}

void SameBitsKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  std::memcpy(result.values, arguments[0].values, size_t{rows} * sizeof(int64_t));
}

void LastDayKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  const int32_t* in = arguments[0].data<int32_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    const CivilDate date = CivilFromDays(in[i]);
    result.data<int32_t>()[i] = in[i] - date.day + DaysInMonth(date.year, date.month);
  }
}

// Offsets from UTC in seconds: 'UTC', 'Z', '+02', '-05:30'.
int64_t OffsetOfZone(std::string_view zone) {
  int64_t value = 0;
  // An offset reads like the end of a timestamp.
  if (!zone.empty() &&
      ParseTimestamp("1970-01-01 00:00:00 " + std::string(zone), TimeUnit::kSecond, &value) == Parsed::kOk) {
    return -value;
  }
  throw Error(ErrorCode::kQueryFailed, "time zone '" + std::string(zone) +
                                           "' is not supported yet; there are 'UTC' and offsets such as '+02:00'");
}

struct ZoneState final : CallState {
  int64_t shift = 0;  // in units of the timestamp
};

// Without a zone: the wall clock of that zone becomes an instant. With one: the instant becomes the zone's wall clock.
std::unique_ptr<CallState> BindZone(std::span<const ExpressionPtr> arguments, DataType* result) {
  const Value* zone = ConstantArgument(arguments, 0);
  if (zone == nullptr) throw Error(ErrorCode::kQueryFailed, "a time zone that is not a constant is not supported yet");
  const DataType& type = arguments[1]->type;
  *result = DataType::Timestamp(type.unit(), !type.with_zone());
  auto state = std::make_unique<ZoneState>();
  const int64_t offset = OffsetOfZone(zone->get<std::string>()) * UnitsPerSecond(type.unit());
  state->shift = type.with_zone() ? offset : -offset;
  return state;
}

void ZoneKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  const int64_t shift = static_cast<const ZoneState*>(state)->shift;
  int64_t* out = result.data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    if (!__builtin_add_overflow(At<int64_t>(arguments[1], i), shift, &out[i])) continue;
    if (!result.has_nulls || GetBit(result.validity, i)) {
      context.Fail(i, ErrorCode::kQueryFailed, "timestamp out of range");
    }
  }
}

}  // namespace

void RegisterDateConversion(RegistryBuilder& builder) {
  const DataType ts = TypeId::kTimestamp;
  const DataType bigint = TypeId::kInt64;
  const DataType integer = TypeId::kInt32;
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "date", signature, help, example, example_result, std::move(aliases)});
  };
  describe("make_date", "make_date(year INTEGER, month INTEGER, day INTEGER) → DATE",
           "The date of that year, month and day.", "make_date(2013, 2, 8)", "2013-02-08");
  AddFunction(builder, "make_date", {integer, integer, integer}, TypeId::kDate, MakeDateKernel, {.traits = kFallible});
  describe("last_day", "last_day(date DATE) → DATE", "Last day of the month.", "last_day(DATE '2013-02-08')",
           "2013-02-28");
  AddFunction(builder, "last_day", {TypeId::kDate}, TypeId::kDate, LastDayKernel);
  describe("to_timestamp", "to_timestamp(seconds DOUBLE) → TIMESTAMP WITH TIME ZONE",
           "The instant so many seconds after 1970 began.", "to_timestamp(1360303200)", "2013-02-08 06:00:00+00");
  AddFunction(builder, "to_timestamp", {TypeId::kDouble}, DataType::Timestamp(TimeUnit::kMicro, true),
              ToTimestampKernel, {.traits = kFallible});
  describe("epoch", "epoch(ts TIMESTAMP) → DOUBLE", "Seconds since 1970 began, with their fraction.",
           "epoch(TIMESTAMP '2013-02-08 06:00:00.5')", "1360303200.5");
  AddFunction(builder, "epoch", {ts}, TypeId::kDouble, EpochSecondsKernel, {.bind = BindResolution});
  describe("epoch_ms", "epoch_ms(ts TIMESTAMP) → BIGINT, epoch_ms(ms BIGINT) → TIMESTAMP",
           "Milliseconds since 1970 began; and back.", "epoch_ms(TIMESTAMP '2013-02-08 06:00:00')", "1360303200000");
  AddFunction(builder, "epoch_ms", {ts}, bigint, EpochKernel<1'000>, {.bind = BindResolution});
  AddFunction(builder, "epoch_ms", {bigint}, DataType::Timestamp(TimeUnit::kMilli), SameBitsKernel);
  describe("epoch_us", "epoch_us(ts TIMESTAMP) → BIGINT", "Microseconds since 1970 began.",
           "epoch_us(TIMESTAMP '1970-01-01 00:00:01')", "1000000");
  AddFunction(builder, "epoch_us", {ts}, bigint, EpochKernel<1'000'000>, {.bind = BindResolution});
  describe("epoch_ns", "epoch_ns(ts TIMESTAMP) → BIGINT", "Nanoseconds since 1970 began.",
           "epoch_ns(TIMESTAMP '1970-01-01 00:00:01')", "1000000000");
  AddFunction(builder, "epoch_ns", {ts}, bigint, EpochKernel<1'000'000'000>, {.bind = BindResolution});
  describe("timezone", "timezone(zone VARCHAR, ts TIMESTAMP) → TIMESTAMP",
           "ts AT TIME ZONE zone: a wall clock's instant, or an instant's wall clock. Zones are UTC and offsets.",
           "timezone('+02:00', TIMESTAMP '2013-02-08 06:00:00')", "2013-02-08 04:00:00+00");
  AddFunction(builder, "timezone", {TypeId::kVarchar, ts}, ts, ZoneKernel, {.traits = kFallible, .bind = BindZone});
}

}  // namespace laminar
