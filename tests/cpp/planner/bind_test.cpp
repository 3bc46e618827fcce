// What a query is bound to: names, types, clauses.
#include "planner/planner_test.h"

namespace laminar {
namespace {

using BindTest = PlannerTest;

TEST_F(BindTest, LiteralsHaveTheTypesOfTheDialect) {
  EXPECT_EQ(TypesOf("SELECT 1 AS a, 3000000000 AS b, 1.50 AS c, 1e3 AS d, 'x' AS e, true AS f, NULL AS g"),
            "a INTEGER, b BIGINT, c DECIMAL(3,2), d DOUBLE, e VARCHAR, f BOOLEAN, g VARCHAR");
  EXPECT_EQ(TypesOf("SELECT -2147483648 AS a, -9223372036854775808 AS b, 9223372036854775808 AS c"),
            "a INTEGER, b BIGINT, c DECIMAL(19,0)");
  EXPECT_EQ(TypesOf("SELECT 0.5 AS a, 123456789012345678901234567890123456789.5 AS b"), "a DECIMAL(1,1), b DOUBLE");
  EXPECT_EQ(TypesOf("SELECT DATE '2013-02-08' AS a, TIMESTAMP '2013-02-08 06:00:00' AS b, INTERVAL '1' HOUR AS c"),
            "a DATE, b TIMESTAMP(6), c INTERVAL");
}

TEST_F(BindTest, ColumnNamesFollowPostgreSQL) {
  EXPECT_EQ(TypesOf("SELECT a, t.b, count(*), sum(b) AS s, 1 + 1, CAST(a AS BIGINT), CASE WHEN e THEN 1 END FROM t "
                    "GROUP BY a, b, e"),
            "a INTEGER, b BIGINT, count BIGINT, s BIGINT, ?column? INTEGER, a BIGINT, case INTEGER");
}

TEST_F(BindTest, Stars) {
  EXPECT_EQ(TypesOf("SELECT * EXCLUDE (c, d, f, g) REPLACE (b + 1 AS b) FROM t"), "a INTEGER, b BIGINT, e BOOLEAN");
  EXPECT_EQ(TypesOf("SELECT x.* FROM trades AS x (sym)"), "sym VARCHAR, price DOUBLE, qty BIGINT, ts BIGINT");
}

TEST_F(BindTest, CommonTableExpressionsAndSubqueries) {
  EXPECT_EQ(BoundText("WITH x (k, v) AS (SELECT a, b FROM t), y AS (SELECT k, sum(v) AS s FROM x GROUP BY k) "
                      "SELECT y.s FROM y"),
            R"(
Project s
  Project k, sum(v) AS s
    Aggregate [k] sum(v)
      Project a AS k, b AS v
        Project a, b
          Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, GroupByNamesOrdinalsAliasesAndAll) {
  const char* const expected = R"(
Project (a + 1) AS k, count(*) AS n
  Aggregate [(a + 1)] count(*)
    Source t (a, b, c, d, e, f, g)
)";
  for (const char* clause : {"1", "k", "a + 1", "ALL", "(k, 1)"}) {
    EXPECT_EQ(BoundText("SELECT a + 1 AS k, count(*) AS n FROM t GROUP BY " + std::string(clause)), expected) << clause;
  }
}

TEST_F(BindTest, AnInputColumnGoesBeforeAnAliasInGroupByAndAfterItInOrderBy) {
  EXPECT_EQ(BoundText("SELECT b AS a, count(*) AS n FROM t GROUP BY a, b ORDER BY a"), R"(
Sort a
  Project b AS a, count(*) AS n
    Aggregate [a, b] count(*)
      Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, HavingKnowsAliasesAndEqualAggregatesAreComputedOnce) {
  EXPECT_EQ(BoundText("SELECT c, sum(b) AS s FROM t GROUP BY c HAVING s > 1 AND sum(b) < count(*) ORDER BY sum(b)"), R"(
Sort s
  Project c, sum(b) AS s
    Filter ((sum(b) > 1) AND (sum(b) < count(*)))
      Aggregate [c] sum(b), count(*)
        Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, OrderByWhatIsNotSelectedAddsAColumnAndTakesItAway) {
  EXPECT_EQ(BoundText("SELECT c FROM t ORDER BY a DESC, 1 NULLS FIRST LIMIT 2 OFFSET 1"), R"(
Project c
  TopN a DESC, c NULLS FIRST LIMIT 2 OFFSET 1
    Project c, a
      Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, OrderInsideASubqueryMeansNothingWithoutLimit) {
  EXPECT_EQ(BoundText("SELECT a FROM (SELECT a FROM t ORDER BY a)"), R"(
Project a
  Project a
    Source t (a, b, c, d, e, f, g)
)");
  EXPECT_EQ(BoundText("(SELECT a FROM t ORDER BY a LIMIT 1)"), R"(
TopN a LIMIT 1
  Project a
    Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, DistinctAndUnionAreAggregationsWithoutAggregates) {
  EXPECT_EQ(BoundText("SELECT DISTINCT a, c FROM t"), R"(
Aggregate [a, c]
  Project a, c
    Source t (a, b, c, d, e, f, g)
)");
  EXPECT_EQ(TypesOf("SELECT a FROM t UNION SELECT b FROM t UNION SELECT NULL"), "a BIGINT");
  EXPECT_EQ(TypesOf("SELECT f FROM t UNION ALL SELECT '2013-01-01'"), "f TIMESTAMP(6)");
}

TEST_F(BindTest, ValuesHaveCommonTypes) {
  EXPECT_EQ(TypesOf("VALUES (1, NULL), (2.5, 'x')"), "column1 DECIMAL(11,1), column2 VARCHAR");
  EXPECT_EQ(TypesOf("SELECT * FROM (VALUES (1, 'a')) AS v (n)"), "n INTEGER, column2 VARCHAR");
}

TEST_F(BindTest, UntypedTextTakesTheTypeOfItsPlace) {
  EXPECT_EQ(BoundText("SELECT CASE WHEN e THEN a ELSE '7' END AS x FROM t WHERE g = '2013-02-08'"), R"(
Project CASE WHEN e THEN a ELSE 7 END AS x
  Filter (g = DATE '2013-02-08')
    Source t (a, b, c, d, e, f, g)
)");
}

TEST_F(BindTest, OperatorsAreFunctions) {
  EXPECT_EQ(
      TypesOf("SELECT c ~ '^a' AS m, c !~* 'b' AS n, c LIKE 'a%' AS l, a BETWEEN 1 AND 2 AS b, e IS NOT TRUE AS t, "
              "EXTRACT(hour FROM f) AS h, c || 'x' AS x, f AT TIME ZONE 'UTC' AS z FROM t"),
      "m BOOLEAN, n BOOLEAN, l BOOLEAN, b BOOLEAN, t BOOLEAN, h BIGINT, x VARCHAR, z TIMESTAMP(6) WITH TIME ZONE");
}

TEST_F(BindTest, ViewsAreInlined) {
  Run("CREATE VIEW late (who, how_late) AS SELECT origin, dep_delay FROM flights WHERE dep_delay > 60.0");
  const PlannedQuery planned = Plan("SELECT how_late FROM LATE WHERE who = 'JFK'");
  EXPECT_THAT(planned.reads, ::testing::ElementsAre("late", "flights"));
  ASSERT_EQ(planned.dataflow.inputs.size(), 1u);
  EXPECT_EQ(planned.dataflow.inputs[0].relation, "flights");
  EXPECT_THAT(planned.dataflow.inputs[0].columns, ::testing::ElementsAre(0, 2));
}

TEST_F(BindTest, OneSourceReadTwiceIsOneInput) {
  const PlannedQuery planned = Plan("SELECT a FROM t WHERE a > 1 UNION ALL SELECT a FROM t WHERE a < 0");
  EXPECT_EQ(planned.dataflow.inputs.size(), 1u);
}

TEST_F(BindTest, WithoutFromThereIsOneRow) {
  const PlannedQuery planned = Once("SELECT 1 + 1 AS two");
  EXPECT_TRUE(planned.dataflow.inputs.empty());
  EXPECT_EQ(planned.schema.field(0).name, "two");
}

}  // namespace
}  // namespace laminar
