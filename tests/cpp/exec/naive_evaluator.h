// For tests: expressions evaluated row by row over Values, the obvious way, sharing nothing with the kernels.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/value.h"
#include "function/expression.h"
#include "function/scalar_function.h"

namespace laminar {

/// A value or the message of an error.
struct Outcome {
  Value value;
  std::optional<std::string> error;
};

class NaiveEvaluator {
 public:
  using ColumnReader = std::function<Value(int column)>;
  explicit NaiveEvaluator(ColumnReader column) : column_(std::move(column)) {}

  Outcome Evaluate(const Expression& e) const {
    switch (e.kind) {
      case ExpressionKind::kColumn:
        return {column_(e.column), std::nullopt};
      case ExpressionKind::kConstant:
        return {e.value, std::nullopt};
      case ExpressionKind::kCast:
        return Cast(e);
      case ExpressionKind::kCase:
        return Case(e);
      case ExpressionKind::kCall:
        return Call(e);
    }
    return {};
  }

 private:
  Outcome Case(const Expression& e) const {
    for (size_t i = 0; i + 1 < e.children.size(); i += 2) {
      const Outcome condition = Evaluate(*e.children[i]);
      if (condition.error) return condition;
      if (!condition.value.is_null() && condition.value.get<bool>()) return Evaluate(*e.children[i + 1]);
    }
    return Evaluate(*e.children.back());
  }

  Outcome Cast(const Expression& e) const {
    Outcome from = Evaluate(*e.children[0]);
    if (from.error || from.value.is_null()) return {Value(e.type), from.error};
    if (e.type.id() == TypeId::kDouble)
      return {Value::Double(static_cast<double>(from.value.get<int64_t>())), std::nullopt};
    if (e.type.id() == TypeId::kVarchar) return {Value::Varchar(from.value.ToString()), std::nullopt};
    if (e.type.id() == TypeId::kInt64) return {Value::BigInt(from.value.get<int64_t>()), std::nullopt};
    if (e.type.id() == TypeId::kInt16) {
      const int64_t value = from.value.get<int64_t>();
      if (value >= INT16_MIN && value <= INT16_MAX) return {Value(e.type, value), std::nullopt};
      if (e.try_cast) return {Value(e.type), std::nullopt};
      return {Value(e.type), "value " + std::to_string(value) + " is out of range for type SMALLINT"};
    }
    return {Value(e.type), "the naive evaluator has no such cast"};
  }

  Outcome Logic(const Expression& e, bool decisive) const {
    bool unknown = false;
    std::optional<std::string> error;
    for (const ExpressionPtr& child : e.children) {
      const Outcome operand = Evaluate(*child);
      if (operand.error) {
        if (!error) error = operand.error;
      } else if (operand.value.is_null()) {
        unknown = true;
      } else if (operand.value.get<bool>() == decisive) {
        return {Value::Boolean(decisive), std::nullopt};
      }
    }
    if (error) return {Value(TypeId::kBoolean), error};
    return {unknown ? Value(TypeId::kBoolean) : Value::Boolean(!decisive), std::nullopt};
  }

  static int Compare(const Value& a, const Value& b) {
    if (a.type().id() == TypeId::kVarchar) return a.get<std::string>().compare(b.get<std::string>());
    if (a.type().id() == TypeId::kDouble) {
      const double x = a.get<double>();
      const double y = b.get<double>();
      if (x != x || y != y) return (x != x) - (y != y);
      return x < y ? -1 : x > y;
    }
    if (a.type().id() == TypeId::kBoolean) return a.get<bool>() - b.get<bool>();
    return a.get<int64_t>() < b.get<int64_t>() ? -1 : a.get<int64_t>() > b.get<int64_t>();
  }

  Outcome Call(const Expression& e) const {
    const std::string& name = e.function->name;
    if (name == "and") return Logic(e, false);
    if (name == "or") return Logic(e, true);
    if (name == "coalesce") {
      for (const ExpressionPtr& child : e.children) {
        Outcome operand = Evaluate(*child);
        if (operand.error || !operand.value.is_null())
          return {operand.error ? Value(e.type) : operand.value, operand.error};
      }
      return {Value(e.type), std::nullopt};
    }
    std::vector<Value> operands;
    for (const ExpressionPtr& child : e.children) {
      Outcome operand = Evaluate(*child);
      if (operand.error) return {Value(e.type), operand.error};
      operands.push_back(std::move(operand.value));
    }
    if (name == "is null") return {Value::Boolean(operands[0].is_null()), std::nullopt};
    if (name == "in") return In(operands);
    for (const Value& operand : operands) {
      if (operand.is_null()) return {Value(e.type), std::nullopt};
    }
    if (name == "not") return {Value::Boolean(!operands[0].get<bool>()), std::nullopt};
    if (name == "||")
      return {Value::Varchar(operands[0].get<std::string>() + operands[1].get<std::string>()), std::nullopt};
    if (name == "upper") return Upper(operands[0]);
    if (e.type.id() == TypeId::kBoolean) {
      const int order = Compare(operands[0], operands[1]);
      const bool holds = name == "="    ? order == 0
                         : name == "<>" ? order != 0
                         : name == "<"  ? order < 0
                         : name == "<=" ? order <= 0
                         : name == ">"  ? order > 0
                                        : order >= 0;
      return {Value::Boolean(holds), std::nullopt};
    }
    return e.type.id() == TypeId::kDouble ? FloatArithmetic(name, operands) : IntegerArithmetic(e, operands);
  }

  static Outcome In(const std::vector<Value>& operands) {
    if (operands[0].is_null()) return {Value(TypeId::kBoolean), std::nullopt};
    bool unknown = false;
    for (size_t i = 1; i < operands.size(); ++i) {
      if (operands[i].is_null()) {
        unknown = true;
      } else if (Compare(operands[0], operands[i]) == 0) {
        return {Value::Boolean(true), std::nullopt};
      }
    }
    return {unknown ? Value(TypeId::kBoolean) : Value::Boolean(false), std::nullopt};
  }

  static Outcome Upper(const Value& text) {
    std::string upper = text.get<std::string>();
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    return {Value::Varchar(upper), std::nullopt};
  }

  static Outcome FloatArithmetic(const std::string& name, const std::vector<Value>& operands) {
    const double a = operands[0].get<double>();
    const double b = operands[1].get<double>();
    return {Value::Double(name == "+" ? a + b : name == "-" ? a - b : name == "*" ? a * b : a / b), std::nullopt};
  }

  static Outcome IntegerArithmetic(const Expression& e, const std::vector<Value>& operands) {
    const std::string& name = e.function->name;
    const int128_t a = operands[0].get<int64_t>();
    const int128_t b = operands[1].get<int64_t>();
    if ((name == "/" || name == "%") && b == 0) return {Value(e.type), "division by zero"};
    const int128_t exact = name == "+"   ? a + b
                           : name == "-" ? a - b
                           : name == "*" ? a * b
                           : name == "/" ? a / b
                                         : a % b;
    const int128_t most = e.type.id() == TypeId::kInt32 ? INT32_MAX : INT64_MAX;
    if (exact > most || exact < -most - 1) {
      return {Value(e.type),
              "integer overflow in " + operands[0].ToString() + " " + name + " " + operands[1].ToString()};
    }
    return {Value(e.type, static_cast<int64_t>(exact)), std::nullopt};
  }

  ColumnReader column_;
};

}  // namespace laminar
