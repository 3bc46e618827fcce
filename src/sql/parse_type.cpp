// Type names: SQL's (`DECIMAL(10, 2)`, `INTEGER[]`, `STRUCT(a INT)`) and Arrow's (`timestamp[us, tz=UTC]`,
// `list<item: int64>`), in one grammar.
#include "common/sql_error.h"
#include "sql/keywords.h"
#include "sql/parser_impl.h"
#include "sql/type_names.h"

namespace laminar::sql {
namespace {

constexpr int64_t kMostDecimalDigits = 38;
constexpr int64_t kMostDecimal256Digits = 76;
constexpr int64_t kMostLength = 999'999'999;

std::optional<int64_t> SecondDigits(std::string_view unit) {
  if (SameWord(unit, "s")) return 0;
  if (SameWord(unit, "ms")) return 3;
  if (SameWord(unit, "us")) return 6;
  if (SameWord(unit, "ns")) return 9;
  return std::nullopt;
}

}  // namespace

TypePtr Parser::ParseWholeType() {
  TypePtr type = ParseType();
  if (!AtEnd()) Unexpected("the end of the type");
  return type;
}

TypePtr Parser::ParseType() {
  const Nesting nesting(*this);
  const uint32_t begin = Begin();
  TypePtr type = ParseBaseType();
  while (AtSymbol("[") || (AtWord("ARRAY") && type->kind != TypeKind::kInterval)) {
    auto array = std::make_unique<TypeName>();
    array->kind = TypeKind::kArray;
    const bool word = AcceptWord("ARRAY");
    if (!word || AtSymbol("[")) {
      ExpectSymbol("[");
      if (!AtSymbol("]")) array->size = ParseSmallInteger("an array's size", 1, kMostLength);
      ExpectSymbol("]");
    }
    array->arguments.push_back(std::move(type));
    type = Finish(std::move(array), begin);
  }
  return type;
}

TypePtr Parser::ParseBaseType() {
  const uint32_t begin = Begin();
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord) Unexpected("a type");
  const TypeNameEntry* entry = FindTypeName(token.text, type_names_);
  if (entry == nullptr) {
    Fail(token.span, "'" + std::string(token.text) + "' is not a type", NearestNames(token.text, AllTypeNames()));
  }
  Advance();
  auto type = std::make_unique<TypeName>();
  type->kind = entry->kind;
  type->precision = entry->precision;
  if (!entry->layout.empty()) type->layout = std::string(entry->layout);
  ParseTypeDetails(*type, entry->name);
  return Finish(std::move(type), begin);
}

void Parser::ParseTypeDetails(TypeName& type, std::string_view word) {
  switch (type.kind) {
    case TypeKind::kReal:
      if (word == "FLOAT" && AcceptSymbol("(")) {
        constexpr int64_t kRealBits = 24;
        if (ParseSmallInteger("FLOAT's precision", 1, 53) > kRealBits) type.kind = TypeKind::kDouble;
        ExpectSymbol(")");
      }
      return;
    case TypeKind::kDouble:
      if (word == "DOUBLE") AcceptWord("PRECISION");
      return;
    case TypeKind::kDecimal:
      if (AcceptSymbol("(")) {
        type.precision =
            ParseSmallInteger("DECIMAL's precision", 1, type.layout ? kMostDecimal256Digits : kMostDecimalDigits);
        type.scale = AcceptSymbol(",") ? ParseSmallInteger("DECIMAL's scale", 0, *type.precision) : 0;
        ExpectSymbol(")");
      }
      return;
    case TypeKind::kVarchar:
      if (word == "CHARACTER" || word == "CHAR") AcceptWord("VARYING");
      if (AcceptSymbol("(")) {
        type.precision = ParseSmallInteger("a length", 1, kMostLength);
        ExpectSymbol(")");
      }
      return;
    case TypeKind::kBlob:
      if (word == "FIXED_SIZE_BINARY") {
        ExpectSymbol("[");
        type.precision = ParseSmallInteger("a length", 1, kMostLength);
        ExpectSymbol("]");
      }
      return;
    case TypeKind::kDate:
      // date32[day], date64[ms]: the unit says nothing new.
      if (AtSymbol("[") && ((word == "DATE32" && AtWord("day", 1)) || (word == "DATE64" && AtWord("ms", 1)))) {
        Advance();
        Advance();
        ExpectSymbol("]");
      }
      return;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
    case TypeKind::kDuration:
      ParseSecondPrecision(type, word);
      TryTimeZone(type);
      return;
    case TypeKind::kInterval:
      type.qualifier = TryIntervalQualifier();
      return;
    case TypeKind::kStruct:
      ParseFields(type);
      return;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kDictionary:
      ParseTypeArguments(type, word);
      return;
    default:
      return;
  }
}

/// `(3)`, or Arrow's `[ms]` and `[ms, tz=Europe/Berlin]`.
void Parser::ParseSecondPrecision(TypeName& type, std::string_view word) {
  const bool unit_follows = AtSymbol("[") && Peek(1).kind == TokenKind::kWord;
  if (unit_follows) {
    const Token& unit = Peek(1);
    type.precision = SecondDigits(unit.text);
    if (!type.precision) Fail(unit.span, "a unit of time in a type is s, ms, us or ns");
    Advance();
    Advance();
    if (type.kind == TypeKind::kTimestamp && AcceptSymbol(",")) {
      ExpectWord("tz");
      ExpectSymbol("=");
      const uint32_t zone_begin = Begin();
      while (!AtSymbol("]") && !AtEnd()) Advance();
      const SourceSpan zone = SpanFrom(zone_begin);
      if (zone.empty() || !AtSymbol("]")) Unexpected("a time zone and ']'");
      type.kind = TypeKind::kTimestampTz;
      type.time_zone = std::string(sql_.substr(zone.begin, zone.end - zone.begin));
      constexpr std::string_view kInZone = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/+-:";
      if (type.time_zone->find_first_not_of(kInZone) != std::string::npos) {
        Fail(zone, "a time zone is a name such as Europe/Berlin or an offset such as +02:00");
      }
    }
    ExpectSymbol("]");
  } else if (AtSymbol("(") && type.kind != TypeKind::kDuration && !type.precision) {
    Advance();
    const SourceSpan span = Peek().span;
    type.precision = ParseSmallInteger("the precision of a " + std::string(word), 0, 9);
    if (*type.precision % 3 != 0) Fail(span, "the precision of a " + std::string(word) + " is 0, 3, 6 or 9");
    ExpectSymbol(")");
  }
  if (type.kind == TypeKind::kDuration && !type.precision) Unexpected("a unit, as in duration[us]");
}

void Parser::TryTimeZone(TypeName& type) {
  const SourceSpan span = Peek().span;
  if (type.kind != TypeKind::kTimestamp && type.kind != TypeKind::kTime) return;
  if (AcceptWords({"WITHOUT", "TIME", "ZONE"})) return;
  const bool with = AcceptWords({"WITH", "TIME", "ZONE"}) || AcceptWords({"WITH", "LOCAL", "TIME", "ZONE"});
  if (!with) return;
  if (type.kind == TypeKind::kTime) NotSupported(span, "TIME WITH TIME ZONE");
  type.kind = TypeKind::kTimestampTz;
}

/// `(a INT, …)`, `<a INT, …>`, `<a: int64, …>`.
void Parser::ParseFields(TypeName& type) {
  const bool round = AcceptSymbol("(");
  if (!round && !AcceptSymbol("<")) Unexpected("'(' and the fields of the struct");
  do {
    const uint32_t begin = Begin();
    StructFieldType field;
    field.name = ParseLabel("a field's name");
    AcceptSymbol(":");
    field.type = ParseType();
    field.span = SpanFrom(begin);
    type.fields.push_back(std::move(field));
  } while (AcceptSymbol(","));
  ExpectTypeClose(round ? ")" : ">");
}

/// `ARRAY<T>`, `list<item: T>`, `fixed_size_list<item: T>[n]`, `MAP(K, V)`, `map<K, V>`,
/// `dictionary<values=T, indices=I, ordered=0>`.
void Parser::ParseTypeArguments(TypeName& type, std::string_view word) {
  const bool round = type.kind == TypeKind::kMap && AcceptSymbol("(");
  if (!round && !AcceptSymbol("<")) Unexpected("'<' and the type inside " + std::string(word));
  const auto argument = [&](std::string_view label) {
    const bool labelled = !label.empty() && AtWord(label) && AtSymbol("=", 1);
    const bool named = type.kind == TypeKind::kArray && Peek().kind == TokenKind::kWord && AtSymbol(":", 1);
    if (labelled || named) {
      Advance();
      Advance();
    }
    type.arguments.push_back(ParseType());
  };
  argument(type.kind == TypeKind::kDictionary ? "values" : "");
  if (type.kind != TypeKind::kArray) {
    ExpectSymbol(",");
    argument(type.kind == TypeKind::kDictionary ? "indices" : "");
  }
  if (type.kind == TypeKind::kDictionary && AcceptSymbol(",")) {
    ExpectWord("ordered");
    ExpectSymbol("=");
    if (Peek().value != "0") NotSupported(Peek().span, "an ordered dictionary");
    Advance();
  }
  ExpectTypeClose(round ? ")" : ">");
  if (word == "FIXED_SIZE_LIST") {
    ExpectSymbol("[");
    type.size = ParseSmallInteger("a list's size", 1, kMostLength);
    ExpectSymbol("]");
  }
}

void Parser::ExpectTypeClose(std::string_view symbol) {
  if (symbol == ">" && AtSymbol(">>")) {
    // `ARRAY<ARRAY<INT>>`: one half now, one for the type around.
    Token& token = tokens_[pos_];
    token.text.remove_prefix(1);
    ++token.span.begin;
    return;
  }
  ExpectSymbol(symbol);
}

}  // namespace laminar::sql
