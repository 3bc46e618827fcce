#include "exec/sort.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "exec/expression/gather.h"
#include "function/compare.h"
#include "function/visit_physical.h"

namespace laminar {
namespace {

// A row with the first key's order in a word: NULLs apart, then as much of the value as 64 bits hold.
struct Entry {
  uint64_t prefix;
  uint32_t row;
  uint8_t null_rank;
};

int CompareValues(PhysicalType type, const void* values, uint32_t a, uint32_t b) {
  return VisitPhysical(type, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* data = static_cast<const T*>(values);
    return Less::Apply(data[a], data[b]) ? -1 : Less::Apply(data[b], data[a]) ? 1 : 0;
  });
}

// Negative when row a comes before row b by `key`.
int CompareRows(const SortKey& key, PhysicalType type, const Column& column, uint32_t a, uint32_t b) {
  const bool a_valid = column.IsValid(a);
  const bool b_valid = column.IsValid(b);
  if (!a_valid || !b_valid) {
    if (a_valid == b_valid) return 0;
    return a_valid == key.nulls_first ? 1 : -1;
  }
  const int order = CompareValues(type, column.values, a, b);
  return key.descending ? -order : order;
}

constexpr uint32_t kRowsBetweenLooks = 1u << 16;  // where a row takes a nanosecond or ten

void ThrowIfCancelled(const Step& step) {
  if (step.cancelled()) throw Error(ErrorCode::kQueryCancelled, "the query was cancelled");
}

// Gathered columns, and the batch whose text they point into.
struct SortedRows final : RefCounted {
  Ref<RowBatch> source;
  std::vector<Ref<Buffer>> buffers;
};

}  // namespace

Sort::Sort(std::vector<SortKey> keys, std::vector<DataType> types, int64_t limit, int64_t offset)
    : keys_(std::move(keys)), types_(std::move(types)), limit_(limit), offset_(offset), rows_(types_) {
  constexpr uint64_t kWorthPruning = 65'536;
  prune_at_ = std::numeric_limits<uint64_t>::max();
  int64_t wanted = 0;
  if (limit_ >= 0 && !__builtin_add_overflow(limit_, offset_, &wanted) && wanted < (int64_t{1} << 30)) {
    prune_at_ = std::max(kWorthPruning, 4 * static_cast<uint64_t>(wanted));
  }
}

Status Sort::Push(Step& step, int, const Delta& delta, Output&) {
  if (limit_ == 0 || delta.empty()) return Status::OK();
  rows_.Append(delta);
  if (rows_.rows() >= prune_at_) Prune(step);
  return Status::OK();
}

std::vector<uint32_t> Sort::OrderOf(const Delta& rows, const Step& step) const {
  std::vector<Entry> entries;
  entries.reserve(rows.rows);
  for (uint32_t row = 0; row < rows.rows; ++row) {
    if (row % kRowsBetweenLooks == 0) ThrowIfCancelled(step);
    entries.push_back({0, row, 0});
  }
  if (!keys_.empty()) {
    const SortKey& key = keys_[0];
    const Column& column = rows.columns[static_cast<size_t>(key.column)];
    VisitPhysical(types_[static_cast<size_t>(key.column)].physical(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      for (Entry& entry : entries) {
        if (entry.row % kRowsBetweenLooks == 0) ThrowIfCancelled(step);
        if (!column.IsValid(entry.row)) {
          entry.null_rank = key.nulls_first ? 0 : 2;
          continue;
        }
        entry.null_rank = 1;
        entry.prefix = OrderWord(column.data<T>()[entry.row]);
        if (key.descending) entry.prefix = ~entry.prefix;
      }
    });
  }
  const size_t first_undecided =
      !keys_.empty() && OrderWordDecides(types_[static_cast<size_t>(keys_[0].column)].physical()) ? 1 : 0;
  // The only place a long sort passes again and again: a comparison in some thousand looks whether it is still wanted.
  constexpr uint32_t kComparisons = 1u << 14;
  uint32_t compared = 0;
  const auto before = [&](const Entry& a, const Entry& b) {
    if (++compared % kComparisons == 0) ThrowIfCancelled(step);
    if (a.null_rank != b.null_rank) return a.null_rank < b.null_rank;
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    for (size_t k = first_undecided; k < keys_.size(); ++k) {
      const auto column = static_cast<size_t>(keys_[k].column);
      const int order = CompareRows(keys_[k], types_[column].physical(), rows.columns[column], a.row, b.row);
      if (order != 0) return order < 0;
    }
    return a.row < b.row;
  };
  size_t wanted = entries.size();
  if (prune_at_ != std::numeric_limits<uint64_t>::max())
    wanted = std::min(wanted, static_cast<size_t>(limit_ + offset_));
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(wanted);
  if (end != entries.end()) {
    std::nth_element(entries.begin(), end, entries.end(), before);
    entries.erase(end, entries.end());
  }
  std::sort(entries.begin(), entries.end(), before);
  std::vector<uint32_t> order;
  order.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (order.size() % kRowsBetweenLooks == 0) ThrowIfCancelled(step);
    order.push_back(entry.row);
  }
  return order;
}

void Sort::Prune(const Step& step) {
  const Ref<RowBatch> batch = rows_.Finish();
  Delta delta = batch->delta();
  std::vector<uint32_t> kept = OrderOf(delta, step);
  std::sort(kept.begin(), kept.end());  // arrival order decides ties later on
  delta.Select(kept.data(), static_cast<uint32_t>(kept.size()));
  delta.owner = nullptr;  // so that their text is copied, and the batch can go
  rows_.Append(delta);
}

Status Sort::EndInput(Step& step, Output& output) {
  const Ref<RowBatch> batch = rows_.Finish();
  const Delta rows = batch->delta();
  if (rows.empty()) return Status::OK();
  std::vector<uint32_t> order = OrderOf(rows, step);

  // Weights decide where offset and limit cut; a row may pass with a part of its weight.
  std::vector<int64_t> weights;
  std::vector<uint32_t> passing;
  int64_t to_skip = offset_;
  int64_t to_pass = limit_ < 0 ? std::numeric_limits<int64_t>::max() : limit_;
  for (const uint32_t row : order) {
    if (passing.size() % kRowsBetweenLooks == 0) ThrowIfCancelled(step);
    const int64_t weight = rows.WeightAt(row);
    const int64_t skipped = std::min(to_skip, weight);
    const int64_t passed = std::min(to_pass, weight - skipped);
    to_skip -= skipped;
    to_pass -= passed;
    if (passed == 0) continue;
    passing.push_back(row);
    weights.push_back(passed);
  }
  if (passing.empty()) return Status::OK();

  auto sorted = MakeRef<SortedRows>();
  sorted->source = batch;
  const auto count = static_cast<uint32_t>(passing.size());
  const auto keep = [&sorted](size_t bytes) { return sorted->buffers.emplace_back(Buffer::Allocate(bytes)).get(); };
  Delta result;
  result.rows = count;
  for (size_t c = 0; c < types_.size(); ++c) {
    const int width = PhysicalWidth(types_[c].physical());
    Buffer* const values = keep(size_t{count} * static_cast<size_t>(width));
    constexpr uint32_t kPiece = 1u << 16;
    for (uint32_t begin = 0; begin < count; begin += kPiece) {
      ThrowIfCancelled(step);
      GatherValues(rows.columns[c].values, width, passing.data() + begin, std::min(kPiece, count - begin),
                   values->data() + size_t{begin} * static_cast<size_t>(width));
    }
    Column column{values->data(), nullptr};
    if (rows.columns[c].validity != nullptr) {
      Buffer* const validity = keep(BitmapWords(count) * sizeof(uint64_t));
      GatherValidity(rows.columns[c].validity, passing.data(), count, validity->as<uint64_t>());
      column.validity = validity->as<uint64_t>();
    }
    result.columns.push_back(column);
  }
  if (std::any_of(weights.begin(), weights.end(), [](int64_t weight) { return weight != 1; })) {
    Buffer* const buffer = keep(weights.size() * sizeof(int64_t));
    std::copy(weights.begin(), weights.end(), buffer->as<int64_t>());
    result.weights = buffer->as<int64_t>();
  }
  result.owner = sorted;
  output.Emit(result);
  return Status::OK();
}

std::unique_ptr<Operator> Sort::Clone() const { return std::make_unique<Sort>(keys_, types_, limit_, offset_); }

std::string Sort::Describe() const {
  std::string text = "Sort keys=[";
  for (const SortKey& key : keys_) {
    if (text.back() != '[') text += ", ";
    text +=
        "#" + std::to_string(key.column) + (key.descending ? " desc" : "") + (key.nulls_first ? " nulls first" : "");
  }
  text += "]";
  if (limit_ >= 0) text += " limit=" + std::to_string(limit_);
  if (offset_ > 0) text += " offset=" + std::to_string(offset_);
  return text;
}

}  // namespace laminar
