// Append-only, event time and keys: what is proved, and where it is lost.
#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using PropertiesTest = PlannerTest;

TEST_F(PropertiesTest, StatelessQueriesOfSourcesAreAppendOnly) {
  EXPECT_TRUE(Plan("SELECT a + 1 AS x FROM t WHERE b > 1 UNION ALL SELECT b FROM t").append_only);
  EXPECT_TRUE(Plan("SELECT DISTINCT a FROM t").append_only);
}

TEST_F(PropertiesTest, AggregationRetractsAndSaysWhy) {
  const PlannedQuery planned = Plan("SELECT origin, count(*) AS n FROM flights GROUP BY origin");
  EXPECT_FALSE(planned.append_only);
  EXPECT_EQ(planned.retracts_because, "aggregation without window close: a group's row is replaced as rows come");
  EXPECT_THAT(planned.keys, ElementsAre(ElementsAre(0)));
}

TEST_F(PropertiesTest, RetractionSpreadsThroughStreams) {
  Run("CREATE STREAM per_origin AS SELECT origin, count(*) AS n FROM flights GROUP BY origin");
  const PlannedQuery planned = Plan("SELECT origin FROM per_origin WHERE n > 10");
  EXPECT_FALSE(planned.append_only);
  EXPECT_EQ(planned.retracts_because,
            "stream per_origin retracts: aggregation without window close: a group's row is replaced as rows come");
  EXPECT_FALSE(Plan("SELECT DISTINCT origin FROM per_origin").append_only);
  EXPECT_TRUE(Once("SELECT origin FROM per_origin").append_only) << "a snapshot has no retractions";
}

TEST_F(PropertiesTest, EventTimeSurvivesFiltersAndBareColumns) {
  const PlannedQuery planned = Plan("SELECT time_hour AS at, origin FROM flights WHERE dep_delay > 60.0");
  ASSERT_EQ(planned.time_columns.size(), 1u);
  EXPECT_EQ(planned.time_columns[0].column, 0);
  EXPECT_TRUE(planned.time_columns[0].declared);
  EXPECT_THAT(planned.time_columns[0].sources, ElementsAre("flights"));
  EXPECT_EQ(planned.time_columns[0].nanos_per_unit, 1000);
}

TEST_F(PropertiesTest, EventTimeIsLostThroughExpressionsAndAggregation) {
  EXPECT_THAT(Plan("SELECT time_hour + INTERVAL '1' HOUR AS later FROM flights").time_columns, IsEmpty());
  EXPECT_THAT(Plan("SELECT time_hour, count(*) AS n FROM flights GROUP BY time_hour").time_columns, IsEmpty());
}

TEST_F(PropertiesTest, WindowedAggregationHasTheBoundsAndNothingElse) {
  const PlannedQuery planned = Plan(
      "SELECT time_hour, window_start, window_end, window_time, count(*) AS n FROM flights GROUP BY time_hour, "
      "TUMBLE(time_hour, INTERVAL '1' HOUR)");
  std::vector<std::pair<int, TimeRole>> roles;
  for (const TimeColumn& time : planned.time_columns) roles.emplace_back(time.column, time.role);
  EXPECT_THAT(roles, ElementsAre(std::pair(1, TimeRole::kWindowStart), std::pair(2, TimeRole::kWindowEnd),
                                 std::pair(3, TimeRole::kEventTime)));
}

TEST_F(PropertiesTest, AUnionFollowsTheLeastOfItsInputs) {
  Run("CREATE SOURCE more (origin VARCHAR, ts TIMESTAMP, WATERMARK FOR ts)");
  const PlannedQuery planned = Plan("SELECT time_hour AS at FROM flights UNION ALL SELECT ts FROM more");
  ASSERT_EQ(planned.time_columns.size(), 1u);
  EXPECT_THAT(planned.time_columns[0].sources, ElementsAre("flights", "more"));
  EXPECT_THAT(Plan("SELECT time_hour AS at FROM flights UNION ALL SELECT f FROM t").time_columns, IsEmpty());
}

TEST_F(PropertiesTest, ASourceWithoutWatermarkFollowsAnnouncementsInMilliseconds) {
  const SourceEntry& trades = catalog_.GetSource("trades");
  std::vector<int> columns;
  for (const TimeColumn& time : trades.TimeColumns()) {
    EXPECT_FALSE(time.declared);
    columns.push_back(time.column);
  }
  EXPECT_THAT(columns, ElementsAre(2, 3)) << "qty and ts, both BIGINT";
  EXPECT_THAT(Plan("SELECT f FROM t").time_columns, IsEmpty()) << "microseconds";
}

TEST_F(PropertiesTest, StateThatGrowsIsWarnedOf) {
  EXPECT_THAT(Plan("SELECT origin, count(*) FROM flights GROUP BY origin").warnings,
              ElementsAre("the state of GROUP BY (origin) grows with the number of its groups and is never dropped"));
  EXPECT_THAT(Plan("SELECT count(*) FROM flights").warnings, IsEmpty());
  EXPECT_THAT(
      Plan("SELECT origin, count(*) FROM flights GROUP BY origin, TUMBLE(time_hour, INTERVAL '1' HOUR)").warnings,
      IsEmpty());
  EXPECT_EQ(Plan("SELECT count(*) FROM t GROUP BY TUMBLE(f, INTERVAL '1' HOUR)").warnings.size(), 1u);
}

}  // namespace
}  // namespace laminar
