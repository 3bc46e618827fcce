// A plan cut into the nodes that other dataflows may share and what stands above them.
#pragma once

#include <memory>
#include <vector>

#include "exec/dataflow_spec.h"

namespace laminar {

/// A node with an identity and what lies below it, down to the next such nodes, which are inputs of it (kShared). Lines
/// keep their numbers; those that nothing in the part follows have no sources.
struct PlanPart {
  DataflowSpec spec;
  std::shared_ptr<const NodeIdentity> identity;
};

/// Where an operator or input of the plan went.
struct PlacedInPart {
  int part = -1;
  int index = -1;

  friend bool operator==(PlacedInPart, PlacedInPart) = default;
};

/// The plan as it was before it was cut, without its operators: what EXPLAIN draws.
struct PlanOutline {
  DataflowSpec spec;
  std::vector<PlacedInPart> nodes;
  std::vector<PlacedInPart> inputs;  // where it is read; of several parts, in one of them
};

/// In what order inputs and nodes of a part stand depends on what it computes alone, not on the plan it was cut from.
struct PlanParts {
  explicit PlanParts(DataflowSpec spec);

  std::vector<PlanPart> shared;  // a part reads earlier ones only
  DataflowSpec rest;             // reads any of them
  PlanOutline outline;           // part shared.size() is the rest
};

/// The labels and edges without the operators.
DataflowSpec OutlineOf(const DataflowSpec& spec);

}  // namespace laminar
