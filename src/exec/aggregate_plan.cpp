#include "exec/aggregate_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "common/cell_order.h"
#include "state/arena.h"
#include "state/same_cells.h"

namespace laminar {

namespace {

/// What finalize kernels see: memory that the result keeps, and its errors.
class ResultContext final : public KernelContext {
 public:
  ResultContext(ResultRows* result, int64_t now) : result_(result), now_(now) {}

  char* AllocateBytes(size_t size) override {
    Ref<Buffer> bytes = Buffer::Allocate(size);
    result_->held.push_back(bytes);
    return reinterpret_cast<char*>(bytes->data());
  }
  void Fail(uint32_t row, ErrorCode code, std::string message) override {
    result_->errors.entries.push_back({row, code, std::move(message)});
  }
  int64_t TimeOf(uint32_t) const override { return now_; }

 private:
  ResultRows* result_;
  int64_t now_;
};

size_t Padded(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

void FillBound(const DataType& type, int64_t bound, uint32_t count, void* values) {
  switch (PhysicalWidth(type.physical())) {
    case 1:
      return void(std::fill_n(static_cast<int8_t*>(values), count, static_cast<int8_t>(bound)));
    case 2:
      return void(std::fill_n(static_cast<int16_t*>(values), count, static_cast<int16_t>(bound)));
    case 4:
      return void(std::fill_n(static_cast<int32_t*>(values), count, static_cast<int32_t>(bound)));
    default:
      return void(std::fill_n(static_cast<int64_t*>(values), count, bound));
  }
}

/// One error a row, the first aggregate's, rows ascending.
void Settle(RowErrors* errors) {
  std::vector<RowErrors::Entry>& entries = errors->entries;
  const auto by_row = [](const RowErrors::Entry& a, const RowErrors::Entry& b) { return a.row < b.row; };
  const auto same_row = [](const RowErrors::Entry& a, const RowErrors::Entry& b) { return a.row == b.row; };
  std::stable_sort(entries.begin(), entries.end(), by_row);
  entries.erase(std::unique(entries.begin(), entries.end(), same_row), entries.end());
}

}  // namespace

void ResultRows::LeaveOutErrors() {
  selected = true;
  auto error = errors.entries.begin();
  for (uint32_t row = 0; row < rows; ++row) {
    if (error != errors.entries.end() && error->row == row) {
      ++error;
    } else {
      selection.push_back(row);
    }
  }
}

Delta ResultRows::delta() {
  Delta delta;
  delta.columns = columns;
  delta.rows = rows;
  if (selected) delta.Select(selection.data(), static_cast<uint32_t>(selection.size()));
  delta.owner = Ref<RefCounted>(this);
  return delta;
}

AggregatePlan::AggregatePlan(const HashAggregateSpec& spec, int window_start, int window_end)
    : input_types_(spec.input_types), event_time_(spec.event_time), append_only_(spec.input_append_only) {
  std::vector<DataType> key_types;
  for (size_t i = 0; i < spec.keys.size(); ++i) {
    const DataType& type = input_types_[static_cast<size_t>(spec.keys[i])];
    output_types_.push_back(type);
    if (static_cast<int>(i) == window_start) {
      key_columns_.push_back({OutputKind::kWindowStart, -1});
    } else if (static_cast<int>(i) == window_end) {
      key_columns_.push_back({OutputKind::kWindowEnd, -1});
    } else {
      key_columns_.push_back({OutputKind::kKey, static_cast<int>(keys_.size())});
      keys_.push_back(spec.keys[i]);
      key_types.push_back(type);
    }
  }

  uint32_t payload = 0;
  for (const AggregateSpec& aggregate : spec.aggregates) {
    Item item;
    item.function = aggregate.function;
    item.kept_function = aggregate.kept_function;
    item.kernel = aggregate.keyed ? &aggregate.function->by_key
                  : append_only_  ? &aggregate.function->append_only
                                  : &aggregate.function->retractable;
    item.call.constants = aggregate.constants;
    item.call.descending = aggregate.descending;
    item.call.state = aggregate.function->state;
    for (const int column : aggregate.arguments)
      item.call.arguments.push_back(input_types_[static_cast<size_t>(column)]);
    item.call.result = aggregate.result;
    item.arguments = aggregate.arguments;
    item.filter = aggregate.filter;
    if (aggregate.distinct && !item.function->ignores_distinct) {
      const auto same = [&](const Distinct& d) { return d.arguments == item.arguments && d.filter == item.filter; };
      const auto found = std::find_if(distincts_.begin(), distincts_.end(), same);
      item.distinct = static_cast<int>(found - distincts_.begin());
      if (found == distincts_.end()) {
        std::vector<DataType> types{TypeId::kUInt32};
        types.insert(types.end(), item.call.arguments.begin(), item.call.arguments.end());
        distincts_.push_back({item.arguments, item.filter, std::make_shared<GroupLayout>(std::move(types), 0)});
      }
    }
    item.is_weight = item.kernel->is_row_count && item.filter < 0 && item.distinct < 0;
    if (!item.is_weight) {
      item.offset =
          (payload + item.kernel->state_alignment - 1) / item.kernel->state_alignment * item.kernel->state_alignment;
      payload = item.offset + item.kernel->state_size;
    }
    uses_row_order_ |= item.function->uses_row_order;
    fallible_ |= item.kernel->fallible;
    if (item.kernel->settle != nullptr) settled_.push_back(items_.size());
    output_types_.push_back(aggregate.result);
    items_.push_back(std::move(item));
  }

  auto layout = std::make_shared<GroupLayout>(std::move(key_types), (payload + 7) / 8 * 8);
  for (Item& item : items_) {
    if (item.is_weight) {
      item.offset = offsetof(GroupHeader, weight);
      continue;
    }
    item.kernel->initialize(layout->initial_payload() + item.offset);
    item.offset += layout->payload_offset();
  }
  layout_ = std::move(layout);
}

Ref<ResultRows> AggregatePlan::Finalize(const uint8_t* const* rows, uint32_t count, const WindowBounds& bounds,
                                        Ref<RefCounted> held, int64_t now, bool errors_only) const {
  Ref<ResultRows> result = MakeRef<ResultRows>();
  result->rows = count;
  result->columns.resize(output_types_.size());
  const size_t validity_bytes = Padded(BitmapWords(count) * 8);
  const auto wanted = [&](size_t c) {
    return !errors_only || (c >= key_columns_.size() && items_[c - key_columns_.size()].kernel->fallible);
  };
  size_t total = 0;
  for (size_t c = 0; c < output_types_.size(); ++c) {
    if (!wanted(c)) continue;
    total += Padded(count * static_cast<size_t>(PhysicalWidth(output_types_[c].physical()))) + validity_bytes;
  }
  Ref<Buffer> memory = Buffer::Allocate(total);
  uint8_t* free_bytes = memory->data();
  result->held.push_back(std::move(memory));
  if (held) result->held.push_back(std::move(held));
  ResultContext context(result.get(), now);
  for (size_t c = 0; c < output_types_.size(); ++c) {
    if (!wanted(c)) continue;
    MutableVector vector{free_bytes, nullptr, false};
    free_bytes += Padded(count * static_cast<size_t>(PhysicalWidth(output_types_[c].physical())));
    vector.validity = reinterpret_cast<uint64_t*>(free_bytes);
    free_bytes += validity_bytes;
    std::memset(vector.validity, 0xff, validity_bytes);
    if (c >= key_columns_.size()) {
      const Item& item = items_[c - key_columns_.size()];
      item.kernel->finalize(context, item.call, rows, item.offset, count, vector);
    } else if (key_columns_[c].kind == OutputKind::kKey) {
      vector.has_nulls = layout_->ReadKey(key_columns_[c].key, rows, count, vector.values, vector.validity);
    } else {
      const bool start = key_columns_[c].kind == OutputKind::kWindowStart;
      FillBound(output_types_[c], start ? bounds.start : bounds.end, count, vector.values);
    }
    result->columns[c] = {vector.values, vector.has_nulls ? vector.validity : nullptr};
  }
  if (!result->errors.entries.empty()) Settle(&result->errors);
  return result;
}

void AggregatePlan::CompareResults(const ResultRows& a, const ResultRows& b, uint8_t* differs) const {
  for (size_t c = key_columns_.size(); c < output_types_.size(); ++c) {
    const Column& x = a.columns[c];
    const Column& y = b.columns[c];
    VisitCellType(output_types_[c].physical(), [&](auto sample) {
      using T = decltype(sample);
      const T* xs = x.data<T>();
      const T* ys = y.data<T>();
      if (x.validity == nullptr && y.validity == nullptr) {
        for (uint32_t i = 0; i < a.rows; ++i) differs[i] |= !IdenticalCell(xs[i], ys[i]);
        return;
      }
      for (uint32_t i = 0; i < a.rows; ++i) {
        const bool valid = x.IsValid(i);
        differs[i] |= valid != y.IsValid(i) || (valid && !IdenticalCell(xs[i], ys[i]));
      }
    });
  }
}

std::string AggregatePlan::Describe() const {
  std::vector<std::string> aggregates;
  for (const Item& item : items_) {
    std::string text = fmt::format("{}({}{})", item.function->name, item.distinct >= 0 ? "DISTINCT " : "",
                                   fmt::join(item.arguments, ", "));
    if (item.filter >= 0) text += fmt::format(" FILTER {}", item.filter);
    aggregates.push_back(std::move(text));
  }
  return fmt::format("keys=[{}] aggregates=[{}]", fmt::join(keys_, ", "), fmt::join(aggregates, ", "));
}

}  // namespace laminar
