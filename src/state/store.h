// What checkpoint, spill, recovery and memory accounting know of an operator's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace laminar {

class ChunkList;

/// A named set of chunk lists. Everything a store holds beyond them (hash indexes, counts) can be rebuilt from their
/// rows.
class Store {
 public:
  explicit Store(std::string name) : name_(std::move(name)) {}
  virtual ~Store() = default;

  const std::string& name() const { return name_; }
  virtual int64_t rows() const = 0;
  virtual size_t memory_bytes() const = 0;
  /// In a fixed order; one per logical partition and sub-store (time bucket).
  virtual std::vector<ChunkList*> chunk_lists() = 0;
  /// After the lists were loaded.
  virtual void RebuildIndexes() = 0;

 private:
  std::string name_;
};

}  // namespace laminar
