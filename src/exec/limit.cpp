#include "exec/limit.h"

#include <algorithm>
#include <limits>

namespace laminar {

Limit::Limit(int64_t limit, int64_t offset)
    : limit_(limit),
      offset_(offset),
      to_skip_(offset),
      to_pass_(limit < 0 ? std::numeric_limits<int64_t>::max() : limit) {}

Status Limit::Push(Step&, int, const Delta& delta, Output& output) {
  selection_.clear();
  bool cut = false;  // some row passes with less than its weight
  for (uint32_t i = 0; i < delta.size() && to_pass_ > 0; ++i) {
    const uint32_t row = delta.RowAt(i);
    const int64_t weight = delta.WeightAt(row);
    const int64_t skipped = std::min(to_skip_, weight);
    const int64_t passed = std::min(to_pass_, weight - skipped);
    to_skip_ -= skipped;
    to_pass_ -= passed;
    if (passed == 0) continue;
    selection_.push_back(row);
    if (passed == weight) continue;
    if (!cut) weights_.assign(delta.weights, delta.weights + delta.rows);
    cut = true;
    weights_[row] = passed;
  }
  if (selection_.empty()) return Status::OK();
  Delta limited = delta;
  if (selection_.size() < delta.size()) limited.Select(selection_.data(), static_cast<uint32_t>(selection_.size()));
  if (cut) limited.weights = weights_.data();
  output.Emit(limited);
  return Status::OK();
}

std::unique_ptr<Operator> Limit::Clone() const { return std::make_unique<Limit>(limit_, offset_); }

std::string Limit::Describe() const {
  std::string text = "Limit";
  if (limit_ >= 0) text += " " + std::to_string(limit_);
  if (offset_ > 0) text += " offset " + std::to_string(offset_);
  return text;
}

}  // namespace laminar
