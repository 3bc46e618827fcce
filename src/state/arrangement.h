// Rows with weights, found by key: what one side of a join remembers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/status.h"
#include "state/arrangement_layout.h"
#include "state/chunk_list.h"
#include "state/hash_index.h"

namespace laminar {

/// Rows of an arrangement by slot, to be read. Good until rows are added or written, or the pin is dropped.
struct ArrangedRows {
  const ArrangementLayout* layout = nullptr;
  const uint8_t* const* bases = nullptr;
  const uint8_t* nullable = nullptr;  // per column: may hold a NULL
  Ref<RefCounted> strings;            // keeps alive what they refer to; may be null

  const uint8_t* At(uint32_t slot) const {
    return bases[slot / ChunkList::kRows] + size_t{slot % ChunkList::kRows} * layout->stride();
  }
};

/// Up to kRows input rows on their way into an arrangement, or looking for their equals in another.
struct ArrangedBlock {
  static constexpr uint32_t kRows = 64;

  uint8_t* Row(uint32_t i) { return rows.data() + size_t{i} * layout->stride(); }
  const uint8_t* Row(uint32_t i) const { return rows.data() + size_t{i} * layout->stride(); }
  const uint8_t* Key(uint32_t i) const { return layout->KeyOf(Row(i)); }

  uint32_t count = 0;
  const ArrangementLayout* layout = nullptr;
  std::vector<uint8_t> rows;  // as they would stand in the arrangement; strings are still the input's
  uint32_t hashes[kRows];
  uint32_t row_hashes[kRows];
};

/// What became of the rows of a block. A key's first row is the same from the first Add of a step until FreeEmpty.
struct AddedRows {
  uint32_t slots[ArrangedBlock::kRows];
  uint32_t firsts[ArrangedBlock::kRows];      // first row of the key
  int64_t old_weights[ArrangedBlock::kRows];  // of the slot, before the row came
  uint8_t fresh[ArrangedBlock::kRows];        // the slot was made for it
  uint8_t fresh_key[ArrangedBlock::kRows];    // its slot is the first of its key
};

/// Rows of one fixed stride in a ChunkList, linked by key; an index leads from a key to its first row. Where rows may
/// go, equal rows share a slot, a second index leads to it, and the links go both ways: a row goes in constant time
/// however many there are of its key. Otherwise every row has its own slot, unless only keys are kept.
///
/// Contract:
/// 1. Within a step, weights may be 0 or less and rows stand where they stood. FreeEmpty ends it.
/// 2. Rows of a key are linked in no particular order.
/// 3. One thread at a time; readers use ArrangementPin.
///
///     arrangement.Load(columns, range.Slice(begin, count), &block);   // at most ArrangedBlock::kRows
///     other.Prefetch(block);
///     other.Find(block, firsts);                                      // may be left out
///     arrangement.Add(block, weights, &added);
///     …
///     LAMINAR_RETURN_NOT_OK(arrangement.FreeEmpty());
class Arrangement {
 public:
  static constexpr uint32_t kNoSlot = ChunkList::kNoSlot;
  static_assert(kNoSlot == HashIndex::kNoSlot);

  explicit Arrangement(std::shared_ptr<const ArrangementLayout> layout);

  /// `columns` are the layout's, indexed by the physical rows of the range.
  void Load(std::span<const Column> columns, const RowRange& range, ArrangedBlock* block);
  /// Fetches ahead what Find or Add will look at.
  void Prefetch(const ArrangedBlock& block) const;
  /// The first row of each row's key, or kNoSlot. The block may be another arrangement's of the same key shape.
  void Find(const ArrangedBlock& block, uint32_t* firsts) const;
  /// `weights` are those of the block's rows. Throws std::bad_alloc or std::length_error.
  void Add(const ArrangedBlock& block, const int64_t* weights, AddedRows* added);
  /// Frees rows that weigh nothing. A negative weight is an internal error.
  Status FreeEmpty();

  const ArrangementLayout& layout() const { return *layout_; }
  const std::shared_ptr<const ArrangementLayout>& shared_layout() const { return layout_; }
  ArrangedRows rows() const;
  uint8_t* Row(uint32_t slot) { return chunks_.Row(0, slot); }
  const uint8_t* Row(uint32_t slot) const { return chunks_.Row(0, slot); }
  /// The same, to be written: the owner's parts of it.
  uint8_t* Writable(uint32_t slot) {
    chunks_.PrepareWrite({&slot, 1});
    chunks_.MarkDirty(slot);
    return chunks_.Row(0, slot);
  }
  uint32_t size() const { return chunks_.live_count(); }
  size_t memory_bytes() const;
  ChunkList& chunks() { return chunks_; }
  const std::vector<uint8_t>& nullable() const { return nullable_; }

  // See state/store.h.
  void SaveRest(ImageWriter& out) const { out.Write(nullable_.data(), nullable_.size()); }
  void LoadRest(ImageReader& in) { in.Read(nullable_.data(), nullable_.size()); }
  void Restore();

 private:
  uint32_t FindFirst(uint32_t hash, const uint8_t* key) const;
  uint32_t FindRow(uint32_t row_hash, const uint8_t* row) const;
  uint32_t MakeRow(const ArrangedBlock& block, uint32_t i, int64_t weight, uint32_t* first);
  void Erase(uint32_t slot);
  void Compact();
  void RelocateStrings();

  std::shared_ptr<const ArrangementLayout> layout_;
  ChunkList chunks_;
  HashIndex keys_;  // to first rows
  HashIndex all_;   // to every row, where the layout is linked
  std::vector<uint8_t> nullable_;
  std::vector<uint32_t> low_;  // slots whose weight came to 0 or less in this step; some twice, some filled again
  std::vector<uint64_t> wide_hashes_;
};

/// An arrangement between two steps, for one reader on any thread.
class ArrangementPin {
 public:
  explicit ArrangementPin(Arrangement* arrangement);

  ArrangedRows rows() const;
  const ArrangementLayout& layout() const { return *layout_; }
  uint32_t size() const { return pin_->live_count(); }
  /// Calls `visit(slot)` for every first row of a key until it answers false; says whether it never did.
  template <typename Visit>
  bool ForEachFirst(Visit&& visit) const {
    const ArrangedRows all = rows();
    for (uint32_t chunk = 0; chunk < pin_->chunk_count(); ++chunk) {
      for (uint32_t word = 0; word < ChunkList::kRows / 64; ++word) {
        for (uint64_t bits = pin_->live_words(chunk)[word]; bits != 0; bits &= bits - 1) {
          const uint32_t slot = chunk * ChunkList::kRows + word * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
          if ((layout_->Flags(all.At(slot)) & ArrangementLayout::kFirst) == 0) continue;
          if (!visit(slot)) return false;
        }
      }
    }
    return true;
  }

 private:
  std::shared_ptr<const ArrangementLayout> layout_;
  Ref<ChunkPin> pin_;
  std::vector<const uint8_t*> bases_;
  std::vector<uint8_t> nullable_;
};

}  // namespace laminar
