// What each file of this folder brings to the registry.
#pragma once

namespace laminar {

class RegistryBuilder;

void RegisterArithmetic(RegistryBuilder& builder);
void RegisterDecimalArithmetic(RegistryBuilder& builder);
void RegisterDateTimeArithmetic(RegistryBuilder& builder);
void RegisterBitOperators(RegistryBuilder& builder);
void RegisterComparison(RegistryBuilder& builder);
void RegisterInList(RegistryBuilder& builder);
void RegisterBoolean(RegistryBuilder& builder);
void RegisterConditional(RegistryBuilder& builder);
void RegisterError(RegistryBuilder& builder);
void RegisterMath(RegistryBuilder& builder);
void RegisterRounding(RegistryBuilder& builder);
void RegisterString(RegistryBuilder& builder);
void RegisterStringSearch(RegistryBuilder& builder);
void RegisterStringBuilding(RegistryBuilder& builder);
void RegisterLike(RegistryBuilder& builder);
void RegisterRegexp(RegistryBuilder& builder);
void RegisterDateParts(RegistryBuilder& builder);
void RegisterDateBuckets(RegistryBuilder& builder);
void RegisterDateConversion(RegistryBuilder& builder);
void RegisterDateFormat(RegistryBuilder& builder);
void RegisterTimeOfCall(RegistryBuilder& builder);
void RegisterHashing(RegistryBuilder& builder);
void RegisterSortKey(RegistryBuilder& builder);
void RegisterSpecialMath(RegistryBuilder& builder);
void RegisterIntegerMath(RegistryBuilder& builder);
void RegisterStringDistance(RegistryBuilder& builder);
void RegisterEncoding(RegistryBuilder& builder);
void RegisterStringForms(RegistryBuilder& builder);
void RegisterDateMaking(RegistryBuilder& builder);
void RegisterDateDifference(RegistryBuilder& builder);
void RegisterDateReading(RegistryBuilder& builder);
void RegisterJson(RegistryBuilder& builder);
void RegisterList(RegistryBuilder& builder);
void RegisterListMath(RegistryBuilder& builder);
void RegisterStructAndMap(RegistryBuilder& builder);
void RegisterRandom(RegistryBuilder& builder);
void RegisterIntrospection(RegistryBuilder& builder);

/// All of them, in an order that decides how SHOW FUNCTIONS lists them.
void RegisterScalarFunctions(RegistryBuilder& builder);

}  // namespace laminar
