#include "state/history.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// ------------------------------------------------------------------------------------------------ retention

int64_t Watermark(uint64_t sequence) { return static_cast<int64_t>(sequence) * 100; }

void AppendMarkedCall(History& history, uint32_t rows, uint64_t sequence) {
  const uint64_t first = history.rows();
  const HistoryCall call{0, sequence, static_cast<int64_t>(sequence) * 10, Watermark(sequence), 1'000'000 + first};
  history.Append(Rows(static_cast<int64_t>(first), rows), {&call, 1});
}

/// The first row and call that are there follow from the calls alone; what was before tells its watermark.
void CheckRetained(const HistorySnapshot& snapshot, uint64_t first_row, uint64_t first_sequence) {
  EXPECT_EQ(snapshot.first_row(), first_row);
  if (first_row != snapshot.rows()) CheckScan(snapshot, first_row);
  const size_t first = snapshot.first_call();
  if (first_sequence > 1) {
    EXPECT_EQ(snapshot.call(first).watermark, Watermark(first_sequence - 1));
    if (first + 1 < snapshot.call_count()) {
      EXPECT_EQ(snapshot.call(first + 1).sequence, first_sequence);
    }
  } else {
    EXPECT_EQ(first, 0u);
  }
}

TEST(History, RetainsTheLastRowsWhateverTheCalls) {
  std::mt19937 random(17);
  for (const int64_t retained : {1, 10, 1000, 5000, 100'000}) {
    History history(kTypes, {Retention::Kind::kRows, retained});
    std::vector<uint64_t> begins;  // of each call
    for (uint64_t sequence = 1; sequence <= 400; ++sequence) {
      begins.push_back(history.rows());
      AppendMarkedCall(
          history,
          random() % 50 == 0 ? 1024 + static_cast<uint32_t>(random() % 3000) : 1 + static_cast<uint32_t>(random() % 30),
          sequence);
      history.Retain();
      if (sequence % 37 != 0) continue;
      const uint64_t rows = history.rows();
      const uint64_t first = rows - std::min(rows, static_cast<uint64_t>(retained));
      const auto call = std::upper_bound(begins.begin(), begins.end(), first) - begins.begin();
      CheckRetained(history.Snapshot(), first, static_cast<uint64_t>(call));
    }
  }
}

TEST(History, RetainsByTheTimeOfTheLastCall) {
  History history(kTypes, {Retention::Kind::kTime, 55});  // calls are 10 apart
  std::vector<uint64_t> begins;
  for (uint64_t sequence = 1; sequence <= 3000; ++sequence) {
    begins.push_back(history.rows());
    AppendMarkedCall(history, 1 + static_cast<uint32_t>(sequence % 1500), sequence);
    history.Retain();
    const uint64_t oldest = sequence <= 5 ? 1 : sequence - 5;
    EXPECT_EQ(history.first_row(), begins[oldest - 1]);
    if (sequence % 211 == 0) CheckRetained(history.Snapshot(), begins[oldest - 1], oldest);
  }
  EXPECT_LT(history.memory_bytes(), 20'000u * 60);
}

TEST(History, NoneKeepsNothingButTheWatermark) {
  History history(kTypes, {Retention::Kind::kNone, 0});
  const size_t empty = history.memory_bytes();
  for (uint64_t sequence = 1; sequence <= 3000; ++sequence) {
    AppendMarkedCall(history, sequence % 100 == 0 ? 2000 : 3, sequence);
    history.Retain();
    EXPECT_EQ(history.memory_bytes(), empty);
  }
  history.AppendWatermark(3001, 7, Watermark(3001));
  CheckRetained(history.Snapshot(), history.rows(), 3002);
}

TEST(History, WhatSomebodyIsOnTheWayToStays) {
  for (const Retention retention : {Retention{Retention::Kind::kNone, 0}, Retention{Retention::Kind::kRows, 5}}) {
    History history(kTypes, retention);
    uint64_t sequence = 0;
    const auto append = [&](int calls) {
      for (int i = 0; i < calls; ++i) {
        AppendMarkedCall(history, i % 10 == 9 ? 1500 : 2, ++sequence);
        history.Retain();
      }
    };
    append(1500);
    const uint64_t held_from = history.rows();
    const uint64_t next_sequence = sequence + 1;
    HistoryHold hold = history.Hold();
    append(1500);
    CheckScan(history.Snapshot(), held_from);
    // The call before what is held may be there too: its rows are the last that the retention lets stay.
    EXPECT_LE(history.Snapshot().first_row(), held_from);
    const HistorySnapshot held = history.Snapshot();
    size_t call = held.first_call();
    while (call < held.call_count() && held.call(call).sequence < next_sequence) ++call;
    EXPECT_EQ(held.call(call).first_row, held_from);
    EXPECT_EQ(held.call(call).sequence, next_sequence);
    const uint64_t later = history.rows() - 100;
    hold->store(later);
    append(1);
    EXPECT_LE(history.first_row(), later);
    EXPECT_GT(history.first_row(), held_from);
    hold.reset();
    append(1);
    EXPECT_EQ(history.retained_rows(), static_cast<uint64_t>(retention.amount));
    append(1500);
    EXPECT_EQ(history.retained_rows(), static_cast<uint64_t>(retention.amount));
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
