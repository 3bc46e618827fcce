#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/printer_impl.h"

namespace laminar::sql {

void Printer::PutHead(const CreateHead& head, std::string_view kind) {
  Put(head.or_replace ? "CREATE OR REPLACE " : "CREATE ");
  Put(kind);
  Put(head.if_not_exists ? " IF NOT EXISTS " : " ");
  Put(head.name);
}

void Printer::PutDefinition(const TableDefinition& definition) {
  std::string_view separator = " (";
  const auto part = [&] {
    Put(separator);
    separator = ", ";
  };
  for (const ColumnDefinition& column : definition.columns) {
    part();
    PutColumn(column);
  }
  if (!definition.primary_key.empty()) {
    part();
    Put("PRIMARY KEY ");
    PutNames(definition.primary_key);
  }
  if (definition.watermark) {
    part();
    Put("WATERMARK FOR ");
    Put(definition.watermark->column);
    if (definition.watermark->expression) {
      Put(" AS ");
      Print(*definition.watermark->expression);
    }
  }
  if (separator == ", ") Put(")");
}

void Printer::PutColumn(const ColumnDefinition& column) {
  Put(column.name);
  Put(" ");
  Print(*column.type);
  if (column.not_null) Put(" NOT NULL");
  if (column.default_value) {
    Put(" DEFAULT ");
    Print(*column.default_value);
  }
  if (column.generated_as) {
    Put(" GENERATED ALWAYS AS (");
    Print(*column.generated_as);
    Put(")");
  }
}

void Printer::PutConnector(std::string_view word, const ConnectorClause* connector) {
  if (connector == nullptr) return;
  Put(word);
  Put(connector->name);
  Put(" ");
  PutOptions(connector->options);
}

void Printer::PutOptions(const std::vector<Option>& options) {
  Put("(");
  PutList(options, [this](const Option& option) {
    if (IsWord(option.key)) {
      Put(option.key);
    } else {
      PutString(option.key);
    }
    Put(" = ");
    PutOptionValue(*option.value);
  });
  Put(")");
}

/// A bare name would be read as a string.
void Printer::PutOptionValue(const Expression& value) {
  const auto* column = value.If<ColumnExpression>();
  Print(value, column != nullptr && column->parts.size() == 1 ? kPrecedencePrimary + 1 : kPrecedenceOr);
}

void Printer::PutWith(const std::vector<Option>& options) {
  if (options.empty()) return;
  Put(" WITH ");
  PutOptions(options);
}

void Printer::Put(const CreateSourceStatement& statement) {
  PutHead(statement.head, "SOURCE");
  PutDefinition(statement.definition);
  PutConnector(" FROM ", statement.connector.get());
  PutWith(statement.options);
}

void Printer::Put(const CreateTableStatement& statement) {
  PutHead(statement.head, "TABLE");
  PutDefinition(statement.definition);
  PutWith(statement.options);
  if (!statement.query) return;
  Put(" AS ");
  Print(*statement.query);
}

void Printer::Put(const CreateStreamStatement& statement) {
  PutHead(statement.head, statement.materialized_view ? "MATERIALIZED VIEW" : "STREAM");
  if (!statement.columns.empty()) {
    Put(" ");
    PutNames(statement.columns);
  }
  PutWith(statement.options);
  Put(" AS ");
  Print(*statement.query);
}

void Printer::Put(const CreateViewStatement& statement) {
  PutHead(statement.head, "VIEW");
  if (!statement.columns.empty()) {
    Put(" ");
    PutNames(statement.columns);
  }
  Put(" AS ");
  Print(*statement.query);
}

void Printer::Put(const CreateSinkStatement& statement) {
  PutHead(statement.head, "SINK");
  if (statement.from) {
    Put(" FROM ");
    Put(*statement.from);
  }
  PutConnector(" INTO ", statement.connector.get());
  PutWith(statement.options);
  if (statement.emit) PutEmit(*statement.emit);
  if (!statement.query) return;
  Put(" AS ");
  Print(*statement.query);
}

void Printer::Put(const CreateLookupTableStatement& statement) {
  PutHead(statement.head, "LOOKUP TABLE");
  PutDefinition(statement.definition);
  PutConnector(" FROM ", statement.connector.get());
  PutWith(statement.options);
}

void Printer::Put(const CreateFunctionStatement& statement) {
  PutHead(statement.head, "FUNCTION");
  Put("(");
  PutList(statement.parameters, [this](const FunctionParameter& parameter) {
    Put(parameter.name);
    Put(" ");
    Print(*parameter.type);
  });
  Put(") RETURNS ");
  Print(*statement.returns);
  Put(" AS ");
  Print(*statement.body);
}

}  // namespace laminar::sql
