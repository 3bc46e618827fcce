// What checkpoint, spill, recovery and memory accounting know of an operator's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "state/image_stream.h"

namespace laminar {

class ChunkList;
class SpillSpace;

/// A named set of chunk lists. Everything a store holds beyond them can be rebuilt from their rows (hash indexes), or
/// is small and saved as its rest.
///
/// What was saved is taken back by a store that has seen no input, in this order (state/store_image.h does it):
///
///     store.LoadRest(in);           // as many lists as there were, empty
///     list->Adopt(…)                // each of chunk_lists(), in order
///     store.Restore();              // strings are interned anew, indexes are built
class Store {
 public:
  explicit Store(std::string name) : name_(std::move(name)) {}
  virtual ~Store() = default;

  const std::string& name() const { return name_; }
  virtual int64_t rows() const = 0;
  virtual size_t memory_bytes() const = 0;
  /// In a fixed order; one per logical partition and sub-store (time bucket).
  virtual std::vector<ChunkList*> chunk_lists() = 0;

  /// Between steps: writes what is cold to disk until about `bytes` of memory are free; how many came free. What
  /// cannot leave memory yet frees nothing. After an error what is not on disk is in memory.
  virtual Status Spill(SpillSpace& space, size_t bytes, size_t* freed);
  virtual size_t disk_bytes() const { return 0; }

  /// What rows do not tell: which sub-stores there are, counters that go on. Called between steps.
  virtual void SaveRest(ImageWriter& out) const = 0;
  virtual void LoadRest(ImageReader& in) = 0;
  virtual void Restore() = 0;

 private:
  std::string name_;
};

inline Status Store::Spill(SpillSpace&, size_t, size_t* freed) {
  *freed = 0;
  return Status::OK();
}

}  // namespace laminar
