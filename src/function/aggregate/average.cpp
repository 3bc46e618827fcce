#include "common/decimal.h"
#include "function/aggregate/register.h"
#include "function/aggregate/sum_state.h"

namespace laminar {

namespace {

/// The mean of a state, as it is before a decimal's point is put where it belongs.
double Total(const IntegerSum& state) { return static_cast<double>(state.sum.Get()); }
double Total(const DecimalSum& state) { return state.ToDouble(); }
double Total(const FloatSum& state) { return state.Total(); }
double Total(const RetractableFloatSum& state) { return state.Total(); }

template <typename State>
void Finalize(KernelContext&, const AggregateCall& call, const uint8_t* const* states, uint32_t offset, uint32_t rows,
              MutableVector& result) {
  const DataType& argument = call.arguments[0];
  const int scale = argument.id() == TypeId::kDecimal ? argument.scale() : 0;
  const double unit = static_cast<double>(PowerOfTen(scale));
  for (uint32_t i = 0; i < rows; ++i) {
    const State& state = StateAt<State>(states, i, offset);
    const double count = state.count == 0 ? 1 : static_cast<double>(state.count);
    result.data<double>()[i] = Total(state) / count / unit;
    if (state.count == 0) SetNull(result, i);
  }
}

}  // namespace

void RegisterAverage(RegistryBuilder& builder) {
  builder.Describe({.name = "avg",
                    .category = "aggregate",
                    .signature = "avg([DISTINCT] x) → DOUBLE for numbers, INTERVAL for intervals",
                    .help = "Mean of the values that are not NULL; NULL when there are none.",
                    .example = "avg(x) FROM (VALUES (1), (2), (NULL)) AS t(x)",
                    .example_result = "1.5",
                    .aliases = {"mean"}});
  ForEachSummable([&](TypeId id, AggregateKernel append_only, AggregateKernel retractable) {
    AggregateFunction function;
    function.name = "avg";
    function.parameters = {id};
    function.result = TypeId::kDouble;
    if (id == TypeId::kDecimal) {
      append_only.finalize = retractable.finalize = Finalize<DecimalSum>;
    } else if (id == TypeId::kDouble || id == TypeId::kFloat) {
      append_only.finalize = Finalize<FloatSum>;
      retractable.finalize = Finalize<RetractableFloatSum>;
    } else {
      append_only.finalize = retractable.finalize = Finalize<IntegerSum>;
    }
    function.append_only = append_only;
    function.retractable = retractable;
    builder.Add(std::move(function));
  });
}

}  // namespace laminar
