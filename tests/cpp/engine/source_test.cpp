#include "engine/source.h"

#include <gtest/gtest.h>

#include "engine_test.h"

namespace laminar {
namespace {

std::vector<Row> Many(int64_t count, int64_t value) {
  return std::vector<Row>(static_cast<size_t>(count), Row{0, value});
}

TEST(SourceTest, SmallCallsBecomeOneBatchWithAMarkEach) {
  Source source(PairSource("t"));
  source.StageRows(Batch({{1, 1}, {2, 2}}), {0, 1, 100, 0});
  source.StageRows(Batch({{3, 3}}), {0, 2, 200, 2});
  EXPECT_EQ(source.pending_rows(), 3);
  const TakenInput taken = source.Take();
  EXPECT_EQ(source.pending_rows(), 0);
  ASSERT_EQ(taken.batches.size(), 1u);
  EXPECT_EQ(taken.rows, 3);
  EXPECT_EQ(taken.calls, 2);
  const StagedBatch& batch = taken.batches[0];
  ASSERT_EQ(batch.marks.size(), 2u);
  EXPECT_EQ(batch.marks[1].row, 2u);
  EXPECT_EQ(batch.marks[1].sequence, 2u);
  EXPECT_EQ(batch.calls[1].first_row, 2u);
  EXPECT_EQ(batch.calls[1].first_number, 2u);
}

TEST(SourceTest, LargeCallsStayApartAndInOrder) {
  Source source(PairSource("t"));
  source.StageRows(Batch({{1, 1}}), {0, 1, 0, 0});
  source.StageRows(Batch(Many(1000, 2)), {0, 2, 0, 1});
  source.StageRows(Batch({{3, 3}}), {0, 3, 0, 1001});
  const TakenInput taken = source.Take();
  ASSERT_EQ(taken.batches.size(), 3u);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(taken.batches[i].marks[0].sequence, i + 1);
    EXPECT_EQ(taken.batches[i].marks[0].row, 0u);
  }
  EXPECT_EQ(taken.rows, 1002);
}

TEST(SourceTest, WatermarkMovesWithTheLargestEventTime) {
  Source source(PairSource("t", 1, 10));
  source.StageRows(Batch({{1, 50}, {2, 100}}), {0, 1, 0, 0});
  source.StageRows(Batch({{1, 60}}), {0, 2, 0, 2});
  source.StageRows(Batch({{1, 120}}), {0, 3, 0, 3});
  EXPECT_EQ(source.accepted_watermark(), 110);
  const TakenInput taken = source.Take();
  ASSERT_EQ(taken.moves.size(), 2u);
  EXPECT_EQ(taken.moves[0].watermark, 90);
  EXPECT_EQ(taken.moves[0].sequence, 1u);
  EXPECT_EQ(taken.moves[1].watermark, 110);
  EXPECT_EQ(taken.moves[1].sequence, 3u);
  EXPECT_EQ(taken.batches[0].calls[1].watermark, 90) << "the history remembers what was reached after each call";
}

TEST(SourceTest, WatermarkDoesNotUnderflow) {
  Source source(PairSource("t", 1, 1000));
  source.StageRows(Batch({{1, INT64_MIN + 5}}), {0, 1, 0, 0});
  EXPECT_EQ(source.accepted_watermark(), kNoWatermark + 1);
}

TEST(SourceTest, AnnouncementsAreTheLeastOfTheOpenWriters) {
  Source source(PairSource("t"));
  source.StageAnnouncement(1, 100, 1, 0);
  EXPECT_EQ(source.accepted_watermark(), 100);
  source.StageAnnouncement(2, 50, 2, 0);
  source.StageAnnouncement(1, 200, 3, 0);
  EXPECT_EQ(source.accepted_watermark(), 100) << "writer 2 is still at 50, and a watermark never goes back";
  source.StageAnnouncement(2, 150, 4, 0);
  EXPECT_EQ(source.accepted_watermark(), 150);
  source.ForgetWriter(2);
  source.StageAnnouncement(1, 201, 5, 0);
  EXPECT_EQ(source.accepted_watermark(), 201);
  EXPECT_EQ(source.Take().announcements.size(), 5u);
}

TEST(SourceTest, AnnouncementsKeepTheirPlaceBetweenSmallCalls) {
  Source source(PairSource("t"));
  source.StageRows(Batch({{1, 1}}), {0, 1, 0, 0});
  source.StageAnnouncement(1, 100, 2, 0);
  source.StageRows(Batch({{2, 2}}), {0, 3, 0, 1});
  const TakenInput taken = source.Take();
  ASSERT_EQ(taken.batches.size(), 2u);
  EXPECT_EQ(taken.batches[0].calls.back().sequence, 1u);
  EXPECT_EQ(taken.announcements[0].sequence, 2u);
  EXPECT_EQ(taken.batches[1].calls.front().sequence, 3u);
}

}  // namespace
}  // namespace laminar
