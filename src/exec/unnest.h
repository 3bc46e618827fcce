// UNNEST of a row's own lists: a row becomes as many as its longest list has elements.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/nested_elements.h"
#include "exec/expression/program.h"
#include "exec/operator.h"

namespace laminar {

struct UnnestSpec {
  std::vector<ExpressionPtr> lists;
  std::vector<DataType> input_types;
  bool ordinality = false;  // a last column counts from 1
  bool outer = false;       // a row without elements stays, with NULLs in their place

  UnnestSpec Clone() const;
};

/// Stateless. Columns: the input's, one for each list (NULL past its end), and the ordinality. The rows made of one
/// stand together, in the order of its elements, with its weight and its place among the calls. They come out dense, in
/// pieces, in memory that lives during the call. A row with a list that fails goes to EmitErrors.
class Unnest final : public Operator {
 public:
  explicit Unnest(UnnestSpec spec);

  Status Push(Step& step, int port, const Delta& delta, Output& output) override;
  bool stateless() const override { return true; }
  bool may_fail() const override;
  std::unique_ptr<Operator> Clone() const override { return std::make_unique<Unnest>(spec_.Clone()); }
  std::string Describe() const override;

 private:
  static constexpr uint32_t kPieceRows = 4096;

  bool Fails(std::span<const Vector> lists, const Delta& delta, uint32_t i);
  Answer EmitPiece(const Delta& delta, Output& output);

  UnnestSpec spec_;
  std::unique_ptr<Program> program_;
  RowErrors errors_;
  // The piece that is being made.
  std::vector<uint32_t> rows_;  // of the input, physical
  std::vector<std::unique_ptr<NestedElements>> elements_;
  std::vector<int64_t> ordinals_;
  std::vector<int64_t> weights_;
  std::vector<Mark> marks_;
};

}  // namespace laminar
