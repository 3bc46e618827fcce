// How a predicate is evaluated as a filter: first what can be tested column by column, then the rest on what is left.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "exec/expression/column_test.h"
#include "exec/expression/evaluator.h"

namespace laminar {

/// Scratch included: one thread at a time.
///
/// Narrowing must not change which rows fail: `false AND error` is false, but `NULL AND error` is that error. So the
/// column tests run first only if nothing else can fail, or if the tested columns have no NULL in the batch at hand.
class FilterPlan {
 public:
  explicit FilterPlan(const Expression& predicate);

  uint32_t Run(const Delta& input, int64_t now, uint32_t* selection, RowErrors* errors);

 private:
  bool MayNarrow(const Delta& input) const;
  uint32_t KeepTrue(Evaluator& evaluator, const Slice& slice, uint32_t* out, RowErrors* errors);

  std::vector<ColumnTest> tests_;
  bool rest_fallible_ = false;
  std::unique_ptr<Evaluator> rest_;   // what is no column test; null when nothing is
  std::unique_ptr<Evaluator> whole_;  // the predicate as it is; null when `rest_` may always be used
};

}  // namespace laminar
