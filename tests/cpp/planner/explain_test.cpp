#include "planner/planner_test.h"

namespace laminar {
namespace {

using ExplainTest = PlannerTest;

TEST_F(ExplainTest, AWindowThatCloses) {
  EXPECT_EQ(
      Explain(Plan("SELECT origin, count(*) AS n FROM flights GROUP BY origin, TUMBLE(time_hour, INTERVAL '1' HOUR)")),
      R"(Result append-only: each row once, when its window closes
└─ Project origin, count(*) AS n
   └─ WindowAggregate [origin, window_end] count(*)
         append-only: a window is emitted once, when the watermark of flights has passed its end
         state: one row per (origin) and window, dropped when the watermark of flights closes the window
      └─ WindowAssign TUMBLE(time_hour, 01:00:00)
         └─ Source flights (origin, time_hour)
)");
}

TEST_F(ExplainTest, StateWithoutBound) {
  EXPECT_EQ(Explain(Plan("SELECT origin, count(*) AS n FROM flights GROUP BY origin")),
            R"(Result retracting: aggregation without window close: a group's row is replaced as rows come
└─ Project origin, count(*) AS n
   └─ Aggregate [origin] count(*)
         retracts: aggregation without window close: a group's row is replaced as rows come
         state: one row per (origin), never dropped: unbounded
      └─ Source flights (origin)
Warning: the state of GROUP BY (origin) grows with the number of its groups and is never dropped
)");
}

TEST_F(ExplainTest, PartitionsAreDrawnOnce) {
  PlanOptions options = PlanOptions::Stream();
  options.partitions = 4;
  const PlannedQuery planned = Plan("SELECT DISTINCT origin FROM flights", options);
  EXPECT_EQ(planned.dataflow.nodes.size(), 6u);
  EXPECT_EQ(Explain(planned), R"(Result append-only
└─ Gather partitions
   └─ Aggregate [origin]
         append-only: a group is emitted once, when its first row comes
         state: one row per (origin), never dropped: unbounded
      └─ Exchange [origin] to 4 partitions
         └─ Source flights (origin)
Warning: the state of DISTINCT (origin) grows with the number of its groups and is never dropped
)");
}

TEST_F(ExplainTest, ArgumentsAreComputedBeforeRowsMultiply) {
  EXPECT_EQ(
      Explain(Once("SELECT sum(distance + 1) AS s FROM flights GROUP BY HOP(time_hour, INTERVAL '1' HOUR, INTERVAL '6' "
                   "HOUR)")),
      R"(Result append-only
└─ Project sum((distance + 1)) AS s
   └─ WindowAggregate [window_end] sum((distance + 1))
      └─ WindowAssign HOP(time_hour, 01:00:00, 06:00:00)
         └─ Project time_hour, (distance + 1)
            └─ Source flights (distance, time_hour)
)");
}

}  // namespace
}  // namespace laminar
