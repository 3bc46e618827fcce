// The log on a disk that fails: what was acknowledged is read back, what was not is cut off, what went bad is named.
#include "storage/log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "faulty_files.h"
#include "storage/log_reader.h"

namespace laminar {
namespace {

using ::testing::HasSubstr;

constexpr char kFolder[] = "db/log";
const DatabaseId kId{1, 2, 3};

struct Read {
  std::vector<std::string> calls;
  std::vector<uint64_t> epochs;
  LogEnd end;
  uint64_t torn = 0;
  std::vector<std::string> abandoned;
  Status status;
};

Read ReadAll(FileSystem& files) {
  Read read;
  LogReader reader(files, kFolder, kId);
  read.status = reader.Open();
  LogEntry entry;
  while (read.status.ok()) {
    Result<bool> next = reader.Next(&entry);
    if (!next.ok()) read.status = next.TakeStatus();
    if (!next.ok() || !next.value()) break;
    if (entry.header.kind == LogKind::kCall) read.calls.emplace_back(entry.body);
    if (entry.header.kind == LogKind::kEpoch) read.epochs.push_back(entry.header.sequence);
  }
  read.end = reader.end();
  read.torn = reader.torn_bytes();
  read.abandoned = reader.abandoned();
  return read;
}

std::unique_ptr<Log> OpenLog(FileSystem& files, const LogEnd& end = {}, LogSync sync = LogSync::kNone,
                             uint64_t segment_bytes = uint64_t{64} << 20) {
  LogOptions options;
  options.sync = sync;
  options.segment_bytes = segment_bytes;
  return ValueOrThrow(Log::Open(files, kFolder, kId, end, options));
}

std::string Call(uint64_t number) { return fmt::format("call {} {}", number, std::string(number % 97, 'x')); }

Status AppendCall(Log& log, uint64_t number, uint64_t* end = nullptr) {
  const std::string body = Call(number);
  uint64_t position = 0;
  Status status = log.Append({LogKind::kCall, number, static_cast<int64_t>(number) * 10}, LogBody(body), &position);
  if (end != nullptr) *end = position;
  return status;
}

/// What recovery does before it goes on writing.
LogEnd Recover(FileSystem& files, Read* read) {
  *read = ReadAll(files);
  for (const std::string& path : read->abandoned) EXPECT_EQ(files.Remove(path), 0);
  EXPECT_EQ(files.SyncFolder(kFolder), 0);
  return read->end;
}

TEST(Crc32cTest, KnownAnswers) {
  EXPECT_EQ(Crc32c("123456789", 9), 0xe3069283u);
  EXPECT_EQ(Crc32c("", 0), 0u);
  EXPECT_EQ(Crc32c("56789", 5, Crc32c("1234", 4)), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0').data(), 32), 0x8a9136aau);
}

TEST(Crc32cTest, AsBitByBitWhateverTheLength) {
  std::string bytes(10'000, '\0');
  std::mt19937_64 random(1);
  for (char& byte : bytes) byte = static_cast<char>(random());
  std::vector<uint32_t> expected{0};  // of each beginning
  uint32_t state = 0xffffffffu;
  for (const char byte : bytes) {
    state ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78u : 0);
    expected.push_back(~state);
  }
  for (size_t size = 0; size <= bytes.size(); size += size < 7000 ? 1 : 997) {
    ASSERT_EQ(Crc32c(bytes.data(), size), expected[size]) << size;
    const size_t first = size / 3;
    ASSERT_EQ(Crc32c(bytes.data() + first, size - first, expected[first]), expected[size]) << size;
  }
}

TEST(Crc32cTest, EveryFlippedBitIsFound) {
  std::string bytes = "what was written, and then read";
  const uint32_t written = Crc32c(bytes.data(), bytes.size());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(FlippedBit(bytes.size(), written, Crc32c(bytes.data(), bytes.size())), bit);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_EQ(FlippedBit(bytes.size(), written, Crc32c("something else altogether 12345", 31)), std::nullopt);
}

TEST(LogTest, WhatWasAppendedIsReadAndGoesOn) {
  FaultyFiles files;
  {
    auto log = OpenLog(files);
    for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(AppendCall(*log, i).ok());
    log->BufferEpoch(3);
    ASSERT_TRUE(AppendCall(*log, 4).ok());
    log->BufferEpoch(4);
    ASSERT_TRUE(log->Close(4).ok());
  }
  Read read = ReadAll(files);
  ASSERT_TRUE(read.status.ok()) << read.status.message();
  EXPECT_EQ(read.calls, (std::vector<std::string>{Call(1), Call(2), Call(3), Call(4)}));
  EXPECT_EQ(read.epochs, (std::vector<uint64_t>{3, 4}));
  EXPECT_EQ(read.end.sequence, 4u);
  {
    auto log = OpenLog(files, read.end);
    ASSERT_TRUE(AppendCall(*log, 5).ok());
  }
  read = ReadAll(files);
  ASSERT_TRUE(read.status.ok());
  EXPECT_EQ(read.calls.size(), 5u);
}

TEST(LogTest, OpenedAndClosedAgainWritesNothing) {
  FaultyFiles files;
  { ASSERT_TRUE(OpenLog(files)->Close(0).ok()); }
  Read read = ReadAll(files);
  const size_t size = files.BytesOf("db/log/" + SegmentName(0)).size();
  { ASSERT_TRUE(OpenLog(files, read.end)->Close(0).ok()); }
  EXPECT_EQ(files.BytesOf("db/log/" + SegmentName(0)).size(), size);
}

TEST(LogTest, SegmentsFollowOneAnother) {
  FaultyFiles files;
  {
    auto log = OpenLog(files, {}, LogSync::kNone, 1000);
    for (uint64_t i = 1; i <= 200; ++i) ASSERT_TRUE(AppendCall(*log, i).ok());
  }
  EXPECT_GT(files.Paths().size(), 10u);
  const Read read = ReadAll(files);
  ASSERT_TRUE(read.status.ok()) << read.status.message();
  ASSERT_EQ(read.calls.size(), 200u);
  for (uint64_t i = 1; i <= 200; ++i) EXPECT_EQ(read.calls[i - 1], Call(i));
}

TEST(LogTest, ASegmentThatIsMissingIsNamed) {
  FaultyFiles files;
  {
    auto log = OpenLog(files, {}, LogSync::kNone, 1000);
    uint64_t end = 0;
    for (uint64_t i = 1; i <= 200; ++i) ASSERT_TRUE(AppendCall(*log, i, &end).ok());
    ASSERT_TRUE(log->Sync(end).ok());
    ASSERT_TRUE(log->Close(200).ok());
  }
  const std::vector<std::string> paths = files.Paths();
  ASSERT_EQ(files.Remove(paths[3]), 0);
  const Read read = ReadAll(files);
  EXPECT_THAT(read.status.message(), HasSubstr(paths[2]));
  EXPECT_THAT(read.status.message(), HasSubstr("the log after it is missing"));
  ASSERT_EQ(files.Remove(paths[0]), 0);
  EXPECT_THAT(ReadAll(files).status.message(), HasSubstr("is missing"));
}

TEST(LogTest, ATailCutAtAnyByteLosesTheLastRecordsOnly) {
  FaultyFiles files;
  std::vector<uint64_t> ends;
  {
    auto log = OpenLog(files);
    for (uint64_t i = 1; i <= 6; ++i) ASSERT_TRUE(AppendCall(*log, i, &ends.emplace_back()).ok());
  }
  const std::string path = "db/log/" + SegmentName(0);
  const std::string whole = files.BytesOf(path);
  for (size_t size = 0; size <= whole.size(); ++size) {
    files.BytesOf(path) = whole.substr(0, size);
    Read read;
    const LogEnd end = Recover(files, &read);
    ASSERT_TRUE(read.status.ok()) << size << ": " << read.status.message();
    const auto expected = std::ranges::count_if(ends, [&](uint64_t at) { return at <= size; });
    ASSERT_EQ(static_cast<int64_t>(read.calls.size()), expected) << size;
    auto log = OpenLog(files, end);
    ASSERT_TRUE(AppendCall(*log, 7).ok());
    log.reset();
    ASSERT_EQ(ReadAll(files).calls.size(), static_cast<size_t>(expected) + 1);
  }
}

TEST(LogTest, EveryFlippedBitIsNamedOrHarmless) {
  FaultyFiles files;
  {
    auto log = OpenLog(files);
    for (uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(AppendCall(*log, i).ok());
  }
  const std::string path = "db/log/" + SegmentName(0);
  std::string& bytes = files.BytesOf(path);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const Read read = ReadAll(files);
    ASSERT_FALSE(read.status.ok()) << "bit " << bit;
    ASSERT_THAT(read.status.message(), HasSubstr(path));
    // In a record the byte itself is named.
    if (bit >= SegmentHeader::kBytes * 8) {
      ASSERT_THAT(read.status.message(), HasSubstr(fmt::format("at byte {}: bit {} ", bit / 8, bit % 8)));
    }
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_TRUE(ReadAll(files).status.ok());
}

TEST(LogTest, ZeroedBytesBeforeWhatWasDurableAreDamageBehindItATornTail) {
  FaultyFiles files;
  uint64_t first = 0;
  {
    auto log = OpenLog(files);
    ASSERT_TRUE(AppendCall(*log, 1, &first).ok());
    uint64_t end = 0;
    for (uint64_t i = 2; i <= 9; ++i) ASSERT_TRUE(AppendCall(*log, i, &end).ok());
    ASSERT_TRUE(log->Sync(end).ok());
    log->BufferEpoch(9);  // says that the log was durable to here
    ASSERT_TRUE(AppendCall(*log, 10, &end).ok());
    ASSERT_TRUE(AppendCall(*log, 11, &end).ok());
  }
  std::string& bytes = files.BytesOf("db/log/" + SegmentName(0));
  const std::string whole = bytes;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(first), 60, '\0');
  EXPECT_THAT(ReadAll(files).status.message(), HasSubstr(fmt::format("is damaged at byte {}", first)));
  bytes = whole;
  const size_t tenth = whole.find("call 10");
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(tenth) - 10, 20, '\0');
  const Read read = ReadAll(files);
  EXPECT_TRUE(read.status.ok()) << read.status.message();
  EXPECT_EQ(read.calls.size(), 9u);
  EXPECT_GT(read.torn, 0u);
}

TEST(LogTest, AFullDiskRefusesCleanlyAndTakesMoreWhenThereIsRoom) {
  for (const bool reserves : {true, false}) {
    FaultyFiles files;
    files.reserves = reserves;
    auto log = OpenLog(files);
    ASSERT_TRUE(AppendCall(*log, 1).ok());
    log->BufferEpoch(1);
    files.room = 20;
    // With room set aside, what fits there is taken.
    uint64_t taken = 1;
    const std::string large(uint64_t{9} << 20, 'y');
    uint64_t end = 0;
    const Status refused = log->Append({LogKind::kCall, 2, 0}, LogBody(large), &end);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kIngestionFailed);
    EXPECT_THAT(refused.message(), HasSubstr("No space left on device"));
    EXPECT_THAT(refused.message(), HasSubstr("nothing was accepted"));
    EXPECT_TRUE(log->failure().ok());
    // An end of an epoch finds the room that was kept for it.
    if (reserves) {
      EXPECT_TRUE(log->Flush(&end).ok());
    }
    files.room = uint64_t{1} << 30;
    ASSERT_TRUE(AppendCall(*log, ++taken).ok());
    log.reset();
    const Read read = ReadAll(files);
    ASSERT_TRUE(read.status.ok());
    EXPECT_EQ(read.calls, (std::vector<std::string>{Call(1), Call(2)}));
    EXPECT_EQ(read.epochs, (std::vector<uint64_t>{1}));
  }
}

TEST(LogTest, AFullDiskAtANewSegment) {
  FaultyFiles files;
  auto log = OpenLog(files, {}, LogSync::kNone, 300);
  uint64_t taken = 0;
  while (taken < 10) ASSERT_TRUE(AppendCall(*log, ++taken).ok());
  for (uint64_t room = 0; room < 200; room += 7) {
    files.room = room;
    if (AppendCall(*log, taken + 1).ok()) ++taken;
    ASSERT_TRUE(log->failure().ok());
    files.room = uint64_t{1} << 40;
    ASSERT_TRUE(AppendCall(*log, ++taken).ok());
  }
  log.reset();
  const Read read = ReadAll(files);
  ASSERT_TRUE(read.status.ok()) << read.status.message();
  ASSERT_EQ(read.calls.size(), taken);
  for (uint64_t i = 1; i <= taken; ++i) ASSERT_EQ(read.calls[i - 1], Call(i));
}

TEST(LogTest, AFailedWriteOrSyncEndsTheLog) {
  {
    FaultyFiles files;
    auto log = OpenLog(files);
    ASSERT_TRUE(AppendCall(*log, 1).ok());
    files.fail_writes_after = 0;
    EXPECT_THAT(AppendCall(*log, 2).message(), HasSubstr("Input/output error"));
    files.fail_writes_after = -1;
    EXPECT_THAT(AppendCall(*log, 2).message(), HasSubstr("takes no more input"));
    log.reset();
    EXPECT_EQ(ReadAll(files).calls, (std::vector<std::string>{Call(1)}));
  }
  FaultyFiles files;
  auto log = OpenLog(files, {}, LogSync::kCommit);
  uint64_t end = 0;
  ASSERT_TRUE(AppendCall(*log, 1, &end).ok());
  files.fail_syncs_after = 0;
  EXPECT_THAT(log->Acknowledge(end).message(), HasSubstr("cannot be synced"));
  files.fail_syncs_after = -1;
  // What the disk holds is not known after a failed sync, so another one proves nothing.
  EXPECT_FALSE(log->Acknowledge(end).ok());
  EXPECT_FALSE(AppendCall(*log, 2).ok());
}

TEST(LogTest, AnErrorOfTheDiskIsNoEndOfTheLog) {
  FaultyFiles files;
  {
    auto log = OpenLog(files);
    ASSERT_TRUE(AppendCall(*log, 1).ok());
  }
  files.fail_reads_after = 0;
  const Read read = ReadAll(files);
  EXPECT_THAT(read.status.message(), HasSubstr("cannot read db/log/"));
}

TEST(LogTest, OfAnotherDatabaseOrVersion) {
  FaultyFiles files;
  { ASSERT_TRUE(AppendCall(*OpenLog(files), 1).ok()); }
  LogReader other(files, kFolder, DatabaseId{9});
  EXPECT_THAT(other.Open().message(), HasSubstr("it is of another database"));
  SegmentHeader header = *SegmentHeader::Read(files.BytesOf("db/log/" + SegmentName(0)).data());
  header.version = 7;
  header.Write(files.BytesOf("db/log/" + SegmentName(0)).data());
  EXPECT_THAT(ReadAll(files).status.message(), HasSubstr("format version 7; this release reads version 1"));
}

TEST(LogTest, WithCommitEverythingAcknowledgedSurvivesAPowerCut) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 300; ++trial) {
    FaultyFiles files;
    std::vector<std::string> appended;  // what the log may hold, in order
    size_t acknowledged = 0;            // so many of them it must
    LogEnd end;
    for (int session = 0; session < 4; ++session) {
      {
        auto log = OpenLog(files, end, LogSync::kCommit, 400 + random() % 2000);
        for (uint64_t calls = random() % 30; calls-- != 0;) {
          uint64_t position = 0;
          // The same place may be written twice, by another record of the same length: it must not be the old one.
          appended.push_back(fmt::format("{} {:08x}", Call(appended.size()), static_cast<uint32_t>(random())));
          const LogBody body(appended.back());
          ASSERT_TRUE(log->Append({LogKind::kCall, appended.size(), 0}, body, &position).ok());
          if (random() % 3 == 0) log->BufferEpoch(appended.size());
          if (random() % 4 != 0) continue;
          ASSERT_TRUE(log->Acknowledge(position).ok());
          acknowledged = appended.size();
        }
      }
      files.CutPower(random);
      Read read;
      end = Recover(files, &read);
      ASSERT_TRUE(read.status.ok()) << trial << ": " << read.status.message();
      ASSERT_GE(read.calls.size(), acknowledged) << trial;
      ASSERT_LE(read.calls.size(), appended.size()) << trial;
      appended.resize(read.calls.size());
      ASSERT_EQ(read.calls, appended) << trial;
    }
  }
}

}  // namespace
}  // namespace laminar
