#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/printer_impl.h"

namespace laminar::sql {

void Printer::Print(const Statement& statement) {
  Dispatch(statement, [this](const auto& node) { Put(node); });
}

void Printer::Put(const QueryStatement& statement) { Print(*statement.query); }

void Printer::PutAssignments(const std::vector<Assignment>& assignments) {
  Put(" SET ");
  PutList(assignments, [this](const Assignment& assignment) {
    Put(assignment.column);
    Put(" = ");
    Print(*assignment.value);
  });
}

void Printer::Put(const InsertStatement& statement) {
  Put("INSERT INTO ");
  Put(statement.table);
  Put(" ");
  if (!statement.columns.empty()) {
    PutNames(statement.columns);
    Put(" ");
  }
  if (statement.query) {
    Print(*statement.query);
  } else {
    Put("DEFAULT VALUES");
  }
  if (!statement.on_conflict) return;
  const OnConflictClause& clause = *statement.on_conflict;
  Put(" ON CONFLICT ");
  if (!clause.target.empty()) {
    PutNames(clause.target);
    Put(" ");
  }
  if (!clause.do_update) return Put("DO NOTHING");
  Put("DO UPDATE");
  PutAssignments(clause.assignments);
  PutWhere(clause.where);
}

void Printer::Put(const UpdateStatement& statement) {
  Put("UPDATE ");
  Put(statement.table);
  if (statement.alias) {
    Put(" AS ");
    Put(*statement.alias);
  }
  PutAssignments(statement.assignments);
  if (!statement.from.empty()) {
    Put(" FROM ");
    PutTables(statement.from);
  }
  PutWhere(statement.where);
}

void Printer::Put(const DeleteStatement& statement) {
  Put("DELETE FROM ");
  Put(statement.table);
  if (statement.alias) {
    Put(" AS ");
    Put(*statement.alias);
  }
  if (!statement.using_tables.empty()) {
    Put(" USING ");
    PutTables(statement.using_tables);
  }
  PutWhere(statement.where);
}

void Printer::Put(const TruncateStatement& statement) {
  Put("TRUNCATE ");
  PutList(statement.tables, [this](const QualifiedName& table) { Put(table); });
}

void Printer::Put(const CopyStatement& statement) {
  Put("COPY ");
  if (statement.query) {
    PutSubquery(*statement.query);
  } else {
    Put(*statement.table);
    if (!statement.columns.empty()) {
      Put(" ");
      PutNames(statement.columns);
    }
  }
  Put(statement.to_file ? " TO " : " FROM ");
  PutString(statement.path);
  if (statement.options.empty()) return;
  Put(" ");
  PutOptions(statement.options);
}

void Printer::Put(const DropStatement& statement) {
  Put("DROP ");
  Put(EnumName(statement.object));
  Put(statement.if_exists ? " IF EXISTS " : " ");
  PutList(statement.names, [this](const QualifiedName& name) { Put(name); });
  if (statement.cascade) Put(" CASCADE");
}

void Printer::Put(const AlterStatement& statement) {
  Put("ALTER ");
  Put(EnumName(statement.object));
  Put(statement.if_exists ? " IF EXISTS " : " ");
  Put(statement.name);
  if (statement.add_column) {
    Put(statement.add_if_not_exists ? " ADD COLUMN IF NOT EXISTS " : " ADD COLUMN ");
    PutColumn(*statement.add_column);
  }
  if (statement.rename_to) {
    Put(" RENAME TO ");
    Put(*statement.rename_to);
  }
}

void Printer::Put(const ShowStatement& statement) {
  Put("SHOW ");
  Put(EnumName(statement.subject));
}

void Printer::Put(const ShowCreateStatement& statement) {
  Put("SHOW CREATE ");
  Put(EnumName(statement.object));
  Put(" ");
  Put(statement.name);
}

void Printer::Put(const DescribeStatement& statement) {
  Put(statement.extended ? "DESCRIBE EXTENDED " : "DESCRIBE ");
  Put(statement.name);
}

void Printer::Put(const ExplainStatement& statement) {
  Put(statement.analyze ? "EXPLAIN ANALYZE " : "EXPLAIN ");
  if (statement.format != ExplainFormat::kText) {
    Put("(FORMAT ");
    Put(EnumName(statement.format));
    Put(") ");
  }
  if (statement.stream) {
    Put("STREAM ");
    Put(*statement.stream);
  } else {
    Print(*statement.statement);
  }
}

void Printer::Put(const SubscribeStatement& statement) {
  Put("SUBSCRIBE ");
  Put(statement.name);
  if (statement.as_of_epoch) {
    Put(" AS OF EPOCH ");
    Print(*statement.as_of_epoch);
  }
  PutWhere(statement.where);
  if (statement.emit) PutEmit(*statement.emit);
}

void Printer::Put(const DeclareCursorStatement& statement) {
  Put("DECLARE ");
  Put(statement.cursor);
  Put(" CURSOR FOR ");
  Print(*statement.subscribe);
}

void Printer::Put(const FetchStatement& statement) {
  Put("FETCH ");
  if (statement.count) {
    Print(*statement.count);
  } else {
    Put("ALL");
  }
  Put(" FROM ");
  Put(statement.cursor);
}

void Printer::Put(const CloseCursorStatement& statement) {
  Put("CLOSE ");
  Put(statement.cursor);
}

void Printer::Put(const TransactionStatement& statement) { Put(EnumName(statement.action)); }

void Printer::Put(const SetStatement& statement) {
  Put("SET ");
  Put(statement.name);
  Put(" = ");
  if (statement.value) {
    PutOptionValue(*statement.value);
  } else {
    Put("DEFAULT");
  }
}

std::string PrintStatement(const Statement& statement) {
  Printer printer;
  printer.Print(statement);
  return printer.Take();
}

}  // namespace laminar::sql
