// The names an expression may use: the columns of the relations in FROM.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/status.h"
#include "common/type.h"
#include "function/expression.h"
#include "sql/ast_expression.h"

namespace laminar {

/// One relation of FROM and where its columns lie in the input row. `name` is empty for what cannot be qualified.
struct ScopeRelation {
  std::string name;
  Schema schema;
  int first_column = 0;
  bool hidden = false;  // not in `*`
  bool shadows =
      false;  // its columns win over others of that name when unqualified: the bounds of a window in GROUP BY
  std::vector<bool> merged{};  // columns that USING or NATURAL made one with others: there when qualified, and in `t.*`

  bool is_merged(int column) const { return !merged.empty() && merged[static_cast<size_t>(column)]; }
};

/// A subquery names a column of the query around it, where it cannot.
class CorrelatedReference final : public Error {
 public:
  explicit CorrelatedReference(Error error) : Error(std::move(error)) {}
};

/// Immutable while expressions are bound over it.
class Scope {
 public:
  void Add(ScopeRelation relation) { relations_.push_back(std::move(relation)); }

  /// The scope around the query, which a correlated subquery would refer to.
  void SetOuter(const Scope* outer) { outer_ = outer; }
  /// Its columns can be named too, where this scope has none of that name; they stand at `first_column` and on.
  void AllowOuter(int first_column) { first_outer_column_ = first_column; }

  /// The column that `parts` name, or null when there is none of that name at all (the caller may know better, or calls
  /// ThrowUnknown). Throws for an ambiguous name and for an unknown table qualifier.
  ExpressionPtr Resolve(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const;
  /// "column "prise" does not exist", with candidates. `hint` is added to the message.
  [[noreturn]] void ThrowUnknown(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span,
                                 std::string_view hint = "") const;
  /// Throws that the name is ambiguous, with the qualified names it may be short for.
  [[noreturn]] void ThrowAmbiguous(const std::string& name, std::string_view sql, SourceSpan span) const;
  /// The relation `qualifier` names; throws when there is none.
  const ScopeRelation& FindRelation(const sql::Identifier& qualifier, std::string_view sql) const;
  bool HasRelation(std::string_view name) const;
  const std::vector<ScopeRelation>& relations() const { return relations_; }
  bool empty() const { return relations_.empty(); }

 private:
  std::vector<std::string> ColumnNames() const;
  bool HasColumn(const std::vector<sql::Identifier>& parts) const;
  /// The column of the scope around, where it can be named and has one.
  ExpressionPtr ResolveOuter(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const;
  /// Throws CorrelatedReference if a query around this one knows the name.
  void RefuseCorrelated(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const;

  const Scope* outer_ = nullptr;
  int first_outer_column_ = -1;  // -1: they cannot be named
  std::vector<ScopeRelation> relations_;
};

}  // namespace laminar
