#include "sql/ast_names.h"

namespace laminar::sql {

std::string_view EnumName(TypeKind value) {
  switch (value) {
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyInt:
      return "TINYINT";
    case TypeKind::kSmallInt:
      return "SMALLINT";
    case TypeKind::kInteger:
      return "INTEGER";
    case TypeKind::kBigInt:
      return "BIGINT";
    case TypeKind::kUTinyInt:
      return "UTINYINT";
    case TypeKind::kUSmallInt:
      return "USMALLINT";
    case TypeKind::kUInteger:
      return "UINTEGER";
    case TypeKind::kUBigInt:
      return "UBIGINT";
    case TypeKind::kHalfFloat:
      return "HALFFLOAT";
    case TypeKind::kReal:
      return "REAL";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      return "DECIMAL";
    case TypeKind::kVarchar:
      return "VARCHAR";
    case TypeKind::kBlob:
      return "BLOB";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return "TIME";
    case TypeKind::kTimestamp:
      return "TIMESTAMP";
    case TypeKind::kTimestampTz:
      return "TIMESTAMPTZ";
    case TypeKind::kInterval:
      return "INTERVAL";
    case TypeKind::kDuration:
      return "DURATION";
    case TypeKind::kUuid:
      return "UUID";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kArray:
      return "ARRAY";
    case TypeKind::kStruct:
      return "STRUCT";
    case TypeKind::kMap:
      return "MAP";
    case TypeKind::kDictionary:
      return "DICTIONARY";
  }
  __builtin_unreachable();
}

std::string_view EnumName(IntervalUnit value) {
  switch (value) {
    case IntervalUnit::kYear:
      return "YEAR";
    case IntervalUnit::kQuarter:
      return "QUARTER";
    case IntervalUnit::kMonth:
      return "MONTH";
    case IntervalUnit::kWeek:
      return "WEEK";
    case IntervalUnit::kDay:
      return "DAY";
    case IntervalUnit::kHour:
      return "HOUR";
    case IntervalUnit::kMinute:
      return "MINUTE";
    case IntervalUnit::kSecond:
      return "SECOND";
    case IntervalUnit::kMillisecond:
      return "MILLISECOND";
    case IntervalUnit::kMicrosecond:
      return "MICROSECOND";
    case IntervalUnit::kNanosecond:
      return "NANOSECOND";
  }
  __builtin_unreachable();
}

std::string_view EnumName(LiteralKind value) {
  switch (value) {
    case LiteralKind::kNull:
      return "null";
    case LiteralKind::kBoolean:
      return "boolean";
    case LiteralKind::kInteger:
      return "integer";
    case LiteralKind::kDecimal:
      return "decimal";
    case LiteralKind::kFloat:
      return "float";
    case LiteralKind::kString:
      return "string";
    case LiteralKind::kBlob:
      return "blob";
  }
  __builtin_unreachable();
}

std::string_view EnumName(UnaryOperator value) {
  switch (value) {
    case UnaryOperator::kNot:
      return "NOT";
    case UnaryOperator::kNegate:
      return "-";
    case UnaryOperator::kPlus:
      return "+";
    case UnaryOperator::kBitNot:
      return "~";
  }
  __builtin_unreachable();
}

std::string_view EnumName(BinaryOperator value) {
  switch (value) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kPower:
      return "^";
    case BinaryOperator::kConcat:
      return "||";
    case BinaryOperator::kBitAnd:
      return "&";
    case BinaryOperator::kBitOr:
      return "|";
    case BinaryOperator::kBitXor:
      return "#";
    case BinaryOperator::kShiftLeft:
      return "<<";
    case BinaryOperator::kShiftRight:
      return ">>";
    case BinaryOperator::kEqual:
      return "=";
    case BinaryOperator::kNotEqual:
      return "<>";
    case BinaryOperator::kLess:
      return "<";
    case BinaryOperator::kLessOrEqual:
      return "<=";
    case BinaryOperator::kGreater:
      return ">";
    case BinaryOperator::kGreaterOrEqual:
      return ">=";
    case BinaryOperator::kIsDistinctFrom:
      return "IS DISTINCT FROM";
    case BinaryOperator::kIsNotDistinctFrom:
      return "IS NOT DISTINCT FROM";
    case BinaryOperator::kRegexMatch:
      return "~";
    case BinaryOperator::kRegexMatchNoCase:
      return "~*";
    case BinaryOperator::kRegexNotMatch:
      return "!~";
    case BinaryOperator::kRegexNotMatchNoCase:
      return "!~*";
    case BinaryOperator::kJsonGet:
      return "->";
    case BinaryOperator::kJsonGetText:
      return "->>";
  }
  __builtin_unreachable();
}

std::string_view EnumName(LogicalOperator value) {
  switch (value) {
    case LogicalOperator::kAnd:
      return "AND";
    case LogicalOperator::kOr:
      return "OR";
  }
  __builtin_unreachable();
}

std::string_view EnumName(IsTest value) {
  switch (value) {
    case IsTest::kNull:
      return "null";
    case IsTest::kTrue:
      return "true";
    case IsTest::kFalse:
      return "false";
    case IsTest::kUnknown:
      return "unknown";
  }
  __builtin_unreachable();
}

std::string_view EnumName(LikeForm value) {
  switch (value) {
    case LikeForm::kLike:
      return "LIKE";
    case LikeForm::kILike:
      return "ILIKE";
    case LikeForm::kSimilarTo:
      return "SIMILAR TO";
  }
  __builtin_unreachable();
}

std::string_view EnumName(Quantifier value) {
  switch (value) {
    case Quantifier::kAny:
      return "ANY";
    case Quantifier::kAll:
      return "ALL";
  }
  __builtin_unreachable();
}

std::string_view EnumName(NullsOrder value) {
  switch (value) {
    case NullsOrder::kDefault:
      return "default";
    case NullsOrder::kFirst:
      return "first";
    case NullsOrder::kLast:
      return "last";
  }
  __builtin_unreachable();
}

std::string_view EnumName(FrameUnit value) {
  switch (value) {
    case FrameUnit::kRows:
      return "ROWS";
    case FrameUnit::kRange:
      return "RANGE";
    case FrameUnit::kGroups:
      return "GROUPS";
  }
  __builtin_unreachable();
}

std::string_view EnumName(FrameBoundKind value) {
  switch (value) {
    case FrameBoundKind::kUnboundedPreceding:
      return "unbounded_preceding";
    case FrameBoundKind::kPreceding:
      return "preceding";
    case FrameBoundKind::kCurrentRow:
      return "current_row";
    case FrameBoundKind::kFollowing:
      return "following";
    case FrameBoundKind::kUnboundedFollowing:
      return "unbounded_following";
  }
  __builtin_unreachable();
}

std::string_view EnumName(FrameExclusion value) {
  switch (value) {
    case FrameExclusion::kNoOthers:
      return "no_others";
    case FrameExclusion::kCurrentRow:
      return "current_row";
    case FrameExclusion::kGroup:
      return "group";
    case FrameExclusion::kTies:
      return "ties";
  }
  __builtin_unreachable();
}

std::string_view EnumName(NullTreatment value) {
  switch (value) {
    case NullTreatment::kDefault:
      return "default";
    case NullTreatment::kRespect:
      return "respect";
    case NullTreatment::kIgnore:
      return "ignore";
  }
  __builtin_unreachable();
}

std::string_view EnumName(WindowKind value) {
  switch (value) {
    case WindowKind::kTumble:
      return "TUMBLE";
    case WindowKind::kHop:
      return "HOP";
    case WindowKind::kSession:
      return "SESSION";
    case WindowKind::kCumulate:
      return "CUMULATE";
  }
  __builtin_unreachable();
}

std::string_view EnumName(JoinType value) {
  switch (value) {
    case JoinType::kInner:
      return "inner";
    case JoinType::kLeft:
      return "left";
    case JoinType::kRight:
      return "right";
    case JoinType::kFull:
      return "full";
    case JoinType::kSemi:
      return "semi";
    case JoinType::kAnti:
      return "anti";
    case JoinType::kCross:
      return "cross";
  }
  __builtin_unreachable();
}

std::string_view EnumName(JoinForm value) {
  switch (value) {
    case JoinForm::kRegular:
      return "regular";
    case JoinForm::kAsof:
      return "asof";
    case JoinForm::kTemporalProbe:
      return "temporal_probe";
  }
  __builtin_unreachable();
}

std::string_view EnumName(GroupingKind value) {
  switch (value) {
    case GroupingKind::kExpression:
      return "expression";
    case GroupingKind::kSet:
      return "set";
    case GroupingKind::kRollup:
      return "rollup";
    case GroupingKind::kCube:
      return "cube";
    case GroupingKind::kGroupingSets:
      return "grouping_sets";
  }
  __builtin_unreachable();
}

std::string_view EnumName(SetOperator value) {
  switch (value) {
    case SetOperator::kUnion:
      return "UNION";
    case SetOperator::kIntersect:
      return "INTERSECT";
    case SetOperator::kExcept:
      return "EXCEPT";
  }
  __builtin_unreachable();
}

std::string_view EnumName(EmitMode value) {
  switch (value) {
    case EmitMode::kDefault:
      return "default";
    case EmitMode::kOnWindowClose:
      return "on_window_close";
    case EmitMode::kFinal:
      return "final";
    case EmitMode::kOnUpdate:
      return "on_update";
    case EmitMode::kChanges:
      return "changes";
    case EmitMode::kEvery:
      return "every";
  }
  __builtin_unreachable();
}

std::string_view EnumName(Materialization value) {
  switch (value) {
    case Materialization::kDefault:
      return "default";
    case Materialization::kMaterialized:
      return "materialized";
    case Materialization::kNotMaterialized:
      return "not_materialized";
  }
  __builtin_unreachable();
}

std::string_view EnumName(ObjectKind value) {
  switch (value) {
    case ObjectKind::kSource:
      return "SOURCE";
    case ObjectKind::kTable:
      return "TABLE";
    case ObjectKind::kStream:
      return "STREAM";
    case ObjectKind::kMaterializedView:
      return "MATERIALIZED VIEW";
    case ObjectKind::kView:
      return "VIEW";
    case ObjectKind::kSink:
      return "SINK";
    case ObjectKind::kLookupTable:
      return "LOOKUP TABLE";
    case ObjectKind::kFunction:
      return "FUNCTION";
  }
  __builtin_unreachable();
}

std::string_view EnumName(ShowSubject value) {
  switch (value) {
    case ShowSubject::kSources:
      return "SOURCES";
    case ShowSubject::kTables:
      return "TABLES";
    case ShowSubject::kStreams:
      return "STREAMS";
    case ShowSubject::kMaterializedViews:
      return "MATERIALIZED VIEWS";
    case ShowSubject::kViews:
      return "VIEWS";
    case ShowSubject::kSinks:
      return "SINKS";
    case ShowSubject::kQueries:
      return "QUERIES";
    case ShowSubject::kFunctions:
      return "FUNCTIONS";
    case ShowSubject::kConnectors:
      return "CONNECTORS";
    case ShowSubject::kCheckpoints:
      return "CHECKPOINTS";
  }
  __builtin_unreachable();
}

std::string_view EnumName(ExplainFormat value) {
  switch (value) {
    case ExplainFormat::kText:
      return "TEXT";
    case ExplainFormat::kJson:
      return "JSON";
    case ExplainFormat::kMermaid:
      return "MERMAID";
  }
  __builtin_unreachable();
}

std::string_view EnumName(TransactionAction value) {
  switch (value) {
    case TransactionAction::kBegin:
      return "BEGIN";
    case TransactionAction::kCommit:
      return "COMMIT";
    case TransactionAction::kRollback:
      return "ROLLBACK";
  }
  __builtin_unreachable();
}

std::string_view KindName(ExpressionKind kind) {
#define LAMINAR_SQL_CASE(Name)  \
  case ExpressionKind::k##Name: \
    return #Name;
  switch (kind) { LAMINAR_SQL_EXPRESSION_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

std::string_view KindName(TableKind kind) {
#define LAMINAR_SQL_CASE(Name) \
  case TableKind::k##Name:     \
    return #Name "Table";
  switch (kind) { LAMINAR_SQL_TABLE_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

std::string_view KindName(QueryBodyKind kind) {
#define LAMINAR_SQL_CASE(Name) \
  case QueryBodyKind::k##Name: \
    return #Name "Body";
  switch (kind) { LAMINAR_SQL_BODY_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

std::string_view KindName(StatementKind kind) {
#define LAMINAR_SQL_CASE(Name) \
  case StatementKind::k##Name: \
    return #Name;
  switch (kind) { LAMINAR_SQL_STATEMENT_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

}  // namespace laminar::sql
