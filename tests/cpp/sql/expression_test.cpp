// What binds how, what literals mean, which words are names.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "laminar/error.h"
#include "sql/ast_json.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace laminar::sql {
namespace {

TEST(Precedence, Table) {
  const struct {
    std::string_view written;
    std::string_view meant;
  } cases[] = {
      {"a OR b AND c", "a OR (b AND c)"},
      {"NOT a AND b", "(NOT a) AND b"},
      {"NOT a = b", "NOT (a = b)"},
      {"NOT a IS NULL", "NOT (a IS NULL)"},
      {"a = b IS NULL", "(a = b) IS NULL"},
      {"a IS DISTINCT FROM b = c", "a IS DISTINCT FROM (b = c)"},
      {"a = b BETWEEN c AND d", "a = (b BETWEEN c AND d)"},
      {"a < b LIKE c", "a < (b LIKE c)"},
      {"a BETWEEN b AND c AND d", "(a BETWEEN b AND c) AND d"},
      {"a LIKE b || c", "a LIKE (b || c)"},
      {"a || b < c || d", "(a || b) < (c || d)"},
      {"a || b + c", "a || (b + c)"},
      {"a -> b + c", "a -> (b + c)"},
      {"a -> b -> c", "(a -> b) -> c"},
      {"a ->> b = c", "(a ->> b) = c"},
      {"a & b | c", "(a & b) | c"},
      {"a << 1 + 2", "a << (1 + 2)"},
      {"a ~ b || c", "(a ~ b) || c"},
      {"~a + b", "~(a + b)"},
      {"~a || b", "(~a) || b"},
      {"a + b * c", "a + (b * c)"},
      {"a - b - c", "(a - b) - c"},
      {"a / b * c % d", "((a / b) * c) % d"},
      {"a * b ^ c", "a * (b ^ c)"},
      {"a ^ b ^ c", "(a ^ b) ^ c"},
      {"-a ^ b", "(-a) ^ b"},
      {"-a * b", "(-a) * b"},
      {"-a::int", "-(a::int)"},
      {"a + b::int", "a + (b::int)"},
      {"a::int[1]", "CAST(a AS INT[1])"},
      {"-a[1]", "-(a[1])"},
      {"a + b AT TIME ZONE c", "a + (b AT TIME ZONE c)"},
      {"a AT TIME ZONE b || c", "(a AT TIME ZONE b) || c"},
      {"-a AT TIME ZONE b", "(-a) AT TIME ZONE b"},
      {"a = b AND c <> d OR e", "((a = b) AND (c <> d)) OR e"},
      {"a NOT IN (1) AND b", "(a NOT IN (1)) AND b"},
      {"NOT a IN (1)", "NOT (a IN (1))"},
      {"a = ANY (b) AND c", "(a = ANY (b)) AND c"},
      {"a IS NULL = b", "(a IS NULL) = b"},
      {"a = NOT b", "a = (NOT b)"},
  };
  for (const auto& [written, meant] : cases) {
    SCOPED_TRACE(written);
    EXPECT_TRUE(Equal(*ParseExpression(written), *ParseExpression(meant)))
        << PrintExpression(*ParseExpression(written)) << "\n"
        << DumpJson(*ParseExpression(written));
  }
}

TEST(Precedence, ParenthesesThatMean) {
  EXPECT_FALSE(Equal(*ParseExpression("a - (b - c)"), *ParseExpression("a - b - c")));
  EXPECT_FALSE(Equal(*ParseExpression("(a AND b) AND c"), *ParseExpression("a AND b AND c")));
  EXPECT_EQ(PrintExpression(*ParseExpression("a - (b - c)")), "a - (b - c)");
  EXPECT_EQ(PrintExpression(*ParseExpression("((a - b) - (c))")), "a - b - c");
  EXPECT_EQ(PrintExpression(*ParseExpression("- -1")), "-(-1)");
}

TEST(Literals, Numbers) {
  const auto literal = [](std::string_view sql) {
    const ExpressionPtr expression = ParseExpression(sql);
    const auto& node = expression->As<LiteralExpression>();
    return std::pair(node.literal, node.text);
  };
  EXPECT_EQ(literal("007"), std::pair(LiteralKind::kInteger, std::string("7")));
  EXPECT_EQ(literal("1_000"), std::pair(LiteralKind::kInteger, std::string("1000")));
  EXPECT_EQ(literal("0xFF"), std::pair(LiteralKind::kInteger, std::string("255")));
  EXPECT_EQ(literal("0b101"), std::pair(LiteralKind::kInteger, std::string("5")));
  EXPECT_EQ(literal("340282366920938463463374607431768211456"),
            std::pair(LiteralKind::kInteger, std::string("340282366920938463463374607431768211456")));
  EXPECT_EQ(literal("0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"),
            std::pair(LiteralKind::kInteger, std::string("340282366920938463463374607431768211455")));
  EXPECT_EQ(literal(".50"), std::pair(LiteralKind::kDecimal, std::string("0.50")));
  EXPECT_EQ(literal("1."), std::pair(LiteralKind::kDecimal, std::string("1.0")));
  EXPECT_EQ(literal("1E+05"), std::pair(LiteralKind::kFloat, std::string("1e5")));
  EXPECT_EQ(literal("1.5e-3"), std::pair(LiteralKind::kFloat, std::string("1.5e-3")));
}

TEST(Literals, Strings) {
  const auto text = [](std::string_view sql) { return ParseExpression(sql)->As<LiteralExpression>().text; };
  EXPECT_EQ(text("'it''s'"), "it's");
  EXPECT_EQ(text("'a\\n'"), "a\\n");
  EXPECT_EQ(text("E'a\\tb\\x41\\u00e9\\101\\'q'''"),
            "a\tbA\xC3\xA9"
            "A'q'");
  EXPECT_EQ(text("$$a'b$$"), "a'b");
  EXPECT_EQ(text("$tag$ $$ $tag$"), " $$ ");
  EXPECT_EQ(text("x'0aFf'"), "0AFF");
}

TEST(Literals, Intervals) {
  constexpr int64_t kSecond = 1'000'000'000;
  const struct {
    std::string_view sql;
    int64_t months;
    int64_t days;
    int64_t nanoseconds;
  } cases[] = {
      {"INTERVAL '1' MINUTE", 0, 0, 60 * kSecond},
      {"INTERVAL '1 minute 5 seconds'", 0, 0, 65 * kSecond},
      {"INTERVAL 5 MINUTE", 0, 0, 300 * kSecond},
      {"INTERVAL 5 MINUTES", 0, 0, 300 * kSecond},
      {"INTERVAL '1.5' HOUR", 0, 0, 5400 * kSecond},
      {"INTERVAL '-2' DAY", 0, -2, 0},
      {"INTERVAL '3' QUARTER", 9, 0, 0},
      {"INTERVAL '1-2' YEAR TO MONTH", 14, 0, 0},
      {"INTERVAL '-1-2' YEAR TO MONTH", -14, 0, 0},
      {"INTERVAL '1 02:03:04.5' DAY TO SECOND", 0, 1, 7384 * kSecond + kSecond / 2},
      {"INTERVAL '10:11' HOUR TO MINUTE", 0, 0, 36'660 * kSecond},
      {"INTERVAL '10:11' MINUTE TO SECOND", 0, 0, 611 * kSecond},
      {"INTERVAL '1 day 04:05:06.007'", 0, 1, 14'706 * kSecond + 7'000'000},
      {"INTERVAL '1 year 2 mons 3 days ago'", -14, -3, 0},
      {"INTERVAL '1.5 months'", 1, 15, 0},
      {"INTERVAL '1.5 days'", 0, 1, 43'200 * kSecond},
      {"INTERVAL '2 weeks'", 0, 14, 0},
      {"INTERVAL '90'", 0, 0, 90 * kSecond},
      {"INTERVAL '1h30m'", 0, 0, 5400 * kSecond},
      {"INTERVAL '5ms'", 0, 0, 5'000'000},
      {"INTERVAL '7' NANOSECOND", 0, 0, 7},
      {"INTERVAL 'P1Y2M3DT4H5M6.7S'", 14, 3, 14'706 * kSecond + 700'000'000},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.sql);
    const ExpressionPtr expression = ParseExpression(test.sql);
    const auto& interval = expression->As<IntervalLiteralExpression>();
    EXPECT_EQ(interval.months, test.months);
    EXPECT_EQ(interval.days, test.days);
    EXPECT_EQ(interval.nanoseconds, test.nanoseconds);
  }
  for (const std::string_view sql :
       {"INTERVAL ''", "INTERVAL 'x'", "INTERVAL '1 minute' MINUTE", "INTERVAL '1' MONTH TO DAY",
        "INTERVAL '1-13' YEAR TO MONTH", "INTERVAL '1 10:61' DAY TO MINUTE", "INTERVAL '99999999999999999999 days'",
        "INTERVAL '300 years 0.1ns'", "INTERVAL '9223372036854775807 hours'", "INTERVAL '1:2:3:4'", "INTERVAL 'P'",
        "INTERVAL '5 5'"}) {
    EXPECT_THROW(ParseExpression(sql), Error) << sql;
  }
}

TEST(Names, HardlyAnyWordIsReserved) {
  for (const std::string_view word :
       {"value",   "time",      "timestamp", "key",       "window", "source",   "stream",  "date",  "count",
        "format",  "start",     "end",       "sink",      "view",   "interval", "values",  "row",   "rows",
        "range",   "map",       "array",     "struct",    "type",   "name",     "year",    "month", "day",
        "hour",    "minute",    "second",    "epoch",     "emit",   "late",     "allow",   "first", "last",
        "text",    "level",     "position",  "filter",    "over",   "set",      "show",    "begin", "index",
        "user_",   "partition", "temporal",  "asof",      "semi",   "anti",     "extract", "trim",  "replace",
        "exclude", "json",      "uuid",      "connector", "cursor"}) {
    SCOPED_TRACE(word);
    const std::string w(word);
    for (const std::string& sql :
         {"SELECT " + w + " FROM t", "SELECT t." + w + " FROM t", "SELECT a AS " + w + " FROM t",
          "SELECT " + w + " + 1, " + w, "CREATE SOURCE s (" + w + " INT)", "INSERT INTO t (" + w + ") VALUES (1)",
          "SELECT a FROM t ORDER BY " + w, "SELECT a FROM t GROUP BY " + w,
          "SELECT a FROM t WHERE " + w + " = 1 AND " + w + " IS NOT NULL", "UPDATE t SET " + w + " = 1",
          "SELECT max(" + w + ") FROM t"}) {
      try {
        const StatementPtr statement = ParseStatement(sql);
        EXPECT_TRUE(Equal(*statement, *ParseStatement(PrintStatement(*statement)))) << sql;
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
  }
}

TEST(Names, KeepTheirSpelling) {
  const ExpressionPtr expression = ParseExpression("MyTable.\"My Column\"");
  const auto& column = expression->As<ColumnExpression>();
  ASSERT_EQ(column.parts.size(), 2u);
  EXPECT_EQ(column.parts[0].name, "MyTable");
  EXPECT_FALSE(column.parts[0].quoted);
  EXPECT_EQ(column.parts[1].name, "My Column");
  EXPECT_TRUE(column.parts[1].quoted);
}

TEST(Spans, CoverTheirText) {
  const std::string_view sql = "SELECT price * 2 FROM trades";
  const StatementPtr statement = ParseStatement(sql);
  const auto& select = statement->As<QueryStatement>().query->body->As<SelectBody>();
  const auto text = [&](SourceSpan span) { return sql.substr(span.begin, span.end - span.begin); };
  const auto& product = select.items[0].value->As<BinaryExpression>();
  EXPECT_EQ(text(product.span), "price * 2");
  EXPECT_EQ(text(product.op_span), "*");
  EXPECT_EQ(text(product.left->span), "price");
  EXPECT_EQ(text(select.from[0]->span), "trades");
}

TEST(Types, Canonical) {
  const struct {
    std::string_view written;
    std::string_view printed;
  } cases[] = {
      {"int", "INTEGER"},
      {"int8", "BIGINT"},
      {"int64", "BIGINT"},
      {"uint8", "UTINYINT"},
      {"double precision", "DOUBLE"},
      {"float", "REAL"},
      {"float(40)", "DOUBLE"},
      {"numeric", "DECIMAL"},
      {"decimal(10)", "DECIMAL(10, 0)"},
      {"decimal128(10, 2)", "DECIMAL(10, 2)"},
      {"character varying(5)", "VARCHAR(5)"},
      {"utf8", "VARCHAR"},
      {"large_utf8", "large_string"},
      {"timestamp", "TIMESTAMP"},
      {"timestamp(3) without time zone", "TIMESTAMP(3)"},
      {"timestamptz(3)", "TIMESTAMP(3) WITH TIME ZONE"},
      {"timestamp[us]", "TIMESTAMP(6)"},
      {"timestamp[us, tz=UTC]", "TIMESTAMP[us, tz=UTC]"},
      {"timestamp[ns, tz=+05:30]", "TIMESTAMP[ns, tz=+05:30]"},
      {"date32[day]", "DATE"},
      {"time64[us]", "TIME(6)"},
      {"int[][3]", "INTEGER[][3]"},
      {"array<array<int>>", "INTEGER[][]"},
      {"list<item: int64>", "BIGINT[]"},
      {"fixed_size_list<item: int64>[3]", "BIGINT[3]"},
      {"large_list<item: int64>", "large_list<BIGINT>"},
      {"struct<a: int64, b: list<item: string>>", "STRUCT(a BIGINT, b VARCHAR[])"},
      {"row(a int)", "STRUCT(a INTEGER)"},
      {"map(text, int)", "MAP(VARCHAR, INTEGER)"},
      {"dictionary<values=string, indices=int32, ordered=0>", "dictionary<values=VARCHAR, indices=INTEGER>"},
      {"interval year to month", "INTERVAL YEAR TO MONTH"},
      {"fixed_size_binary[16]", "fixed_size_binary[16]"},
  };
  for (const auto& [written, printed] : cases) {
    SCOPED_TRACE(written);
    const TypePtr type = ParseType(written);
    EXPECT_EQ(PrintType(*type), printed);
    EXPECT_TRUE(Equal(*type, *ParseType(printed)));
  }
  EXPECT_EQ(ParseType("int8", TypeNames::kArrow)->kind, TypeKind::kTinyInt);
}

TEST(Json, OneObjectPerNode) {
  EXPECT_EQ(
      DumpJson(*ParseExpression("a + 'x\"\n'")),
      "{\"kind\": \"Binary\", \"span\": [0, 9], \"op\": \"+\", "
      "\"left\": {\"kind\": \"Column\", \"span\": [0, 1], "
      "\"parts\": [{\"span\": [0, 1], \"name\": \"a\", \"quoted\": false}]}, "
      "\"right\": {\"kind\": \"Literal\", \"span\": [4, 9], \"literal\": \"string\", \"text\": \"x\\\"\\u000a\"}}");
}

}  // namespace
}  // namespace laminar::sql
