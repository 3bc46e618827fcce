#include "state/history.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "exec/watermark_line.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar};

/// `rows` rows numbered from `first`; every fifth number has no text.
Ref<RowBatch> Rows(int64_t first, uint32_t rows) {
  RowBatchBuilder builder(kTypes);
  for (uint32_t i = 0; i < rows; ++i) {
    const int64_t number = first + i;
    builder.SetInt(0, number);
    if (number % 5 != 0) builder.SetString(1, "the row of number " + std::to_string(number));
    builder.FinishRow();
  }
  return builder.Finish();
}

void AppendCall(History& history, uint32_t rows, uint64_t sequence) {
  const uint64_t first = history.rows();
  const HistoryCall call{0, sequence, static_cast<int64_t>(sequence) * 10, kNoWatermark, 1'000'000 + first};
  history.Append(Rows(static_cast<int64_t>(first), rows), {&call, 1});
}

/// Reads from `from` on; rows must be numbered, whatever columns are asked for, and marks must say who brought them.
void CheckScan(const HistorySnapshot& snapshot, uint64_t from) {
  uint64_t next = from;
  const int columns[] = {1, 0};
  snapshot.ForEachDelta(from, columns, [&](const Delta& delta) {
    EXPECT_LE(delta.rows, HistorySnapshot::kMaxDeltaRows);
    EXPECT_TRUE(delta.owner);
    EXPECT_FALSE(delta.marks.empty());
    EXPECT_EQ(delta.marks[0].row, 0u);
    MarkCursor marks(delta.marks);
    for (uint32_t row = 0; row < delta.rows; ++row, ++next) {
      const int64_t number = static_cast<int64_t>(next);
      EXPECT_EQ(delta.columns[1].data<int64_t>()[row], number);
      EXPECT_EQ(delta.columns[0].IsValid(row), number % 5 != 0);
      if (number % 5 != 0) {
        EXPECT_EQ(delta.columns[0].data<StringRef>()[row].view(), "the row of number " + std::to_string(number));
      }
      const Mark& mark = marks.At(row);
      EXPECT_EQ(mark.first_number + (row - mark.row), 1'000'000 + next);
      EXPECT_EQ(mark.time, static_cast<int64_t>(mark.sequence) * 10);
      if (::testing::Test::HasFailure()) return false;
    }
    return true;
  });
  EXPECT_EQ(next, std::max(from, snapshot.rows()));
}

TEST(History, ReadsBackSmallAndLargeCallsFromAnywhere) {
  std::mt19937 random(11);
  History history(kTypes);
  uint64_t sequence = 0;
  const uint32_t sizes[] = {1, 2, 60, 63, 64, 65, 500, 1023, 1024, 1025, 5000, 70'000, 3, 1, 1, 140'000, 1};
  for (const uint32_t size : sizes) AppendCall(history, size, ++sequence);
  history.AppendWatermark(++sequence, 7, 123);
  const HistorySnapshot snapshot = history.Snapshot();
  EXPECT_EQ(snapshot.call_count(), std::size(sizes) + 1);
  EXPECT_EQ(snapshot.call(snapshot.call_count() - 1).watermark, 123);
  CheckScan(snapshot, 0);
  CheckScan(snapshot, snapshot.rows());
  for (int i = 0; i < 20; ++i) CheckScan(snapshot, random() % snapshot.rows());
}

TEST(History, AMillionOneRowCallsCostWhatTheRowsCost) {
  History history({TypeId::kInt64});
  RowBatchBuilder builder({TypeId::kInt64});
  builder.SetInt(0, 4);
  builder.FinishRow();
  const Ref<RowBatch> one = builder.Finish();
  for (uint64_t i = 0; i < 1'000'000; ++i) {
    const HistoryCall call{0, i, 0, kNoWatermark, i};
    history.Append(one, {&call, 1});
  }
  EXPECT_LT(history.memory_bytes(), 80'000'000u);  // 8 bytes of value, 40 of call, and slack
  EXPECT_EQ(history.Snapshot().rows(), 1'000'000u);
}

TEST(History, SnapshotsAreReadWhileAppendsGoOn) {
  History history(kTypes);
  uint64_t sequence = 0;
  AppendCall(history, 10, ++sequence);
  for (int round = 0; round < 30; ++round) {
    std::thread reader([snapshot = history.Snapshot()] {
      CheckScan(snapshot, 0);
      CheckScan(snapshot, snapshot.rows() / 2);
    });
    for (int i = 0; i < 40; ++i) AppendCall(history, 1 + static_cast<uint32_t>(i) % 3, ++sequence);
    if (round % 10 == 9) AppendCall(history, 3000, ++sequence);
    reader.join();
  }
}

TEST(History, StopsWhenTheVisitorHasEnough) {
  History history(kTypes);
  AppendCall(history, 200'000, 1);
  int deltas = 0;
  const int columns[] = {0};
  history.Snapshot().ForEachDelta(0, columns, [&](const Delta&) { return ++deltas < 2; });
  EXPECT_EQ(deltas, 2);
}

}  // namespace
}  // namespace laminar
