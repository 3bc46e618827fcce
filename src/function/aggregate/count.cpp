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

void UpdateTruths(AggregateContext&, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
                  uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const uint8_t* values = arguments[0].data<uint8_t>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    StateAt<Count>(states, i, offset).rows += values[i] != 0 ? weight : 0;
  });
}

AggregateFunction DeclareOfValues(const char* name) {
  AggregateKernel kernel = KernelOf<Count>();
  kernel.update = UpdateValues;
  kernel.combine = Combine;
  kernel.finalize = Finalize;
  AggregateFunction function;
  function.name = name;
  function.parameters = {kAny};
  function.result = TypeId::kInt64;
  function.result_nullable = false;
  function.append_only = function.retractable = kernel;
  return function;
}

AggregateFunction DeclareOfRows() {
  AggregateFunction function = DeclareOfValues("count");
  function.parameters = {};
  function.append_only.is_row_count = true;
  function.append_only.update = UpdateRows;
  function.retractable = function.append_only;
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
  builder.Add(DeclareOfRows());
  builder.Add(DeclareOfValues("count"));
  builder.Describe({.name = "count_if",
                    .category = "aggregate",
                    .signature = "count_if(x BOOLEAN) → BIGINT",
                    .help = "Number of values that are true.",
                    .example = "count_if(x > 1) FROM (VALUES (1), (NULL), (3)) AS t(x)",
                    .example_result = "1",
                    .aliases = {"countif"}});
  AggregateFunction truths = DeclareOfValues("count_if");
  truths.parameters = {TypeId::kBoolean};
  truths.append_only.update = truths.retractable.update = UpdateTruths;
  builder.Add(std::move(truths));
  builder.Describe({.name = "approx_count_distinct",
                    .category = "aggregate",
                    .signature = "approx_count_distinct(x ANY) → BIGINT",
                    .help = "count(DISTINCT x): nothing is approximated, the distinct values are kept.",
                    .example = "approx_count_distinct(x) FROM (VALUES (1), (2), (1)) AS t(x)",
                    .example_result = "2",
                    .aliases = {}});
  AggregateFunction distinct = DeclareOfValues("approx_count_distinct");
  distinct.always_distinct = true;
  builder.Add(std::move(distinct));
}

}  // namespace laminar
