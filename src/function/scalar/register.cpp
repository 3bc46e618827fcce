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
  RegisterIntrospection(builder);
  RegisterMath(builder);
  RegisterRounding(builder);
  RegisterSpecialMath(builder);
  RegisterIntegerMath(builder);
  RegisterRandom(builder);
  RegisterString(builder);
  RegisterStringSearch(builder);
  RegisterStringBuilding(builder);
  RegisterStringForms(builder);
  RegisterStringDistance(builder);
  RegisterEncoding(builder);
  RegisterLike(builder);
  RegisterRegexp(builder);
  RegisterDateParts(builder);
  RegisterDateBuckets(builder);
  RegisterDateConversion(builder);
  RegisterDateFormat(builder);
  RegisterDateMaking(builder);
  RegisterDateDifference(builder);
  RegisterDateReading(builder);
  RegisterTimeOfCall(builder);
  RegisterJson(builder);
  RegisterList(builder);
  RegisterListMath(builder);
  RegisterStructAndMap(builder);
  RegisterHashing(builder);
  RegisterSortKey(builder);
}

}  // namespace laminar
