// Columns of sources and tables: their definitions, and where values come from that a statement does not give.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "planner/logical_plan.h"
#include "sql/ast_statement.h"

namespace laminar {

/// Names, types and NOT NULL; `kind` ("source") for messages. Throws kInvalidSchema, and kQueryFailed for types that
/// are not supported yet.
Schema BindColumns(const sql::TableDefinition& definition, std::string_view kind, std::string_view sql,
                   SourceSpan statement);
Field BindColumn(const sql::ColumnDefinition& column, std::string_view sql);

/// DEFAULT and GENERATED of the columns, each bound once to see that it can be; empty when there are none.
std::vector<ColumnRule> BindRules(const std::vector<sql::ColumnDefinition>& columns, const Schema& schema,
                                  std::string_view sql);
/// Of one column, the `column`-th of the schema. `generated(i)` tells columns that it may not be computed from.
ColumnRule BindRule(const sql::ColumnDefinition& definition, const Schema& schema, int column,
                    const std::vector<ColumnRule>& rules, std::string_view sql);

/// The value of the column when none is given: its DEFAULT, or NULL.
ExpressionPtr DefaultOf(const WritableEntry& entry, int column);

/// What makes rows of a relation from the values given for some of its columns.
struct Completion {
  std::vector<ExpressionPtr> columns;    // over the values given: all columns, NULL where they are generated
  std::vector<ExpressionPtr> generated;  // over those: all columns again; empty when none is generated
};
/// `given`: which columns the values are for, in order.
Completion CompletionOf(const WritableEntry& entry, const std::vector<int>& given);
/// The expressions of `generated` for rows whose columns begin at `first` of a wider row, in front of which `first`
/// columns are passed on. Empty when none is generated.
std::vector<ExpressionPtr> GeneratedBehind(const WritableEntry& entry, const Schema& wide, int first);
/// The columns that a statement may give values for.
std::vector<int> GivenColumns(const WritableEntry& entry);

}  // namespace laminar
