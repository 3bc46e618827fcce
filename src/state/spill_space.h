// Where rows go that leave memory, as the stores see it: bytes are written once, read any number of times, forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/buffer.h"
#include "common/ref.h"
#include "common/status.h"

namespace laminar {

class BufferPool;

/// Bytes on disk. Their room there is given back with the last reference. Any thread, also when the database is gone.
class SpilledBlock : public RefCounted {
 public:
  /// All of them, or an error that names the file and the byte: what is damaged is never handed out.
  virtual Result<Ref<Buffer>> Read() const = 0;
  virtual size_t size() const = 0;
  /// What keeps blocks of this space that were read.
  virtual BufferPool& pool() const = 0;
};

/// One writer at a time.
class SpillSpace {
 public:
  virtual ~SpillSpace() = default;
  virtual Result<Ref<SpilledBlock>> Write(std::span<const uint8_t> bytes) = 0;
};

}  // namespace laminar
