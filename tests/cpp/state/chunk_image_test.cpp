#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "state/chunk_list.h"
#include "state/memory_spill_space.h"

namespace laminar {
namespace {

const std::vector<BlockLayout> kLayout{{16, {0}}, {BlockLayout::kBitmap}, {8}};

/// Rows of a text, a bit and a number that follow from a seed.
class Rows {
 public:
  Rows() : list_(kLayout) {}
  ChunkList& list() { return list_; }

  uint32_t Add(uint64_t seed) {
    const uint32_t slot = list_.Allocate();
    Set(slot, seed);
    return slot;
  }
  void Set(uint32_t slot, uint64_t seed) {
    list_.MakeResident(slot);
    list_.PrepareWrite({&slot, 1});
    list_.MarkDirty(slot);
    *reinterpret_cast<StringRef*>(list_.Row(0, slot)) = list_.arena().Intern(StringRef(TextOf(seed)));
    PutBit(list_.Bits(1, slot), slot % ChunkList::kRows, seed % 3 == 0);
    std::memcpy(list_.Row(2, slot), &seed, sizeof seed);
  }
  std::string TextOf(uint64_t seed) {
    scratch_ = std::to_string(seed);
    if (seed % 2 == 0) scratch_ += std::string(seed % 700, 'x') + " and more than fits into a reference";
    return scratch_;
  }
  /// What saved rows have to go through.
  bool Restore() {
    for (uint32_t slot = list_.NextLive(0); slot != ChunkList::kNoSlot; slot = list_.NextLive(slot + 1)) {
      StringRef& text = *reinterpret_cast<StringRef*>(list_.Row(0, slot));
      text = list_.arena().Intern(text);
    }
    return list_.arena().EndAdoption();
  }
  void ExpectEqual(Rows& other) {
    ASSERT_EQ(list_.slot_count(), other.list_.slot_count());
    ASSERT_EQ(list_.live_count(), other.list_.live_count());
    for (uint32_t slot = list_.NextLive(0); slot != ChunkList::kNoSlot; slot = list_.NextLive(slot + 1)) {
      ASSERT_TRUE(other.list_.IsLive(slot));
      list_.MakeResident(slot);
      other.list_.MakeResident(slot);
      ASSERT_EQ(reinterpret_cast<StringRef*>(list_.Row(0, slot))->view(),
                reinterpret_cast<StringRef*>(other.list_.Row(0, slot))->view());
      ASSERT_EQ(GetBit(list_.Bits(1, slot), slot % ChunkList::kRows),
                GetBit(other.list_.Bits(1, slot), slot % ChunkList::kRows));
      ASSERT_EQ(std::memcmp(list_.Row(2, slot), other.list_.Row(2, slot), 8), 0);
    }
  }

 private:
  ChunkList list_;
  std::string scratch_;
};

std::string Save(ChunkList& list, bool whole) {
  ImageBytes out;
  list.TakeImage(whole).Write(out);
  return out.Release();
}

Status Load(const std::vector<std::string>& images, Rows* rows) {
  SavedChunks saved;
  for (const std::string& image : images) {
    ImageView in(image);
    saved.Read(rows->list().widths(), in);
    LAMINAR_RETURN_NOT_OK(in.status().Clone());
    EXPECT_EQ(in.left(), 0u);
  }
  rows->list().Adopt(std::move(saved));
  return rows->Restore() ? Status::OK() : Status::Internal("a text is not there");
}

TEST(ChunkImage, AChainOfImagesIsTheListAsItWas) {
  std::mt19937_64 random(5);
  Rows rows;
  std::vector<uint32_t> slots;
  std::vector<std::string> images;
  MemorySpillSpace space;
  Ref<ChunkPin> pin;
  for (int round = 0; round < 60; ++round) {
    for (uint64_t i = random() % 700; i > 0; --i) slots.push_back(rows.Add(random() % 5000));
    for (uint64_t i = random() % 50; i > 0 && !slots.empty(); --i)
      rows.Set(slots[random() % slots.size()], random() % 5000);
    for (uint64_t i = random() % 200; i > 0 && !slots.empty(); --i) {
      std::swap(slots[random() % slots.size()], slots.back());
      rows.list().Free(slots.back());
      slots.pop_back();
    }
    if (round % 17 == 16) {
      rows.list().Clear();
      slots.clear();
    }
    if (round % 7 == 0) pin = rows.list().Pin();  // writes copy
    if (random() % 2 == 0) {
      size_t freed = 0;
      ASSERT_TRUE(rows.list().Spill(space, random() % 2 == 0 ? 1 : ~size_t{0}, &freed).ok());
    }
    const bool whole = round % 20 == 0;
    if (whole) images.clear();
    images.push_back(Save(rows.list(), whole));
    Rows loaded;
    ASSERT_TRUE(Load(images, &loaded).ok()) << round;
    rows.ExpectEqual(loaded);
    if (round % 25 == 24) {
      // Goes on from what was loaded, from whose images a new chain begins.
      const uint32_t slot = loaded.Add(4);
      EXPECT_TRUE(loaded.list().IsLive(slot));
      Rows again;
      ASSERT_TRUE(Load({Save(loaded.list(), false)}, &again).ok());
      loaded.ExpectEqual(again);
    }
  }
}

TEST(ChunkImage, WritesLittleWhenLittleChanged) {
  Rows rows;
  for (uint64_t i = 0; i < 200'000; ++i) rows.Add(2 * i + 1);
  const size_t whole = Save(rows.list(), true).size();
  for (uint32_t slot = 50; slot < 200'000; slot += 100) rows.Set(slot, 7);
  EXPECT_LT(Save(rows.list(), false).size(), whole / 20);
  EXPECT_LT(Save(rows.list(), false).size(), whole / 100);
}

TEST(ChunkImage, WhatIsWrittenLaterIsNotInIt) {
  Rows rows;
  for (uint64_t i = 0; i < 10'000; ++i) rows.Add(2 * i);
  const ChunkImage image = rows.list().TakeImage(true);
  for (uint32_t slot = 0; slot < 10'000; ++slot) rows.Set(slot, 1);
  ImageBytes out;
  image.Write(out);
  Rows loaded;
  ASSERT_TRUE(Load({out.bytes()}, &loaded).ok());
  uint64_t seed;
  for (uint32_t slot = 0; slot < 10'000; ++slot) {
    std::memcpy(&seed, loaded.list().Row(2, slot), 8);
    ASSERT_EQ(seed, 2 * slot);
  }
}

TEST(ChunkImage, WhatIsOnDiskIsReadForItOrFailsIt) {
  Rows rows;
  MemorySpillSpace space;
  for (uint64_t i = 0; i < 10'000; ++i) rows.Add(i);
  size_t freed = 0;
  ASSERT_TRUE(rows.list().Spill(space, ~size_t{0}, &freed).ok());
  const ChunkImage image = rows.list().TakeImage(true);
  rows.Set(3, 7);  // brings its chunk back, and changes it
  ImageBytes out;
  image.Write(out);
  ASSERT_TRUE(out.status().ok());
  Rows loaded;
  ASSERT_TRUE(Load({out.bytes()}, &loaded).ok());
  rows.Set(3, 3);
  rows.ExpectEqual(loaded);
  ASSERT_TRUE(rows.list().Spill(space, ~size_t{0}, &freed).ok());
  const ChunkImage unread = rows.list().TakeImage(true);
  space.Fail(true);
  ImageBytes broken;
  unread.Write(broken);
  EXPECT_FALSE(broken.status().ok());
}

TEST(ChunkImage, AnyBytesAreReadOrRefused) {
  Rows rows;
  for (uint64_t i = 0; i < 300; ++i) rows.Add(i);
  const std::string first = Save(rows.list(), true);
  for (uint32_t slot = 0; slot < 300; slot += 40) rows.Set(slot, slot + 2);
  MemorySpillSpace space;
  size_t freed = 0;
  ASSERT_TRUE(rows.list().Spill(space, ~size_t{0}, &freed).ok());
  const std::string second = Save(rows.list(), false);
  Rows loaded;
  EXPECT_FALSE(Load({second}, &loaded).ok()) << "it builds on another image";
  for (size_t end = 0; end < first.size(); end += 13) {
    EXPECT_FALSE(Load({first.substr(0, end)}, &loaded).ok());
  }
  for (size_t end = 0; end < second.size(); ++end) EXPECT_FALSE(Load({first, second.substr(0, end)}, &loaded).ok());
  std::mt19937_64 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> images{first, second};
    std::string& broken = images[random() % 2];
    broken[random() % broken.size()] = static_cast<char>(random());
    SavedChunks saved;
    for (const std::string& image : images) {
      ImageView in(image);
      saved.Read(loaded.list().widths(), in);
      if (!in.status().ok()) break;
    }
  }
}

}  // namespace
}  // namespace laminar
