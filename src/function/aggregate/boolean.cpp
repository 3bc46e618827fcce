#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

struct Truths {
  int64_t trues = 0;
  int64_t falses = 0;
};

void Update(AggregateContext&, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const uint8_t* values = arguments[0].data<uint8_t>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    Truths& state = StateAt<Truths>(states, i, offset);
    (values[i] != 0 ? state.trues : state.falses) += weight;
  });
}

void Combine(AggregateContext&, uint8_t* into, const uint8_t* from) {
  reinterpret_cast<Truths*>(into)->trues += reinterpret_cast<const Truths*>(from)->trues;
  reinterpret_cast<Truths*>(into)->falses += reinterpret_cast<const Truths*>(from)->falses;
}

template <bool kAnd>
void Finalize(KernelContext&, const AggregateCall&, const uint8_t* const* states, uint32_t offset, uint32_t rows,
              MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    const Truths& state = StateAt<Truths>(states, i, offset);
    result.data<uint8_t>()[i] = kAnd ? state.falses == 0 : state.trues != 0;
    if (state.trues == 0 && state.falses == 0) SetNull(result, i);
  }
}

template <bool kAnd>
AggregateFunction Declare(const char* name) {
  AggregateKernel kernel = KernelOf<Truths>();
  kernel.update = Update;
  kernel.combine = Combine;
  kernel.finalize = Finalize<kAnd>;
  AggregateFunction function;
  function.name = name;
  function.parameters = {TypeId::kBoolean};
  function.result = TypeId::kBoolean;
  function.ignores_distinct = true;
  function.append_only = function.retractable = kernel;
  return function;
}

}  // namespace

void RegisterBooleanAggregates(RegistryBuilder& builder) {
  builder.Describe({.name = "bool_and",
                    .category = "aggregate",
                    .signature = "bool_and(x BOOLEAN) → BOOLEAN",
                    .help = "True when no value is false; NULL when there are none.",
                    .example = "bool_and(x) FROM (VALUES (true), (false)) AS t(x)",
                    .example_result = "false",
                    .aliases = {"every"}});
  builder.Describe({.name = "bool_or",
                    .category = "aggregate",
                    .signature = "bool_or(x BOOLEAN) → BOOLEAN",
                    .help = "True when some value is true; NULL when there are none.",
                    .example = "bool_or(x) FROM (VALUES (true), (false)) AS t(x)",
                    .example_result = "true",
                    .aliases = {}});
  builder.Add(Declare<true>("bool_and"));
  builder.Add(Declare<false>("bool_or"));
}

}  // namespace laminar
