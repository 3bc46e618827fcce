// The state of a top-N: a bag of rows in order for each key, and what a step changes of the part that is shown.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "exec/stored_rows.h"
#include "exec/top_n.h"
#include "state/group_table.h"
#include "state/ordered_rows.h"

namespace laminar {

/// Contract:
/// 1. In a step: any number of Update with the same tracking, then EndStep, or ShowAll when nothing follows.
/// 2. Between steps all rows in the table are in the bag of their key, and no key is without rows.
/// 3. One thread at a time; readers pin both tables between steps.
class RankedBags {
 public:
  enum class Tracking : uint8_t {
    kNothing,  // nobody looks at changes
    kChanges,  // they are emitted by EndStep
  };

  explicit RankedBags(const TopNSpec& spec);

  void Update(const Delta& delta, Tracking tracking);
  /// Emits the net change of what is shown, deletions first; kInternal for a negative weight.
  Status EndStep(Output& output);
  /// Emits what is shown, key by key, each in order.
  Status ShowAll(Output& output);

  /// What ShowAll would have shown when it was made; any thread.
  class Pinned {
   public:
    explicit Pinned(RankedBags& bags);
    Status Emit(Output& output, const CancelToken* cancel) const;

   private:
    int64_t from_;
    int64_t to_;
    bool numbered_;
    std::shared_ptr<const GroupLayout> key_layout_;
    std::shared_ptr<const GroupLayout> row_layout_;
    Ref<ChunkPin> keys_;
    uint32_t array_width_;
    Ref<ChunkPin> arrays_;  // null without arrays
    Ref<ChunkPin> rows_;
  };

  GroupTable& keys() { return keys_; }
  GroupTable& rows() { return rows_.table(); }
  ChunkList* arrays() { return rows_.in_arrays() ? &rows_.arrays() : nullptr; }
  size_t memory_bytes() const;
  // See state/store.h.
  void SaveRest(ImageWriter& out) const { out.Put(stamp_); }
  void LoadRest(ImageReader& in) { stamp_ = in.Get<uint32_t>(); }
  void Restore();

 private:
  struct Key {  // payload of a key
    uint32_t root;
    uint32_t last;       // the bag's last row, while `full`
    uint64_t threshold;  // rows with a greater prefix are turned away; all ones while there is room
  };
  struct Number {  // of a row that was shown when the step began
    uint32_t slot;
    int64_t number;
  };
  struct Span {  // of was_shown_
    uint32_t key;
    size_t begin;
  };

  Key& KeyAt(uint32_t slot) { return *reinterpret_cast<Key*>(keys_.Row(slot) + key_offset_); }
  bool bounded() const { return append_only_ && to_ != kNoBound; }
  void FindKeys(const Delta& delta, const RowRange& slice);
  void OfferSlice(const Delta& delta, const RowRange& slice);
  void GatherSlice(const Delta& delta, const RowRange& slice);
  void Offer(uint32_t key, uint32_t slot, uint64_t prefix, int64_t weight);
  void Apply(uint32_t key, uint32_t slot, int64_t weight);
  void TrackShift(uint32_t root, uint32_t slot, int64_t weight);
  void Visit(uint32_t root, int64_t from, int64_t to, int64_t sign);
  void TouchKey(uint32_t key);
  Status ApplyGathered();
  void EmitChanges(Output& output);
  void EmitRenumbered(Output& output);
  void FreeLoose(std::vector<uint32_t>* slots);
  void FinishStep();

  static constexpr int64_t kNoBound = std::numeric_limits<int64_t>::max();
  static constexpr uint32_t kSliceRows = 512;

  std::vector<int> partition_;
  int64_t from_;  // positions (from_, to_] are shown
  int64_t to_;
  bool numbered_;
  bool append_only_;
  std::shared_ptr<const GroupLayout> key_layout_;
  uint32_t key_offset_;
  GroupTable keys_;
  OrderedRows rows_;

  // Of one step.
  Tracking tracking_ = Tracking::kNothing;
  uint32_t stamp_ = 1;
  std::vector<uint32_t> changed_;   // rows whose `pending` is, or was, not 0
  std::vector<uint32_t> gathered_;  // rows that weights came for; retracting input only
  std::vector<uint32_t> loose_;     // rows that may be in no bag
  std::vector<uint32_t> touched_;   // keys
  std::vector<Span> spans_;         // of the keys touched, numbered only
  std::vector<Number> was_shown_;

  // Of one slice.
  std::vector<Column> key_columns_;
  uint32_t key_slots_[kSliceRows];
  uint8_t* key_rows_[kSliceRows];
  uint64_t prefixes_[kSliceRows];
  uint32_t picked_[kSliceRows];     // places in the slice
  uint32_t selection_[kSliceRows];  // physical rows
  uint32_t row_slots_[kSliceRows];
  uint8_t* row_rows_[kSliceRows];
  std::vector<std::pair<uint32_t, int64_t>> visited_;
};

}  // namespace laminar
