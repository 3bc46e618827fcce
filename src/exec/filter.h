// WHERE and HAVING: keeps the rows for which a predicate is true.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exec/expression/program.h"
#include "exec/operator.h"

namespace laminar {

/// Stateless. Passes its input on with a narrower selection; nothing is copied, and the owner stays. Rows where the
/// predicate fails go to EmitErrors, rows where it is false or NULL vanish.
class Filter final : public Operator {
 public:
  /// `predicate` is BOOLEAN.
  explicit Filter(ExpressionPtr predicate);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  bool may_fail() const override { return predicate_->fallible(); }
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  ExpressionPtr predicate_;
  std::unique_ptr<Program> program_;
  std::vector<uint32_t> selection_;
  RowErrors errors_;
};

}  // namespace laminar
