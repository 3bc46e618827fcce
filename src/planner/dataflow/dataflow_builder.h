// Logical plan to dataflow: operators, edges, partitions, watermark lines, and the text EXPLAIN shows for each.
#pragma once

#include "exec/dataflow_spec.h"
#include "planner/logical_plan.h"

namespace laminar {

struct BuildOptions {
  PlanMode mode;
  int partitions = 1;  // of keyed aggregations and joins
  bool share = false;  // what keeps state gets an identity, by which dataflows share it
};

/// Properties of `plan` must be inferred for `options.mode`. Schema and delivery of the result are the caller's to set.
DataflowSpec BuildDataflow(const LogicalNode& plan, const BuildOptions& options);

}  // namespace laminar
