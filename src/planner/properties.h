// What the planner proves about a relation: whether it retracts, which columns follow a watermark, what identifies a
// row.
#pragma once

#include <string>
#include <vector>

#include "catalog/time_column.h"

namespace laminar {

struct LogicalNode;

struct Properties {
  bool append_only = true;
  bool constant = false;         // of constants alone: brings no event time, and holds none back
  std::string retracts_because;  // a rule a person can apply to the SQL; empty when append_only
  std::vector<TimeColumn> times;
  std::vector<std::vector<int>> keys;  // each set of columns identifies a row; the empty set: there is one row at most
  int order_column = -1;               // event time that orders rows for first_value and last_value; -1: arrival alone

  /// The entry of a column, or null. A column has one at most.
  const TimeColumn* FindTime(int column) const;
};

/// How the plan as a whole delivers; it decides whether windowed aggregations retract.
struct PlanMode {
  bool once = false;      // nothing retracts in a single step over a snapshot
  bool on_close = false;  // windows are emitted when they close

  friend bool operator==(PlanMode, PlanMode) = default;
};

/// Sets the properties of `node` from those of its inputs.
void InferProperties(LogicalNode& node, PlanMode mode);
/// Bottom-up over the whole plan.
void InferAllProperties(LogicalNode& plan, PlanMode mode);

}  // namespace laminar
