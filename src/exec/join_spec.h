// What a join of two inputs is, as the planner hands it to the operator.
#pragma once

#include <cstdint>
#include <vector>

#include "common/type.h"
#include "function/expression.h"

namespace laminar {

enum class JoinKind : uint8_t {
  kInner,
  kLeft,   // and left rows without a match, padded with NULLs
  kRight,  // and right rows without one
  kFull,   // and both
  kSemi,   // left rows with a match, as often as they are there, whatever the number of matches
  kAnti,   // left rows without one
};

/// Two rows match when all keys are equal and the residual is true. A NULL key matches nothing, unless `null_safe`.
///
/// Contract:
/// 1. left_keys[i] and right_keys[i] are columns of their input and of the same type. No keys: all pairs meet.
/// 2. `residual` is over the columns of the left input followed by those of the right, or null. Where it fails for a
///    pair, the pair is no match and goes to the error port, and is taken back there when the pair goes.
/// 3. The result has `output`'s columns, in that order: positions in left ++ right; for kSemi and kAnti of the left
///    alone. On a padded side every column is NULL.
/// 4. An input said to be append-only never brings a negative weight.
struct JoinSpec {
  JoinKind kind = JoinKind::kInner;
  std::vector<DataType> left_types;
  std::vector<DataType> right_types;
  std::vector<int> left_keys;
  std::vector<int> right_keys;
  std::vector<bool> null_safe;  // beside the keys: IS NOT DISTINCT FROM
  ExpressionPtr residual;
  std::vector<int> output;
  bool left_append_only = true;
  bool right_append_only = true;
};

}  // namespace laminar
