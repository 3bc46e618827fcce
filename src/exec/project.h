// The select list: computes one column per expression.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exec/expression/program.h"
#include "exec/operator.h"

namespace laminar {

/// Stateless. A projection of bare columns passes views on, with selection and owner. Otherwise rows come out dense, in
/// scratch memory that lives during the call; a row with an error in any expression goes to EmitErrors instead.
class Project final : public Operator {
 public:
  explicit Project(std::vector<ExpressionPtr> expressions);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  bool may_fail() const override;
  std::unique_ptr<Operator> Clone() const override;
  std::string Describe() const override;

 private:
  void FollowSelection(const Delta& delta, Delta* projected);
  bool TakeErrors(const Delta& delta, std::span<const Vector> results, Delta* projected, Output& output);

  std::vector<ExpressionPtr> expressions_;
  bool columns_only_;
  std::unique_ptr<Program> program_;  // null when columns_only_
  std::vector<int64_t> weights_;
  std::vector<Mark> marks_;
  std::vector<uint32_t> selection_;
  RowErrors errors_;
};

}  // namespace laminar
