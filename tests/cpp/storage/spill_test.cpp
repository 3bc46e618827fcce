// What leaves memory comes back as it was; from a disk that fails, as an error or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <thread>

#include "faulty_files.h"
#include "state/history.h"
#include "storage/spill_files.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar, TypeId::kBoolean};
constexpr size_t kEverything = ~size_t{0};

/// Rows numbered from `first`; every fifth has no text, every third no flag.
Ref<RowBatch> Rows(int64_t first, uint32_t rows) {
  RowBatchBuilder builder(kTypes);
  for (uint32_t i = 0; i < rows; ++i) {
    const int64_t number = first + i;
    builder.SetInt(0, number);
    if (number % 5 != 0) builder.SetString(1, "the row of number " + std::to_string(number));
    if (number % 3 != 0) builder.SetBool(2, number % 2 == 0);
    builder.FinishRow();
  }
  return builder.Finish();
}

class SpillTest : public ::testing::Test {
 protected:
  explicit SpillTest(size_t pool_bytes = 0) : space_(files_, "spill", pool_bytes) {}

  void Append(uint32_t rows) {
    const uint64_t first = history_->rows();
    ++sequence_;
    const HistoryCall call{0, sequence_, static_cast<int64_t>(sequence_) * 10, kNoTime, 1'000'000 + first};
    history_->Append(Rows(static_cast<int64_t>(first), rows), {&call, 1});
  }

  /// Reads from `from` on; every row must be itself, and of the call that brought it.
  Status Check(const HistorySnapshot& snapshot, uint64_t from, uint32_t most = HistorySnapshot::kMaxDeltaRows) {
    uint64_t next = from;
    const int columns[] = {2, 1, 0};
    Status status = snapshot.Scan(
        from, columns,
        [&](const Delta& delta) {
          EXPECT_LE(delta.rows, most);
          MarkCursor marks(delta.marks);
          for (uint32_t row = 0; row < delta.rows; ++row, ++next) {
            const auto number = static_cast<int64_t>(next);
            EXPECT_EQ(delta.columns[2].data<int64_t>()[row], number);
            EXPECT_EQ(delta.columns[1].IsValid(row), number % 5 != 0);
            if (number % 5 != 0) {
              EXPECT_EQ(delta.columns[1].data<StringRef>()[row].view(), "the row of number " + std::to_string(number));
            }
            EXPECT_EQ(delta.columns[0].IsValid(row), number % 3 != 0);
            if (number % 3 != 0) {
              EXPECT_EQ(delta.columns[0].data<uint8_t>()[row], number % 2 == 0 ? 1 : 0);
            }
            const Mark& mark = marks.At(row);
            EXPECT_EQ(mark.first_number + (row - mark.row), 1'000'000 + next);
            if (::testing::Test::HasFailure()) return false;
          }
          return true;
        },
        most);
    if (status.ok()) {
      EXPECT_EQ(next, std::max(from, snapshot.rows()));
    }
    return status;
  }
  Status SpillAll() {
    size_t freed = 0;
    return history_->Spill(space_, kEverything, &freed);
  }

  static constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();
  FaultyFiles files_;
  SpillFiles space_;
  std::optional<History> history_{kTypes};
  uint64_t sequence_ = 0;
};

TEST_F(SpillTest, RowsComeBackAsTheyWere) {
  std::mt19937 random(3);
  for (const uint32_t rows : {1, 7, 63, 64, 65, 1023, 1024, 1025, 140'000, 3, 5000, 1, 1}) {
    Append(rows);
    if (random() % 2 == 0) {
      ASSERT_TRUE(SpillAll().ok());
    }
  }
  for (int round = 0; round < 2; ++round) {
    const HistorySnapshot snapshot = history_->Snapshot();
    EXPECT_TRUE(Check(snapshot, 0).ok());
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(Check(snapshot, random() % snapshot.rows(), 64 * (1 + static_cast<uint32_t>(random() % 100))).ok());
    }
    ASSERT_TRUE(SpillAll().ok());
    EXPECT_LT(history_->memory_bytes(), 100'000u) << "calls alone are left";
    EXPECT_GT(history_->disk_bytes(), 0u);
    EXPECT_GE(space_.disk_bytes(), static_cast<int64_t>(history_->disk_bytes()));
  }
}

TEST_F(SpillTest, OldestGoFirstAndNoMoreThanIsAskedFor) {
  for (int i = 0; i < 10; ++i) Append(2000);
  const size_t before = history_->memory_bytes();
  size_t freed = 0;
  ASSERT_TRUE(history_->Spill(space_, 1, &freed).ok());
  EXPECT_GT(freed, 0u);
  EXPECT_EQ(history_->memory_bytes(), before - freed);
  EXPECT_LT(freed, before / 5);
  const uint64_t reads = space_.pool().reads();
  EXPECT_TRUE(Check(history_->Snapshot(), 2000).ok());
  EXPECT_EQ(space_.pool().reads(), reads) << "the newer ones are in memory";
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok());
  EXPECT_EQ(space_.pool().reads(), reads + 1);
}

TEST_F(SpillTest, SnapshotsSeeSegmentsMoveAndStayValid) {
  for (int i = 0; i < 5; ++i) Append(3000);
  const HistorySnapshot before = history_->Snapshot();
  std::vector<Delta> kept;
  const int columns[] = {0, 1};
  before.ForEachDelta(0, columns, [&](const Delta& delta) {
    kept.push_back(delta);
    return true;
  });
  ASSERT_TRUE(SpillAll().ok());
  EXPECT_TRUE(Check(before, 0).ok());
  int64_t number = 0;
  for (const Delta& delta : kept) {
    for (uint32_t row = 0; row < delta.rows; ++row, ++number) {
      ASSERT_EQ(delta.columns[0].data<int64_t>()[row], number) << "what a reader has stays";
      if (number % 5 != 0) {
        ASSERT_EQ(delta.columns[1].data<StringRef>()[row].size(), 18 + std::to_string(number).size());
      }
    }
  }
}

TEST_F(SpillTest, SnapshotsOutliveTheHistoryAndTheSpace) {
  auto space = std::make_unique<SpillFiles>(files_, "spill", 1 << 20);
  Append(3000);
  size_t freed = 0;
  ASSERT_TRUE(history_->Spill(*space, kEverything, &freed).ok());
  const HistorySnapshot snapshot = history_->Snapshot();
  history_.emplace(kTypes);
  space.reset();
  EXPECT_TRUE(Check(snapshot, 0).ok());
}

TEST_F(SpillTest, ColumnsAreAddedToWhatIsOnDisk) {
  Append(140'000);
  ASSERT_TRUE(SpillAll().ok());
  Append(2000);
  const HistorySnapshot narrow = history_->Snapshot();
  const auto twice = [](const Delta& rows) -> Result<Ref<RowBatch>> {
    RowBatchBuilder builder({TypeId::kInt64});
    for (uint32_t row = 0; row < rows.rows; ++row) {
      builder.SetInt(0, rows.columns[0].data<int64_t>()[row] * 2);
      builder.FinishRow();
    }
    return builder.Finish();
  };
  const size_t on_disk = history_->disk_bytes();
  ASSERT_TRUE(history_->Widen(TypeId::kInt64, twice, &space_).ok());
  EXPECT_GT(history_->disk_bytes(), on_disk);
  const HistorySnapshot wide = history_->Snapshot();
  EXPECT_TRUE(Check(wide, 0).ok());
  EXPECT_TRUE(Check(narrow, 0).ok());
  int64_t number = 0;
  const int columns[] = {3};
  wide.ForEachDelta(0, columns, [&](const Delta& delta) {
    for (uint32_t row = 0; row < delta.rows; ++row, ++number) {
      EXPECT_EQ(delta.columns[0].data<int64_t>()[row], number * 2);
    }
    return !HasFailure();
  });
  EXPECT_EQ(number, 142'000);
}

TEST_F(SpillTest, RoomOnDiskIsGivenBack) {
  Append(3000);
  ASSERT_TRUE(SpillAll().ok());
  EXPECT_GT(space_.disk_bytes(), 0);
  history_.emplace(kTypes);
  EXPECT_EQ(space_.disk_bytes(), 0);
  EXPECT_EQ(space_.pool().bytes(), 0u);
}

// ------------------------------------------------------------------------------------------------ faults

TEST_F(SpillTest, AFullDiskLeavesRowsInMemory) {
  for (int i = 0; i < 6; ++i) Append(2000);
  files_.room = 200'000;
  const Status full = SpillAll();
  ASSERT_FALSE(full.ok());
  EXPECT_THAT(full.message(), HasSubstr("No space left"));
  EXPECT_THAT(full.message(), HasSubstr("spill"));
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok());
  files_.room = uint64_t{1} << 30;
  EXPECT_TRUE(SpillAll().ok()) << "there is room again";
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok());
  EXPECT_LT(history_->memory_bytes(), 100'000u);
}

TEST_F(SpillTest, WhereNoFileCanBeMadeRowsStay) {
  files_.nameless = false;
  Append(2000);
  EXPECT_THAT(SpillAll().message(), HasSubstr("no file can be made in spill"));
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok());
}

TEST_F(SpillTest, EveryFailingWriteLeavesRowsInMemory) {
  for (int after = 0; after < 8; ++after) {
    history_.emplace(kTypes);
    for (int i = 0; i < 4; ++i) Append(1500);
    Append(140'000);
    files_.fail_writes_after = after;
    const Status status = SpillAll();
    files_.fail_writes_after = -1;
    EXPECT_EQ(status.ok(), after >= 7) << after;
    EXPECT_TRUE(Check(history_->Snapshot(), 0).ok()) << after;
  }
}

TEST_F(SpillTest, AFailingReadIsTheErrorOfWhoReads) {
  Append(2000);
  ASSERT_TRUE(SpillAll().ok());
  files_.fail_reads_after = 0;
  const Status status = Check(history_->Snapshot(), 0);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kQueryFailed);
  EXPECT_THAT(status.message(), HasSubstr("spill file"));
  EXPECT_THAT(status.message(), HasSubstr("at byte 0"));
  files_.fail_reads_after = -1;
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok()) << "nothing else is damaged by it";
}

TEST_F(SpillTest, EveryFlippedBitIsRecognised) {
  Append(1100);
  ASSERT_TRUE(SpillAll().ok());
  std::string& bytes = *files_.NamelessBytes().back();
  const size_t used = 32 + history_->disk_bytes();
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    const size_t at = i < 320 ? static_cast<size_t>(i) / 8 : random() % used;
    const char flip = static_cast<char>(1 << (random() % 8));
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
    const HistorySnapshot snapshot = history_->Snapshot();
    const int columns[] = {0};
    const Status status = snapshot.Scan(0, columns, [](const Delta&) { return true; });
    EXPECT_FALSE(status.ok()) << "byte " << at;
    if (!status.ok()) {
      EXPECT_THAT(status.message(), HasSubstr("is damaged in the block at byte 0"));
    }
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
  }
  EXPECT_TRUE(Check(history_->Snapshot(), 0).ok());
}

TEST_F(SpillTest, AFileThatEndsEarlyIsDamaged) {
  Append(1100);
  ASSERT_TRUE(SpillAll().ok());
  std::string& bytes = *files_.NamelessBytes().back();
  for (const size_t left : {size_t{0}, size_t{16}, size_t{32}, size_t{100}, size_t{10'000}}) {
    const std::string whole = bytes;
    bytes.resize(left);
    EXPECT_THAT(Check(history_->Snapshot(), 0).message(), HasSubstr("is damaged"));
    bytes = whole;
  }
}

TEST_F(SpillTest, ABlockInAnotherPlaceIsDamaged) {
  Append(1100);
  ASSERT_TRUE(SpillAll().ok());
  const size_t block = files_.NamelessBytes().back()->size();
  Append(1100);
  ASSERT_TRUE(SpillAll().ok());
  std::string& bytes = *files_.NamelessBytes().back();
  bytes.replace(block, block, bytes.substr(0, block));
  EXPECT_TRUE(Check(history_->Snapshot(), 0).message().find(std::to_string(block)) != std::string::npos);
}

// ------------------------------------------------------------------------------------------------ threads

/// On the disk, for the files in memory are one thread's.
TEST(Spill, SnapshotsAreReadWhileSegmentsMove) {
  SpillFiles space(FileSystem::Posix(), "", 100'000);
  History history({TypeId::kInt64});
  RowBatchBuilder builder({TypeId::kInt64});
  int64_t number = 0;
  for (int round = 0; round < 20; ++round) {
    std::thread reader([snapshot = history.Snapshot()] {
      for (int i = 0; i < 3; ++i) {
        int64_t next = 0;
        const int columns[] = {0};
        snapshot.ForEachDelta(
            0, columns,
            [&](const Delta& delta) {
              for (uint32_t row = 0; row < delta.rows; ++row, ++next) {
                EXPECT_EQ(delta.columns[0].data<int64_t>()[row], next);
                if (::testing::Test::HasFailure()) return false;
              }
              return true;
            },
            640);
        EXPECT_EQ(next, static_cast<int64_t>(snapshot.rows()));
      }
    });
    for (int i = 0; i < 2000; ++i) {
      builder.SetInt(0, number++);
      builder.FinishRow();
      if (i % 500 != 499) continue;
      const HistoryCall call{0, static_cast<uint64_t>(number), 0, 0, 0};
      history.Append(builder.Finish(), {&call, 1});
      size_t freed = 0;
      EXPECT_TRUE(history.Spill(space, i % 1000 == 999 ? ~size_t{0} : 1, &freed).ok());
    }
    reader.join();
  }
}

}  // namespace
}  // namespace laminar
