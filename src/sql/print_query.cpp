#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/printer_impl.h"

namespace laminar::sql {

void Printer::PutSubquery(const Query& query) {
  Put("(");
  Print(query);
  Put(")");
}

void Printer::Print(const Query& query) {
  PutWith(query);
  PutBody(*query.body);
  if (query.order_by_all) {
    Put(" ORDER BY ALL");
    if (query.order_by_all->descending) Put(" DESC");
    PutNulls(query.order_by_all->nulls);
  }
  if (!query.order_by.empty()) {
    Put(" ORDER BY ");
    PutOrder(query.order_by);
  }
  if (query.limit) {
    Put(" LIMIT ");
    Print(*query.limit);
  }
  if (query.offset) {
    Put(" OFFSET ");
    Print(*query.offset);
  }
  if (query.emit) PutEmit(*query.emit);
}

void Printer::PutWith(const Query& query) {
  if (query.with.empty()) return;
  Put(query.recursive ? "WITH RECURSIVE " : "WITH ");
  PutList(query.with, [this](const CommonTable& table) {
    Put(table.name);
    if (!table.columns.empty()) {
      Put(" ");
      PutNames(table.columns);
    }
    Put(" AS ");
    if (table.materialization == Materialization::kMaterialized) Put("MATERIALIZED ");
    if (table.materialization == Materialization::kNotMaterialized) Put("NOT MATERIALIZED ");
    PutSubquery(*table.query);
  });
  Put(" ");
}

void Printer::PutBody(const Body& body) {
  switch (body.kind) {
    case QueryBodyKind::kSelect:
      return PutSelect(body.As<SelectBody>());
    case QueryBodyKind::kValues:
      Put("VALUES ");
      return PutList(body.As<ValuesBody>().rows, [this](const ValuesRow& row) {
        Put("(");
        PutExpressions(row.values);
        Put(")");
      });
    case QueryBodyKind::kNested:
      return PutSubquery(*body.As<NestedBody>().query);
    case QueryBodyKind::kSetOperation: {
      const auto& operation = body.As<SetOperationBody>();
      std::string_view separator;
      for (const BodyPtr& operand : operation.operands) {
        if (!separator.empty()) {
          Put(" ");
          Put(EnumName(operation.op));
          Put(operation.all ? " ALL " : " ");
        }
        separator = " ";
        const bool parentheses = operand->kind == QueryBodyKind::kSetOperation;
        if (parentheses) Put("(");
        PutBody(*operand);
        if (parentheses) Put(")");
      }
      return;
    }
  }
}

void Printer::PutSelect(const SelectBody& select) {
  Put("SELECT ");
  if (select.distinct) Put("DISTINCT ");
  if (!select.distinct_on.empty()) {
    Put("ON (");
    PutExpressions(select.distinct_on);
    Put(") ");
  }
  PutList(select.items, [this](const SelectItem& item) {
    Print(*item.value);
    if (!item.alias) return;
    Put(" AS ");
    Put(*item.alias);
  });
  if (!select.from.empty()) {
    Put(" FROM ");
    PutTables(select.from);
  }
  PutWhere(select.where);
  if (select.group_by) PutGroupBy(*select.group_by);
  if (select.having) {
    Put(" HAVING ");
    Print(*select.having);
  }
  if (!select.windows.empty()) {
    Put(" WINDOW ");
    PutList(select.windows, [this](const NamedWindow& window) {
      Put(window.name);
      Put(" AS ");
      PutWindow(window.specification);
    });
  }
  if (select.qualify) {
    Put(" QUALIFY ");
    Print(*select.qualify);
  }
}

void Printer::PutWhere(const ExpressionPtr& where) {
  if (!where) return;
  Put(" WHERE ");
  Print(*where);
}

void Printer::PutGroupBy(const GroupByClause& group_by) {
  Put(" GROUP BY ");
  if (group_by.all) Put("ALL");
  if (group_by.distinct) Put("DISTINCT ");
  PutList(group_by.elements, [this](const GroupingElement& element) { PutGrouping(element); });
}

void Printer::PutGrouping(const GroupingElement& element) {
  switch (element.grouping) {
    case GroupingKind::kExpression: {
      const size_t begin = out_.size();
      Print(*element.expressions.front());
      // Functions of these names can only be called where a key does not begin.
      const std::string_view printed = std::string_view(out_).substr(begin);
      if (SameWord(printed.substr(0, 7), "ROLLUP(") || SameWord(printed.substr(0, 5), "CUBE(")) {
        out_.insert(begin, "(");
        Put(")");
      }
      return;
    }
    case GroupingKind::kSet:
      Put("(");
      break;
    case GroupingKind::kRollup:
      Put("ROLLUP (");
      break;
    case GroupingKind::kCube:
      Put("CUBE (");
      break;
    case GroupingKind::kGroupingSets:
      Put("GROUPING SETS (");
      PutList(element.sets, [this](const GroupingElement& set) { PutGrouping(set); });
      break;
  }
  PutExpressions(element.expressions);
  Put(")");
}

void Printer::PutEmit(const EmitClause& emit) {
  switch (emit.mode) {
    case EmitMode::kDefault:
      break;
    case EmitMode::kOnWindowClose:
      Put(" EMIT ON WINDOW CLOSE");
      break;
    case EmitMode::kFinal:
      Put(" EMIT FINAL");
      break;
    case EmitMode::kOnUpdate:
      Put(" EMIT ON UPDATE");
      break;
    case EmitMode::kChanges:
      Put(" EMIT CHANGES");
      break;
    case EmitMode::kEvery:
      Put(" EMIT EVERY ");
      Print(*emit.every);
      break;
  }
  if (emit.allow_lateness) {
    Put(" ALLOW LATENESS ");
    Print(*emit.allow_lateness);
  }
  if (emit.late_data_to) {
    Put(" LATE DATA TO ");
    Put(*emit.late_data_to);
  }
}

std::string PrintQuery(const Query& query) {
  Printer printer;
  printer.Print(query);
  return printer.Take();
}

}  // namespace laminar::sql
