// Checkpoints on a disk that fails, is full, or loses what was not synced: what was acknowledged is there afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "laminar/connection.h"
#include "main/connection_rep.h"
#include "storage/faulty_files.h"
#include "storage/folder.h"

namespace laminar {
namespace {

class CheckpointDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    // The lock is a file of the real disk; everything else is in files_->
    path_ = testing::TempDir() + "laminardb-checkpoint-disk";
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  void TearDown() override {
    connection_.reset();
    std::filesystem::remove_all(path_);
  }

  void OpenIt(uint64_t segment_bytes) {
    TestOptions test;
    test.log_segment_bytes = segment_bytes;
    auto database = std::make_shared<Database>("faults", Config{}, test, ValueOrThrow(Folder::Open(*files_, path_)));
    database->Recover();
    database->Enter();
    database_ = database;
    connection_.emplace(std::make_shared<Connection::Rep>(std::move(database), true));
  }
  /// As a crash does: without a last word.
  void Crash() {
    files_->fail_writes_after = files_->fail_syncs_after = 0;
    connection_.reset();
    EXPECT_TRUE(database_.expired());
    Heal();
  }
  void Heal() {
    files_->fail_writes_after = files_->fail_syncs_after = files_->fail_reads_after = -1;
    files_->room = uint64_t{1} << 40;
  }
  void MakeSchema() {
    connection_->Execute("CREATE SOURCE t (k BIGINT, v BIGINT)");
    connection_->Execute("CREATE TABLE names (k BIGINT PRIMARY KEY, name VARCHAR)");
    connection_->Execute("CREATE STREAM sums WITH (retain_history = '1mb') AS SELECT k, sum(v) AS s FROM t GROUP BY k");
    connection_->Execute("CREATE STREAM named AS SELECT name, s FROM sums JOIN names ON sums.k = names.k");
  }
  std::vector<std::string> Lines(const std::string& sql) {
    const QueryResult result = connection_->Query(sql);
    std::vector<std::string> lines;
    for (int64_t row = 0; row < result.num_rows(); ++row) {
      std::string& line = lines.emplace_back();
      for (int column = 0; column < result.num_columns(); ++column) line += result.Format(row, column) + " ";
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  /// What was acknowledged is there, what failed may be, and every view is what its SELECT is.
  void Verify() {
    const QueryResult values = connection_->Query("SELECT v FROM t");
    std::set<int64_t> found;
    for (int64_t row = 0; row < values.num_rows(); ++row) {
      EXPECT_TRUE(found.insert(values.Int(row, 0)).second) << "twice";
      EXPECT_TRUE(acknowledged_.contains(values.Int(row, 0)) || unknown_.contains(values.Int(row, 0)));
    }
    for (const int64_t value : acknowledged_) EXPECT_TRUE(found.contains(value)) << value << " is lost";
    acknowledged_ = std::move(found);
    unknown_.clear();
    EXPECT_EQ(Lines("SELECT * FROM sums"), Lines("SELECT k, sum(v) AS s FROM t GROUP BY k"));
    EXPECT_EQ(Lines("SELECT * FROM named"), Lines("SELECT name, s FROM sums JOIN names ON sums.k = names.k"));
  }
  void Insert(std::mt19937_64& random) {
    const int64_t value = ++next_;
    try {
      connection_->Execute("INSERT INTO t VALUES (" + std::to_string(random() % 9) + ", " + std::to_string(value) +
                           ")");
      acknowledged_.insert(value);
    } catch (const Error&) {
      unknown_.insert(value);
    }
  }
  void ChangeNames(std::mt19937_64& random) {
    const std::string key = std::to_string(random() % 9);
    try {
      if (random() % 3 == 0) {
        connection_->Execute("DELETE FROM names WHERE k = " + key);
      } else {
        connection_->Execute("INSERT INTO names VALUES (" + key + ", 'a rather long name of " +
                             std::to_string(random()) + "') ON CONFLICT DO UPDATE SET name = excluded.name");
      }
    } catch (const Error&) {
    }
  }
  /// True when it was made.
  bool Checkpoint() {
    try {
      connection_->Checkpoint();
      return true;
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::kInternalError || error.code() == ErrorCode::kIngestionFailed)
          << error.what();
      return false;
    }
  }

  std::unique_ptr<FaultyFiles> files_ = std::make_unique<FaultyFiles>();
  std::string path_;
  std::weak_ptr<Database> database_;
  std::optional<Connection> connection_;
  int64_t next_ = 0;
  std::set<int64_t> acknowledged_;
  std::set<int64_t> unknown_;  // their calls failed
};

/// The disk is full, or fails, while a checkpoint is made: it fails, and everything goes on from the one before.
TEST_F(CheckpointDisk, AFailedOneChangesNothing) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    SetUp();
    files_ = std::make_unique<FaultyFiles>();
    acknowledged_.clear();
    unknown_.clear();
    OpenIt(2'000);
    MakeSchema();
    for (int round = 0; round < 12; ++round) {
      for (uint64_t i = random() % 6; i > 0; --i) {
        Insert(random);
        ChangeNames(random);
      }
      // What a failed one would have written, the next one has to.
      ASSERT_TRUE(random() % 2 == 0 || Checkpoint());
      for (uint64_t i = random() % 3; i > 0; --i) Insert(random);
      if (random() % 2 == 0) {
        files_->fail_writes_after = static_cast<int>(random() % 6);
      } else {
        files_->room = random() % 3'000;
      }
      Checkpoint();
      Heal();
      // A failed write to the log ends the intake; one to a file of the checkpoint does not.
      Verify();
      ASSERT_TRUE(random() % 2 == 0 || Checkpoint());
      if (random() % 3 != 0) continue;
      Crash();
      OpenIt(2'000);
      Verify();
    }
    Crash();
    OpenIt(2'000);
    Verify();
    connection_.reset();
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

/// The power goes at any moment: only what was synced is left, and of the rest any part.
TEST_F(CheckpointDisk, OnlyWhatWasSyncedCounts) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    SetUp();
    files_ = std::make_unique<FaultyFiles>();
    acknowledged_.clear();
    unknown_.clear();
    OpenIt(1'000);
    MakeSchema();
    uint64_t last = 0;
    for (int round = 0; round < 6; ++round) {
      for (uint64_t i = random() % 8; i > 0; --i) {
        Insert(random);
        ChangeNames(random);
        if (random() % 3 == 0) last = connection_->Checkpoint();
      }
      // In the middle of one, as often as not.
      if (random() % 2 == 0) {
        files_->fail_syncs_after = static_cast<int>(random() % 8);
        Checkpoint();
      }
      Crash();
      files_->CutPower(random);
      OpenIt(1'000);
      Verify();
      const std::vector<CheckpointInfo> checkpoints = connection_->Checkpoints();
      EXPECT_GE(checkpoints.empty() ? 0 : checkpoints.back().id, last);
      if (HasFailure()) FAIL() << "seed " << seed << ", round " << round;
    }
    connection_.reset();
  }
}

/// A file that cannot be read is named, and nothing is served; once it can be, everything is there.
TEST_F(CheckpointDisk, WhatCannotBeReadIsSaid) {
  std::mt19937_64 random(1);
  OpenIt(2'000);
  MakeSchema();
  for (int i = 0; i < 20; ++i) {
    Insert(random);
    ChangeNames(random);
  }
  ASSERT_TRUE(Checkpoint());
  Insert(random);
  Crash();
  int failures = 0;
  for (int reads = 0;; ++reads) {
    files_->fail_reads_after = reads;
    try {
      OpenIt(2'000);
      break;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConnectionFailed) << error.what();
      ++failures;
    }
    Heal();
  }
  EXPECT_GT(failures, 5);
  Heal();
  Verify();
}

}  // namespace
}  // namespace laminar
