// The identity of a node that keeps state: the part of the plan it was built from.
#pragma once

#include <memory>
#include <vector>

#include "exec/node_identity.h"
#include "planner/dataflow/dataflow_builder.h"
#include "planner/logical_plan.h"

namespace laminar {

/// A copy of the plan in which relations are numbers: the engine compares what the inputs are bound to, so that a
/// relation dropped and made anew under its name is another one.
class PlanIdentity final : public NodeIdentity {
 public:
  /// Null when two runs of the plan may differ: it draws random numbers, or reads the clock where rows have no call.
  static std::shared_ptr<const NodeIdentity> Of(const LogicalNode& plan, const BuildOptions& options);

  PlanIdentity(LogicalNodePtr plan, const BuildOptions& options);

  size_t hash() const override { return hash_; }
  bool Equals(const NodeIdentity& other) const override;
  const std::vector<DataType>& types() const override { return types_; }

 private:
  LogicalNodePtr plan_;
  PlanMode mode_;
  int partitions_;
  std::vector<int> relations_;  // of the scans, first to last: which of the plan's relations it is
  std::vector<DataType> types_;
  size_t hash_;
};

}  // namespace laminar
