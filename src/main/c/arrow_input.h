// Arrow structures that a caller hands in: consumed by the call, whatever becomes of it.
#pragma once

#include "laminar/arrow_c.h"

namespace laminar::c {

/// Releases what the guarded structure still holds at the end of the scope: what was consumed has no `release` any
/// more.
template <typename Structure>
class Consumed {
 public:
  explicit Consumed(Structure* structure) : structure_(structure) {}
  Consumed(const Consumed&) = delete;
  Consumed& operator=(const Consumed&) = delete;
  ~Consumed() {
    if (structure_ != nullptr && structure_->release != nullptr) structure_->release(structure_);
  }

 private:
  Structure* const structure_;
};

/// A stream of one array. Takes both over and leaves them released; `out` owns them.
void StreamOfArray(ArrowSchema* schema, ArrowArray* array, ArrowArrayStream* out);

}  // namespace laminar::c
