// Checkpoints on disks that fail and lose their power: what was acknowledged is there when the directory is opened
// again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "laminar/connection.h"
#include "main/connection_rep.h"
#include "storage/faulty_files.h"
#include "storage/folder.h"

namespace laminar {
namespace {

class CheckpointFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "laminardb-checkpoint-faults";  // holds the lock file alone
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
    spdlog::set_level(spdlog::level::off);  // every failure is told of, as it should be
  }
  void TearDown() override {
    spdlog::set_level(spdlog::level::info);
    std::filesystem::remove_all(path_);
  }

  Connection OpenOn(FaultyFiles& files, const TestOptions& test) {
    auto database = std::make_shared<Database>(path_, Config{}, test, ValueOrThrow(Folder::Open(files, path_)));
    database->Recover();
    return Connection(std::make_shared<Connection::Rep>(std::move(database)));
  }

  static void Define(Connection& connection) {
    connection.Execute("CREATE SOURCE t (op BIGINT, k BIGINT, v BIGINT)");
    connection.Execute("CREATE TABLE names (k BIGINT PRIMARY KEY, op BIGINT, name VARCHAR)");
    connection.Execute(
        "CREATE STREAM sums AS SELECT k, count(*) AS n, sum(v) AS total, min(v) AS low FROM t GROUP BY k");
    connection.Execute("CREATE STREAM named AS SELECT name, total FROM sums JOIN names ON sums.k = names.k");
  }

  std::string path_;
};

/// Operations one after the other, each with a number, and what must be there after some of them.
struct Model {
  std::map<int64_t, int64_t> rows;   // of t, by operation
  std::map<int64_t, int64_t> names;  // operation by key

  void Apply(int64_t op) {
    if (op % 3 == 0) {
      names[op % 40] = op;
    } else {
      rows[op] = op % 7 == 0 ? 300 : op % 5 + 1;
    }
  }
  static std::string Statement(int64_t op) {
    const std::string number = std::to_string(op);
    if (op % 3 == 0) {
      return "INSERT INTO names VALUES (" + std::to_string(op % 40) + ", " + number + ", 'the name that operation " +
             number + " gave') ON CONFLICT (k) DO UPDATE SET op = excluded.op, name = excluded.name";
    }
    std::string sql = "INSERT INTO t VALUES ";
    const int64_t count = op % 7 == 0 ? 300 : op % 5 + 1;
    for (int64_t i = 0; i < count; ++i) {
      sql += (i > 0 ? ", (" : "(") + number + ", " + std::to_string((op + i) % 50) + ", " +
             std::to_string(op * 31 + i) + ")";
    }
    return sql;
  }

  /// What differs; empty when it is all there.
  std::string Difference(Connection& connection) const {
    QueryResult found = connection.Query("SELECT op, count(*) AS n FROM t GROUP BY op ORDER BY op");
    std::map<int64_t, int64_t> in_t;
    for (int64_t i = 0; i < found.num_rows(); ++i) in_t[found.Int(i, 0)] = found.Int(i, 1);
    if (in_t != rows) return "t: " + std::to_string(in_t.size()) + " operations of " + std::to_string(rows.size());
    found = connection.Query("SELECT k, op FROM names ORDER BY k");
    std::map<int64_t, int64_t> in_names;
    for (int64_t i = 0; i < found.num_rows(); ++i) in_names[found.Int(i, 0)] = found.Int(i, 1);
    if (in_names != names) return "names: " + std::to_string(in_names.size()) + " of " + std::to_string(names.size());
    // The law: what streams hold is their query over what is there.
    const std::string grouped = "SELECT k, count(*) AS n, sum(v) AS total, min(v) AS low FROM t GROUP BY k";
    for (const std::string& difference :
         {"SELECT count(*) FROM (SELECT * FROM sums EXCEPT ALL " + grouped + ")",
          "SELECT count(*) FROM (" + grouped + " EXCEPT ALL SELECT * FROM sums)",
          std::string(
              "SELECT count(*) FROM (SELECT name, total FROM named EXCEPT ALL SELECT name, total FROM (SELECT k, "
              "sum(v) AS total FROM t GROUP BY k) AS s JOIN names ON s.k = names.k)"),
          std::string(
              "SELECT count(*) FROM (SELECT name, total FROM (SELECT k, sum(v) AS total FROM t GROUP BY k) AS s "
              "JOIN names ON s.k = names.k EXCEPT ALL SELECT name, total FROM named)")}) {
      if (connection.Query(difference).Int(0, 0) != 0) return "rows in " + difference;
    }
    return "";
  }
};

TEST_F(CheckpointFaultsTest, WhatWasAcknowledgedOutlivesThePower) {
  std::mt19937_64 random(7);
  for (int directory = 0; directory < 12; ++directory) {
    FaultyFiles files;
    Model model;
    int64_t next = 1;
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
    {
      Connection connection = OpenOn(files, {});
      Define(connection);
      connection.Close();
    }
    for (int cut = 0; cut < 10; ++cut) {
      TestOptions test;
      test.log_segment_bytes = random() % 2 == 0 ? 3'000 : 1 << 26;
      test.checkpoint_log_bytes = random() % 2 == 0 ? 5'000 : 1 << 27;
      test.checkpoint_on_close = random() % 2 == 0;
      bool under_way = false;
      // Also while the directory is opened: that changes it, too.
      files.dies_after = static_cast<int>(1 + random() % (random() % 4 == 0 ? 10 : 400));
      try {
        Connection connection = OpenOn(files, test);
        ASSERT_EQ(model.Difference(connection), "");
        while (true) {
          if (random() % 8 == 0) {
            connection.rep().database().Checkpoint();
            continue;
          }
          under_way = true;
          connection.Execute(Model::Statement(next));
          under_way = false;
          model.Apply(next++);
        }
      } catch (const Error&) {
        // The disk is dead.
      }
      files.dies_after = -1;
      files.CutPower(random);
      Connection again = OpenOn(files, test);
      if (const std::string without = model.Difference(again); !without.empty()) {
        Model with = model;
        if (under_way) with.Apply(next);
        ASSERT_EQ(with.Difference(again), "")
            << "directory " << directory << ", cut " << cut << ", without: " << without;
        model = with;
      }
      ++next;
      again.Close();
    }
  }
}

TEST_F(CheckpointFaultsTest, AWriteThatFailsLeavesTheCheckpointBefore) {
  int failed = 0;
  bool passed = false;
  for (int fault = 0; !passed; ++fault) {
    ASSERT_LT(fault, 200);
    for (const bool full : {false, true}) {
      SCOPED_TRACE(std::to_string(fault) + (full ? ", no room" : ", error"));
      FaultyFiles files;
      std::filesystem::remove_all(path_);
      std::filesystem::create_directory(path_);
      TestOptions test;
      test.log_segment_bytes = 3'000;
      test.checkpoint_on_close = false;
      Model model;
      {
        Connection connection = OpenOn(files, test);
        Define(connection);
        for (int64_t op = 1; op < 20; ++op) {
          connection.Execute(Model::Statement(op));
          model.Apply(op);
          if (op == 10) connection.rep().database().Checkpoint();
        }
        const uint64_t room = files.room;
        if (full) files.room = static_cast<uint64_t>(fault) * 40;
        if (!full) files.fail_writes_after = fault;
        try {
          connection.rep().database().Checkpoint();
          passed = true;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::kInternalError);
          ++failed;
        }
        files.room = room;
        files.fail_writes_after = -1;
        EXPECT_EQ(model.Difference(connection), "");
        // Nothing of it is in the way of the input, and the next one holds what this one should have.
        connection.Execute(Model::Statement(20));
        model.Apply(20);
        if (fault % 2 == 0) connection.rep().database().Checkpoint();
        connection.Execute(Model::Statement(21));
        model.Apply(21);
        connection.Close();
      }
      Connection again = OpenOn(files, test);
      EXPECT_EQ(model.Difference(again), "");
    }
  }
  EXPECT_GT(failed, 10);
}

}  // namespace
}  // namespace laminar
