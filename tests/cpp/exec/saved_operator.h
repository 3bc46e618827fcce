// What an operator keeps, saved and loaded again in the middle of a test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "exec/operator.h"
#include "state/memory_spill_space.h"
#include "state/store.h"
#include "state/store_image.h"

namespace laminar {

/// A chain of images: a whole one, then what changed since each.
class SavedOperator {
 public:
  /// Between two steps.
  void Save(const Operator& op, bool whole) {
    whole |= images_.empty();
    if (whole) images_.clear();
    ImageBytes image;
    for (Store* store : op.stores()) StoreImage::Take(*store, whole).Write(image);
    images_.push_back(image.Release());
  }
  /// What was saved last, in a fresh operator; the chain begins anew.
  std::unique_ptr<Operator> Load(const Operator& like) {
    std::unique_ptr<Operator> op = like.Clone();
    std::vector<ImageView> views(images_.begin(), images_.end());
    std::vector<ImageReader*> readers;
    for (ImageView& view : views) readers.push_back(&view);
    for (Store* store : op->stores()) {
      const Status status = LoadStore(store, readers);
      EXPECT_TRUE(status.ok()) << status.message();
    }
    for (const ImageView& view : views) EXPECT_EQ(view.left(), 0u);
    images_.clear();
    return op;
  }
  size_t length() const { return images_.size(); }
  const std::vector<std::string>& images() const { return images_; }

 private:
  std::vector<std::string> images_;
};

/// Now and then saves an operator, and now and then puts one in its place that was loaded from what was saved. Between
/// steps, what it keeps goes to disk, all of it or some.
class SavingRehearsal {
 public:
  explicit SavingRehearsal(uint64_t seed) : random_(seed) {}
  void After(std::unique_ptr<Operator>* op) {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    if ((random_ >> 57) % 2 == 0) Spill(**op, (random_ >> 55) % 2 == 0 ? ~size_t{0} : 1);
    const uint64_t dice = random_ >> 60;
    if (dice < 6) return;
    saved_.Save(**op, dice == 6);
    if (dice >= 13) *op = saved_.Load(**op);
  }

 private:
  void Spill(const Operator& op, size_t bytes) {
    for (Store* store : op.stores()) {
      size_t freed = 0;
      const Status status = store->Spill(*space_, bytes, &freed);
      EXPECT_TRUE(status.ok()) << status.message();
    }
  }

  uint64_t random_;
  SavedOperator saved_;
  std::unique_ptr<MemorySpillSpace> space_ = std::make_unique<MemorySpillSpace>();
};

}  // namespace laminar
