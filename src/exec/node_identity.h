// What makes two operators of two dataflows one: the engine runs equal ones once (engine/shared_nodes.h).
#pragma once

#include <cstddef>
#include <vector>

#include "common/type.h"

namespace laminar {

/// What a node computes from the inputs of its dataflow, everything below it included. Immutable; read by any thread.
///
/// Contract: of two equal identities, over the same inputs in the same order, the nodes emit the same net change in
/// every step, set the same rows aside, count the same ones late and have the same contents; and what they emit carries
/// no marks, so that whoever reads it cannot tell whether it was there from the beginning.
class NodeIdentity {
 public:
  virtual ~NodeIdentity() = default;

  /// Equal for equal identities.
  virtual size_t hash() const = 0;
  /// `other` was made by the same planner.
  virtual bool Equals(const NodeIdentity& other) const = 0;
  /// Of the columns that the node emits.
  virtual const std::vector<DataType>& types() const = 0;
};

}  // namespace laminar
