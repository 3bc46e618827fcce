#include <algorithm>

#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/printer_impl.h"

namespace laminar::sql {
namespace {

int PrecedenceOf(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
    case BinaryOperator::kSubtract:
      return kPrecedenceAdd;
    case BinaryOperator::kMultiply:
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
      return kPrecedenceMultiply;
    case BinaryOperator::kPower:
      return kPrecedencePower;
    case BinaryOperator::kEqual:
    case BinaryOperator::kNotEqual:
    case BinaryOperator::kLess:
    case BinaryOperator::kLessOrEqual:
    case BinaryOperator::kGreater:
    case BinaryOperator::kGreaterOrEqual:
      return kPrecedenceComparison;
    case BinaryOperator::kIsDistinctFrom:
    case BinaryOperator::kIsNotDistinctFrom:
      return kPrecedenceIs;
    default:
      return kPrecedenceOther;
  }
}

int PrecedenceOf(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::kLogical:
      return expression.As<LogicalExpression>().op == LogicalOperator::kAnd ? kPrecedenceAnd : kPrecedenceOr;
    case ExpressionKind::kUnary:
      switch (expression.As<UnaryExpression>().op) {
        case UnaryOperator::kNot:
          return kPrecedenceNot;
        case UnaryOperator::kBitNot:
          return kPrecedenceOther;
        default:
          return kPrecedenceUnary;
      }
    case ExpressionKind::kBinary:
      return PrecedenceOf(expression.As<BinaryExpression>().op);
    case ExpressionKind::kQuantified:
      return PrecedenceOf(expression.As<QuantifiedExpression>().op);
    case ExpressionKind::kIs:
      return kPrecedenceIs;
    case ExpressionKind::kLike:
    case ExpressionKind::kBetween:
    case ExpressionKind::kInList:
    case ExpressionKind::kInSubquery:
      return kPrecedenceRange;
    case ExpressionKind::kAtTimeZone:
      return kPrecedenceAtTimeZone;
    case ExpressionKind::kSubscript:
    case ExpressionKind::kSlice:
    case ExpressionKind::kField:
      return kPrecedencePostfix;
    default:
      return kPrecedencePrimary;
  }
}

bool Chains(int precedence) {
  return precedence != kPrecedenceComparison && precedence != kPrecedenceRange && precedence != kPrecedenceIs;
}

}  // namespace

void Printer::Put(const Identifier& identifier) {
  Put(identifier.quoted && IsPlainName(identifier.name) ? '"' + identifier.name + '"' : PrintName(identifier.name));
}

void Printer::PutLabel(const Identifier& identifier) { Put(identifier); }

void Printer::Put(const QualifiedName& name) {
  std::string_view separator;
  for (const Identifier& part : name.parts) {
    Put(separator);
    separator = ".";
    Put(part);
  }
}

void Printer::PutNames(const std::vector<Identifier>& names) {
  Put("(");
  PutList(names, [this](const Identifier& name) { Put(name); });
  Put(")");
}

void Printer::PutExpressions(const std::vector<ExpressionPtr>& expressions) {
  PutList(expressions, [this](const ExpressionPtr& expression) { Print(*expression); });
}

void Printer::PutString(std::string_view text) { Put(PrintString(text)); }

void Printer::Print(const Expression& expression, int least_precedence) {
  const bool parentheses = PrecedenceOf(expression) < least_precedence;
  if (parentheses) Put("(");
  PutUngrouped(expression);
  if (parentheses) Put(")");
}

void Printer::PutUngrouped(const Expression& expression) {
  const int precedence = PrecedenceOf(expression);
  switch (expression.kind) {
    case ExpressionKind::kLiteral:
      return PutLiteral(expression.As<LiteralExpression>());
    case ExpressionKind::kTypedLiteral: {
      const auto& literal = expression.As<TypedLiteralExpression>();
      Print(*literal.type);
      Put(" ");
      return PutString(literal.text);
    }
    case ExpressionKind::kIntervalLiteral:
      return PutInterval(expression.As<IntervalLiteralExpression>());
    case ExpressionKind::kIntervalOf: {
      const auto& interval = expression.As<IntervalOfExpression>();
      Put("INTERVAL (");
      Print(*interval.value);
      Put(") ");
      return Put(EnumName(interval.unit));
    }
    case ExpressionKind::kParameter: {
      const auto& parameter = expression.As<ParameterExpression>();
      if (parameter.index) return Put("$" + std::to_string(*parameter.index));
      // `$a$b` would start a quoted string.
      const bool dollar = parameter.name->find('$') != std::string::npos;
      return Put(dollar ? "(:" + *parameter.name + ")" : "$" + *parameter.name);
    }
    case ExpressionKind::kColumn: {
      std::string_view separator;
      for (const Identifier& part : expression.As<ColumnExpression>().parts) {
        Put(separator);
        separator = ".";
        Put(part);
      }
      return;
    }
    case ExpressionKind::kStar:
      return PutStar(expression.As<StarExpression>());
    case ExpressionKind::kDefault:
      return Put("DEFAULT");
    case ExpressionKind::kUnary:
      return PutUnary(expression.As<UnaryExpression>());
    case ExpressionKind::kBinary: {
      const auto& binary = expression.As<BinaryExpression>();
      Print(*binary.left, Chains(precedence) ? precedence : precedence + 1);
      Put(" ");
      Put(EnumName(binary.op));
      Put(" ");
      return Print(*binary.right, precedence + 1);
    }
    case ExpressionKind::kLogical:
      return PutLogical(expression.As<LogicalExpression>());
    case ExpressionKind::kIs: {
      const auto& is = expression.As<IsExpression>();
      Print(*is.operand, precedence + 1);
      Put(is.negated ? " IS NOT " : " IS ");
      return Put(UpperAscii(EnumName(is.test)));
    }
    case ExpressionKind::kLike:
      return PutLike(expression.As<LikeExpression>());
    case ExpressionKind::kBetween:
      return PutBetween(expression.As<BetweenExpression>());
    case ExpressionKind::kInList: {
      const auto& in = expression.As<InListExpression>();
      Print(*in.operand, precedence + 1);
      Put(in.negated ? " NOT IN (" : " IN (");
      PutExpressions(in.values);
      return Put(")");
    }
    case ExpressionKind::kInSubquery: {
      const auto& in = expression.As<InSubqueryExpression>();
      Print(*in.operand, precedence + 1);
      Put(in.negated ? " NOT IN " : " IN ");
      return PutSubquery(*in.query);
    }
    case ExpressionKind::kExists:
      Put("EXISTS ");
      return PutSubquery(*expression.As<ExistsExpression>().query);
    case ExpressionKind::kScalarSubquery:
      return PutSubquery(*expression.As<ScalarSubqueryExpression>().query);
    case ExpressionKind::kQuantified:
      return PutQuantified(expression.As<QuantifiedExpression>());
    case ExpressionKind::kCast: {
      const auto& cast = expression.As<CastExpression>();
      Put(cast.or_null ? "TRY_CAST(" : "CAST(");
      Print(*cast.operand);
      Put(" AS ");
      Print(*cast.type);
      return Put(")");
    }
    case ExpressionKind::kCase:
      return PutCase(expression.As<CaseExpression>());
    case ExpressionKind::kAtTimeZone: {
      const auto& at = expression.As<AtTimeZoneExpression>();
      Print(*at.operand, precedence);
      Put(" AT TIME ZONE ");
      return Print(*at.zone, precedence + 1);
    }
    case ExpressionKind::kSubscript: {
      const auto& subscript = expression.As<SubscriptExpression>();
      PutBase(*subscript.operand, false);
      Put("[");
      Print(*subscript.index);
      return Put("]");
    }
    case ExpressionKind::kSlice:
      return PutSlice(expression.As<SliceExpression>());
    case ExpressionKind::kField: {
      const auto& field = expression.As<FieldExpression>();
      PutBase(*field.operand, true);
      Put(".");
      return PutLabel(field.field);
    }
    case ExpressionKind::kRow:
      Put("ROW(");
      PutExpressions(expression.As<RowExpression>().values);
      return Put(")");
    case ExpressionKind::kArray:
      Put("ARRAY[");
      PutExpressions(expression.As<ArrayExpression>().values);
      return Put("]");
    case ExpressionKind::kStruct:
      Put("{");
      PutList(expression.As<StructExpression>().fields, [this](const StructField& field) {
        PutString(field.name.name);
        Put(": ");
        Print(*field.value);
      });
      return Put("}");
    case ExpressionKind::kMap:
      Put("MAP {");
      PutList(expression.As<MapExpression>().entries, [this](const MapEntry& entry) {
        Print(*entry.key);
        Put(": ");
        Print(*entry.value);
      });
      return Put("}");
    case ExpressionKind::kCall:
      return PutCall(expression.As<CallExpression>());
    case ExpressionKind::kLambda: {
      const auto& lambda = expression.As<LambdaExpression>();
      Put("lambda ");
      PutList(lambda.parameters, [this](const Identifier& parameter) { Put(parameter); });
      Put(": ");
      return Print(*lambda.body);
    }
  }
}

void Printer::PutLiteral(const LiteralExpression& literal) {
  switch (literal.literal) {
    case LiteralKind::kNull:
      return Put("NULL");
    case LiteralKind::kBoolean:
      return Put(UpperAscii(literal.text));
    case LiteralKind::kString:
      return PutString(literal.text);
    case LiteralKind::kBlob:
      return Put("X'" + literal.text + "'");
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kFloat:
      return Put(literal.text);
  }
}

void Printer::PutInterval(const IntervalLiteralExpression& interval) {
  Put("INTERVAL ");
  PutString(interval.text);
  if (!interval.qualifier) return;
  Put(" ");
  PutQualifier(*interval.qualifier);
}

void Printer::PutStar(const StarExpression& star) {
  for (const Identifier& part : star.qualifier) {
    Put(part);
    Put(".");
  }
  Put("*");
  if (!star.exclude.empty()) {
    Put(" EXCLUDE ");
    PutNames(star.exclude);
  }
  if (!star.replace.empty()) {
    Put(" REPLACE (");
    PutList(star.replace, [this](const StarReplacement& replacement) {
      Print(*replacement.value);
      Put(" AS ");
      Put(replacement.name);
    });
    Put(")");
  }
}

void Printer::PutUnary(const UnaryExpression& unary) {
  Put(EnumName(unary.op));
  const bool word = unary.op == UnaryOperator::kNot;
  if (word) Put(" ");
  // `- -1`, `NOT NOT a`: parentheses say it better, and `--` would start a comment.
  const bool nested = unary.operand->kind == ExpressionKind::kUnary;
  const int precedence = PrecedenceOf(unary);
  Print(*unary.operand, nested ? kPrecedencePrimary : word ? precedence : precedence + 1);
}

void Printer::PutLogical(const LogicalExpression& logical) {
  const int precedence = PrecedenceOf(logical);
  std::string_view separator;
  for (const ExpressionPtr& operand : logical.operands) {
    Put(separator);
    separator = logical.op == LogicalOperator::kAnd ? " AND " : " OR ";
    Print(*operand, precedence + 1);
  }
}

void Printer::PutLike(const LikeExpression& like) {
  Print(*like.operand, kPrecedenceRange + 1);
  Put(like.negated ? " NOT " : " ");
  Put(EnumName(like.form));
  Put(" ");
  Print(*like.pattern, kPrecedenceRange + 1);
  if (!like.escape) return;
  Put(" ESCAPE ");
  Print(*like.escape, kPrecedenceRange + 1);
}

void Printer::PutBetween(const BetweenExpression& between) {
  Print(*between.operand, kPrecedenceRange + 1);
  Put(between.negated ? " NOT BETWEEN " : " BETWEEN ");
  if (between.symmetric) Put("SYMMETRIC ");
  Print(*between.low, kPrecedenceRange + 1);
  Put(" AND ");
  Print(*between.high, kPrecedenceRange + 1);
}

void Printer::PutQuantified(const QuantifiedExpression& quantified) {
  const int precedence = PrecedenceOf(quantified.op);
  Print(*quantified.operand, Chains(precedence) ? precedence : precedence + 1);
  Put(" ");
  Put(EnumName(quantified.op));
  Put(" ");
  Put(EnumName(quantified.quantifier));
  Put(" ");
  if (quantified.query) return PutSubquery(*quantified.query);
  Put("(");
  Print(*quantified.array);
  Put(")");
}

void Printer::PutCase(const CaseExpression& expression) {
  Put("CASE");
  if (expression.operand) {
    Put(" ");
    Print(*expression.operand);
  }
  for (const CaseBranch& branch : expression.branches) {
    Put(" WHEN ");
    Print(*branch.when);
    Put(" THEN ");
    Print(*branch.then);
  }
  if (expression.otherwise) {
    Put(" ELSE ");
    Print(*expression.otherwise);
  }
  Put(" END");
}

void Printer::PutSlice(const SliceExpression& slice) {
  PutBase(*slice.operand, false);
  Put("[");
  if (slice.low) Print(*slice.low);
  Put(":");
  if (slice.high) Print(*slice.high);
  Put("]");
}

/// What `[…]` or `.field` is applied to. A column needs parentheses before a dot, which would make it longer.
void Printer::PutBase(const Expression& operand, bool of_field) {
  const ExpressionKind kind = operand.kind;
  const bool bare = kind == ExpressionKind::kSubscript || kind == ExpressionKind::kSlice ||
                    kind == ExpressionKind::kField || kind == ExpressionKind::kCall ||
                    (kind == ExpressionKind::kColumn && !of_field);
  if (!bare) Put("(");
  PutUngrouped(operand);
  if (!bare) Put(")");
}

std::string PrintName(std::string_view name) {
  if (IsPlainName(name)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

std::string PrintString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

std::string PrintExpression(const Expression& expression) {
  Printer printer;
  printer.Print(expression);
  return printer.Take();
}

std::string PrintType(const TypeName& type) {
  Printer printer;
  printer.Print(type);
  return printer.Take();
}

}  // namespace laminar::sql
