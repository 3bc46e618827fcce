// Windows in both syntaxes, on every event time, and what EMIT makes of them.
#include "planner/planner_test.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

class WindowTest : public PlannerTest {
 protected:
  /// The spec of the first window assignment below `sql`.
  WindowSpec SpecOf(std::string_view sql) {
    const LogicalNodePtr plan = Bound(sql);
    const LogicalNode* node = plan.get();
    while (node->kind != LogicalKind::kWindowAssign) node = &node->input();
    return node->As<LogicalWindowAssign>().spec;
  }
};

TEST_F(WindowTest, BothSyntaxesAreOnePlan) {
  const std::string grouped =
      Explain(Plan("SELECT origin, window_start, window_end, count(*) AS n FROM flights GROUP BY origin, "
                   "TUMBLE(time_hour, INTERVAL '1' "
                   "HOUR), window_start, window_end"));
  const char* const table_forms[] = {
      "SELECT origin, window_start, window_end, count(*) AS n FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(time_hour), "
      "INTERVAL '1' HOUR)) GROUP BY origin, window_start, window_end",
      "SELECT origin, window_start, window_end, count(*) AS n FROM TUMBLE(flights, time_hour, INTERVAL '1' HOUR) GROUP "
      "BY "
      "ALL"};
  for (const char* sql : table_forms) EXPECT_EQ(Explain(Plan(sql)), grouped) << sql;
}

TEST_F(WindowTest, LengthsAreInTheUnitOfTheColumn) {
  EXPECT_EQ(SpecOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, INTERVAL '1' MINUTE)").size, 60'000'000);
  EXPECT_EQ(SpecOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, 1000)").size, 1'000'000);
  EXPECT_EQ(SpecOf("SELECT count(*) FROM t GROUP BY TUMBLE(g, INTERVAL '7' DAY)").size, 7);
  EXPECT_EQ(SpecOf("SELECT count(*) FROM trades GROUP BY TUMBLE(ts, INTERVAL '1' SECOND)").size, 1000);
  EXPECT_EQ(SpecOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, INTERVAL '1' MONTH)").months, 1);
  Run("CREATE SOURCE seconds (ts BIGINT) WITH (time_unit = 's')");
  EXPECT_EQ(SpecOf("SELECT count(*) FROM seconds GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)").size, 60);
  const WindowSpec hop =
      SpecOf("SELECT count(*) FROM t GROUP BY HOP(g, INTERVAL '1' DAY, INTERVAL '7' DAY, INTERVAL '-2' DAY)");
  EXPECT_EQ(hop.slide, 1);
  EXPECT_EQ(hop.size, 7);
  EXPECT_EQ(hop.offset, 0);
  EXPECT_EQ(SpecOf("SELECT count(*) FROM t GROUP BY TUMBLE(g, INTERVAL '7' DAY, INTERVAL '-2' DAY)").offset, 5);
}

TEST_F(WindowTest, LengthsThatDoNotFit) {
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(g, INTERVAL '1' HOUR)"),
            "400 at [INTERVAL '] the size of 01:00:00 does not fit the event time, which counts whole days");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, 0)"),
            "400 at [0)] the size of a window must be positive");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM t GROUP BY HOP(f, INTERVAL '2' HOUR, INTERVAL '1' HOUR)"),
            "400 at [INTERVAL '] the slide of a HOP may not be longer than its size");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM trades GROUP BY TUMBLE(ts, INTERVAL '1' MONTH)"),
            "400 at [INTERVAL '] windows of months need an event time of type TIMESTAMP or DATE");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(c, 1000)"),
            "400 at [c, 1000)] an event time is a TIMESTAMP, a DATE, an INTEGER or a BIGINT, not VARCHAR");
  EXPECT_EQ(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, 'an hour')"),
            "400 at ['an hour')] the length of a window is an INTERVAL or an integer of milliseconds, not VARCHAR");
  EXPECT_THAT(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(f)"), HasSubstr("TUMBLE takes a column, a size"));
}

TEST_F(WindowTest, BoundsInTheSelectList) {
  EXPECT_EQ(TypesOf("SELECT TUMBLE_START(f, INTERVAL '1' HOUR) AS s, TUMBLE_END() AS e, window_time FROM t GROUP BY "
                    "TUMBLE(f, INTERVAL '1' HOUR) HAVING window_start IS NOT NULL"),
            "s TIMESTAMP(6), e TIMESTAMP(6), window_time TIMESTAMP(6)");
  EXPECT_EQ(TypesOf("SELECT window_start FROM trades GROUP BY TUMBLE(ts, 1000)"), "window_start BIGINT");
  EXPECT_EQ(ErrorOf("SELECT TUMBLE_START(f, INTERVAL '1' HOUR) FROM t"),
            "400 at [TUMBLE_STA] TUMBLE_START needs TUMBLE(…) in GROUP BY");
  EXPECT_EQ(ErrorOf("SELECT TUMBLE_START(f, INTERVAL '2' HOUR) FROM t GROUP BY TUMBLE(f, INTERVAL '1' HOUR)"),
            "400 at [TUMBLE_STA] TUMBLE_START is not of the window in GROUP BY");
  EXPECT_EQ(ErrorOf("SELECT HOP_START() FROM t GROUP BY TUMBLE(f, INTERVAL '1' HOUR)"),
            "400 at [HOP_START(] HOP_START is not of the window in GROUP BY");
  EXPECT_THAT(ErrorOf("SELECT TUMBLE(f, INTERVAL '1' HOUR) FROM t"), HasSubstr("TUMBLE stands in GROUP BY or FROM"));
}

TEST_F(WindowTest, AColumnOfTheInputNamedAsABoundIsShadowed) {
  Run("CREATE STREAM hourly AS SELECT window_start, window_end, count(*) AS n FROM flights GROUP BY "
      "TUMBLE(time_hour, INTERVAL '1' HOUR)");
  EXPECT_EQ(BoundText("SELECT window_start, sum(n) AS s FROM hourly GROUP BY TUMBLE(window_end, INTERVAL '1' DAY)"), R"(
Project window_start, sum(n) AS s
  WindowAggregate [window_end, window_start] sum(n)
    WindowAssign TUMBLE(window_end, 1 day)
      Stream hourly (window_start, window_end, n)
)");
}

TEST_F(WindowTest, DefaultEmission) {
  const std::string_view declared = "SELECT count(*) FROM flights GROUP BY TUMBLE(time_hour, INTERVAL '1' HOUR)";
  EXPECT_TRUE(Plan(declared).on_window_close);
  EXPECT_TRUE(Plan(declared).append_only);
  EXPECT_FALSE(Plan(declared, PlanOptions::MaterializedView()).on_window_close);
  EXPECT_FALSE(Plan(declared, PlanOptions::MaterializedView()).append_only);
  EXPECT_FALSE(Once(declared).on_window_close);
  EXPECT_FALSE(Plan("SELECT count(*) FROM trades GROUP BY TUMBLE(ts, 1000)").on_window_close);
  EXPECT_FALSE(Plan(std::string(declared) + " EMIT CHANGES").on_window_close);
  EXPECT_TRUE(Plan(std::string(declared) + " EMIT CHANGES").always_weight);
  EXPECT_TRUE(Plan(std::string(declared) + " EMIT FINAL", PlanOptions::MaterializedView()).on_window_close);
  EXPECT_TRUE(Once(std::string(declared) + " EMIT ON WINDOW CLOSE").on_window_close);
}

TEST_F(WindowTest, AggregationAboveWindowsFollowsOpenOnesByDefault) {
  const PlannedQuery planned =
      Plan("SELECT max(n) AS m FROM (SELECT count(*) AS n FROM flights GROUP BY TUMBLE(time_hour, INTERVAL '1' HOUR))");
  EXPECT_FALSE(planned.on_window_close);
  EXPECT_FALSE(planned.append_only);
}

TEST_F(WindowTest, CloseThatCannotBeKept) {
  EXPECT_THAT(ErrorOf("SELECT a FROM t EMIT ON WINDOW CLOSE"),
              HasSubstr("400 at [EMIT ON WI] EMIT ON WINDOW CLOSE needs windows"));
  EXPECT_THAT(ErrorOf("SELECT count(*) FROM t GROUP BY TUMBLE(f, INTERVAL '1' HOUR) EMIT ON WINDOW CLOSE"),
              HasSubstr("declare WATERMARK FOR f on the source"));
  EXPECT_THAT(
      ErrorOf("SELECT count(*) FROM flights GROUP BY TUMBLE(time_hour + INTERVAL '1' HOUR, INTERVAL '1' HOUR) EMIT "
              "FINAL"),
      HasSubstr("needs a watermark on what the windows are over"));
  EXPECT_THAT(
      ErrorOf("SELECT max(n) FROM (SELECT count(*) AS n FROM flights GROUP BY TUMBLE(time_hour, INTERVAL '1' HOUR)) "
              "EMIT ON WINDOW CLOSE"),
      HasSubstr("rows change after their window has closed (aggregation without window close"));
  EXPECT_EQ(ErrorOf("SELECT symbol, count(*) FROM trades GROUP BY symbol, TUMBLE(ts, 1000) EMIT ON WINDOW CLOSE"),
            "no error")
      << "writers may announce a watermark in milliseconds";
}

TEST_F(WindowTest, LatenessIsKeptAndPassedOn) {
  const PlannedQuery planned = Plan(
      "SELECT window_end, window_time, count(*) AS n FROM flights GROUP BY TUMBLE(time_hour, INTERVAL '1' HOUR) EMIT "
      "ON "
      "WINDOW CLOSE ALLOW LATENESS INTERVAL '10' SECOND");
  ASSERT_EQ(planned.time_columns.size(), 2u);
  EXPECT_EQ(planned.time_columns[0].delay, 10'000'000);
  EXPECT_THAT(ErrorOf("SELECT count(*) FROM t EMIT CHANGES ALLOW LATENESS INTERVAL '1' SECOND"),
              HasSubstr("ALLOW LATENESS needs a watermark"));
}

TEST_F(WindowTest, WindowsOfWindowsFollowTheSameWatermark) {
  const PlannedQuery planned = Plan(
      "SELECT window_end, max(n) AS m FROM (SELECT origin, window_start, window_end, count(*) AS n FROM flights GROUP "
      "BY "
      "origin, TUMBLE(time_hour, INTERVAL '1' HOUR)) GROUP BY window_start, window_end");
  EXPECT_TRUE(planned.on_window_close);
  ASSERT_EQ(planned.dataflow.lines.size(), 1u);
  EXPECT_THAT(planned.dataflow.lines[0].sources, ::testing::ElementsAre("flights"));
}

}  // namespace
}  // namespace laminar
