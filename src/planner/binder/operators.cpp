#include "planner/binder/operators.h"

namespace laminar {

OperatorFunction FunctionOf(sql::BinaryOperator op) {
  using Op = sql::BinaryOperator;
  switch (op) {
    case Op::kAdd:
      return {"+", "+"};
    case Op::kSubtract:
      return {"-", "-"};
    case Op::kMultiply:
      return {"*", "*"};
    case Op::kDivide:
      return {"/", "/"};
    case Op::kModulo:
      return {"%", "%"};
    case Op::kPower:
      return {"power", "^"};
    case Op::kConcat:
      return {"||", "||"};
    case Op::kBitAnd:
      return {"&", "&"};
    case Op::kBitOr:
      return {"|", "|"};
    case Op::kBitXor:
      return {"#", "#"};
    case Op::kShiftLeft:
      return {"<<", "<<"};
    case Op::kShiftRight:
      return {">>", ">>"};
    case Op::kEqual:
      return {"=", "="};
    case Op::kNotEqual:
      return {"<>", "<>"};
    case Op::kLess:
      return {"<", "<"};
    case Op::kLessOrEqual:
      return {"<=", "<="};
    case Op::kGreater:
      return {">", ">"};
    case Op::kGreaterOrEqual:
      return {">=", ">="};
    case Op::kIsDistinctFrom:
      return {"is distinct from", "IS DISTINCT FROM"};
    case Op::kIsNotDistinctFrom:
      return {"is not distinct from", "IS NOT DISTINCT FROM"};
    case Op::kRegexMatch:
      return {"regexp_matches", "~"};
    case Op::kRegexMatchNoCase:
      return {"regexp_matches", "~*", false, "i"};
    case Op::kRegexNotMatch:
      return {"regexp_matches", "!~", true};
    case Op::kRegexNotMatchNoCase:
      return {"regexp_matches", "!~*", true, "i"};
    case Op::kJsonGet:
      return {"->", "->"};
    case Op::kJsonGetText:
      return {"->>", "->>"};
  }
  return {};
}

std::string_view FunctionOf(sql::UnaryOperator op) {
  switch (op) {
    case sql::UnaryOperator::kNot:
      return kNot;
    case sql::UnaryOperator::kNegate:
      return "-";
    case sql::UnaryOperator::kPlus:
      return "+";
    case sql::UnaryOperator::kBitNot:
      return "~";
  }
  return {};
}

OperatorFunction FunctionOf(sql::LikeForm form) {
  switch (form) {
    case sql::LikeForm::kLike:
      return {"like", "LIKE"};
    case sql::LikeForm::kILike:
      return {"ilike", "ILIKE"};
    case sql::LikeForm::kSimilarTo:
      return {"similar to", "SIMILAR TO"};
  }
  return {};
}

}  // namespace laminar
