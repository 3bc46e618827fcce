// What each file of this folder brings to the registry.
#pragma once

namespace laminar {

class RegistryBuilder;

void RegisterCount(RegistryBuilder& builder);
void RegisterSum(RegistryBuilder& builder);
void RegisterAverage(RegistryBuilder& builder);
void RegisterMinMax(RegistryBuilder& builder);
void RegisterFirstLast(RegistryBuilder& builder);
void RegisterBooleanAggregates(RegistryBuilder& builder);

/// All of them, in the order SHOW FUNCTIONS lists them.
void RegisterAggregateFunctions(RegistryBuilder& builder);

}  // namespace laminar
