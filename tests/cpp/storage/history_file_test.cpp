#include "storage/history_file.h"

#include <gtest/gtest.h>

#include <random>

#include "exec/watermark_line.h"
#include "faulty_files.h"
#include "storage/frame_file.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt64, TypeId::kVarchar};

Ref<RowBatch> Rows(uint64_t first, uint32_t rows) {
  RowBatchBuilder builder(kTypes);
  for (uint32_t i = 0; i < rows; ++i) {
    builder.SetInt(0, static_cast<int64_t>(first + i));
    if ((first + i) % 3 != 0) builder.SetString(1, "the text of row " + std::to_string(first + i));
    builder.FinishRow();
  }
  return builder.Finish();
}

std::vector<std::string> Dump(const HistorySnapshot& history) {
  std::vector<std::string> lines;
  const int columns[] = {0, 1};
  history.ForEachDelta(history.first_row(), columns, [&](const Delta& rows) {
    MarkCursor marks(rows.marks);
    for (uint32_t row = 0; row < rows.rows; ++row) {
      const Mark& mark = marks.At(row);
      const bool has_text = rows.columns[1].IsValid(row);
      lines.push_back(std::to_string(rows.columns[0].data<int64_t>()[row]) + " " +
                      (has_text ? std::string(rows.columns[1].data<StringRef>()[row].view()) : "NULL") + " of " +
                      std::to_string(mark.sequence) + " at " + std::to_string(mark.time) + " number " +
                      std::to_string(mark.first_number + (row - mark.row)));
    }
    return true;
  });
  for (size_t i = history.first_call(); i < history.call_count(); ++i) {
    const HistoryCall call = history.call(i);
    lines.push_back("call " + std::to_string(i) + ": " + std::to_string(call.first_row) + " " +
                    std::to_string(call.sequence) + " " + std::to_string(call.watermark));
  }
  return lines;
}

/// Calls of all sizes, also of more rows than a frame has, and announcements; written in pieces and read at once.
TEST(HistoryFile, ComesBackAsItWas) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    FaultyFiles files;
    std::unique_ptr<File> file;
    ASSERT_EQ(files.OpenFile("rows", FileSystem::Open::kCreate, &file), 0);
    History history(kTypes);
    FileSection section{0, 0};
    uint64_t rows = 0;
    size_t calls = 0;
    uint64_t sequence = 0;
    for (int piece = 0; piece < 4; ++piece) {
      for (uint64_t left = random() % 6; left > 0; --left) {
        sequence += 1 + random() % 3;
        const int64_t time = static_cast<int64_t>(sequence * 1000 + random() % 1000);
        const int64_t watermark = random() % 3 == 0 ? kNoWatermark : -static_cast<int64_t>(random() % 1'000'000);
        if (random() % 4 == 0) {
          history.AppendWatermark(sequence, time, watermark);
          continue;
        }
        const uint32_t sizes[] = {1, 7, 500, 3'000, 17'000, 50'123};
        const HistoryCall call{0, sequence, time, watermark, random()};
        history.Append(Rows(history.rows(), sizes[random() % 6]), {&call, 1});
      }
      const HistorySnapshot snapshot = history.Snapshot();
      FrameWriter out(*file, "rows", section.end());
      ASSERT_TRUE(WriteHistory(snapshot, rows, calls, kTypes, out).ok());
      section.bytes = out.offset();
      rows = snapshot.rows();
      calls = snapshot.call_count();
    }
    FrameReader in(*file, "rows", section);
    History read(kTypes);
    const Status status = ReadHistory(in, kTypes, &read);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_EQ(Dump(read.Snapshot()), Dump(history.Snapshot())) << "seed " << seed;
  }
}

TEST(FrameFile, NoByteCanBeAnother) {
  FaultyFiles files;
  std::unique_ptr<File> file;
  ASSERT_EQ(files.OpenFile("images", FileSystem::Open::kCreate, &file), 0);
  FrameWriter out(*file, "images", 0);
  for (int i = 0; i < 50; ++i) out.Put(uint64_t{0x0102030405060708} * static_cast<uint64_t>(i));
  out.EndFrame();
  const uint64_t first = out.offset();
  out.PutText("something else");
  out.EndFrame();
  ASSERT_TRUE(out.status().ok());
  const auto read_all = [&] {
    FrameReader in(*file, "images", {0, out.offset()});
    for (int i = 0; i < 50; ++i)
      EXPECT_TRUE(in.Get<uint64_t>() == 0x0102030405060708u * static_cast<uint64_t>(i) || !in.status().ok());
    const std::string text = in.GetText();
    EXPECT_TRUE(text == "something else" || !in.status().ok());
    return in.status().ok();
  };
  EXPECT_TRUE(read_all());
  std::string& bytes = files.BytesOf("images");
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      EXPECT_FALSE(read_all()) << "bit " << bit << " of byte " << at;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    }
  }
  // A frame in another place is no frame, and a cut file is recognised.
  const std::string good = bytes;
  bytes = good.substr(first) + good.substr(0, first);
  EXPECT_FALSE(read_all());
  for (size_t size = 0; size < good.size(); size += 7) {
    bytes = good.substr(0, size);
    EXPECT_FALSE(read_all());
  }
}

}  // namespace
}  // namespace laminar
