// SELECT and its clauses.
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {

BodyPtr Parser::ParseSelect() {
  const uint32_t begin = Begin();
  ExpectWord("SELECT");
  auto select = std::make_unique<SelectBody>();
  if (AcceptWord("DISTINCT")) {
    select->distinct = true;
    if (AcceptWord("ON")) {
      ExpectSymbol("(");
      select->distinct_on = ParseExpressionList();
      ExpectSymbol(")");
    }
  } else {
    AcceptWord("ALL");
  }
  do {
    select->items.push_back(ParseSelectItem());
  } while (AcceptSymbol(","));
  if (AtWord("INTO")) NotSupported(Peek().span, "SELECT … INTO");
  if (AcceptWord("FROM")) select->from = ParseTableList();
  if (AcceptWord("WHERE")) select->where = ParseExpression();
  if (AtWord("GROUP")) select->group_by = ParseGroupBy();
  if (AcceptWord("HAVING")) select->having = ParseExpression();
  // DuckDB puts QUALIFY last, others before WINDOW.
  if (AcceptWord("QUALIFY")) select->qualify = ParseExpression();
  if (AcceptWord("WINDOW")) ParseNamedWindows(*select);
  if (!select->qualify && AcceptWord("QUALIFY")) select->qualify = ParseExpression();
  return Finish(std::move(select), begin);
}

SelectItem Parser::ParseSelectItem() {
  const uint32_t begin = Begin();
  SelectItem item;
  item.value = TryStar();
  if (item.value == nullptr) {
    item.value = ParseExpression();
    if (AcceptWord("AS")) {
      item.alias = ParseLabel("a name after AS");
    } else if (AtImplicitAlias()) {
      item.alias = TakeImplicitAlias();
    }
  }
  item.span = SpanFrom(begin);
  return item;
}

std::unique_ptr<GroupByClause> Parser::ParseGroupBy() {
  const uint32_t begin = Begin();
  ExpectWord("GROUP");
  ExpectWord("BY");
  auto group_by = std::make_unique<GroupByClause>();
  if (AcceptWord("ALL")) {
    group_by->all = true;
  } else {
    group_by->distinct = AcceptWord("DISTINCT");
    do {
      group_by->elements.push_back(ParseGroupingElement());
    } while (AcceptSymbol(","));
  }
  group_by->span = SpanFrom(begin);
  return group_by;
}

GroupingElement Parser::ParseGroupingElement() {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  GroupingElement element;
  const bool rollup = AtWord("ROLLUP") && AtSymbol("(", 1);
  const bool cube = AtWord("CUBE") && AtSymbol("(", 1);
  if (AcceptWords({"GROUPING", "SETS"})) {
    element.grouping = GroupingKind::kGroupingSets;
    ExpectSymbol("(");
    do {
      element.sets.push_back(ParseGroupingElement());
    } while (AcceptSymbol(","));
    ExpectSymbol(")");
  } else if (rollup || cube) {
    element.grouping = rollup ? GroupingKind::kRollup : GroupingKind::kCube;
    Advance();
    ExpectSymbol("(");
    element.expressions = ParseExpressionList();
    ExpectSymbol(")");
  } else if (AtSymbol("(") && AtSymbol(")", 1)) {
    element.grouping = GroupingKind::kSet;
    Advance();
    Advance();
  } else {
    const bool parenthesis = AtSymbol("(");
    ExpressionPtr value = ParseExpression();
    if (parenthesis && value->kind == ExpressionKind::kRow && value->span.begin == begin) {
      // `(a, b)` means both keys, not one key that is a row.
      element.grouping = GroupingKind::kSet;
      element.expressions = std::move(value->As<RowExpression>().values);
    } else {
      element.expressions.push_back(std::move(value));
    }
  }
  element.span = SpanFrom(begin);
  return element;
}

/// Behind WINDOW.
void Parser::ParseNamedWindows(SelectBody& select) {
  do {
    const uint32_t begin = Begin();
    NamedWindow window;
    window.name = ParseName("a window's name");
    ExpectWord("AS");
    window.specification = std::move(*ParseWindowSpecification());
    window.span = SpanFrom(begin);
    select.windows.push_back(std::move(window));
  } while (AcceptSymbol(","));
}

}  // namespace laminar::sql
