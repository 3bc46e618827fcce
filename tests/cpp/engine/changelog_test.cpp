#include "engine/changelog.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

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

  std::shared_ptr<Changelog> log_ = std::make_shared<Changelog>();
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
    log_ = std::make_shared<Changelog>();
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

}  // namespace
}  // namespace laminar
