#include "exec/stored_rows.h"

#include <algorithm>
#include <cstring>

#include "common/buffer.h"
#include "common/cancel_token.h"

namespace laminar {

namespace {

struct Piece final : RefCounted {
  Ref<Buffer> memory;
  Ref<RefCounted> held;
};

size_t Padded(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

}  // namespace

Answer StoredRowsWriter::Finish() {
  const auto count = static_cast<uint32_t>(rows_.size());
  if (count != 0 && !done_) {
    ThrowIfCancelled();
    const size_t validity_bytes = Padded(BitmapWords(count) * 8);
    size_t total = 2 * Padded(size_t{count} * 8);
    for (const DataType& type : layout_.key_types()) {
      total += Padded(size_t{count} * static_cast<size_t>(PhysicalWidth(type.physical()))) + validity_bytes;
    }
    Ref<Piece> piece = MakeRef<Piece>();
    piece->memory = Buffer::Allocate(total);
    piece->held = held_;
    uint8_t* free_bytes = piece->memory->data();
    const auto take = [&free_bytes](size_t bytes) { return std::exchange(free_bytes, free_bytes + Padded(bytes)); };
    Delta delta;
    delta.rows = count;
    for (int key = 0; key < layout_.keys(); ++key) {
      const PhysicalType type = layout_.key_types()[static_cast<size_t>(key)].physical();
      uint8_t* values = take(size_t{count} * static_cast<size_t>(PhysicalWidth(type)));
      auto* validity = reinterpret_cast<uint64_t*>(take(validity_bytes));
      std::memset(validity, 0xff, validity_bytes);
      const bool nulls = layout_.ReadKey(key, rows_.data(), count, values, validity);
      delta.columns.push_back({values, nulls ? validity : nullptr});
    }
    if (numbered_) {
      auto* numbers = reinterpret_cast<int64_t*>(take(size_t{count} * 8));
      std::copy(numbers_.begin(), numbers_.end(), numbers);
      delta.columns.push_back({numbers, nullptr});
    }
    if (std::ranges::any_of(weights_, [](int64_t weight) { return weight != 1; })) {
      auto* weights = reinterpret_cast<int64_t*>(take(size_t{count} * 8));
      std::copy(weights_.begin(), weights_.end(), weights);
      delta.weights = weights;
    }
    delta.owner = piece;
    done_ = output_.Emit(delta) == Answer::kDone;
  }
  rows_.clear();
  weights_.clear();
  numbers_.clear();
  return done_ ? Answer::kDone : Answer::kMore;
}

}  // namespace laminar
