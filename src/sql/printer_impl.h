// The printer. Private to src/sql: the entrance is printer.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"
#include "sql/parser_impl.h"
#include "sql/printer.h"

namespace laminar::sql {

class Printer {
 public:
  // print_statement.cpp
  void Print(const Statement& statement);
  // print_query.cpp
  void Print(const Query& query);
  // print_expression.cpp
  /// In parentheses when it binds less tightly than `least_precedence`.
  void Print(const Expression& expression, int least_precedence = kPrecedenceOr);
  // print_type.cpp
  void Print(const TypeName& type);

  std::string Take() { return std::move(out_); }

 private:
  void Put(std::string_view text) { out_ += text; }
  void Put(const Identifier& identifier);
  void PutLabel(const Identifier& identifier);
  void Put(const QualifiedName& name);
  void PutNames(const std::vector<Identifier>& names);  // in parentheses
  template <typename T, typename Each>
  void PutList(const std::vector<T>& values, Each&& each) {
    std::string_view separator;
    for (const T& value : values) {
      Put(separator);
      separator = ", ";
      each(value);
    }
  }
  void PutExpressions(const std::vector<ExpressionPtr>& expressions);
  void PutString(std::string_view text);

  void PutLiteral(const LiteralExpression& literal);
  void PutInterval(const IntervalLiteralExpression& interval);
  void PutQualifier(const IntervalQualifier& qualifier);
  void PutStar(const StarExpression& star);
  void PutUnary(const UnaryExpression& unary);
  void PutLogical(const LogicalExpression& logical);
  void PutLike(const LikeExpression& like);
  void PutBetween(const BetweenExpression& between);
  void PutQuantified(const QuantifiedExpression& quantified);
  void PutCase(const CaseExpression& expression);
  void PutSlice(const SliceExpression& slice);
  void PutBase(const Expression& operand, bool of_field);
  void PutCall(const CallExpression& call);
  void PutFunctionName(const QualifiedName& name);
  void PutOver(const WindowSpecification& window);
  void PutWindow(const WindowSpecification& window);
  void PutFrame(const WindowFrame& frame);
  void PutFrameBound(const FrameBound& bound);
  void PutOrder(const std::vector<OrderItem>& items);
  void PutNulls(NullsOrder nulls);
  void PutUngrouped(const Expression& expression);

  void PutSubquery(const Query& query);
  void PutWith(const Query& query);
  void PutBody(const Body& body);
  void PutSelect(const SelectBody& select);
  void PutGroupBy(const GroupByClause& group_by);
  void PutGrouping(const GroupingElement& element);
  void PutEmit(const EmitClause& emit);
  void PutTables(const std::vector<TablePtr>& tables);
  void PutTable(const Table& table);
  void PutJoin(const JoinTable& join);
  void PutProbe(const TemporalProbe& probe);
  void PutWindowTable(const WindowTable& window);

  void PutHead(const CreateHead& head, std::string_view kind);
  void PutDefinition(const TableDefinition& definition);
  void PutColumn(const ColumnDefinition& column);
  void PutConnector(std::string_view word, const ConnectorClause* connector);
  void PutOptions(const std::vector<Option>& options);  // in parentheses
  void PutWith(const std::vector<Option>& options);
  void PutOptionValue(const Expression& value);
  void PutAssignments(const std::vector<Assignment>& assignments);
  void PutWhere(const ExpressionPtr& where);
  void Put(const CreateSourceStatement& statement);
  void Put(const CreateTableStatement& statement);
  void Put(const CreateStreamStatement& statement);
  void Put(const CreateViewStatement& statement);
  void Put(const CreateSinkStatement& statement);
  void Put(const CreateLookupTableStatement& statement);
  void Put(const CreateFunctionStatement& statement);
  void Put(const DropStatement& statement);
  void Put(const AlterStatement& statement);
  void Put(const InsertStatement& statement);
  void Put(const UpdateStatement& statement);
  void Put(const DeleteStatement& statement);
  void Put(const TruncateStatement& statement);
  void Put(const CopyStatement& statement);
  void Put(const QueryStatement& statement);
  void Put(const ShowStatement& statement);
  void Put(const ShowCreateStatement& statement);
  void Put(const DescribeStatement& statement);
  void Put(const ExplainStatement& statement);
  void Put(const SubscribeStatement& statement);
  void Put(const DeclareCursorStatement& statement);
  void Put(const FetchStatement& statement);
  void Put(const CloseCursorStatement& statement);
  void Put(const TransactionStatement& statement);
  void Put(const SetStatement& statement);

  std::string out_;
};

}  // namespace laminar::sql
