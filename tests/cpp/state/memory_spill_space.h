// A spill space for tests of stores: blocks that are only read by asking for them.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "state/buffer_pool.h"
#include "state/spill_space.h"

namespace laminar {

/// Blocks come back as copies, so that who writes into what it read harms nobody; after Fail, as errors.
class MemorySpillSpace final : public SpillSpace {
 public:
  Result<Ref<SpilledBlock>> Write(std::span<const uint8_t> bytes) override {
    if (shared_->failing) return Status(ErrorCode::kQueryFailed, "the disk is full");
    ++written;
    return Ref<SpilledBlock>(new Block(shared_, {bytes.begin(), bytes.end()}));
  }

  void Fail(bool failing) { shared_->failing = failing; }
  int written = 0;

 private:
  struct Shared {
    bool failing = false;
    BufferPool pool{10'000};
  };
  class Block final : public SpilledBlock {
   public:
    Block(std::shared_ptr<Shared> shared, std::vector<uint8_t> bytes)
        : shared_(std::move(shared)), bytes_(std::move(bytes)) {}
    ~Block() override { shared_->pool.Forget(*this); }
    Result<Ref<Buffer>> Read() const override {
      if (shared_->failing) return Status(ErrorCode::kQueryFailed, "the disk is broken");
      Ref<Buffer> copy = Buffer::Allocate(bytes_.size());
      std::memcpy(copy->data(), bytes_.data(), bytes_.size());
      return copy;
    }
    size_t size() const override { return bytes_.size(); }
    BufferPool& pool() const override { return shared_->pool; }

   private:
    const std::shared_ptr<Shared> shared_;
    const std::vector<uint8_t> bytes_;
  };

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace laminar
