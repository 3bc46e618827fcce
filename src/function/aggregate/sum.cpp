#include <string>

#include "common/decimal.h"
#include "function/aggregate/register.h"
#include "function/aggregate/sum_state.h"

namespace laminar {

namespace {

std::string Digits(int128_t value, int scale) {
  char text[64];
  return {text, FormatDecimal(text, value, scale)};
}

void FinalizeInteger(KernelContext& context, const AggregateCall&, const uint8_t* const* states, uint32_t offset,
                     uint32_t rows, MutableVector& result) {
  int64_t* values = result.data<int64_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    const IntegerSum& state = StateAt<IntegerSum>(states, i, offset);
    const int128_t sum = state.sum.Get();
    values[i] = static_cast<int64_t>(sum);
    if (state.count == 0) {
      SetNull(result, i);
    } else if (sum != values[i]) {
      SetNull(result, i);
      context.Fail(i, ErrorCode::kQueryFailed, "the sum does not fit BIGINT: " + Digits(sum, 0));
    }
  }
}

void FinalizeDecimal(KernelContext& context, const AggregateCall& call, const uint8_t* const* states, uint32_t offset,
                     uint32_t rows, MutableVector& result) {
  int128_t* values = result.data<int128_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    const DecimalSum& state = StateAt<DecimalSum>(states, i, offset);
    values[i] = state.low.Get();
    if (state.count == 0) {
      SetNull(result, i);
    } else if (state.high != 0 || !FitsPrecision(values[i], kMaxDecimalPrecision)) {
      SetNull(result, i);
      context.Fail(i, ErrorCode::kQueryFailed, "the sum does not fit " + call.result.ToString());
      values[i] = 0;
    }
  }
}

template <typename State>
void FinalizeFloat(KernelContext&, const AggregateCall&, const uint8_t* const* states, uint32_t offset, uint32_t rows,
                   MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    const State& state = StateAt<State>(states, i, offset);
    result.data<double>()[i] = state.Total();
    if (state.count == 0) SetNull(result, i);
  }
}

DataType DecimalResult(std::span<const DataType> arguments) {
  return DataType::Decimal(kMaxDecimalPrecision, arguments[0].scale());
}

}  // namespace

void RegisterSum(RegistryBuilder& builder) {
  builder.Describe(
      {.name = "sum",
       .category = "aggregate",
       .signature =
           "sum([DISTINCT] x) → BIGINT for integers, DECIMAL(38,s) for DECIMAL(p,s), DOUBLE for floats, INTERVAL",
       .help = "Sum of the values that are not NULL; NULL when there are none.",
       .example = "sum(x) FROM (VALUES (1), (2), (NULL)) AS t(x)",
       .example_result = "3",
       .aliases = {}});
  ForEachSummable([&](TypeId id, AggregateKernel append_only, AggregateKernel retractable) {
    AggregateFunction function;
    function.name = "sum";
    function.parameters = {id};
    if (id == TypeId::kDecimal) {
      function.result = TypeId::kDecimal;
      function.result_of = DecimalResult;
      append_only.finalize = retractable.finalize = FinalizeDecimal;
      append_only.fallible = retractable.fallible = true;
    } else if (id == TypeId::kDouble || id == TypeId::kFloat) {
      function.result = TypeId::kDouble;
      append_only.finalize = FinalizeFloat<FloatSum>;
      retractable.finalize = FinalizeFloat<RetractableFloatSum>;
    } else {
      function.result = TypeId::kInt64;
      append_only.finalize = retractable.finalize = FinalizeInteger;
      append_only.fallible = retractable.fallible = true;
    }
    function.append_only = append_only;
    function.retractable = retractable;
    builder.Add(std::move(function));
  });
}

}  // namespace laminar
