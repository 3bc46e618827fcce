#include "exec/expression/error_context.h"

#include <algorithm>
#include <vector>

#include "common/utf8.h"
#include "common/value.h"

namespace laminar {

namespace {

constexpr size_t kLongest = 60;

void CollectColumns(const Expression& expression, std::vector<const Expression*>* columns) {
  if (expression.is_column()) {
    const auto same = [&](const Expression* column) { return column->column == expression.column; };
    if (std::none_of(columns->begin(), columns->end(), same)) columns->push_back(&expression);
  }
  for (const ExpressionPtr& child : expression.children) CollectColumns(*child, columns);
}

}  // namespace

std::string WithContext(const std::string& message, const Expression& expression, const Delta& input, uint32_t row) {
  std::vector<const Expression*> columns;
  CollectColumns(expression, &columns);
  std::string text = message + " in " + expression.ToString();
  if (columns.empty()) return text;
  text += " (";
  for (const Expression* column : columns) {
    if (column != columns.front()) text += ", ";
    const Column& cells = input.columns[static_cast<size_t>(column->column)];
    const std::string value = ReadValue(column->type, cells.values, cells.validity, row).ToString();
    text += column->ToString() + " = " + Shortened(value, kLongest);
  }
  return text + ")";
}

}  // namespace laminar
