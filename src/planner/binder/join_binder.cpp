// JOIN: conditions, USING and NATURAL, and the relations that can be named above.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/sql_error.h"
#include "function/registry.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"
#include "planner/binder/from_binder.h"
#include "planner/binder/unnest_binder.h"
#include "planner/rules/rewrite.h"

namespace laminar {

namespace {

JoinKind KindOf(sql::JoinType type) {
  switch (type) {
    case sql::JoinType::kInner:
    case sql::JoinType::kCross:
      return JoinKind::kInner;
    case sql::JoinType::kLeft:
      return JoinKind::kLeft;
    case sql::JoinType::kRight:
      return JoinKind::kRight;
    case sql::JoinType::kFull:
      return JoinKind::kFull;
    case sql::JoinType::kSemi:
      return JoinKind::kSemi;
    case sql::JoinType::kAnti:
      return JoinKind::kAnti;
  }
  return JoinKind::kInner;
}

Scope ScopeOf(const std::vector<ScopeRelation>& relations, const Scope* outer) {
  Scope scope;
  scope.SetOuter(outer);
  for (const ScopeRelation& relation : relations) scope.Add(relation);
  return scope;
}

/// `right` moved behind `left`.
std::vector<ScopeRelation> SideBySide(std::vector<ScopeRelation> left, const std::vector<ScopeRelation>& right,
                                      int left_width) {
  for (ScopeRelation relation : right) {
    relation.first_column += left_width;
    left.push_back(std::move(relation));
  }
  return left;
}

/// Takes over what the join made of the columns: those of a padded side may be NULL.
void RefreshSchemas(BoundRelations& bound) {
  for (ScopeRelation& relation : bound.relations) {
    const auto first = bound.plan->schema.fields().begin() + relation.first_column;
    std::vector<Field> fields(first, first + relation.schema.size());
    for (int i = 0; i < relation.schema.size(); ++i) {
      fields[static_cast<size_t>(i)].name = relation.schema.field(i).name;
    }
    relation.schema = Schema(std::move(fields));
  }
}

BoundRelations Join(JoinKind kind, BoundRelations left, BoundRelations right, std::vector<ExpressionPtr> conditions) {
  const bool left_only = kind == JoinKind::kSemi || kind == JoinKind::kAnti;
  BoundRelations bound;
  bound.relations = left_only ? std::move(left.relations)
                              : SideBySide(std::move(left.relations), right.relations, left.plan->schema.size());
  bound.plan = MakeJoin(kind, std::move(left.plan), std::move(right.plan), std::move(conditions));
  RefreshSchemas(bound);
  return bound;
}

/// The names that NATURAL compares: those of both sides, in the order of the left.
std::vector<sql::Identifier> CommonNames(const std::vector<ScopeRelation>& left,
                                         const std::vector<ScopeRelation>& right, SourceSpan span) {
  std::vector<sql::Identifier> common;
  const auto visible_in = [](const std::vector<ScopeRelation>& relations, const std::string& name) {
    return std::ranges::any_of(relations, [&](const ScopeRelation& relation) {
      const int column = relation.schema.IndexOf(name);
      return column >= 0 && !relation.is_merged(column);
    });
  };
  for (const ScopeRelation& relation : left) {
    for (int i = 0; i < relation.schema.size(); ++i) {
      const std::string& name = relation.schema.field(i).name;
      if (relation.is_merged(i) || !visible_in(right, name)) continue;
      sql::Identifier identifier;
      identifier.name = name;
      identifier.span = span;
      common.push_back(std::move(identifier));
    }
  }
  return common;
}

void MarkMerged(std::vector<ScopeRelation>& relations, int column) {
  for (ScopeRelation& relation : relations) {
    const int i = column - relation.first_column;
    if (i < 0 || i >= relation.schema.size()) continue;
    relation.merged.resize(static_cast<size_t>(relation.schema.size()), false);
    relation.merged[static_cast<size_t>(i)] = true;
  }
}

ExpressionPtr CallOf(std::string_view function, ExpressionPtr left, ExpressionPtr right, std::string_view sql,
                     SourceSpan span) {
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(left));
  arguments.push_back(std::move(right));
  return FunctionRegistry::Get().BindScalar(function, std::move(arguments), sql, span);
}

/// The column that both are in the result: that of the side which is always there.
ExpressionPtr Merged(JoinKind kind, const Expression& equality, const Schema& joined, std::string_view sql) {
  const auto side = [&](size_t i) {
    ExpressionPtr value = equality.children[i]->Clone();
    ExpressionPtr* column = &value;
    while (!(*column)->is_column()) column = &(*column)->children[0];
    (*column)->nullable = joined.field((*column)->column).nullable;
    return value;
  };
  if (kind == JoinKind::kFull) return CallOf("coalesce", side(0), side(1), sql, equality.span);
  return side(kind == JoinKind::kRight ? 1 : 0);
}

/// Can the join be made row by row of its left side?
bool JoinsEach(const sql::JoinTable& join) {
  if (join.natural || !join.using_columns.empty()) return false;
  if (join.type == sql::JoinType::kInner || join.type == sql::JoinType::kCross) return true;
  // A row whose elements all fail a condition would have to stay, too.
  const auto* literal = join.on == nullptr ? nullptr : join.on->If<sql::LiteralExpression>();
  const bool always = literal != nullptr && literal->literal == sql::LiteralKind::kBoolean && literal->text == "true";
  return join.type == sql::JoinType::kLeft && always;
}

}  // namespace

BoundRelations CrossJoin(BoundRelations left, BoundRelations right) {
  return Join(JoinKind::kInner, std::move(left), std::move(right), {});
}

BoundRelations FromBinder::UnnestEach(BoundRelations left, const sql::FunctionTable& table, bool outer) {
  const Scope scope = ScopeOf(left.relations, context_.outer);
  ExpressionBinder binder(scope, sql_, "UNNEST");
  binder.SetContext(&context_);
  BoundUnnest bound = BindUnnestOver(table, binder, sql_);
  ScopeRelation elements{.name = table.alias ? table.alias->name : "unnest", .schema = Schema()};
  for (size_t i = 0; i < table.column_aliases.size(); ++i) {
    if (i < bound.names.size()) bound.names[i] = table.column_aliases[i].name;
  }
  if (table.column_aliases.size() > bound.names.size()) {
    ThrowAt(sql_, table.column_aliases[bound.names.size()].span,
            fmt::format("\"{}\" has {} columns, but {} names are given", elements.name, bound.names.size(),
                        table.column_aliases.size()));
  }
  const int width = left.plan->schema.size();
  BoundRelations joined;
  joined.plan =
      MakeUnnest(std::move(left.plan), std::move(bound.lists), table.with_ordinality, outer, std::move(bound.names));
  const std::vector<Field>& fields = joined.plan->schema.fields();
  elements.schema = Schema(std::vector<Field>(fields.begin() + width, fields.end()));
  CheckNames(left.relations, {elements}, table.span);
  joined.relations = SideBySide(std::move(left.relations), {std::move(elements)}, width);
  return joined;
}

BoundRelations FromBinder::BindRelations(const sql::Table& table) {
  const auto* join = table.If<sql::JoinTable>();
  if (join != nullptr && !table.alias && table.column_aliases.empty()) return BindJoin(*join);
  BoundTable bound = BindTable(table);
  BoundRelations relations;
  relations.relations.push_back({.name = std::move(bound.name), .schema = bound.plan->schema});
  relations.plan = std::move(bound.plan);
  return relations;
}

BoundRelations FromBinder::BindJoin(const sql::JoinTable& join) {
  if (join.form == sql::JoinForm::kAsof) ThrowNotSupported(Feature::kAsofJoins, sql_, join.right->span);
  if (join.form == sql::JoinForm::kTemporalProbe) ThrowNotSupported(Feature::kTemporalProbe, sql_, join.right->span);
  BoundRelations left = BindRelations(*join.left);
  if (const auto* function = join.right->If<sql::FunctionTable>();
      function != nullptr && IsUnnest(*function) && JoinsEach(join)) {
    const bool outer = join.type == sql::JoinType::kLeft;
    BoundRelations joined = UnnestEach(std::move(left), *function, outer);
    if (join.on == nullptr || outer) return joined;
    const Scope scope = ScopeOf(joined.relations, context_.outer);
    ExpressionBinder binder(scope, sql_, "the condition of a join");
    binder.SetContext(&context_);
    ExpressionPtr on = binder.BindPredicate(*join.on, "the condition of a join");
    joined.plan = MakeFilter(std::move(joined.plan), std::move(on));
    return joined;
  }
  BoundRelations right = BindRelations(*join.right);
  CheckNames(left.relations, right.relations, join.right->span);
  const JoinKind kind = KindOf(join.type);
  if (join.natural) {
    const auto common = CommonNames(left.relations, right.relations, join.right->span);
    return JoinUsing(kind, common, std::move(left), std::move(right));
  }
  if (!join.using_columns.empty()) {
    return JoinUsing(kind, join.using_columns, std::move(left), std::move(right));
  }
  std::vector<ExpressionPtr> conditions;
  if (join.on != nullptr) {
    const Scope scope = ScopeOf(SideBySide(left.relations, right.relations, left.plan->schema.size()), context_.outer);
    ExpressionBinder binder(scope, sql_, "the condition of a join");
    binder.SetContext(&context_);
    ExpressionPtr on = binder.BindPredicate(*join.on, "the condition of a join");
    if (on->reads_time()) ThrowNotSupported("the time of a row in the condition of a join", sql_, join.on->span);
    conditions = SplitConjunction(std::move(on));
    std::erase_if(conditions, [](const ExpressionPtr& condition) {
      return condition->is_constant() && !condition->value.is_null() && condition->value.get<bool>();
    });
  }
  return Join(kind, std::move(left), std::move(right), std::move(conditions));
}

/// USING (a, b): `a` and `b` are one column each, first in `*`; those of the tables stay behind their names.
BoundRelations FromBinder::JoinUsing(JoinKind kind, const std::vector<sql::Identifier>& columns, BoundRelations left,
                                     BoundRelations right) {
  const Scope left_scope = ScopeOf(left.relations, nullptr);
  const Scope right_scope = ScopeOf(right.relations, nullptr);
  const int left_width = left.plan->schema.size();
  std::vector<ExpressionPtr> equalities;
  for (const sql::Identifier& column : columns) {
    const auto find = [&](const Scope& scope, std::string_view side) {
      ExpressionPtr found = scope.Resolve({column}, sql_, column.span);
      if (found != nullptr) return found;
      std::vector<std::string> known;
      for (const ScopeRelation& relation : scope.relations()) {
        for (const Field& field : relation.schema.fields()) known.push_back(field.name);
      }
      ThrowAt(sql_, column.span, fmt::format("column \"{}\" of USING does not exist on the {}", column.name, side),
              NearestNames(column.name, known));
    };
    ExpressionPtr first = find(left_scope, "left");
    ExpressionPtr second = find(right_scope, "right");
    second->column += left_width;
    equalities.push_back(CallOf("=", std::move(first), std::move(second), sql_, column.span));
  }
  std::vector<ExpressionPtr> conditions;
  for (const ExpressionPtr& equality : equalities) conditions.push_back(equality->Clone());
  BoundRelations bound = Join(kind, std::move(left), std::move(right), std::move(conditions));
  if (kind == JoinKind::kSemi || kind == JoinKind::kAnti || columns.empty()) return bound;

  std::vector<ExpressionPtr> expressions = AllColumns(bound.plan->schema);
  std::vector<std::string> names = bound.plan->schema.names();
  const int first = bound.plan->schema.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    std::vector<bool> used(static_cast<size_t>(first), false);
    MarkColumns(*equalities[i], used);
    for (int column = 0; column < first; ++column) {
      if (used[static_cast<size_t>(column)]) MarkMerged(bound.relations, column);
    }
    expressions.push_back(Merged(kind, *equalities[i], bound.plan->schema, sql_));
    names.push_back(columns[i].name);
  }
  bound.plan = MakeProject(std::move(bound.plan), std::move(expressions), std::move(names));
  const std::vector<Field>& fields = bound.plan->schema.fields();
  ScopeRelation merged{.name = "", .schema = Schema(std::vector<Field>(fields.begin() + first, fields.end()))};
  merged.first_column = first;
  bound.relations.insert(bound.relations.begin(), std::move(merged));
  return bound;
}

/// `(a JOIN b …) AS j`: what `*` shows, under one name.
BoundTable FromBinder::Flatten(BoundRelations bound) {
  std::vector<ExpressionPtr> expressions;
  std::vector<std::string> names;
  for (const ScopeRelation& relation : bound.relations) {
    for (int i = 0; i < relation.schema.size(); ++i) {
      if (relation.is_merged(i)) continue;
      expressions.push_back(ColumnOf(bound.plan->schema, relation.first_column + i));
      names.push_back(relation.schema.field(i).name);
    }
  }
  return {MakeProject(std::move(bound.plan), std::move(expressions), std::move(names)), ""};
}

void FromBinder::CheckNames(const std::vector<ScopeRelation>& relations, const std::vector<ScopeRelation>& added,
                            SourceSpan span) const {
  for (const ScopeRelation& relation : added) {
    const auto same = [&](const ScopeRelation& other) {
      return !relation.name.empty() && NamesEqual(other.name, relation.name);
    };
    if (std::ranges::any_of(relations, same)) {
      ThrowAt(sql_, span,
              fmt::format("there are two tables \"{}\" in FROM; give one another name: {} AS {}2", relation.name,
                          relation.name, relation.name));
    }
  }
}

}  // namespace laminar
