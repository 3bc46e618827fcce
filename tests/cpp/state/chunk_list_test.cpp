#include "state/chunk_list.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace laminar {
namespace {

ChunkList WordList() { return ChunkList(std::vector<BlockLayout>{{8}}); }

int64_t& WordAt(ChunkList& list, uint32_t slot) { return *reinterpret_cast<int64_t*>(list.Row(0, slot)); }

void Write(ChunkList& list, uint32_t slot, int64_t value) {
  list.PrepareWrite({&slot, 1});
  WordAt(list, slot) = value;
  list.MarkDirty(slot);
}

int64_t SumOf(const ChunkPin& pin) {
  int64_t sum = 0;
  for (uint32_t slot = 0; slot < pin.slot_count(); ++slot) {
    if (!pin.IsLive(slot)) continue;
    sum += pin.block(0, slot / ChunkList::kRows)->as<int64_t>()[slot % ChunkList::kRows];
  }
  return sum;
}

TEST(ChunkList, GrowsFromASmallFirstChunkWithoutLosingRows) {
  ChunkList list = WordList();
  for (uint32_t i = 0; i < 3 * ChunkList::kRows; ++i) Write(list, list.Allocate(), i);
  for (uint32_t i = 0; i < 3 * ChunkList::kRows; ++i) ASSERT_EQ(WordAt(list, i), i);
  EXPECT_EQ(list.live_count(), 3 * ChunkList::kRows);
}

TEST(ChunkList, FreedSlotsAreReusedAndSkippedByNextLive) {
  ChunkList list = WordList();
  for (uint32_t i = 0; i < 200; ++i) Write(list, list.Allocate(), i);
  for (uint32_t i = 0; i < 200; ++i) {
    if (i % 3 != 0) list.Free(i);
  }
  uint32_t expected = 0;
  for (uint32_t slot = list.NextLive(0); slot != ChunkList::kNoSlot; slot = list.NextLive(slot + 1)) {
    EXPECT_EQ(slot, expected);
    expected += 3;
  }
  EXPECT_EQ(list.NextLive(199), ChunkList::kNoSlot);
  EXPECT_LT(list.Allocate(), 200u);
  EXPECT_EQ(list.slot_count(), 200u);
}

TEST(ChunkList, APinKeepsWhatItSaw) {
  ChunkList list = WordList();
  for (uint32_t i = 0; i < 10'000; ++i) Write(list, list.Allocate(), 1);
  const Ref<ChunkPin> pin = list.Pin();
  EXPECT_TRUE(list.pinned());
  for (uint32_t i = 0; i < 10'000; i += 2) Write(list, i, 100);
  list.Free(1);
  const uint32_t again = list.Allocate();
  Write(list, again, 1000);
  for (uint32_t i = 0; i < 5000; ++i) Write(list, list.Allocate(), 7);
  EXPECT_EQ(SumOf(*pin), 10'000);
  EXPECT_EQ(SumOf(*list.Pin()), 5'000 * 100 + 4'999 + 1'000 + 5'000 * 7);
}

TEST(ChunkList, WritesAreInPlaceWithoutAPinAndCopyOnceUnderOne) {
  ChunkList list = WordList();
  Write(list, list.Allocate(), 1);
  const uint8_t* before = list.Row(0, 0);
  Write(list, 0, 2);
  EXPECT_EQ(list.Row(0, 0), before);
  Ref<ChunkPin> pin = list.Pin();
  Write(list, 0, 3);
  const uint8_t* copied = list.Row(0, 0);
  EXPECT_NE(copied, before);
  Write(list, 0, 4);
  EXPECT_EQ(list.Row(0, 0), copied);
  pin = nullptr;
  EXPECT_FALSE(list.pinned());
  Write(list, 0, 5);
  EXPECT_EQ(list.Row(0, 0), copied);
}

TEST(ChunkList, ClearLeavesPinnedRowsToTheirReader) {
  ChunkList list = WordList();
  for (uint32_t i = 0; i < 6000; ++i) Write(list, list.Allocate(), 1);
  const Ref<ChunkPin> pin = list.Pin();
  list.Clear();
  for (uint32_t i = 0; i < 6000; ++i) Write(list, list.Allocate(), 9);
  EXPECT_EQ(SumOf(*pin), 6000);
}

TEST(ChunkList, ReadersScanWhileTheWriterWrites) {
  // Every step adds 1 to one row and takes 1 from another: a reader that sees a step whole sees the sum 0.
  ChunkList list = WordList();
  constexpr uint32_t kRows = 20'000;
  for (uint32_t i = 0; i < kRows; ++i) Write(list, list.Allocate(), 0);
  std::atomic<ChunkPin*> handed{nullptr};
  std::atomic<bool> stop{false};
  std::atomic<int> scans{0};
  std::thread reader([&] {
    while (!stop.load()) {
      ChunkPin* raw = handed.exchange(nullptr);
      if (raw == nullptr) continue;
      const Ref<ChunkPin> pin(raw);
      raw->Release();  // the count the writer left for us
      EXPECT_EQ(SumOf(*pin), 0);
      ++scans;
    }
  });
  std::mt19937 random(3);
  for (int step = 0; step < 30'000 || scans.load() < 20; ++step) {
    const uint32_t from = static_cast<uint32_t>(random() % kRows);
    const uint32_t to = static_cast<uint32_t>(random() % kRows);
    Write(list, from, WordAt(list, from) - 1);
    Write(list, to, WordAt(list, to) + 1);
    if (handed.load() == nullptr) {
      const Ref<ChunkPin> pin = list.Pin();
      pin->Retain();
      handed.store(pin.get());
    }
  }
  stop = true;
  reader.join();
  if (ChunkPin* raw = handed.exchange(nullptr)) raw->Release();
  EXPECT_FALSE(list.pinned());
}

TEST(Arena, KeepsBytesForHoldersAcrossClear) {
  Arena arena;
  const std::string text(100, 'x');
  const StringRef kept = arena.Intern(StringRef(text));
  EXPECT_NE(kept.data(), text.data());
  EXPECT_EQ(arena.Intern(StringRef("short")).view(), "short");
  EXPECT_EQ(arena.live_bytes(), 100u);
  const Ref<RefCounted> holder = arena.holder();
  arena.Clear();
  for (int i = 0; i < 100; ++i) arena.Intern(StringRef(std::string(1000, 'y')));
  EXPECT_EQ(kept.view(), text);
}

}  // namespace
}  // namespace laminar
