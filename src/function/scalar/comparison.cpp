// = <> < <= > >=, and their kin that know NULL.
#include "common/nested.h"
#include "function/compare.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

template <bool kNegated, typename T>
void DistinctKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    const bool left = arguments[0].IsValid(i);
    const bool right = arguments[1].IsValid(i);
    const bool same = left && right ? Equal::Apply(At<T>(arguments[0], i), At<T>(arguments[1], i)) : left == right;
    out[i] = same == kNegated;
  }
}

void Add(RegistryBuilder& builder, const char* name, PhysicalType physical, ScalarKernel kernel, FunctionTraits traits,
         bool needs_order) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {kAny, kAny},
                             .result = TypeId::kBoolean,
                             .traits = traits,
                             .kernel = kernel,
                             .coerce =
                                 [coerce = CoerceToCommon(physical), needs_order](
                                     std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
                                   return arguments.size() == 2 && coerce(arguments, types) &&
                                          (!needs_order || HasOrder(types->front()));
                                 },
                             .bind = nullptr});
}

void RegisterFor(RegistryBuilder& builder, PhysicalType physical) {
  VisitPhysical(physical, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const FunctionTraits plain;
    Add(builder, "=", physical, BinaryKernel<Equal, T, T, uint8_t>, plain, false);
    Add(builder, "<>", physical, BinaryKernel<NotEqual, T, T, uint8_t>, plain, false);
    Add(builder, "<", physical, BinaryKernel<Less, T, T, uint8_t>, plain, true);
    Add(builder, "<=", physical, BinaryKernel<LessOrEqual, T, T, uint8_t>, plain, true);
    Add(builder, ">", physical, BinaryKernel<Greater, T, T, uint8_t>, plain, true);
    Add(builder, ">=", physical, BinaryKernel<GreaterOrEqual, T, T, uint8_t>, plain, true);
    const FunctionTraits handled{.nulls = NullBehaviour::kHandled, .never_null = true};
    Add(builder, "is distinct from", physical, DistinctKernel<false, T>, handled, false);
    Add(builder, "is not distinct from", physical, DistinctKernel<true, T>, handled, false);
  });
}

}  // namespace

void RegisterComparison(RegistryBuilder& builder) {
  builder.Describe({"=", "operator", "x = y → BOOLEAN", "Equal. NaN equals NaN.", "1 = 1.0", "true", {}});
  builder.Describe({"<>", "operator", "x <> y → BOOLEAN", "Not equal.", "1 <> 2", "true", {"!="}});
  builder.Describe({"<",
                    "operator",
                    "x < y → BOOLEAN",
                    "Less. Text compares by code points; NaN is the greatest number.",
                    "'a' < 'b'",
                    "true",
                    {}});
  builder.Describe({"<=", "operator", "x <= y → BOOLEAN", "Less or equal.", "2 <= 1", "false", {}});
  builder.Describe(
      {">", "operator", "x > y → BOOLEAN", "Greater.", "DATE '2013-02-09' > DATE '2013-02-08'", "true", {}});
  builder.Describe({">=", "operator", "x >= y → BOOLEAN", "Greater or equal.", "1.5 >= 1.5", "true", {}});
  builder.Describe({"is distinct from",
                    "operator",
                    "x IS DISTINCT FROM y → BOOLEAN",
                    "Not equal, NULL being a value equal to itself only.",
                    "NULL IS DISTINCT FROM 1",
                    "true",
                    {}});
  builder.Describe({"is not distinct from",
                    "operator",
                    "x IS NOT DISTINCT FROM y → BOOLEAN",
                    "Equal, NULL being a value equal to itself only.",
                    "NULL IS NOT DISTINCT FROM NULL",
                    "true",
                    {}});
  for (const PhysicalType physical : kAllPhysicalTypes) RegisterFor(builder, physical);
}

}  // namespace laminar
