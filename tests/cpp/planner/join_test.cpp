// Joins and subqueries as plans: what becomes a key, what moves, what is kept, and what is proved of the result.
#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class JoinTest : public PlannerTest {
 protected:
  void SetUp() override {
    PlannerTest::SetUp();
    Run("CREATE SOURCE u (a INTEGER, b BIGINT, x INTEGER, y VARCHAR)");
    Run("CREATE SOURCE w (x INTEGER, z VARCHAR)");
    Run("CREATE STREAM totals AS SELECT a, sum(b) AS total FROM t GROUP BY a");
  }
};

TEST_F(JoinTest, EqualitiesOfBothSidesAreKeys) {
  EXPECT_THAT(BoundText("SELECT 1 FROM t JOIN u ON t.a = u.a AND u.b + 1 = t.b AND t.b < u.x"),
              HasSubstr("InnerJoin [a = a, b = (b + 1)] on (b < CAST(x AS BIGINT))\n"));
  EXPECT_THAT(BoundText("SELECT 1 FROM t LEFT JOIN u ON t.a IS NOT DISTINCT FROM u.a"),
              HasSubstr("LeftJoin [a IS NOT DISTINCT FROM a]\n"));
  EXPECT_THAT(BoundText("SELECT 1 FROM t JOIN u ON t.a = t.b AND u.a = 3"), HasSubstr("InnerJoin on "));
}

TEST_F(JoinTest, AKeyThatCanFailIsComputedOnceARow) {
  EXPECT_THAT(BoundText("SELECT 1 FROM t JOIN u ON 10 / t.a = u.a AND t.b = u.b"),
              HasSubstr("InnerJoin [(10 / a) = a, b = b]\n    Project a, b, c, d, e, f, g, (10 / a)\n"));
  EXPECT_THAT(BoundText("SELECT 1 FROM t LEFT JOIN u ON 10 / t.a = u.a AND t.a <> 0"),
              HasSubstr("CASE WHEN (a <> 0) THEN (10 / a) END AS (10 / a)\n"))
      << "unless a condition on that row alone is not true";
}

TEST_F(JoinTest, PredicatesBecomeConditionsOrGoBelow) {
  EXPECT_EQ(RuledText("SELECT t.c FROM t, u WHERE t.a = u.a AND t.b > 1 AND u.b > 2 AND t.b < u.b"), R"(
InnerJoin [a = a] on (b < b)
  Filter (b > 1)
    Source t (a, b, c)
  Filter (b > 2)
    Source u (a, b)
)");
}

TEST_F(JoinTest, ThePaddedSideKeepsItsPredicatesAbove) {
  EXPECT_EQ(
      RuledText("SELECT t.c FROM t LEFT JOIN u ON t.a = u.a AND u.b > 2 AND t.b > 3 WHERE t.b > 1 AND u.x IS NULL"),
      R"(
Project c
  Filter (x IS NULL)
    LeftJoin [a = a] on (b > 3)
      Filter (b > 1)
        Source t (a, b, c)
      Filter (b > 2)
        Source u (a, b, x)
)");
}

TEST_F(JoinTest, NothingMovesPastAResidualThatCanFail) {
  const std::string text = RuledText("SELECT t.c FROM t JOIN u ON t.a = u.a AND 10 / u.b > 1 WHERE t.b > 1");
  EXPECT_THAT(text, HasSubstr("Filter (b > 1)\n    InnerJoin [a = a] on ((10 / b) > 1)\n"));
}

TEST_F(JoinTest, OnlyKeysAndWhatIsAskedForAreKept) {
  EXPECT_EQ(RuledText("SELECT t.c FROM t JOIN u ON t.a = u.a"), R"(
InnerJoin [a = a]
  Source t (a, c)
  Source u (a)
)");
  EXPECT_EQ(RuledText("SELECT count(*) AS n FROM t CROSS JOIN u"), R"(
Project count(*) AS n
  Aggregate count(*)
    CrossJoin
      Source t (e)
      Source u (a)
)");
}

TEST_F(JoinTest, AConnectedOrderAvoidsACrossProduct) {
  EXPECT_EQ(RuledText("SELECT t.c FROM t, u, w WHERE t.a = w.x AND w.z = u.y"), R"(
InnerJoin [z = y]
  InnerJoin [a = x]
    Source t (a, c)
    Source w (x, z)
  Source u (y)
)");
  EXPECT_EQ(RuledText("SELECT t.c FROM t, u, w WHERE t.a = u.a AND w.z = u.y"), R"(
InnerJoin [y = z]
  InnerJoin [a = a]
    Source t (a, c)
    Source u (a, y)
  Source w (z)
)") << "an order that needs none stays";
}

TEST_F(JoinTest, WhichJoinsRetract) {
  EXPECT_TRUE(Plan("SELECT t.a FROM t JOIN u USING (a)").append_only);
  EXPECT_TRUE(Plan("SELECT t.a FROM t SEMI JOIN u USING (a)").append_only);
  EXPECT_EQ(Plan("SELECT t.a FROM t LEFT JOIN u USING (a)").retracts_because,
            "LEFT JOIN: a row shown without a match is taken back when its match comes");
  EXPECT_EQ(Plan("SELECT t.a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)").retracts_because,
            "ANTI JOIN, NOT EXISTS, NOT IN: a row is taken back when a match comes");
  EXPECT_THAT(Plan("SELECT t.a FROM t JOIN totals USING (a)").retracts_because, HasSubstr("stream totals retracts"));
  EXPECT_TRUE(Once("SELECT t.a FROM t FULL JOIN u USING (a)").append_only);
  EXPECT_TRUE(Plan("SELECT a FROM t WHERE a IN (SELECT a FROM u) AND EXISTS (SELECT 1 FROM w)").append_only);
}

TEST_F(JoinTest, EventTimeEndsAndKeysAreUnited) {
  EXPECT_THAT(Plan("SELECT time_hour, qty FROM flights JOIN trades ON origin = symbol").time_columns, IsEmpty());
  EXPECT_THAT(Plan("SELECT l.a AS x, r.a AS y FROM totals l CROSS JOIN totals r").keys,
              UnorderedElementsAre(ElementsAre(0, 1)));
  EXPECT_THAT(Plan("SELECT l.a AS x, r.total FROM totals l LEFT JOIN totals r ON l.a = r.a").keys,
              UnorderedElementsAre(ElementsAre(0)))
      << "each row of the left meets one at most";
  EXPECT_THAT(Plan("SELECT a FROM totals SEMI JOIN u USING (a)").keys, UnorderedElementsAre(ElementsAre(0)));
}

TEST_F(JoinTest, StateThatGrowsIsAnnounced) {
  EXPECT_THAT(Plan("SELECT t.c FROM t JOIN u ON t.a = u.a").warnings,
              ElementsAre("the state of InnerJoin [a = a] grows with all rows of t and u and is never dropped"));
  const std::string text = Explain(Plan("SELECT t.c FROM t LEFT JOIN u ON t.a = u.a"));
  EXPECT_THAT(text, AllOf(HasSubstr("retracts: LEFT JOIN: a row shown without a match"),
                          HasSubstr("state: all rows of t by (a), never dropped: unbounded"),
                          HasSubstr("state: all rows of u by (a), never dropped: unbounded")));
  EXPECT_THAT(Explain(Plan("SELECT a / (SELECT sum(b) FROM u) AS q FROM t")),
              AllOf(HasSubstr("state: one row of the right input"), HasSubstr("state: all rows of t, never dropped")));
}

TEST_F(JoinTest, WhatASubquerySaysToAllRowsIsOneRow) {
  const PlannedQuery planned = Plan("SELECT c FROM t WHERE a NOT IN (SELECT a FROM u)");
  EXPECT_EQ(planned.warnings.size(), 2u) << "of the two joins";
  EXPECT_THAT(Explain(planned), AllOf(HasSubstr("state: one row of the right input"), HasSubstr("AntiJoin [a = a]")));
}

TEST_F(JoinTest, KeysArePartitioned) {
  PlanOptions options = PlanOptions::Stream();
  options.partitions = 4;
  const std::string text = Explain(Plan("SELECT t.c FROM t JOIN u ON t.a = u.a + 1", options));
  EXPECT_THAT(text, AllOf(HasSubstr("Exchange [a] to 4 partitions"), HasSubstr("Gather partitions")));
  EXPECT_THAT(Explain(Plan("SELECT t.c FROM t JOIN u ON t.a < u.a", options)), Not(HasSubstr("Exchange")));
}

TEST_F(JoinTest, WhatIsThereTwiceIsBuiltOnce) {
  const PlannedQuery planned = Plan(
      "WITH n AS (SELECT a, count(*) AS n FROM t GROUP BY a) SELECT l.n, r.n AS m FROM n AS l JOIN n AS r ON l.a = "
      "r.a");
  int aggregates = 0;
  for (const DataflowNode& node : planned.dataflow.nodes) aggregates += node.label.starts_with("Aggregate") ? 1 : 0;
  EXPECT_EQ(aggregates, 1);
  EXPECT_EQ(planned.dataflow.inputs.size(), 1u);
}

TEST_F(JoinTest, SubqueriesInWhereAreJoins) {
  EXPECT_EQ(RuledText("SELECT c FROM t WHERE a IN (SELECT a FROM u WHERE b > 1)"), R"(
SemiJoin [a = a]
  Source t (a, c)
  Project a
    Filter (b > 1)
      Source u (a, b)
)");
  EXPECT_THAT(RuledText("SELECT c FROM t WHERE NOT EXISTS (SELECT 1 FROM u)"), HasSubstr("AntiJoin\n"));
  EXPECT_THAT(RuledText("SELECT origin FROM flights WHERE origin NOT IN (SELECT origin FROM flights)"),
              AllOf(HasSubstr("AntiJoin [origin = origin]\n"), Not(HasSubstr("has_null"))))
      << "columns that are never NULL need no further look";
  EXPECT_THAT(RuledText("SELECT c FROM t WHERE a NOT IN (SELECT a FROM u)"),
              HasSubstr("InnerJoin on (empty OR ((a IS NOT NULL) AND (NOT has_null)))\n"));
}

TEST_F(JoinTest, TheSameSubqueryTwiceIsJoinedOnce) {
  const std::string text = BoundText("SELECT (SELECT max(b) FROM u) AS x, (SELECT max(b) FROM u) + 1 AS y FROM t");
  const size_t first = text.find("CrossJoin");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("CrossJoin", first + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace laminar
