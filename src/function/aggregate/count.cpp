#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

struct Count {
  int64_t rows = 0;
};

void UpdateRows(AggregateContext&, std::span<const Vector>, const int64_t* weights, const RowOrder*,
                uint8_t* const* states, uint32_t offset, uint32_t rows) {
  for (uint32_t i = 0; i < rows; ++i) StateAt<Count>(states, i, offset).rows += weights != nullptr ? weights[i] : 1;
}

void UpdateValues(AggregateContext&, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
                  uint8_t* const* states, uint32_t offset, uint32_t rows) {
  ForEachValue(arguments[0], weights, rows,
               [&](uint32_t i, int64_t weight) { StateAt<Count>(states, i, offset).rows += weight; });
}

void Combine(AggregateContext&, uint8_t* into, const uint8_t* from) {
  reinterpret_cast<Count*>(into)->rows += reinterpret_cast<const Count*>(from)->rows;
}

void Finalize(KernelContext&, const AggregateCall&, const uint8_t* const* states, uint32_t offset, uint32_t rows,
              MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) result.data<int64_t>()[i] = StateAt<Count>(states, i, offset).rows;
}

AggregateFunction Declare(bool of_values) {
  AggregateKernel kernel = KernelOf<Count>();
  kernel.is_row_count = !of_values;
  kernel.update = of_values ? UpdateValues : UpdateRows;
  kernel.combine = Combine;
  kernel.finalize = Finalize;
  AggregateFunction function;
  function.name = "count";
  if (of_values) function.parameters = {kAny};
  function.result = TypeId::kInt64;
  function.result_nullable = false;
  function.append_only = function.retractable = kernel;
  return function;
}

}  // namespace

void RegisterCount(RegistryBuilder& builder) {
  builder.Describe({.name = "count",
                    .category = "aggregate",
                    .signature = "count(*) → BIGINT, count([DISTINCT] x ANY) → BIGINT",
                    .help = "Number of rows, or of values that are not NULL.",
                    .example = "count(x) FROM (VALUES (1), (NULL), (3)) AS t(x)",
                    .example_result = "2",
                    .aliases = {}});
  builder.Add(Declare(false));
  builder.Add(Declare(true));
}

}  // namespace laminar
