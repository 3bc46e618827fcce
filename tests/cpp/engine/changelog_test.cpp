#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>

#include "engine/changelog_cursor.h"
#include "engine_test.h"

namespace laminar {
namespace {

Change At(uint64_t epoch, const std::vector<Row>& rows) { return {epoch, false, Batch(rows)}; }

class ChangelogTest : public ::testing::Test {
 protected:
  std::optional<uint64_t> TryEpoch(ChangelogCursor& cursor) {
    const std::optional<Change> change = cursor.TryNext(&ended_);
    if (!change) return std::nullopt;
    return change->epoch;
  }

  std::shared_ptr<Changelog> log_ = std::make_shared<Changelog>(ChangelogOptions{.types = PairTypes()});
  bool ended_ = false;
};

TEST_F(ChangelogTest, EveryCursorReadsEverythingBehindIt) {
  const auto first = log_->Open();
  log_->Append(At(1, {{1, 1}}));
  const auto second = log_->Open();
  log_->Append(At(2, {{2, 2}}));
  EXPECT_EQ(TryEpoch(*first), 1u);
  EXPECT_EQ(TryEpoch(*first), 2u);
  EXPECT_EQ(TryEpoch(*first), std::nullopt);
  EXPECT_EQ(TryEpoch(*second), 2u);
  EXPECT_FALSE(ended_);
}

TEST_F(ChangelogTest, ForgetsWhatTheSlowestHasRead) {
  const auto slow = log_->Open();
  auto slower = log_->Open();
  log_->Append(At(1, {{1, 1}, {2, 2}}));
  log_->Append(At(2, {{3, 3}}));
  TryEpoch(*slow);
  TryEpoch(*slow);
  EXPECT_EQ(log_->pending_rows(), 3);
  TryEpoch(*slower);
  EXPECT_EQ(log_->pending_rows(), 1);
  slower.reset();
  EXPECT_EQ(log_->pending_rows(), 0);
  EXPECT_TRUE(log_->has_readers());
  slow->Cancel();
  EXPECT_FALSE(log_->has_readers());
  log_->Append(At(3, {{4, 4}}));
  EXPECT_EQ(log_->pending_rows(), 0);
}

TEST_F(ChangelogTest, SnapshotComesFirst) {
  const auto cursor = log_->Open();
  log_->Append(At(2, {{2, 2}}));
  cursor->DeliverFirst({1, true, Batch({{1, 1}})});
  EXPECT_EQ(TryEpoch(*cursor), 1u);
  EXPECT_EQ(TryEpoch(*cursor), 2u);
}

TEST_F(ChangelogTest, FinishedLogStaysReadable) {
  const auto cursor = log_->Open();
  log_->Append(At(1, {{1, 1}}));
  log_->Finish(Changelog::End::kFinished);
  EXPECT_EQ(cursor->state(), ChangelogCursor::State::kActive);
  EXPECT_EQ(TryEpoch(*cursor), 1u);
  EXPECT_EQ(cursor->state(), ChangelogCursor::State::kFinished);
  EXPECT_EQ(TryEpoch(*cursor), std::nullopt);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(cursor->Next(std::nullopt, nullptr), std::nullopt);
}

TEST_F(ChangelogTest, ErrorIsDeliveredOnceToEachBehindWhatIsThere) {
  const auto first = log_->Open();
  const auto second = log_->Open();
  log_->Append(At(1, {{1, 1}}));
  log_->Finish(Changelog::End::kFailed, Error(ErrorCode::kSubscriptionClosed, "gone"));
  for (const auto& cursor : {first, second}) {
    EXPECT_EQ(TryEpoch(*cursor), 1u);
    EXPECT_THROW(TryEpoch(*cursor), Error);
    EXPECT_EQ(TryEpoch(*cursor), std::nullopt);
    EXPECT_TRUE(ended_);
  }
}

TEST_F(ChangelogTest, CancelledCursorHasNothingAndThrowsNothing) {
  const auto cursor = log_->Open();
  log_->Append(At(1, {{1, 1}}));
  cursor->Cancel();
  cursor->Cancel();
  log_->Finish(Changelog::End::kFailed, Error(ErrorCode::kSubscriptionClosed, "gone"));
  EXPECT_EQ(TryEpoch(*cursor), std::nullopt);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(cursor->state(), ChangelogCursor::State::kCancelled);
}

TEST_F(ChangelogTest, NotifiesOnceUntilFoundEmpty) {
  const auto cursor = log_->Open();
  int notified = 0;
  cursor->OnReadable([&] { ++notified; });
  EXPECT_EQ(notified, 0);
  log_->Append(At(1, {{1, 1}}));
  log_->Append(At(2, {{1, 1}}));
  EXPECT_EQ(notified, 1);
  TryEpoch(*cursor);
  log_->Append(At(3, {{1, 1}}));
  EXPECT_EQ(notified, 1) << "nobody has found it empty yet";
  while (TryEpoch(*cursor)) {
  }
  EXPECT_EQ(notified, 1);
  log_->Append(At(4, {{1, 1}}));
  EXPECT_EQ(notified, 2);
  TryEpoch(*cursor);
  TryEpoch(*cursor);
  log_->Finish(Changelog::End::kFinished);
  EXPECT_EQ(notified, 3);
}

TEST_F(ChangelogTest, NotifiesAtOnceWhenReadable) {
  int notified = 0;
  const auto waiting = log_->Open();
  log_->Append(At(1, {{1, 1}}));
  waiting->OnReadable([&] { ++notified; });
  EXPECT_EQ(notified, 1);
  const auto with_snapshot = log_->Open();
  with_snapshot->DeliverFirst({1, true, Batch({{1, 1}})});
  with_snapshot->OnReadable([&] { ++notified; });
  EXPECT_EQ(notified, 2);
  const auto ended = log_->Open();
  log_->Finish(Changelog::End::kFinished);
  ended->OnReadable([&] { ++notified; });
  EXPECT_EQ(notified, 3);
}

TEST_F(ChangelogTest, DeadlineThrowsTimeout) {
  const auto cursor = log_->Open();
  const auto now = std::chrono::steady_clock::now();
  try {
    cursor->Next(now, nullptr);
    FAIL() << "no timeout";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kSubscriptionTimeout);
  }
  log_->Append(At(1, {{1, 1}}));
  EXPECT_TRUE(cursor->Next(now, nullptr).has_value()) << "what is there is delivered, however late";
}

TEST_F(ChangelogTest, EveryEndWakesBlockedReaders) {
  const auto append = [&](ChangelogCursor&) { log_->Append(At(1, {{1, 1}})); };
  const auto finish = [&](ChangelogCursor&) { log_->Finish(Changelog::End::kFinished); };
  const auto cancel = [&](ChangelogCursor& cursor) { cursor.Cancel(); };
  for (const auto& wake : std::vector<std::function<void(ChangelogCursor&)>>{append, finish, cancel}) {
    log_ = std::make_shared<Changelog>(ChangelogOptions{.types = PairTypes()});
    const auto cursor = log_->Open();
    std::latch started(1);
    std::thread reader([&] {
      started.count_down();
      cursor->Next(std::nullopt, nullptr);
    });
    started.wait();
    wake(*cursor);
    reader.join();
  }
}

TEST_F(ChangelogTest, ReadersShareOneCursorWithoutLossOrRepetition) {
  constexpr uint64_t kChanges = 2000;
  const auto cursor = log_->Open();
  std::vector<uint64_t> seen[3];
  std::vector<std::thread> readers;
  for (auto& epochs : seen) {
    readers.emplace_back([&] {
      while (std::optional<Change> change = cursor->Next(std::nullopt, nullptr)) epochs.push_back(change->epoch);
    });
  }
  for (uint64_t epoch = 1; epoch <= kChanges; ++epoch) log_->Append(At(epoch, {{1, 1}}));
  log_->Finish(Changelog::End::kFinished);
  for (std::thread& reader : readers) reader.join();
  std::vector<uint64_t> all;
  for (const auto& epochs : seen) {
    EXPECT_TRUE(std::is_sorted(epochs.begin(), epochs.end()));
    all.insert(all.end(), epochs.begin(), epochs.end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), kChanges);
  for (uint64_t i = 0; i < kChanges; ++i) ASSERT_EQ(all[i], i + 1);
}

TEST_F(ChangelogTest, CursorsComeAndGoWhileChangesAre) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t epoch = 1; !stop; ++epoch) log_->Append(At(epoch, {{1, 1}}));
  });
  for (int i = 0; i < 500; ++i) {
    const auto cursor = log_->Open();
    uint64_t last = 0;
    for (int k = 0; k < 3; ++k) {
      const std::optional<Change> change = cursor->Next(std::nullopt, nullptr);
      ASSERT_TRUE(change);
      if (last != 0) {
        ASSERT_EQ(change->epoch, last + 1);
      }
      last = change->epoch;
    }
  }
  stop = true;
  writer.join();
  EXPECT_FALSE(log_->has_readers());
  EXPECT_EQ(log_->pending_rows(), 0);
}

// ------------------------------------------------------------------------------------------------ overflow

/// A log of few rows: what is older goes to disk.
std::shared_ptr<Changelog> SmallLog(int64_t capacity, int64_t retain_bytes = 0, std::string directory = "") {
  return std::make_shared<Changelog>(ChangelogOptions{.types = PairTypes(),
                                                      .capacity = capacity,
                                                      .spill_directory = std::move(directory),
                                                      .retain_bytes = retain_bytes});
}

int64_t FirstValueOf(const Change& change) { return change.rows->delta().columns[1].data<int64_t>()[0]; }

TEST_F(ChangelogTest, WhatIsFarBehindWaitsOnDiskAndComesBackAsItWas) {
  constexpr uint64_t kChanges = 5000;
  const auto log = SmallLog(100);
  const auto slow = log->Open();
  const auto fast = log->Open();
  for (uint64_t epoch = 1; epoch <= kChanges; ++epoch) {
    log->Append(At(epoch, {{static_cast<int64_t>(epoch), static_cast<int64_t>(epoch * 7)}, {0, 0}}));
    EXPECT_EQ(TryEpoch(*fast), epoch);
  }
  EXPECT_GT(log->spilled_bytes(), 0);
  EXPECT_EQ(log->pending_rows(), 2 * static_cast<int64_t>(kChanges));
  for (uint64_t epoch = 1; epoch <= kChanges; ++epoch) {
    const std::optional<Change> change = slow->TryNext(&ended_);
    ASSERT_TRUE(change);
    ASSERT_EQ(change->epoch, epoch);
    ASSERT_EQ(change->rows->rows(), 2u);
    ASSERT_EQ(FirstValueOf(*change), static_cast<int64_t>(epoch * 7));
  }
  EXPECT_EQ(TryEpoch(*slow), std::nullopt);
  EXPECT_EQ(log->spilled_bytes(), 0) << "what all have read is given up";
}

TEST_F(ChangelogTest, StringsNullsAndWeightsSurviveTheDisk) {
  const std::vector<DataType> types{TypeId::kVarchar, TypeId::kInt32, TypeId::kBoolean};
  const auto log = std::make_shared<Changelog>(ChangelogOptions{.types = types, .capacity = 1});
  const auto cursor = log->Open();
  const std::string long_text(1000, 'x');
  for (uint64_t epoch = 1; epoch <= 10; ++epoch) {
    RowBatchBuilder builder(types);
    builder.SetString(0, long_text + std::to_string(epoch));
    builder.SetInt(1, static_cast<int64_t>(epoch));
    builder.FinishRow(-1);
    builder.SetString(0, "short");
    builder.SetBool(2, true);
    builder.FinishRow(3);
    log->Append({epoch, false, builder.Finish(), true});
  }
  for (uint64_t epoch = 1; epoch <= 10; ++epoch) {
    const std::optional<Change> change = cursor->TryNext(&ended_);
    ASSERT_TRUE(change);
    EXPECT_TRUE(change->merged);
    const Delta rows = change->rows->delta();
    EXPECT_EQ(rows.columns[0].data<StringRef>()[0].view(), long_text + std::to_string(epoch));
    EXPECT_EQ(rows.columns[0].data<StringRef>()[1].view(), "short");
    EXPECT_EQ(rows.columns[1].data<int32_t>()[0], static_cast<int32_t>(epoch));
    EXPECT_FALSE(rows.columns[1].IsValid(1));
    EXPECT_FALSE(rows.columns[2].IsValid(0));
    EXPECT_EQ(rows.columns[2].data<uint8_t>()[1], 1);
    EXPECT_EQ(rows.WeightAt(0), -1);
    EXPECT_EQ(rows.WeightAt(1), 3);
  }
}

TEST_F(ChangelogTest, ReadersOfOneCursorShareWhatIsOnDiskInOrder) {
  constexpr uint64_t kChanges = 3000;
  const auto log = SmallLog(10);
  const auto cursor = log->Open();
  std::vector<uint64_t> seen[3];
  std::vector<std::thread> readers;
  for (uint64_t epoch = 1; epoch <= kChanges / 2; ++epoch) log->Append(At(epoch, {{1, 1}}));
  for (auto& epochs : seen) {
    readers.emplace_back([&] {
      while (std::optional<Change> change = cursor->Next(std::nullopt, nullptr)) epochs.push_back(change->epoch);
    });
  }
  for (uint64_t epoch = kChanges / 2 + 1; epoch <= kChanges; ++epoch) log->Append(At(epoch, {{1, 1}}));
  log->Finish(Changelog::End::kFinished);
  for (std::thread& reader : readers) reader.join();
  std::vector<uint64_t> all;
  for (const auto& epochs : seen) {
    EXPECT_TRUE(std::is_sorted(epochs.begin(), epochs.end()));
    all.insert(all.end(), epochs.begin(), epochs.end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), kChanges);
  for (uint64_t i = 0; i < kChanges; ++i) ASSERT_EQ(all[i], i + 1);
}

TEST_F(ChangelogTest, WithoutADiskWhoIsBehindEndsWithTheReason) {
  const auto log = SmallLog(10, 0, "/nowhere/at/all");
  const auto slow = log->Open();
  const auto fast = log->Open();
  for (uint64_t epoch = 1; epoch <= 100; ++epoch) {
    log->Append(At(epoch, {{1, 1}}));
    EXPECT_EQ(TryEpoch(*fast), epoch);
  }
  try {
    TryEpoch(*slow);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kSubscriptionFailed);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos) << error.what();
  }
  EXPECT_EQ(TryEpoch(*slow), std::nullopt);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(slow->state(), ChangelogCursor::State::kFinished);
}

TEST_F(ChangelogTest, DropOldestLeavesOutAndCounts) {
  const auto log = SmallLog(10);
  const auto dropping = log->Open({.overflow = Overflow::kDropOldest});
  const auto keeping = log->Open();
  for (uint64_t epoch = 1; epoch <= 100; ++epoch) log->Append(At(epoch, {{1, 1}, {2, 2}}));
  EXPECT_EQ(dropping->dropped_rows(), 190);
  EXPECT_EQ(log->dropped_rows(), 190);
  EXPECT_EQ(dropping->lag(), 10);
  for (uint64_t epoch = 96; epoch <= 100; ++epoch) EXPECT_EQ(TryEpoch(*dropping), epoch);
  EXPECT_EQ(TryEpoch(*dropping), std::nullopt);
  for (uint64_t epoch = 1; epoch <= 100; ++epoch) EXPECT_EQ(TryEpoch(*keeping), epoch);
  EXPECT_EQ(keeping->dropped_rows(), 0);
}

TEST_F(ChangelogTest, OneChangeThatIsTooLargeIsNotDroppedByWhoHasReadTheRest) {
  for (const Overflow overflow : {Overflow::kDropOldest, Overflow::kError}) {
    const auto log = SmallLog(2);
    const auto cursor = log->Open({.overflow = overflow});
    log->Append(At(1, {{1, 1}, {2, 2}, {3, 3}, {4, 4}}));
    EXPECT_EQ(TryEpoch(*cursor), 1u);
    EXPECT_EQ(cursor->dropped_rows(), 0);
  }
}

TEST_F(ChangelogTest, ErrorComesBehindWhatWasWithinReach) {
  const auto log = SmallLog(3);
  const auto cursor = log->Open({.overflow = Overflow::kError});
  int notified = 0;
  cursor->OnReadable([&] { ++notified; });
  for (uint64_t epoch = 1; epoch <= 10; ++epoch) log->Append(At(epoch, {{1, 1}}));
  EXPECT_FALSE(log->has_readers()) << "it holds nothing any more";
  EXPECT_EQ(cursor->state(), ChangelogCursor::State::kActive);
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) EXPECT_EQ(TryEpoch(*cursor), epoch);
  EXPECT_EQ(cursor->state(), ChangelogCursor::State::kFinished);
  EXPECT_THROW(TryEpoch(*cursor), Error);
  EXPECT_EQ(TryEpoch(*cursor), std::nullopt);
  EXPECT_TRUE(ended_);
  EXPECT_EQ(notified, 1);
}

TEST_F(ChangelogTest, BlockTellsWhenThereIsRoomAgain) {
  const auto log = SmallLog(2);
  int told = 0;
  auto cursor = log->Open({.overflow = Overflow::kBlock, .subscriber = "s", .on_room = [&] { ++told; }});
  const std::shared_ptr<Backpressure> backpressure = cursor->backpressure();
  log->Append(At(1, {{1, 1}}));
  EXPECT_FALSE(backpressure->full());
  log->Append(At(2, {{1, 1}}));
  EXPECT_TRUE(backpressure->full());
  TryEpoch(*cursor);
  EXPECT_FALSE(backpressure->full());
  EXPECT_EQ(told, 1);
  log->Append(At(3, {{1, 1}}));
  EXPECT_TRUE(backpressure->full());
  cursor.reset();
  EXPECT_FALSE(backpressure->full());
  EXPECT_EQ(told, 2);
}

// ------------------------------------------------------------------------------------------------ retention

TEST_F(ChangelogTest, RetainedChangesAreReadAgainFromAnyEpoch) {
  for (const int64_t capacity : {1000, 10}) {  // in memory, and mostly on disk
    const auto log = SmallLog(capacity, 1 << 20);
    log->RetainFrom(0);
    EXPECT_TRUE(log->has_readers()) << "what is retained is wanted";
    for (uint64_t epoch = 2; epoch <= 400; epoch += 2) log->Append(At(epoch, {{1, static_cast<int64_t>(epoch)}}));
    for (const uint64_t from : {0u, 1u, 2u, 77u, 130u, 398u, 399u, 400u}) {
      const auto cursor = ValueOrThrow(log->OpenBehind(from, 400, {}));
      EXPECT_EQ(cursor->lag(), static_cast<int64_t>(200 - from / 2));
      for (uint64_t epoch = from / 2 * 2 + 2; epoch <= 400; epoch += 2) ASSERT_EQ(TryEpoch(*cursor), epoch);
      EXPECT_EQ(TryEpoch(*cursor), std::nullopt);
      EXPECT_EQ(cursor->lag(), 0);
    }
    EXPECT_EQ(log->OpenBehind(401, 400, {}).status().error().code(), ErrorCode::kSubscriptionFailed);
  }
}

TEST_F(ChangelogTest, WhatIsTrimmedIsRefusedNamingTheOldest) {
  const auto log = SmallLog(10, 2000);
  log->RetainFrom(5);
  EXPECT_FALSE(log->OpenBehind(4, 5, {}).ok());
  for (uint64_t epoch = 6; epoch <= 20'000; ++epoch) log->Append(At(epoch, {{1, 1}}));
  const Status refused = log->OpenBehind(5, 20'000, {}).status().Clone();
  ASSERT_FALSE(refused.ok());
  const std::string message = refused.message();
  const size_t at = message.find("is ");
  ASSERT_NE(at, std::string::npos) << message;
  const uint64_t oldest = std::stoull(message.substr(message.rfind(' ') + 1));
  EXPECT_GT(oldest, 5u);
  const auto cursor = ValueOrThrow(log->OpenBehind(oldest, 20'000, {}));
  for (uint64_t epoch = oldest + 1; epoch <= 20'000; ++epoch) ASSERT_EQ(TryEpoch(*cursor), epoch);
  EXPECT_FALSE(log->OpenBehind(oldest - 1, 20'000, {}).ok());
}

TEST_F(ChangelogTest, ALogThatRetainsNothingResumesOnlyFromNow) {
  const auto log = SmallLog(10);
  const auto other = log->Open();
  log->Append(At(3, {{1, 1}}));
  EXPECT_TRUE(log->OpenBehind(3, 3, {}).ok());
  EXPECT_FALSE(log->OpenBehind(2, 3, {}).ok());
}

}  // namespace
}  // namespace laminar
