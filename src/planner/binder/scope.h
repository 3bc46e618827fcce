// The names an expression may use: the columns of the relations in FROM.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
};

/// Immutable while expressions are bound over it.
class Scope {
 public:
  void Add(ScopeRelation relation) { relations_.push_back(std::move(relation)); }

  /// The column that `parts` name, or null when there is none of that name at all (the caller may know better, or calls
  /// ThrowUnknown). Throws for an ambiguous name, for an unknown table qualifier, and for a field of a struct.
  ExpressionPtr Resolve(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span) const;
  /// "column "prise" does not exist", with candidates. `hint` is added to the message.
  [[noreturn]] void ThrowUnknown(const std::vector<sql::Identifier>& parts, std::string_view sql, SourceSpan span,
                                 std::string_view hint = "") const;
  /// The relation `qualifier` names; throws when there is none.
  const ScopeRelation& FindRelation(const sql::Identifier& qualifier, std::string_view sql) const;
  const std::vector<ScopeRelation>& relations() const { return relations_; }
  bool empty() const { return relations_.empty(); }

 private:
  std::vector<std::string> ColumnNames() const;
  std::vector<ScopeRelation> relations_;
};

}  // namespace laminar
