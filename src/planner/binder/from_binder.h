// FROM: relations of the catalog, common tables, subqueries and window tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/binder/bind_context.h"
#include "planner/binder/scope.h"
#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

struct BoundTable {
  LogicalNodePtr plan;
  std::string name;  // to qualify its columns with; empty: none
};

/// One table, or several joined: the relations of `plan`, side by side.
struct BoundRelations {
  LogicalNodePtr plan;
  std::vector<ScopeRelation> relations;
};

/// All pairs.
BoundRelations CrossJoin(BoundRelations left, BoundRelations right);

class FromBinder {
 public:
  FromBinder(BindContext& context, std::string_view sql, const CommonTableScope* tables)
      : context_(context), sql_(sql), tables_(tables) {}

  /// The input of a select without its WHERE; fills `scope`. Without FROM: one row.
  LogicalNodePtr BindFrom(const std::vector<sql::TablePtr>& from, Scope& scope);
  /// One table, its alias and column aliases applied.
  BoundTable BindTable(const sql::Table& table);
  /// Source, stream or view of the catalog; `span` is where it is named.
  LogicalNodePtr BindRelation(const CatalogEntry& entry, SourceSpan span);

 private:
  // join_binder.cpp
  BoundRelations BindRelations(const sql::Table& table);
  BoundRelations BindJoin(const sql::JoinTable& join);
  BoundRelations JoinUsing(JoinKind kind, const std::vector<sql::Identifier>& columns, BoundRelations left,
                           BoundRelations right);
  /// `left, UNNEST(a list of left's)`: for each row of the left, its elements. With `outer`, rows without any stay.
  BoundRelations UnnestEach(BoundRelations left, const sql::FunctionTable& table, bool outer);
  BoundTable Flatten(BoundRelations bound);
  void CheckNames(const std::vector<ScopeRelation>& relations, const std::vector<ScopeRelation>& added,
                  SourceSpan span) const;

  BoundTable BindNamed(const sql::NamedTable& table);
  BoundTable BindProgramTable(const FileTable& rows, const sql::NamedTable& table);
  BoundTable BindSystemTable(const sql::QualifiedName& name);
  LogicalNodePtr BindCommonTable(const CommonTableScope& common, SourceSpan span);
  LogicalNodePtr BindView(const ViewEntry& view, SourceSpan span);
  BoundTable BindWindow(const sql::WindowTable& table);
  LogicalNodePtr Rename(LogicalNodePtr plan, const std::vector<sql::Identifier>& columns, std::string_view name,
                        std::string_view sql);
  void Enter(SourceSpan span);

  BindContext& context_;
  std::string_view sql_;
  const CommonTableScope* tables_;
};

}  // namespace laminar
