#include "function/aggregate/register.h"

namespace laminar {

void RegisterAggregateFunctions(RegistryBuilder& builder) {
  RegisterCount(builder);
  RegisterSum(builder);
  RegisterAverage(builder);
  RegisterIntervalSums(builder);
  RegisterMinMax(builder);
  RegisterFirstLast(builder);
  RegisterArgMinMax(builder);
  RegisterQuantiles(builder);
  RegisterVariance(builder);
  RegisterRegression(builder);
  RegisterProduct(builder);
  RegisterTextAggregates(builder);
  RegisterBooleanAggregates(builder);
  RegisterBitAggregates(builder);
}

}  // namespace laminar
