// Plans before and after each rule: what moves, and what must not.
#include "planner/planner_test.h"
#include "planner/rules/rule.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

class RulesTest : public PlannerTest {
 protected:
  std::string After(void (*rule)(LogicalNodePtr&), std::string_view sql) {
    LogicalNodePtr plan = Bound(sql);
    rule(plan);
    InferAllProperties(*plan, {});
    return "\n" + ToString(*plan);
  }
};

TEST_F(RulesTest, ConstantsAreFoldedUnlessTheyFail) {
  EXPECT_EQ(After(FoldConstants, "SELECT 1 + 2 * 3 AS x, 1 / 0 AS y FROM t WHERE 1 < 2"), R"(
Project 7 AS x, (1 / 0) AS y
  Source t (a, b, c, d, e, f, g)
)");
  EXPECT_EQ(After(FoldConstants, "SELECT a FROM t WHERE e AND 1 < 2 OR 2 < 1"), R"(
Project a
  Filter e
    Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(RulesTest, FiltersMergeWhenNeitherCanFail) {
  EXPECT_EQ(
      After(MergeFilters,
            "SELECT * FROM (SELECT count(*) AS n, max(b) AS m FROM t GROUP BY c HAVING max(b) > 1) WHERE "
            "1 / n > 0"),
      BoundText(
          "SELECT * FROM (SELECT count(*) AS n, max(b) AS m FROM t GROUP BY c HAVING max(b) > 1) WHERE 1 / n > 0"));
  EXPECT_THAT(RuledText("SELECT c FROM (SELECT c FROM t WHERE e) WHERE c = 'x'"),
              HasSubstr("Filter (e AND (c = 'x'))\n"));
}

TEST_F(RulesTest, ProjectsMergeUnlessAnErrorCouldBeLost) {
  EXPECT_EQ(RuledText("SELECT y AS z FROM (SELECT x AS y, w FROM (SELECT a AS x, b AS w FROM t))"), R"(
Project a AS z
  Source t (a)
)");
  EXPECT_EQ(RuledText("SELECT CASE WHEN b = 0 THEN 0 ELSE q END AS z FROM (SELECT b, a / b AS q FROM t)"), R"(
Project CASE WHEN (b = 0) THEN 0 ELSE q END AS z
  Project b, (CAST(a AS BIGINT) / b) AS q
    Source t (a, b)
)");
}

TEST_F(RulesTest, PredicatesGoBelowWhatCannotFail) {
  EXPECT_EQ(
      RuledText(
          "SELECT origin, n FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) WHERE origin = 'JFK' "
          "AND n > 1"),
      R"(
Project origin, count(*) AS n
  Filter (count(*) > 1)
    Aggregate [origin] count(*)
      Filter (origin = 'JFK')
        Source flights (origin)
)");
  EXPECT_EQ(RuledText("SELECT x FROM (SELECT a AS x FROM t UNION ALL SELECT a FROM t) WHERE x > 1"), R"(
UnionAll
  Project a AS x
    Filter (a > 1)
      Source t (a)
  Filter (a > 1)
    Source t (a)
)");
}

TEST_F(RulesTest, PredicatesStayAboveWhatCanFailAndWhenTheyCan) {
  EXPECT_EQ(RuledText("SELECT a FROM (SELECT a, a / b AS q FROM t) WHERE a > 1"), R"(
Project a
  Filter (a > 1)
    Project a, (CAST(a AS BIGINT) / b) AS q
      Source t (a, b)
)");
  EXPECT_EQ(
      RuledText(
          "SELECT origin FROM (SELECT origin, sum(distance) AS s FROM flights GROUP BY origin) WHERE origin = 'JFK'"),
      R"(
Project origin
  Filter (origin = 'JFK')
    Aggregate [origin] sum(distance)
      Source flights (origin, distance)
)") << "a sum that does not fit is an error of its group, wanted or not";
}

TEST_F(RulesTest, BelowAWindowRowsWithoutEventTimeStayErrors) {
  EXPECT_EQ(RuledText("SELECT a FROM TUMBLE(t, f, INTERVAL '1' HOUR) WHERE a > 3"), R"(
Project a
  WindowAssign TUMBLE(f, 01:00:00)
    Filter ((f IS NULL) OR (a > 3))
      Source t (a, f)
)");
  EXPECT_THAT(RuledText("SELECT origin FROM TUMBLE(flights, time_hour, INTERVAL '1' HOUR) WHERE origin = 'JFK'"),
              HasSubstr("Filter (origin = 'JFK')\n      Source"))
      << "NOT NULL needs no such care";
}

TEST_F(RulesTest, PredicatesDoNotHideLateRows) {
  EXPECT_THAT(
      RuledText("SELECT n FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin, TUMBLE(time_hour, INTERVAL "
                "'1' HOUR)) WHERE origin = 'JFK'"),
      HasSubstr("Filter (origin = 'JFK')\n    WindowAggregate"));
}

TEST_F(RulesTest, OnlyWhatIsUsedIsReadAndComputed) {
  EXPECT_EQ(RuledText("SELECT n FROM (SELECT c, count(*) AS n, max(b) AS m FROM t GROUP BY c)"), R"(
Project count(*) AS n
  Aggregate [c] count(*)
    Source t (c)
)");
  EXPECT_EQ(RuledText("SELECT count(*) FROM t"), R"(
Project count(*) AS count
  Aggregate count(*)
    Source t (e)
)");
  EXPECT_EQ(RuledText("SELECT x FROM (SELECT a AS x, b AS y FROM t UNION ALL SELECT a, b + 1 FROM t)"), R"(
UnionAll
  Project a AS x
    Source t (a)
  Project a
    Project a, (b + 1) AS ?column?
      Source t (a, b)
)");
}

TEST_F(RulesTest, RowOrderKeepsItsColumn) {
  EXPECT_EQ(RuledText("SELECT first_value(distance) AS d FROM flights GROUP BY origin"), R"(
Project first_value(distance) AS d
  Aggregate [origin] first_value(distance)
    Source flights (origin, distance, time_hour)
)");
}

TEST_F(RulesTest, WhatAResultPromisesDoesNotDependOnRules) {
  PlanOptions plain = PlanOptions::Stream();
  plain.rules = false;
  for (const char* sql : {"SELECT c FROM (SELECT c, count(*) AS n FROM t GROUP BY c)",
                          "SELECT origin, window_end FROM TUMBLE(flights, time_hour, INTERVAL '1' HOUR) GROUP BY ALL",
                          "SELECT time_hour FROM (SELECT * FROM flights WHERE origin = 'JFK')"}) {
    const PlannedQuery with = Plan(sql);
    const PlannedQuery without = Plan(sql, plain);
    EXPECT_EQ(with.append_only, without.append_only) << sql;
    EXPECT_EQ(with.retracts_because, without.retracts_because) << sql;
    EXPECT_EQ(with.time_columns, without.time_columns) << sql;
    EXPECT_EQ(with.keys, without.keys) << sql;
    EXPECT_EQ(with.schema.names(), without.schema.names()) << sql;
  }
}

}  // namespace
}  // namespace laminar
