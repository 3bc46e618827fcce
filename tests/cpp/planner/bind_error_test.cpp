// What is refused, with which words and at which place.
#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;
using BindErrorTest = PlannerTest;

TEST_F(BindErrorTest, Names) {
  EXPECT_EQ(ErrorOf("SELECT prise FROM trades"),
            "400 at [prise FROM] column \"prise\" does not exist; did you mean \"price\"?");
  EXPECT_EQ(ErrorOf("SELECT trades.prise FROM trades"),
            "400 at [trades.pri] column \"prise\" does not exist in \"trades\"; did you mean \"price\"?");
  EXPECT_EQ(ErrorOf("SELECT x.price FROM trades"), "400 at [x.price FR] there is no table \"x\" in FROM");
  EXPECT_EQ(ErrorOf("SELECT 1 FROM tradse"),
            "400 at [tradse] table \"tradse\" does not exist; did you mean \"trades\"?");
  EXPECT_EQ(ErrorOf("SELECT price"), "400 at [price] column \"price\" does not exist: there is no FROM");
  EXPECT_EQ(ErrorOf("SELECT a FROM (SELECT a, b AS a FROM t)"), "400 at [a FROM (SE] column \"a\" is ambiguous");
  EXPECT_EQ(ErrorOf("SELECT a AS x FROM t WHERE x > 1"),
            "400 at [x > 1] column \"x\" does not exist (a name given in the select list cannot be used in WHERE)");
  EXPECT_EQ(ErrorOf("SELECT * EXCLUDE (z) FROM t"), "400 at [z) FROM t] column \"z\" in EXCLUDE does not exist");
  EXPECT_THAT(ErrorOf("SELECT cuont(*) FROM t"), HasSubstr("there is no function cuont; did you mean \"count\"?"));
}

TEST_F(BindErrorTest, CandidatesTravelWithTheError) {
  try {
    Plan("SELECT prise FROM trades");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.candidates(), ::testing::ElementsAre("price"));
    EXPECT_EQ(error.position(), 7u);
    EXPECT_THAT(error.what(), HasSubstr("LINE 1: SELECT prise FROM trades\n               ^"));
  }
}

TEST_F(BindErrorTest, Aggregation) {
  EXPECT_EQ(ErrorOf("SELECT a, count(*) FROM t"),
            "400 at [a, count(*] column \"a\" must appear in GROUP BY or be used in an aggregate");
  EXPECT_EQ(ErrorOf("SELECT a + b FROM t GROUP BY a"),
            "400 at [b FROM t G] column \"b\" must appear in GROUP BY or be used in an aggregate");
  EXPECT_EQ(ErrorOf("SELECT c FROM t GROUP BY c HAVING b > 1"),
            "400 at [b > 1] column \"b\" must appear in GROUP BY or be used in an aggregate");
  EXPECT_EQ(ErrorOf("SELECT a FROM t WHERE sum(b) > 1"),
            "400 at [sum(b) > 1] aggregates are not allowed in WHERE; filter groups with HAVING");
  EXPECT_EQ(ErrorOf("SELECT sum(sum(b)) FROM t"),
            "400 at [sum(b)) FR] aggregates are not allowed in the arguments of an aggregate");
  EXPECT_EQ(ErrorOf("SELECT count(*) AS n FROM t GROUP BY n"), "400 at [n] aggregates are not allowed in GROUP BY");
  EXPECT_EQ(ErrorOf("SELECT a FROM t GROUP BY 3"), "400 at [3] position 3 is not in the select list");
  EXPECT_EQ(ErrorOf("SELECT sum(*) FROM t"), "400 at [*) FROM t] * stands alone in count(*) only");
  EXPECT_EQ(ErrorOf("SELECT abs(DISTINCT a) FROM t"), "400 at [abs(DISTIN] DISTINCT is for aggregates; abs is not one");
}

TEST_F(BindErrorTest, Types) {
  EXPECT_EQ(ErrorOf("SELECT a FROM t WHERE a"), "400 at [a] WHERE is of type INTEGER, not BOOLEAN");
  EXPECT_EQ(ErrorOf("SELECT CASE WHEN e THEN a ELSE c END FROM t"),
            "400 at [c END FROM] the results of CASE of types INTEGER and VARCHAR do not match: "
            "cast one to the type of the other");
  EXPECT_EQ(ErrorOf("SELECT a IN (1, e) FROM t"),
            "400 at [e) FROM t] the operands of IN of types INTEGER and BOOLEAN do not match: "
            "cast one to the type of the other");
  EXPECT_EQ(ErrorOf("SELECT a FROM t UNION ALL SELECT c FROM t"),
            "400 at [SELECT c F] column 1 of a UNION is of types INTEGER and VARCHAR, which do not match");
  EXPECT_EQ(
      ErrorOf("SELECT a FROM t UNION ALL SELECT a, b FROM t"),
      "400 at [SELECT a, ] each part of a UNION must have the same number of columns: this one has 2, the first 1");
  EXPECT_THAT(ErrorOf("VALUES (1), (e)"), HasSubstr("column \"e\" does not exist: there is no FROM"));
  EXPECT_THAT(ErrorOf("SELECT a FROM t WHERE g > 'soon'"), HasSubstr("400 at ['soon']"));
  EXPECT_THAT(ErrorOf("SELECT CAST('x' AS BIGINT) FROM t"), HasSubstr("400 at ['x' AS BIG]"));
  EXPECT_THAT(ErrorOf("SELECT DATE '2013-02-30'"), HasSubstr("400 at [DATE '2013]"));
}

TEST_F(BindErrorTest, OrderAndLimit) {
  EXPECT_EQ(ErrorOfOnce("SELECT DISTINCT a FROM t ORDER BY b"),
            "400 at [b] with SELECT DISTINCT, ORDER BY must be of the select list");
  EXPECT_EQ(ErrorOfOnce("SELECT a FROM t ORDER BY 2"), "400 at [2] position 2 is not in the select list");
  EXPECT_EQ(ErrorOfOnce("SELECT a FROM t LIMIT -1"), "400 at [-1] LIMIT must not be negative");
  EXPECT_EQ(ErrorOfOnce("SELECT a FROM t LIMIT a"), "400 at [a] column \"a\" does not exist: there is no FROM");
  EXPECT_THAT(ErrorOfOnce("VALUES (1) ORDER BY column1 + 1"),
              HasSubstr("here ORDER BY takes a column's name or position"));
}

TEST_F(BindErrorTest, WhatHasNoContinuousForm) {
  EXPECT_THAT(ErrorOf("SELECT a FROM t ORDER BY a"),
              HasSubstr("400 at [a] ORDER BY without LIMIT has no continuous form"));
  EXPECT_EQ(ErrorOf("SELECT a FROM t ORDER BY a LIMIT 1"), "no error");
  EXPECT_THAT(ErrorOf("SELECT a FROM t LIMIT 1"),
              HasSubstr("400 at [1] LIMIT without ORDER BY has no continuous form"));
  EXPECT_EQ(ErrorOf("SELECT a FROM (SELECT a FROM t ORDER BY a)"), "no error");
}

TEST_F(BindErrorTest, TimeInStreams) {
  EXPECT_EQ(ErrorOf("SELECT a FROM t WHERE f > now() - INTERVAL '1' HOUR"),
            "400 at [now() - IN] temporal filters (now() in WHERE of a stream) are not supported yet");
  EXPECT_THAT(ErrorOf("SELECT CURRENT_TIMESTAMP AS x FROM t"), HasSubstr("is not allowed in a stream"));
  EXPECT_EQ(ErrorOfOnce("SELECT now() AS x FROM t"), "no error");
  EXPECT_EQ(ErrorOf("SELECT PROCTIME() AS x FROM t"), "no error");
  EXPECT_EQ(ErrorOf("SELECT PROCTIME() AS x, n FROM (SELECT count(*) AS n FROM t)"), "no error");
}

TEST_F(BindErrorTest, WhatIsToComeSaysSoAtItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT a FROM t ASOF JOIN trades ON b = qty AND b >= ts",
       "400 at [trades ON ] ASOF joins are not supported yet"},
      {"SELECT a FROM t, LATERAL (SELECT 1) x", "LATERAL is not supported yet"},
      {"SELECT row_number() OVER (ORDER BY a) FROM t", "window functions (OVER) are not supported yet"},
      {"SELECT a FROM t WHERE a = (SELECT max(b) FROM t AS u WHERE u.c = t.c)",
       "400 at [t.c)] correlated subqueries are not supported yet, but for EXISTS and IN"},
      {"SELECT a FROM t WHERE EXISTS (SELECT 1 FROM trades WHERE qty = b ORDER BY ts LIMIT 1)",
       "LIMIT in a correlated subquery is not supported yet"},
      {"SELECT a, count(*) FROM t GROUP BY ROLLUP (a)", "GROUPING SETS, ROLLUP and CUBE are not supported yet"},
      {"SELECT a FROM t QUALIFY rank() OVER (ORDER BY a) = 1", "window functions (OVER) are not supported yet"},
      {"WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", "recursive queries are not supported yet"},
      {"SELECT a FROM t WHERE a = ?", "400 at [?] the parameter ? has no value: give its value beside the SQL text"},
      {"SELECT * FROM generate_series(1, 3)", "table functions are not supported yet"},
      {"SELECT count(*) FROM t GROUP BY SESSION(f, INTERVAL '1' HOUR)", "SESSION windows are not supported yet"},
      {"SELECT count(*) FROM t GROUP BY CUMULATE(f, INTERVAL '1' HOUR, INTERVAL '1' DAY)",
       "CUMULATE windows are not supported yet"},
  };
  for (const auto& [sql, message] : cases) EXPECT_THAT(ErrorOf(sql), HasSubstr(message)) << sql;
}

TEST_F(BindErrorTest, AnErrorInsideAViewPointsAtTheView) {
  Run("CREATE VIEW top AS SELECT a FROM t LIMIT 3");
  EXPECT_EQ(ErrorOfOnce("SELECT * FROM top"), "no error");
  EXPECT_THAT(
      ErrorOf("SELECT * FROM top"),
      HasSubstr("400 at [top] view \"top\" cannot be used here: LIMIT without ORDER BY has no continuous form"));
}

TEST_F(BindErrorTest, ViewsThatGrowWithoutMeasureAreRefused) {
  Run("CREATE VIEW v0 AS SELECT a FROM t");
  for (int i = 1; i <= 20; ++i) {
    const std::string below = "v" + std::to_string(i - 1);
    const std::string sql =
        "CREATE VIEW v" + std::to_string(i) + " AS SELECT a FROM " + below + " UNION ALL SELECT a FROM " + below;
    const std::string error = ErrorOfRun(sql);
    if (error == "no error") continue;
    EXPECT_THAT(error, HasSubstr("relations once its views"));
    return;
  }
  FAIL() << "never refused";
}

}  // namespace
}  // namespace laminar
