// What a grouped aggregation is told: keys, aggregates, and what its input promises.
#pragma once

#include <memory>
#include <vector>

#include "common/type.h"
#include "function/aggregate_function.h"

namespace laminar {

struct AggregateSpec {
  const AggregateFunction* function = nullptr;
  std::vector<int> arguments;  // input columns, of exactly the types the function was bound to
  bool distinct = false;
  int filter = -1;  // boolean input column: rows where it is not true do not count; -1: none
  DataType result;
  std::vector<Value> constants = {};                                 // what the function takes besides
  bool descending = false;                                           // WITHIN GROUP (ORDER BY … DESC)
  bool keyed = false;                                                // ORDER BY: the last argument is the sort key
  std::shared_ptr<const AggregateFunction> kept_function = nullptr;  // `function`, unless it is a built-in one
};

struct HashAggregateSpec {
  std::vector<int> keys;  // input columns
  std::vector<AggregateSpec> aggregates;
  std::vector<DataType> input_types;
  bool input_append_only = true;  // no delta has weights below 1
  int event_time = -1;  // input column (64-bit, or DATE) that orders rows for first_value and last_value; -1: none
};

}  // namespace laminar
