#include "exec/expression/filter_plan.h"

#include <algorithm>

namespace laminar {
namespace {

void CollectConjuncts(const Expression& predicate, std::vector<const Expression*>* conjuncts) {
  if (predicate.kind == ExpressionKind::kCall && predicate.function->name == "and") {
    for (const ExpressionPtr& child : predicate.children) CollectConjuncts(*child, conjuncts);
  } else {
    conjuncts->push_back(&predicate);
  }
}

ExpressionPtr Conjunction(const ScalarFunction* conjunction, const std::vector<const Expression*>& conjuncts) {
  if (conjuncts.size() == 1) return conjuncts[0]->Clone();
  std::vector<ExpressionPtr> children;
  for (const Expression* conjunct : conjuncts) children.push_back(conjunct->Clone());
  return Expression::MakeCall(conjunction, TypeId::kBoolean, std::move(children));
}

std::unique_ptr<Evaluator> MakeEvaluator(const Expression& expression) {
  const Expression* const expressions[] = {&expression};
  return std::make_unique<Evaluator>(CompileExpressions(expressions, false));
}

}  // namespace

FilterPlan::FilterPlan(const Expression& predicate) {
  std::vector<const Expression*> conjuncts;
  std::vector<const Expression*> rest;
  CollectConjuncts(predicate, &conjuncts);
  for (const Expression* conjunct : conjuncts) {
    if (std::optional<ColumnTest> test = AsColumnTest(*conjunct)) {
      tests_.push_back(std::move(*test));
    } else {
      rest.push_back(conjunct);
      rest_fallible_ |= conjunct->fallible();
    }
  }
  if (!tests_.empty() && !rest.empty()) rest_ = MakeEvaluator(*Conjunction(predicate.function, rest));
  if (tests_.empty() || rest_fallible_) whole_ = MakeEvaluator(predicate);
}

bool FilterPlan::MayNarrow(const Delta& input) const {
  if (tests_.empty()) return false;
  return !rest_fallible_ || std::all_of(tests_.begin(), tests_.end(), [&input](const ColumnTest& test) {
    return input.columns[static_cast<size_t>(test.column)].validity == nullptr;
  });
}

uint32_t FilterPlan::Run(const Delta& input, int64_t now, uint32_t* selection, RowErrors* errors) {
  const bool narrow = MayNarrow(input);
  Evaluator* const evaluator = narrow ? rest_.get() : whole_.get();
  if (evaluator != nullptr) evaluator->Begin(input, now);
  uint32_t candidates[kKernelRows];
  uint32_t kept = 0;
  const uint32_t total = input.size();
  for (uint32_t begin = 0; begin < total; begin += kKernelRows) {
    Slice slice;
    slice.begin = begin;
    slice.count = std::min(kKernelRows, total - begin);
    slice.rows = input.selection != nullptr ? input.selection + begin : nullptr;
    if (narrow) {
      // Without a rest, the last test's rows are the result.
      uint32_t count = slice.count;
      for (size_t t = 0; t < tests_.size(); ++t) {
        const ColumnTest& test = tests_[t];
        uint32_t* const out = evaluator == nullptr && t + 1 == tests_.size() ? selection + kept : candidates;
        count = test.select(input.columns[static_cast<size_t>(test.column)], test.constant->vector().values,
                            t == 0 ? slice.rows : candidates, begin, count, out);
      }
      if (evaluator == nullptr) {
        kept += count;
        continue;
      }
      if (count == 0) continue;
      if (count < slice.count) {
        slice.rows = candidates;
        slice.count = count;
      }
    }
    evaluator->Run(slice, {});
    kept += KeepTrue(*evaluator, slice, selection + kept, errors);
  }
  return kept;
}

uint32_t FilterPlan::KeepTrue(Evaluator& evaluator, const Slice& slice, uint32_t* out, RowErrors* errors) {
  const Vector& result = evaluator.vector(evaluator.code().outputs[0]);
  const uint8_t* values = result.data<uint8_t>();
  uint32_t kept = 0;
  if (result.constant) {
    if (!result.IsValid(0) || values[0] == 0) return 0;
    for (uint32_t i = 0; i < slice.count; ++i) out[i] = slice.PhysicalRow(i);
    return slice.count;
  }
  if (result.validity == nullptr) {
    for (uint32_t i = 0; i < slice.count; ++i) {
      out[kept] = slice.PhysicalRow(i);
      kept += values[i];
    }
    return kept;
  }
  for (uint32_t i = 0; i < slice.count; ++i) {
    out[kept] = slice.PhysicalRow(i);
    kept += static_cast<uint32_t>(values[i] != 0) & static_cast<uint32_t>(GetBit(result.validity, i));
  }
  if (result.errors != nullptr) {
    for (const RowErrors::Entry& entry : result.errors->entries) {
      errors->entries.push_back({slice.PhysicalRow(entry.row), entry.code, entry.message});
    }
  }
  return kept;
}

}  // namespace laminar
