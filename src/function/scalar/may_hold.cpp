#include "function/scalar/may_hold.h"

#include "function/scalar/kernel.h"

namespace laminar {

namespace {

void MayHoldKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  const Vector& condition = arguments[0];
  for (uint32_t i = 0; i < rows; ++i) {
    const bool fails = condition.errors != nullptr && condition.errors->Find(i) != nullptr;
    result.data<uint8_t>()[i] = fails || (condition.IsValid(i) && At<uint8_t>(condition, i) != 0);
  }
}

}  // namespace

const ScalarFunction& MayHoldFunction() {
  static const ScalarFunction function{.name = "may_hold",
                                       .parameters = {TypeId::kBoolean},
                                       .result = TypeId::kBoolean,
                                       .traits = {.nulls = NullBehaviour::kMasks},
                                       .kernel = MayHoldKernel,
                                       .coerce = nullptr,
                                       .bind = nullptr};
  return function;
}

}  // namespace laminar
