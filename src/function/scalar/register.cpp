#include "function/scalar/register.h"

namespace laminar {

void RegisterScalarFunctions(RegistryBuilder& builder) {
  RegisterArithmetic(builder);
  RegisterDecimalArithmetic(builder);
  RegisterDateTimeArithmetic(builder);
  RegisterBitOperators(builder);
  RegisterComparison(builder);
  RegisterInList(builder);
  RegisterBoolean(builder);
  RegisterConditional(builder);
  RegisterError(builder);
  RegisterMath(builder);
  RegisterRounding(builder);
  RegisterString(builder);
  RegisterStringSearch(builder);
  RegisterStringBuilding(builder);
  RegisterLike(builder);
  RegisterRegexp(builder);
  RegisterDateParts(builder);
  RegisterDateBuckets(builder);
  RegisterDateConversion(builder);
  RegisterDateFormat(builder);
  RegisterTimeOfCall(builder);
  RegisterHashing(builder);
}

}  // namespace laminar
