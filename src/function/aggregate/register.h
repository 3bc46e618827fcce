// What each file of this folder brings to the registry.
#pragma once

namespace laminar {

class RegistryBuilder;

void RegisterCount(RegistryBuilder& builder);
void RegisterSum(RegistryBuilder& builder);
void RegisterAverage(RegistryBuilder& builder);
/// More overloads of sum and avg.
void RegisterIntervalSums(RegistryBuilder& builder);
void RegisterMinMax(RegistryBuilder& builder);
void RegisterFirstLast(RegistryBuilder& builder);
void RegisterArgMinMax(RegistryBuilder& builder);
void RegisterQuantiles(RegistryBuilder& builder);
void RegisterVariance(RegistryBuilder& builder);
void RegisterRegression(RegistryBuilder& builder);
void RegisterProduct(RegistryBuilder& builder);
void RegisterTextAggregates(RegistryBuilder& builder);
void RegisterBooleanAggregates(RegistryBuilder& builder);
void RegisterBitAggregates(RegistryBuilder& builder);

/// All of them, in the order SHOW FUNCTIONS lists them.
void RegisterAggregateFunctions(RegistryBuilder& builder);

}  // namespace laminar
