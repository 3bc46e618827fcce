#include "exec/arrival_number.h"

#include <algorithm>
#include <limits>

namespace laminar {

Status ArrivalNumber::Push(Step&, int, const Delta& delta, Output& output) {
  numbers_.resize(std::max<size_t>(delta.rows, 1));
  if (delta.marks.empty()) std::fill(numbers_.begin(), numbers_.end(), std::numeric_limits<uint64_t>::max());
  for (size_t i = 0; i < delta.marks.size(); ++i) {
    const Mark& mark = delta.marks[i];
    const uint32_t end = i + 1 < delta.marks.size() ? delta.marks[i + 1].row : delta.rows;
    for (uint32_t row = mark.row; row < end; ++row) numbers_[row] = mark.first_number + (row - mark.row);
  }
  Delta numbered = delta;
  numbered.columns.push_back({numbers_.data(), nullptr});
  numbered.owner = nullptr;  // the numbers are overwritten by the next push
  output.Emit(numbered);
  return Status::OK();
}

}  // namespace laminar
