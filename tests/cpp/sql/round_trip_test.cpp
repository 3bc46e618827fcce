// parse → print → parse: equal trees, the same text.
#include <gtest/gtest.h>

#include <iterator>
#include <string>

#include "laminar/error.h"
#include "sample_statements.h"
#include "sql/ast_json.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace laminar::sql {
namespace {

static_assert(std::size(kSampleStatements) >= 150);

TEST(RoundTrip, EveryStatement) {
  for (const std::string_view sql : kSampleStatements) {
    SCOPED_TRACE(sql);
    try {
      const StatementPtr first = ParseStatement(sql);
      const std::string printed = PrintStatement(*first);
      SCOPED_TRACE(printed);
      const StatementPtr second = ParseStatement(printed);
      EXPECT_TRUE(Equal(*first, *second)) << DumpJson(*first) << "\n" << DumpJson(*second);
      EXPECT_EQ(PrintStatement(*second), printed);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

TEST(RoundTrip, AllAtOnce) {
  std::string script;
  for (const std::string_view sql : kSampleStatements) script += std::string(sql) + "\n;;\n";
  const std::vector<StatementPtr> statements = ParseStatements(script);
  ASSERT_EQ(statements.size(), std::size(kSampleStatements));
  for (std::size_t i = 0; i < statements.size(); ++i) {
    EXPECT_TRUE(Equal(*statements[i], *ParseStatement(kSampleStatements[i]))) << kSampleStatements[i];
  }
}

TEST(RoundTrip, SpansAreTheStatementsOwnText) {
  const std::string_view sql = "  SELECT 1 ; -- one\n\n SHOW TABLES;INSERT INTO t VALUES (1)  ";
  const std::vector<StatementPtr> statements = ParseStatements(sql);
  ASSERT_EQ(statements.size(), 3u);
  const auto text = [&](const Statement& statement) {
    return sql.substr(statement.span.begin, statement.span.end - statement.span.begin);
  };
  EXPECT_EQ(text(*statements[0]), "SELECT 1");
  EXPECT_EQ(text(*statements[1]), "SHOW TABLES");
  EXPECT_EQ(text(*statements[2]), "INSERT INTO t VALUES (1)");
}

TEST(RoundTrip, EqualSeesEveryDifferenceButSpansAndQuotes) {
  EXPECT_TRUE(Equal(*ParseExpression("a+b"), *ParseExpression(" \"a\"  + (b)")));
  EXPECT_FALSE(Equal(*ParseExpression("a + b"), *ParseExpression("a - b")));
  EXPECT_FALSE(Equal(*ParseExpression("a + b"), *ParseExpression("b + a")));
  EXPECT_FALSE(Equal(*ParseExpression("f(DISTINCT a)"), *ParseExpression("f(a)")));
  EXPECT_FALSE(Equal(*ParseType("INT"), *ParseType("BIGINT")));
}

TEST(Printer, CanonicalSpelling) {
  const auto canonical = [](std::string_view sql) { return PrintStatement(*ParseStatement(sql)); };
  EXPECT_EQ(canonical("select  a , b as c from t where (a > 1) and ((b))"),
            "SELECT a, b AS c FROM t WHERE a > 1 AND b");
  EXPECT_EQ(canonical("select extract(year from ts), position('a' in b)"),
            "SELECT extract('year', ts), strpos(b, 'a')");
  EXPECT_EQ(canonical("select a::int4, date '2024-01-01', interval 5 minute"),
            "SELECT CAST(a AS INTEGER), DATE '2024-01-01', INTERVAL '5' MINUTE");
  EXPECT_EQ(canonical("create source s (ts timestamp(3), watermark for ts as ts - interval '5' second)"),
            "CREATE SOURCE s (ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)");
  EXPECT_EQ(canonical("select * from table(hop(table t, descriptor(ts), interval '1' hour, interval '6' hour))"),
            "SELECT * FROM HOP(t, ts, INTERVAL '1' HOUR, INTERVAL '6' HOUR)");
  EXPECT_EQ(canonical("select sum(a) over (order by b rows 2 preceding)"),
            "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)");
  EXPECT_EQ(canonical("table t"), "SELECT * FROM t");
  EXPECT_EQ(canonical("start transaction"), "BEGIN");
  EXPECT_EQ(canonical("select 1 union all (select 2 union all select 3) union all select 4"),
            "SELECT 1 UNION ALL (SELECT 2 UNION ALL SELECT 3) UNION ALL SELECT 4");
}

TEST(Printer, Names) {
  EXPECT_EQ(PrintName("price"), "price");
  EXPECT_EQ(PrintName("Price"), "Price");
  EXPECT_EQ(PrintName("select"), "\"select\"");
  EXPECT_EQ(PrintName("two words"), "\"two words\"");
  EXPECT_EQ(PrintName("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(PrintString("it's"), "'it''s'");
}

}  // namespace
}  // namespace laminar::sql
