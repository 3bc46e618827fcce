#include "planner/binder/scope.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/sql_error.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/features.h"
#include "planner/logical_plan.h"

namespace laminar {

namespace {

/// All columns of that name; a relation may have two (a subquery that repeats a name).
std::vector<int> IndexesOf(const Schema& schema, std::string_view name) {
  std::vector<int> found;
  for (int i = 0; i < schema.size(); ++i) {
    if (NamesEqual(schema.field(i).name, name)) found.push_back(i);
  }
  return found;
}

ExpressionPtr MakeReference(const ScopeRelation& relation, int column, SourceSpan span) {
  ExpressionPtr reference = ColumnOf(relation.schema, column, span);
  reference->column += relation.first_column;
  return reference;
}

}  // namespace

std::vector<std::string> Scope::ColumnNames() const {
  std::vector<std::string> names;
  for (const ScopeRelation& relation : relations_) {
    for (const Field& field : relation.schema.fields()) names.push_back(field.name);
  }
  return names;
}

bool Scope::HasRelation(std::string_view name) const {
  return std::ranges::any_of(relations_,
                             [&](const ScopeRelation& relation) { return NamesEqual(relation.name, name); });
}

bool Scope::HasColumn(const std::vector<sql::Identifier>& parts) const {
  return std::ranges::any_of(relations_, [&](const ScopeRelation& relation) {
    return (parts.size() == 1 || NamesEqual(relation.name, parts[0].name)) &&
           relation.schema.IndexOf(parts.back().name) >= 0;
  });
}

void Scope::RefuseCorrelated(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const {
  for (const Scope* scope = outer_; scope != nullptr; scope = scope->outer_) {
    if (!scope->HasColumn(parts)) continue;
    throw CorrelatedReference(MakeSqlError(ErrorCode::kQueryFailed, sql, span,
                                           "correlated subqueries are not supported yet, but for EXISTS and IN as "
                                           "conditions of WHERE over a plain SELECT"));
  }
}

ExpressionPtr Scope::ResolveOuter(const std::vector<sql::Identifier>& parts, std::string_view sql,
                                  SourceSpan span) const {
  if (first_outer_column_ < 0 || outer_ == nullptr || !outer_->HasColumn(parts)) return nullptr;
  ExpressionPtr found = outer_->Resolve(parts, sql, span);
  if (found != nullptr) found->column += first_outer_column_;
  return found;
}

void Scope::ThrowAmbiguous(const std::string& name, std::string_view sql, SourceSpan span) const {
  std::vector<std::string> readings;
  for (const ScopeRelation& relation : relations_) {
    const int column = relation.schema.IndexOf(name);
    if (column >= 0 && !relation.name.empty()) {
      readings.push_back(relation.name + "." + relation.schema.field(column).name);
    }
  }
  const bool can_qualify = readings.size() > 1;
  ThrowAt(sql, span,
          fmt::format("column \"{}\" is ambiguous{}", name,
                      can_qualify ? fmt::format(": it may be {}", fmt::join(readings, " or ")) : ""),
          can_qualify ? readings : std::vector<std::string>());
}

const ScopeRelation& Scope::FindRelation(const sql::Identifier& qualifier, std::string_view sql) const {
  std::vector<std::string> known;
  for (const ScopeRelation& relation : relations_) {
    if (relation.name.empty()) continue;
    if (NamesEqual(relation.name, qualifier.name)) return relation;
    known.push_back(relation.name);
  }
  ThrowAt(sql, qualifier.span, fmt::format("there is no table \"{}\" in FROM", qualifier.name),
          NearestNames(qualifier.name, known));
}

ExpressionPtr Scope::Resolve(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const {
  const sql::Identifier& name = parts.back();
  if (parts.size() > 2) ThrowNotSupported(Feature::kSchemas, sql, span);
  if (parts.size() == 2) {
    if (!HasRelation(parts[0].name)) {
      if (ExpressionPtr outer = ResolveOuter(parts, sql, span)) return outer;
      RefuseCorrelated(parts, sql, span);
    }
    const ScopeRelation& relation = FindRelation(parts[0], sql);
    const std::vector<int> found = IndexesOf(relation.schema, name.name);
    if (found.size() > 1) ThrowAt(sql, span, fmt::format("column \"{}\" is ambiguous", name.name));
    return found.empty() ? nullptr : MakeReference(relation, found[0], span);
  }
  ExpressionPtr result;
  for (const ScopeRelation& relation : relations_) {
    std::vector<int> found = IndexesOf(relation.schema, name.name);
    std::erase_if(found, [&](int column) { return relation.is_merged(column); });
    if (found.empty()) continue;
    if (relation.shadows) return MakeReference(relation, found[0], span);
    if (result != nullptr || found.size() > 1) {
      ThrowAmbiguous(name.name, sql, span);
    }
    result = MakeReference(relation, found[0], span);
  }
  return result != nullptr ? std::move(result) : ResolveOuter(parts, sql, span);
}

void Scope::ThrowUnknown(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span,
                         std::string_view hint) const {
  const std::string& name = parts.back().name;
  RefuseCorrelated(parts, sql, span);
  if (parts.size() > 1) {
    const ScopeRelation& relation = FindRelation(parts[0], sql);
    ThrowAt(sql, span, fmt::format("column \"{}\" does not exist in \"{}\"", name, relation.name),
            NearestNames(name, relation.schema.names()));
  }
  if (empty()) ThrowAt(sql, span, fmt::format("column \"{}\" does not exist: there is no FROM", name));
  ThrowAt(sql, span, fmt::format("column \"{}\" does not exist{}", name, hint), NearestNames(name, ColumnNames()));
}

}  // namespace laminar
