// now() and its kin: the logged time of the call that brought the row, the same on replay.
#include "common/date_time.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

constexpr int64_t kMicrosPerDay = kSecondsPerDay * 1'000'000;

void NowKernel(KernelContext& context, const CallState*, std::span<const Vector>, uint32_t rows,
               MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) result.data<int64_t>()[i] = context.TimeOf(i);
}

void TodayKernel(KernelContext& context, const CallState*, std::span<const Vector>, uint32_t rows,
                 MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<int32_t>()[i] = static_cast<int32_t>(FloorDivide(context.TimeOf(i), kMicrosPerDay));
  }
}

void TimeOfDayKernel(KernelContext& context, const CallState*, std::span<const Vector>, uint32_t rows,
                     MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) result.data<int64_t>()[i] = FloorModulo(context.TimeOf(i), kMicrosPerDay);
}

}  // namespace

void RegisterTimeOfCall(RegistryBuilder& builder) {
  const FunctionTraits reads_time{.reads_time = true};
  const auto add = [&](const char* name, const DataType& result, ScalarKernel kernel) {
    AddFunction(builder, name, {}, result, kernel, {.traits = reads_time});
  };
  builder.Describe({"now",
                    "date",
                    "now() → TIMESTAMP WITH TIME ZONE",
                    "When the row was accepted, or the query asked.",
                    "now() = now()",
                    "true",
                    {"current_timestamp", "transaction_timestamp"}});
  add("now", DataType::Timestamp(TimeUnit::kMicro, true), NowKernel);
  builder.Describe({"proctime",
                    "date",
                    "proctime() → TIMESTAMP WITH TIME ZONE",
                    "Processing time, which is now().",
                    "proctime() = now()",
                    "true",
                    {}});
  add("proctime", DataType::Timestamp(TimeUnit::kMicro, true), NowKernel);
  builder.Describe({"localtimestamp",
                    "date",
                    "localtimestamp() → TIMESTAMP",
                    "now() in UTC, without a zone.",
                    "localtimestamp() = now()",
                    "true",
                    {}});
  add("localtimestamp", DataType::Timestamp(TimeUnit::kMicro), NowKernel);
  builder.Describe({"current_date",
                    "date",
                    "current_date() → DATE",
                    "The day that now() is in.",
                    "current_date() <= now()",
                    "true",
                    {"today"}});
  add("current_date", TypeId::kDate, TodayKernel);
  builder.Describe({"current_time",
                    "date",
                    "current_time() → TIME",
                    "The time of day of now(), in UTC.",
                    "current_time() >= TIME '00:00:00'",
                    "true",
                    {"localtime"}});
  add("current_time", DataType::Time(TimeUnit::kMicro), TimeOfDayKernel);
}

}  // namespace laminar
