// What only C++ can bring about: logs with streams that cannot run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "laminar/check.h"
#include "laminar/connection.h"
#include "main/connection_rep.h"
#include "main/durable/definition.h"
#include "storage/folder.h"
#include "storage/log.h"
#include "storage/log_reader.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

class DurableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "laminardb-durable";
    std::filesystem::remove_all(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  /// Appends to the log of a database that is closed.
  void Define(const std::string& definition) {
    auto folder = ValueOrThrow(Folder::OpenExisting(FileSystem::Posix(), path_));
    LogReader reader(folder->files(), folder->log(), folder->id());
    ThrowIfError(reader.Open());
    LogEntry entry;
    while (ValueOrThrow(reader.Next(&entry))) {
    }
    auto log = ValueOrThrow(Log::Open(folder->files(), folder->log(), folder->id(), reader.end(), {}));
    uint64_t end = 0;
    ThrowIfError(log->Append({LogKind::kDefinition, reader.end().sequence, 0}, LogBody(definition), &end));
  }

  std::string path_;
};

TEST_F(DurableTest, AStreamThatCannotRunIsSuspendedWithItsReaders) {
  {
    Connection connection = Open(path_);
    connection.Execute("CREATE SOURCE t (v BIGINT)");
    connection.Execute("INSERT INTO t VALUES (1), (2)");
  }
  StreamEntry missing(RelationKind::kStream);
  missing.name = "missing";
  missing.sql = "CREATE STREAM missing AS SELECT no_such_function(v) AS w FROM t";
  missing.schema = Schema({{"w", TypeId::kInt64}});
  missing.reads = {"t"};
  StreamEntry reader(RelationKind::kMaterializedView);
  reader.name = "reader";
  reader.sql = "CREATE MATERIALIZED VIEW reader AS SELECT sum(w) AS total FROM missing";
  reader.schema = Schema({{"total", TypeId::kInt64}});
  reader.reads = {"missing"};
  Define(StreamCreated(missing) + StreamCreated(reader));
  EXPECT_EQ(CheckDirectory(path_).suspended, 2u);
  for (int opened = 0; opened < 2; ++opened) {
    Connection connection = Open(path_);
    for (const std::string name : {"missing", "reader"}) {
      try {
        connection.Query("SELECT * FROM " + name);
        FAIL() << name;
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("stream \"" + name + "\" is suspended: "));
      }
    }
    EXPECT_THROW(connection.Execute("CREATE STREAM missing AS SELECT v FROM t"), Error);
    EXPECT_THROW(connection.Execute("DROP SOURCE t"), Error);
    EXPECT_EQ(connection.rep().database().ResumeSuspended(), 0u);
    connection.Execute("INSERT INTO t VALUES (3)");
  }
  Connection connection = Open(path_);
  connection.Execute("DROP STREAM missing CASCADE");
  connection.Execute("CREATE STREAM missing AS SELECT v FROM t");
  EXPECT_EQ(connection.Query("SELECT count(*) FROM missing").Int(0, 0), 4);
}

TEST_F(DurableTest, WhatTheLogSaysMustFollow) {
  { Open(path_).Execute("CREATE SOURCE t (v BIGINT)"); }
  Define(Dropped("nothing of that name"));
  try {
    Open(path_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConnectionFailed);
    EXPECT_THAT(error.what(), HasSubstr("of the log says cannot be done again"));
  }
  EXPECT_THROW(CheckDirectory(path_), Error);
}

}  // namespace
}  // namespace laminar
