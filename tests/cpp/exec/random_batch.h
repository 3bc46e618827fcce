// For tests: random typed columns, with NULLs and selections, held as long as the batch lives.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "common/delta.h"
#include "common/value.h"

namespace laminar {

class TestBatch {
 public:
  /// rows[r][c]; types decide the columns.
  TestBatch(std::vector<DataType> types, const std::vector<std::vector<Value>>& rows) : types_(std::move(types)) {
    const size_t count = rows.size();
    delta_.rows = static_cast<uint32_t>(count);
    for (size_t c = 0; c < types_.size(); ++c) {
      auto values = Buffer::AllocateZeroed(count * static_cast<size_t>(PhysicalWidth(types_[c].physical())) + 16);
      auto validity = Buffer::AllocateZeroed(BitmapWords(count) * 8 + 8);
      bool any_null = false;
      for (size_t r = 0; r < count; ++r) {
        const Value& value = text_.emplace_back(rows[r][c]);
        if (value.is_null()) {
          any_null = true;
          continue;
        }
        WriteValue(value, values->data(), r);
        SetBit(validity->as<uint64_t>(), r);
      }
      delta_.columns.push_back({values->data(), any_null ? validity->as<uint64_t>() : nullptr});
      held_.push_back(values);
      held_.push_back(validity);
    }
  }

  Delta& delta() { return delta_; }
  const std::vector<DataType>& types() const { return types_; }
  Value At(uint32_t row, size_t column) const {
    return ReadValue(types_[column], delta_.columns[column].values, delta_.columns[column].validity, row);
  }
  void SelectRandomly(std::mt19937& random, double share) {
    selection_.clear();
    for (uint32_t r = 0; r < delta_.rows; ++r) {
      if (std::uniform_real_distribution<>(0, 1)(random) < share) selection_.push_back(r);
    }
    delta_.Select(selection_.data(), static_cast<uint32_t>(selection_.size()));
    static const uint32_t kNone = 0;
    if (selection_.empty()) delta_.Select(&kNone, 0);
  }

 private:
  std::vector<DataType> types_;
  std::deque<Value> text_;
  std::vector<Ref<Buffer>> held_;
  std::vector<uint32_t> selection_;
  Delta delta_;
};

}  // namespace laminar
