// The words for the enums of the tree: as SQL spells them where it does, else in snake_case.
#pragma once

#include <string_view>

#include "sql/ast.h"

namespace laminar::sql {

std::string_view EnumName(TypeKind value);
std::string_view EnumName(IntervalUnit value);
std::string_view EnumName(LiteralKind value);
std::string_view EnumName(UnaryOperator value);
std::string_view EnumName(BinaryOperator value);
std::string_view EnumName(LogicalOperator value);
std::string_view EnumName(IsTest value);
std::string_view EnumName(LikeForm value);
std::string_view EnumName(Quantifier value);
std::string_view EnumName(NullsOrder value);
std::string_view EnumName(FrameUnit value);
std::string_view EnumName(FrameBoundKind value);
std::string_view EnumName(FrameExclusion value);
std::string_view EnumName(NullTreatment value);
std::string_view EnumName(WindowKind value);
std::string_view EnumName(JoinType value);
std::string_view EnumName(JoinForm value);
std::string_view EnumName(GroupingKind value);
std::string_view EnumName(SetOperator value);
std::string_view EnumName(EmitMode value);
std::string_view EnumName(Materialization value);
std::string_view EnumName(ObjectKind value);
std::string_view EnumName(ShowSubject value);
std::string_view EnumName(ExplainFormat value);
std::string_view EnumName(TransactionAction value);

}  // namespace laminar::sql
