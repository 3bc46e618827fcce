// INTERSECT [ALL] and EXCEPT [ALL] of two inputs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/type.h"
#include "exec/operator.h"

namespace laminar {

enum class SetOperationKind : uint8_t { kIntersect, kExcept };

/// "INTERSECT", "EXCEPT".
std::string_view NameOf(SetOperationKind kind);

/// Counts each distinct row of its two ports (NULL equals NULL) and shows it, of `left` and `right` times that it came:
///
///     INTERSECT      once, if both are positive       INTERSECT ALL  the lesser of the two
///     EXCEPT         once, if only left is positive   EXCEPT ALL     left - right, if that is positive
///
/// Any of the inputs may retract.
class SetOperation final : public Operator {
 public:
  /// `append_only`: nothing is ever taken back from the result, so that it is emitted without weights.
  SetOperation(SetOperationKind kind, bool all, bool append_only, std::vector<DataType> types);
  ~SetOperation() override;

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  Status Flush(Step& step, Output& output) override;
  bool stateless() const override { return false; }
  std::unique_ptr<Operator> Clone() const override;
  std::unique_ptr<OperatorSnapshot> Snapshot() override;
  std::string Describe() const override;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
