#include "planner/dataflow/plan_identity.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "planner/dataflow/graph_builder.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

void Mix(size_t value, size_t* hash) { *hash = (*hash ^ value) * 0x9E3779B97F4A7C15u + (*hash >> 29); }

/// What Expression::Equals compares.
void Mix(const Expression& expression, size_t* hash) {
  Mix(static_cast<size_t>(expression.kind), hash);
  Mix(static_cast<size_t>(expression.type.id()), hash);
  Mix(static_cast<size_t>(expression.column), hash);
  Mix(std::hash<const void*>()(expression.function), hash);
  if (expression.is_constant()) Mix(std::hash<std::string>()(expression.value.ToString()), hash);
  for (const ExpressionPtr& child : expression.children) Mix(*child, hash);
}

/// Rows come straight from sources, each with the call that brought it.
bool RowsHaveCalls(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan:
      return node.As<LogicalScan>().relation->is_source();
    case LogicalKind::kFilter:
    case LogicalKind::kProject:
    case LogicalKind::kWindowAssign:
    case LogicalKind::kUnnest:
    case LogicalKind::kUnionAll:
      return std::ranges::all_of(node.inputs, [](const LogicalNodePtr& input) { return RowsHaveCalls(*input); });
    default:
      return false;
  }
}

bool IsRepeatable(LogicalNode& node) {
  if (node.kind == LogicalKind::kFileScan || node.kind == LogicalKind::kSort || node.kind == LogicalKind::kLimit) {
    return false;
  }
  const auto rows_have_calls = [&] {
    return std::ranges::all_of(node.inputs, [](const LogicalNodePtr& input) { return RowsHaveCalls(*input); });
  };
  bool repeatable = true;
  ForEachExpression(node, [&](const ExpressionPtr& expression) {
    repeatable &= expression->deterministic() && (!expression->reads_time() || rows_have_calls());
  });
  return repeatable &&
         std::ranges::all_of(node.inputs, [](const LogicalNodePtr& input) { return IsRepeatable(*input); });
}

/// What the operators are told of their inputs beside the plan itself.
bool SameProperties(const LogicalNode& a, const LogicalNode& b) {
  return a.properties.append_only == b.properties.append_only &&
         a.properties.order_column == b.properties.order_column &&
         std::ranges::equal(a.inputs, b.inputs,
                            [](const LogicalNodePtr& x, const LogicalNodePtr& y) { return SameProperties(*x, *y); });
}

/// Takes out of the copy whatever may be gone when it is compared, and hashes the rest.
class Detachment {
 public:
  void Detach(LogicalNode& node) {
    Mix(static_cast<size_t>(node.kind), &hash_);
    if (node.kind == LogicalKind::kScan) DetachScan(node.As<LogicalScan>());
    if (node.kind == LogicalKind::kTopN) node.As<LogicalTopN>().place = {};
    if (node.kind == LogicalKind::kAggregate) {
      for (AggregateItem& item : node.As<LogicalAggregate>().aggregates) {
        Mix(std::hash<const void*>()(item.function), &hash_);
        item.place = {};
      }
    }
    ForEachExpression(node, [&](const ExpressionPtr& expression) { Mix(*expression, &hash_); });
    for (const LogicalNodePtr& input : node.inputs) Detach(*input);
  }
  std::vector<int> TakeRelations() { return std::move(numbers_); }
  size_t hash() const { return hash_; }

 private:
  void DetachScan(LogicalScan& scan) {
    const auto known = std::ranges::find(relations_, scan.relation);
    numbers_.push_back(static_cast<int>(known - relations_.begin()));
    if (known == relations_.end()) relations_.push_back(scan.relation);
    scan.relation = nullptr;
    for (const int column : scan.columns) Mix(static_cast<size_t>(column), &hash_);
  }

  std::vector<const CatalogEntry*> relations_;
  std::vector<int> numbers_;
  size_t hash_ = 0;
};

}  // namespace

std::shared_ptr<const NodeIdentity> PlanIdentity::Of(const LogicalNode& plan, const BuildOptions& options) {
  LogicalNodePtr copy = Clone(plan);
  if (!IsRepeatable(*copy)) return nullptr;
  return std::make_shared<PlanIdentity>(std::move(copy), options);
}

PlanIdentity::PlanIdentity(LogicalNodePtr plan, const BuildOptions& options)
    : plan_(std::move(plan)), mode_(options.mode), partitions_(options.partitions), types_(TypesOf(plan_->schema)) {
  Detachment detachment;
  detachment.Detach(*plan_);
  relations_ = detachment.TakeRelations();
  hash_ = detachment.hash();
}

bool PlanIdentity::Equals(const NodeIdentity& other) const {
  const auto& that = static_cast<const PlanIdentity&>(other);
  return hash_ == that.hash_ && mode_ == that.mode_ && partitions_ == that.partitions_ &&
         relations_ == that.relations_ && SamePlan(*plan_, *that.plan_) && SameProperties(*plan_, *that.plan_);
}

}  // namespace laminar
