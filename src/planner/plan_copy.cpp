// Plans as values: copied, and compared by what they compute.
#include <algorithm>
#include <utility>

#include "planner/logical_plan.h"

namespace laminar {

namespace {

std::vector<ExpressionPtr> CloneAll(const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> clones;
  for (const ExpressionPtr& expression : expressions) clones.push_back(expression->Clone());
  return clones;
}

std::unique_ptr<LogicalAggregate> CloneAggregate(const LogicalAggregate& aggregate) {
  auto copy = std::make_unique<LogicalAggregate>();
  copy->keys = CloneAll(aggregate.keys);
  for (const AggregateItem& item : aggregate.aggregates) copy->aggregates.push_back(item.Clone());
  copy->window = aggregate.window;
  return copy;
}

std::unique_ptr<LogicalJoin> CloneJoin(const LogicalJoin& join) {
  auto copy = std::make_unique<LogicalJoin>();
  copy->join = join.join;
  for (const JoinKey& key : join.keys) {
    copy->keys.push_back({key.left->Clone(), key.right->Clone(), key.null_safe});
  }
  if (join.residual != nullptr) copy->residual = join.residual->Clone();
  copy->output = join.output;
  return copy;
}

/// The node without its inputs.
LogicalNodePtr CloneNode(const LogicalNode& node) {
  switch (node.kind) {
    case LogicalKind::kScan: {
      auto copy = std::make_unique<LogicalScan>();
      copy->relation = node.As<LogicalScan>().relation;
      copy->columns = node.As<LogicalScan>().columns;
      return copy;
    }
    case LogicalKind::kFileScan: {
      auto copy = std::make_unique<LogicalFileScan>();
      copy->files = node.As<LogicalFileScan>().files;
      copy->columns = node.As<LogicalFileScan>().columns;
      return copy;
    }
    case LogicalKind::kValues: {
      auto copy = std::make_unique<LogicalValues>();
      copy->rows = node.As<LogicalValues>().rows;
      copy->table = node.As<LogicalValues>().table;
      return copy;
    }
    case LogicalKind::kFilter: {
      auto copy = std::make_unique<LogicalFilter>();
      copy->predicate = node.As<LogicalFilter>().predicate->Clone();
      return copy;
    }
    case LogicalKind::kProject: {
      auto copy = std::make_unique<LogicalProject>();
      copy->expressions = CloneAll(node.As<LogicalProject>().expressions);
      copy->stored = node.As<LogicalProject>().stored;
      return copy;
    }
    case LogicalKind::kWindowAssign: {
      const auto& assign = node.As<LogicalWindowAssign>();
      auto copy = std::make_unique<LogicalWindowAssign>();
      copy->spec = assign.spec;
      copy->time_column = assign.time_column;
      copy->text = assign.text;
      return copy;
    }
    case LogicalKind::kAggregate:
      return CloneAggregate(node.As<LogicalAggregate>());
    case LogicalKind::kUnionAll:
      return std::make_unique<LogicalUnionAll>();
    case LogicalKind::kJoin:
      return CloneJoin(node.As<LogicalJoin>());
    case LogicalKind::kTopN: {
      const auto& top = node.As<LogicalTopN>();
      auto copy = std::make_unique<LogicalTopN>();
      copy->partition = top.partition;
      copy->order = top.order;
      copy->by_arrival = top.by_arrival;
      copy->limit = top.limit;
      copy->offset = top.offset;
      copy->numbered = top.numbered;
      copy->place = top.place;
      return copy;
    }
    case LogicalKind::kUnnest: {
      const auto& unnest = node.As<LogicalUnnest>();
      auto copy = std::make_unique<LogicalUnnest>();
      copy->lists = CloneAll(unnest.lists);
      copy->ordinality = unnest.ordinality;
      copy->outer = unnest.outer;
      return copy;
    }
    case LogicalKind::kSetOperation: {
      auto copy = std::make_unique<LogicalSetOperation>();
      copy->operation = node.As<LogicalSetOperation>().operation;
      copy->all = node.As<LogicalSetOperation>().all;
      return copy;
    }
    case LogicalKind::kSort: {
      const auto& sort = node.As<LogicalSort>();
      auto copy = std::make_unique<LogicalSort>();
      copy->keys = sort.keys;
      copy->limit = sort.limit;
      copy->offset = sort.offset;
      return copy;
    }
    case LogicalKind::kLimit: {
      auto copy = std::make_unique<LogicalLimit>();
      copy->limit = node.As<LogicalLimit>().limit;
      copy->offset = node.As<LogicalLimit>().offset;
      return copy;
    }
  }
  return nullptr;
}

bool SameExpression(const ExpressionPtr& a, const ExpressionPtr& b) {
  return a == nullptr || b == nullptr ? a == b : a->Equals(*b);
}

bool SameExpressions(const std::vector<ExpressionPtr>& a, const std::vector<ExpressionPtr>& b) {
  return std::ranges::equal(a, b, SameExpression);
}

bool SameWindowKeys(const std::optional<WindowKeys>& a, const std::optional<WindowKeys>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->start == b->start && a->end == b->end && a->sources == b->sources && a->declared == b->declared &&
         a->nanos_per_unit == b->nanos_per_unit && a->lateness == b->lateness;
}

bool SameAssign(const LogicalWindowAssign& a, const LogicalWindowAssign& b) {
  return a.time_column == b.time_column && a.spec.kind == b.spec.kind && a.spec.size == b.spec.size &&
         a.spec.slide == b.spec.slide && a.spec.offset == b.spec.offset && a.spec.months == b.spec.months;
}

bool SameJoin(const LogicalJoin& a, const LogicalJoin& b) {
  const auto same_key = [](const JoinKey& x, const JoinKey& y) {
    return x.null_safe == y.null_safe && x.left->Equals(*y.left) && x.right->Equals(*y.right);
  };
  return a.join == b.join && a.output == b.output && SameExpression(a.residual, b.residual) &&
         std::ranges::equal(a.keys, b.keys, same_key);
}

bool SameTopN(const LogicalTopN& a, const LogicalTopN& b) {
  const auto same_key = [](const SortKey& x, const SortKey& y) {
    return x.column == y.column && x.descending == y.descending && x.nulls_first == y.nulls_first;
  };
  return a.partition == b.partition && std::ranges::equal(a.order, b.order, same_key) && a.by_arrival == b.by_arrival &&
         a.limit == b.limit && a.offset == b.offset && a.numbered == b.numbered;
}

bool SameNode(const LogicalNode& a, const LogicalNode& b) {
  switch (a.kind) {
    case LogicalKind::kScan:
      return a.As<LogicalScan>().relation == b.As<LogicalScan>().relation &&
             a.As<LogicalScan>().columns == b.As<LogicalScan>().columns;
    case LogicalKind::kFileScan:
      return a.As<LogicalFileScan>().files == b.As<LogicalFileScan>().files &&
             a.As<LogicalFileScan>().columns == b.As<LogicalFileScan>().columns;
    case LogicalKind::kFilter:
      return SameExpression(a.As<LogicalFilter>().predicate, b.As<LogicalFilter>().predicate);
    case LogicalKind::kProject:
      return a.As<LogicalProject>().stored == b.As<LogicalProject>().stored &&
             SameExpressions(a.As<LogicalProject>().expressions, b.As<LogicalProject>().expressions);
    case LogicalKind::kWindowAssign:
      return SameAssign(a.As<LogicalWindowAssign>(), b.As<LogicalWindowAssign>());
    case LogicalKind::kAggregate: {
      const auto& x = a.As<LogicalAggregate>();
      const auto& y = b.As<LogicalAggregate>();
      const auto same_item = [](const AggregateItem& i, const AggregateItem& j) { return i.Equals(j); };
      return SameExpressions(x.keys, y.keys) && std::ranges::equal(x.aggregates, y.aggregates, same_item) &&
             SameWindowKeys(x.window, y.window);
    }
    case LogicalKind::kUnionAll:
      return true;
    case LogicalKind::kJoin:
      return SameJoin(a.As<LogicalJoin>(), b.As<LogicalJoin>());
    case LogicalKind::kTopN:
      return SameTopN(a.As<LogicalTopN>(), b.As<LogicalTopN>());
    case LogicalKind::kSetOperation:
      return a.As<LogicalSetOperation>().operation == b.As<LogicalSetOperation>().operation &&
             a.As<LogicalSetOperation>().all == b.As<LogicalSetOperation>().all;
    case LogicalKind::kUnnest: {
      const auto& x = a.As<LogicalUnnest>();
      const auto& y = b.As<LogicalUnnest>();
      return SameExpressions(x.lists, y.lists) && x.ordinality == y.ordinality && x.outer == y.outer;
    }
    case LogicalKind::kValues:
      return a.As<LogicalValues>().rows == b.As<LogicalValues>().rows;
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
      return false;  // once only: not worth it
  }
  return false;
}

}  // namespace

LogicalNodePtr Clone(const LogicalNode& plan) {
  LogicalNodePtr copy = CloneNode(plan);
  copy->schema = plan.schema;
  copy->properties = plan.properties;
  for (const LogicalNodePtr& input : plan.inputs) copy->inputs.push_back(Clone(*input));
  return copy;
}

bool SamePlan(const LogicalNode& a, const LogicalNode& b) {
  const auto same_input = [](const LogicalNodePtr& x, const LogicalNodePtr& y) { return SamePlan(*x, *y); };
  const auto same_type = [](const Field& x, const Field& y) { return x.type == y.type; };
  return a.kind == b.kind && std::ranges::equal(a.schema.fields(), b.schema.fields(), same_type) && SameNode(a, b) &&
         std::ranges::equal(a.inputs, b.inputs, same_input);
}

}  // namespace laminar
