#include "sql/ast_names.h"
#include "sql/printer_impl.h"

namespace laminar::sql {
namespace {

std::string_view JoinWords(const JoinTable& join) {
  if (join.form == JoinForm::kAsof) return join.type == JoinType::kLeft ? "ASOF LEFT JOIN" : "ASOF JOIN";
  if (join.form == JoinForm::kTemporalProbe) return "TEMPORAL PROBE JOIN";
  switch (join.type) {
    case JoinType::kInner:
      return "JOIN";
    case JoinType::kLeft:
      return "LEFT JOIN";
    case JoinType::kRight:
      return "RIGHT JOIN";
    case JoinType::kFull:
      return "FULL JOIN";
    case JoinType::kSemi:
      return "SEMI JOIN";
    case JoinType::kAnti:
      return "ANTI JOIN";
    case JoinType::kCross:
      return "CROSS JOIN";
  }
  __builtin_unreachable();
}

}  // namespace

void Printer::PutTables(const std::vector<TablePtr>& tables) {
  PutList(tables, [this](const TablePtr& table) { PutTable(*table); });
}

void Printer::PutTable(const Table& table) {
  switch (table.kind) {
    case TableKind::kNamed: {
      const auto& named = table.As<NamedTable>();
      Put(named.name);
      if (named.as_of) {
        Put(" FOR SYSTEM_TIME AS OF ");
        Print(*named.as_of);
      }
      break;
    }
    case TableKind::kSubquery: {
      const auto& subquery = table.As<SubqueryTable>();
      if (subquery.lateral) Put("LATERAL ");
      PutSubquery(*subquery.query);
      break;
    }
    case TableKind::kFunction: {
      const auto& function = table.As<FunctionTable>();
      if (function.lateral) Put("LATERAL ");
      Print(*function.call);
      if (function.with_ordinality) Put(" WITH ORDINALITY");
      break;
    }
    case TableKind::kWindow:
      PutWindowTable(table.As<WindowTable>());
      break;
    case TableKind::kJoin:
      if (table.alias) Put("(");
      PutJoin(table.As<JoinTable>());
      if (table.alias) Put(")");
      break;
  }
  if (!table.alias) return;
  Put(" AS ");
  Put(*table.alias);
  if (table.column_aliases.empty()) return;
  Put(" ");
  PutNames(table.column_aliases);
}

void Printer::PutJoin(const JoinTable& join) {
  PutTable(*join.left);
  Put(join.natural ? " NATURAL " : " ");
  Put(JoinWords(join));
  Put(" ");
  const bool nested = join.right->kind == TableKind::kJoin && !join.right->alias;
  if (nested) Put("(");
  PutTable(*join.right);
  if (nested) Put(")");
  if (join.match_condition) {
    Put(" MATCH_CONDITION (");
    Print(*join.match_condition);
    Put(")");
  }
  if (join.on) {
    Put(" ON ");
    Print(*join.on);
  }
  if (!join.using_columns.empty()) {
    Put(" USING ");
    PutNames(join.using_columns);
  }
  if (join.tolerance) {
    Put(" TOLERANCE ");
    Print(*join.tolerance);
  }
  if (join.probe) PutProbe(*join.probe);
}

void Printer::PutProbe(const TemporalProbe& probe) {
  Put(" ON ");
  PutNames(probe.keys);
  Put(" TIMESTAMPS (");
  Print(*probe.left_time);
  Put(", ");
  Print(*probe.right_time);
  if (probe.step) {
    Put(") RANGE FROM ");
    Print(*probe.from);
    Put(" TO ");
    Print(*probe.to);
    Put(" STEP ");
    Print(*probe.step);
  } else {
    Put(") LIST (");
    PutExpressions(probe.offsets);
    Put(")");
  }
  Put(" AS ");
  Put(probe.alias);
}

void Printer::PutWindowTable(const WindowTable& window) {
  Put(EnumName(window.window));
  Put("(");
  PutTable(*window.input);
  if (!window.partition_by.empty()) {
    Put(" PARTITION BY (");
    PutExpressions(window.partition_by);
    Put(")");
  }
  Put(", ");
  Print(*window.time);
  // In the order of each kind: step or slide before size, gap alone.
  for (const ExpressionPtr* argument : {&window.slide, &window.size, &window.gap, &window.offset}) {
    if (!*argument) continue;
    Put(", ");
    Print(**argument);
  }
  Put(")");
}

}  // namespace laminar::sql
