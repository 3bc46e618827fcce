#include "exec/aggregate_scratch.h"

namespace laminar {

AggregateScratch::AggregateScratch() : rep_(std::make_unique<Rep>()) {}

AggregateScratch* AggregateScratch::OfThisThread() {
  thread_local AggregateScratch scratch;
  return &scratch;
}
AggregateScratch::~AggregateScratch() = default;

RowRange AggregateScratch::Rep::Keep(const Delta& delta, const RowRange& slice, int filter,
                                     std::span<const int> not_null) {
  kept_count = 0;
  const Column* condition = filter >= 0 ? &delta.columns[static_cast<size_t>(filter)] : nullptr;
  for (uint32_t i = 0; i < slice.count; ++i) {
    const uint32_t row = slice.At(i);
    bool keep = condition == nullptr || (condition->data<uint8_t>()[row] != 0 && condition->IsValid(row));
    for (const int column : not_null) keep &= delta.columns[static_cast<size_t>(column)].IsValid(row);
    kept[kept_count] = i;
    kept_physical[kept_count] = row;
    kept_count += keep;
  }
  return {kept_physical, 0, kept_count};
}

void AggregateScratch::Rep::FillOrder(const Delta& delta, const RowRange& slice, const AggregatePlan& plan) {
  order = {nullptr, numbers};
  for (uint32_t i = 0; i < slice.count; ++i) {
    numbers[i] = RowOrder::kNoNumber;
    if (delta.marks.empty()) continue;
    const uint32_t row = slice.At(i);
    const Mark& mark = cursor->At(row);
    numbers[i] = mark.first_number + (row - mark.row);
  }
  if (plan.event_time() < 0) return;
  const size_t time = static_cast<size_t>(plan.event_time());
  const Column& column = delta.columns[time];
  VisitCellType(plan.input_types()[time].physical(), [&](auto sample) {
    using T = decltype(sample);
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
      const T* values = column.data<T>();
      for (uint32_t i = 0; i < slice.count; ++i) {
        const uint32_t row = slice.At(i);
        event_times[i] = column.IsValid(row) ? static_cast<int64_t>(values[row]) : std::numeric_limits<int64_t>::min();
      }
    }
  });
  order.event_times = event_times;
}

RowOrder AggregateScratch::Rep::KeptOrder() {
  CopyValues(numbers, 8, Kept(), kept_numbers);
  if (order.event_times == nullptr) return {nullptr, kept_numbers};
  CopyValues(event_times, 8, Kept(), kept_event_times);
  return {kept_event_times, kept_numbers};
}

void AggregateScratch::Rep::Gather(size_t i, const Column& column, const RowRange& range, const DataType& type) {
  while (cells.size() <= i) cells.emplace_back();
  CopyValues(column.values, PhysicalWidth(type.physical()), range, cells[i].values->data());
  Vector vector;
  vector.values = cells[i].values->data();
  if (column.validity != nullptr && CopyValidity(column.validity, range, cells[i].validity->as<uint64_t>(), 0)) {
    vector.validity = cells[i].validity->as<uint64_t>();
  }
  vectors.push_back(vector);
}

std::span<const Vector> AggregateScratch::Rep::Arguments(const Delta& delta, const RowRange& range,
                                                         std::span<const int> columns,
                                                         std::span<const DataType> types) {
  vectors.clear();
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t c = static_cast<size_t>(columns[i]);
    const Column& column = delta.columns[c];
    if (range.selection != nullptr || (range.first % 64 != 0 && column.validity != nullptr)) {
      Gather(i, column, range, types[c]);
      continue;
    }
    Vector vector;
    vector.values =
        column.data<uint8_t>() + size_t{range.first} * static_cast<size_t>(PhysicalWidth(types[c].physical()));
    if (column.validity != nullptr) vector.validity = column.validity + range.first / 64;
    vectors.push_back(vector);
  }
  return vectors;
}

std::span<const Vector> AggregateScratch::Rep::GatherArguments(const Delta& delta, const RowRange& range,
                                                               std::span<const int> columns,
                                                               std::span<const DataType> types) {
  vectors.clear();
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t c = static_cast<size_t>(columns[i]);
    Gather(i, delta.columns[c], range, types[c]);
  }
  return vectors;
}

std::span<const Vector> AggregateScratch::Rep::Turned(uint32_t count, const AggregatePlan::Distinct& distinct,
                                                      std::span<const DataType> types) {
  turned_vectors.clear();
  for (size_t i = 0; i < distinct.arguments.size(); ++i) {
    while (turned_cells.size() <= i) turned_cells.emplace_back();
    const PhysicalType type = types[static_cast<size_t>(distinct.arguments[i])].physical();
    CopyValues(vectors[i].values, PhysicalWidth(type), {turned, 0, count}, turned_cells[i].values->data());
    Vector vector;
    vector.values = turned_cells[i].values->data();
    turned_vectors.push_back(vector);
  }
  return turned_vectors;
}

}  // namespace laminar
