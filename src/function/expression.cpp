#include "function/expression.h"

#include <algorithm>
#include <cmath>

#include "function/cast.h"
#include "function/scalar_function.h"

namespace laminar {
namespace {

bool CallNullable(const ScalarFunction& function, const std::vector<ExpressionPtr>& children) {
  const auto nullable = [](const ExpressionPtr& child) { return child->nullable; };
  if (function.traits.nulls == NullBehaviour::kHandled) return !function.traits.never_null;
  if (function.name == "coalesce") return std::all_of(children.begin(), children.end(), nullable);
  return std::any_of(children.begin(), children.end(), nullable);
}

// As a person would write it; a number's exact type is seldom what a reader of a plan asks for.
std::string ConstantToString(const Value& value) {
  if (value.is_null()) return "NULL";
  if (value.type().is_numeric() && !value.type().is_float()) return value.ToString();
  if (value.type().id() == TypeId::kDouble && std::isfinite(value.get<double>())) return value.ToString();
  if (value.type().id() == TypeId::kTimestamp) return "TIMESTAMP '" + value.ToString() + "'";
  return value.ToSql();
}

// Operators in SQL's own notation; everything else as a call.
std::string CallToString(const Expression& call) {
  const std::string& name = call.function->name;
  const auto child = [&](size_t i) { return call.children[i]->ToString(); };
  const bool symbol = !(name[0] >= 'a' && name[0] <= 'z') || name == "and" || name == "or" || name == "like" ||
                      name == "ilike" || name == "similar to" || name.rfind("is ", 0) == 0;
  if (name == "not") return "(NOT " + child(0) + ")";
  if (symbol && call.children.size() == 1) {
    std::string upper = name;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    return name.rfind("is ", 0) == 0 ? "(" + child(0) + " " + upper + ")" : "(" + name + child(0) + ")";
  }
  if (name == "in") {
    std::string text = "(" + child(0) + " IN (";
    for (size_t i = 1; i < call.children.size(); ++i) text += (i > 1 ? ", " : "") + child(i);
    return text + "))";
  }
  std::string text = symbol ? "(" : name + "(";
  std::string separator = ", ";
  if (symbol) {
    separator = " " + name + " ";
    std::transform(separator.begin(), separator.end(), separator.begin(),
                   [](unsigned char c) { return std::toupper(c); });
  }
  for (size_t i = 0; i < call.children.size(); ++i) text += (i > 0 ? separator : "") + child(i);
  return text + ")";
}

}  // namespace

ExpressionPtr Expression::MakeColumn(int column, DataType type, bool nullable, std::string name, SourceSpan span) {
  auto expression = std::make_unique<Expression>();
  expression->kind = ExpressionKind::kColumn;
  expression->type = std::move(type);
  expression->nullable = nullable;
  expression->span = span;
  expression->column = column;
  expression->name = std::move(name);
  return expression;
}

ExpressionPtr Expression::MakeConstant(Value value, SourceSpan span) {
  auto expression = std::make_unique<Expression>();
  expression->kind = ExpressionKind::kConstant;
  expression->type = value.type();
  expression->nullable = value.is_null();
  expression->span = span;
  expression->value = std::move(value);
  return expression;
}

ExpressionPtr Expression::MakeCall(const ScalarFunction* function, DataType type, std::vector<ExpressionPtr> children,
                                   SourceSpan span) {
  auto expression = std::make_unique<Expression>();
  expression->kind = ExpressionKind::kCall;
  expression->type = std::move(type);
  expression->nullable = CallNullable(*function, children);
  expression->span = span;
  expression->function = function;
  expression->children = std::move(children);
  return expression;
}

ExpressionPtr Expression::MakeCall(std::shared_ptr<const ScalarFunction> function, DataType type,
                                   std::vector<ExpressionPtr> children, SourceSpan span) {
  ExpressionPtr expression = MakeCall(function.get(), std::move(type), std::move(children), span);
  expression->kept_function = std::move(function);
  return expression;
}

ExpressionPtr Expression::MakeCast(ExpressionPtr child, DataType type, bool try_cast, SourceSpan span) {
  auto expression = std::make_unique<Expression>();
  expression->kind = ExpressionKind::kCast;
  expression->type = std::move(type);
  expression->nullable = child->nullable || try_cast;
  expression->span = span;
  expression->try_cast = try_cast;
  expression->children.push_back(std::move(child));
  return expression;
}

ExpressionPtr Expression::MakeCase(std::vector<ExpressionPtr> children, DataType type, SourceSpan span) {
  auto expression = std::make_unique<Expression>();
  expression->kind = ExpressionKind::kCase;
  expression->type = std::move(type);
  expression->nullable = children.back()->nullable;
  for (size_t i = 1; i < children.size(); i += 2) expression->nullable |= children[i]->nullable;
  expression->span = span;
  expression->children = std::move(children);
  return expression;
}

ExpressionPtr Expression::Clone() const {
  auto copy = std::make_unique<Expression>();
  copy->kind = kind;
  copy->type = type;
  copy->nullable = nullable;
  copy->span = span;
  copy->column = column;
  copy->name = name;
  copy->value = value;
  copy->function = function;
  copy->try_cast = try_cast;
  copy->kept_function = kept_function;
  copy->evaluation = evaluation;
  copy->children.reserve(children.size());
  for (const ExpressionPtr& child : children) copy->children.push_back(child->Clone());
  return copy;
}

bool Expression::Equals(const Expression& other) const {
  return kind == other.kind && type == other.type && column == other.column && function == other.function &&
         try_cast == other.try_cast && evaluation == other.evaluation && value == other.value &&
         std::equal(children.begin(), children.end(), other.children.begin(), other.children.end(),
                    [](const ExpressionPtr& a, const ExpressionPtr& b) { return a->Equals(*b); });
}

std::string Expression::ToString() const {
  switch (kind) {
    case ExpressionKind::kColumn:
      return name.empty() ? "#" + std::to_string(column) : name;
    case ExpressionKind::kConstant:
      return ConstantToString(value);
    case ExpressionKind::kCall:
      return CallToString(*this);
    case ExpressionKind::kCast:
      return (try_cast ? "TRY_CAST(" : "CAST(") + children[0]->ToString() + " AS " + type.ToString() + ")";
    case ExpressionKind::kCase: {
      std::string text = "CASE";
      for (size_t i = 0; i + 1 < children.size(); i += 2) {
        text += " WHEN " + children[i]->ToString() + " THEN " + children[i + 1]->ToString();
      }
      const Expression& otherwise = *children.back();
      if (!otherwise.is_constant() || !otherwise.value.is_null()) text += " ELSE " + otherwise.ToString();
      return text + " END";
    }
  }
  return "";
}

bool Expression::fallible() const {
  if (kind == ExpressionKind::kCall && function->traits.fallible) return true;
  if (kind == ExpressionKind::kCast && !try_cast && CastIsFallible(children[0]->type, type)) return true;
  return std::any_of(children.begin(), children.end(), [](const ExpressionPtr& child) { return child->fallible(); });
}

bool Expression::deterministic() const {
  if (kind == ExpressionKind::kCall && !function->traits.deterministic) return false;
  return std::all_of(children.begin(), children.end(),
                     [](const ExpressionPtr& child) { return child->deterministic(); });
}

bool Expression::reads_time() const {
  if (kind == ExpressionKind::kCall && function->traits.reads_time) return true;
  return std::any_of(children.begin(), children.end(), [](const ExpressionPtr& child) { return child->reads_time(); });
}

}  // namespace laminar
