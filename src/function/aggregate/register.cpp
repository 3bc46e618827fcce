#include "function/aggregate/register.h"

namespace laminar {

void RegisterAggregateFunctions(RegistryBuilder& builder) {
  RegisterCount(builder);
  RegisterSum(builder);
  RegisterAverage(builder);
  RegisterMinMax(builder);
  RegisterFirstLast(builder);
  RegisterBooleanAggregates(builder);
}

}  // namespace laminar
