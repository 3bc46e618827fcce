// arg_min and arg_max: a value of the row that is first by another one.
#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

/// By sort key (descending for arg_max, and NULL where the row does not count), then as first_value does.
struct Place {
  StringRef key;
  int64_t event_time = 0;
  uint64_t number = 0;
};

Place PlaceOf(const StringRef& key, const RowOrder& order, uint32_t i) {
  return {key, order.event_times != nullptr ? order.event_times[i] : 0, order.numbers[i]};
}

template <typename T>
bool Before(const Place& a, const T& a_value, const Place& b, const T& b_value) {
  if (const int order = Compare(a.key, b.key); order != 0) return order < 0;
  if (a.event_time != b.event_time) return a.event_time < b.event_time;
  if (a.number != b.number) return a.number < b.number;
  return CompareCells(a_value, b_value) < 0;
}

template <typename T>
struct Foremost {
  CellOf<T> value;
  Place place;
  bool any = false;
};

template <typename T>
void Offer(AggregateContext& context, Foremost<T>& state, const Place& place, const T& value) {
  if (state.any) {
    const T kept = state.value.Get();
    if (!Before(place, value, state.place, kept)) return;
    context.Forget(state.place.key);
    if constexpr (std::is_same_v<T, StringRef>) context.Forget(kept);
  }
  if constexpr (std::is_same_v<T, StringRef>) {
    state.value.Set(context.Intern(value));
  } else {
    state.value.Set(value);
  }
  state.place = place;
  state.place.key = context.Intern(place.key);
  state.any = true;
}

template <typename T>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder* order,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  const StringRef* keys = arguments[1].data<StringRef>();
  ForEachPairOfValues(arguments, weights, rows, [&](uint32_t i, int64_t) {
    Offer(context, StateAt<Foremost<T>>(states, i, offset), PlaceOf(keys[i], *order, i), values[i]);
  });
}

template <typename T>
void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  const Foremost<T>& other = *reinterpret_cast<const Foremost<T>*>(from);
  if (other.any) Offer(context, *reinterpret_cast<Foremost<T>*>(into), other.place, other.value.Get());
}

template <typename T>
void Release(AggregateContext& context, uint8_t* state) {
  const Foremost<T>& foremost = *reinterpret_cast<Foremost<T>*>(state);
  if (!foremost.any) return;
  context.Forget(foremost.place.key);
  if constexpr (std::is_same_v<T, StringRef>) context.Forget(foremost.value.Get());
}

template <typename T>
void Relocate(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Foremost<T>& foremost = *reinterpret_cast<Foremost<T>*>(state);
  if (!foremost.any) return;
  foremost.place.key = context.Intern(foremost.place.key);
  if constexpr (std::is_same_v<T, StringRef>) foremost.value.Set(context.Intern(foremost.value.Get()));
}

/// All values stand in a multiset; the first is repeated here when a step ends.
template <typename T>
struct RetractableForemost {
  CellOf<T> value;
  uint32_t values = OrderedValues::kEmpty;
  bool any = false;
};

template <typename T>
void UpdateRetractable(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                       const RowOrder* order, uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  const StringRef* keys = arguments[1].data<StringRef>();
  ForEachPairOfValues(arguments, weights, rows, [&](uint32_t i, int64_t weight) {
    const Place place = PlaceOf(keys[i], *order, i);
    context.ordered()->Add(&StateAt<RetractableForemost<T>>(states, i, offset).values,
                           {&values[i], place.event_time, place.number, place.key}, weight);
  });
}

template <typename T>
void CombineRetractable(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  context.ordered()->AddAll(&reinterpret_cast<RetractableForemost<T>*>(into)->values,
                            reinterpret_cast<const RetractableForemost<T>*>(from)->values);
}

template <typename T>
void Settle(AggregateContext& context, const AggregateCall&, uint8_t* bytes) {
  RetractableForemost<T>& state = *reinterpret_cast<RetractableForemost<T>*>(bytes);
  const uint8_t* cell = context.ordered()->First(state.values);
  state.any = cell != nullptr;
  if (cell == nullptr) return;
  T value;
  std::memcpy(&value, cell, sizeof(T));
  state.value.Set(value);
}

template <typename T>
void ReleaseRetractable(AggregateContext& context, uint8_t* state) {
  context.ordered()->Release(&reinterpret_cast<RetractableForemost<T>*>(state)->values);
}

template <typename State, typename T>
Outcome Conclude(const State& state, T* result) {
  if (!state.any) return Outcome::kNull;
  *result = state.value.Get();
  return Outcome::kValue;
}

AggregateFunction Declare(bool greatest, TypeId id) {
  AggregateFunction function;
  function.name = greatest ? "arg_max" : "arg_min";
  function.parameters = {id, kAny};
  function.result = id;
  function.result_of = ResultIsArgument;
  function.order = greatest ? AggregateOrder::kGreatest : AggregateOrder::kLeast;
  function.uses_row_order = true;
  function.ignores_distinct = true;
  VisitCellType(DataType(id).physical(), [&](auto sample) {
    using T = decltype(sample);
    AggregateKernel& kernel = function.append_only = KernelOf<Foremost<T>>();
    kernel.update = Update<T>;
    kernel.combine = Combine<T>;
    kernel.finalize = FinalizeState<Foremost<T>, T, Conclude<Foremost<T>, T>>;
    kernel.release = Release<T>;
    kernel.relocate = Relocate<T>;
    AggregateKernel& retractable = function.retractable = KernelOf<RetractableForemost<T>>();
    retractable.ordered = {.wanted = true, .positioned = true, .keyed = true};
    retractable.update = UpdateRetractable<T>;
    retractable.combine = CombineRetractable<T>;
    retractable.settle = Settle<T>;
    retractable.finalize = FinalizeState<RetractableForemost<T>, T, Conclude<RetractableForemost<T>, T>>;
    retractable.release = ReleaseRetractable<T>;
    if constexpr (std::is_same_v<T, StringRef>) retractable.relocate = Settle<T>;
  });
  return function;
}

}  // namespace

void RegisterArgMinMax(RegistryBuilder& builder) {
  builder.Describe(
      {.name = "arg_min",
       .category = "aggregate",
       .signature = "arg_min(x T, by) → T",
       .help = "x of the row where `by` is least; of equal ones the earliest. Rows with a NULL do not count.",
       .example = "arg_min(x, y) FROM (VALUES ('a', 3), ('b', 1), ('c', 2)) AS t(x, y)",
       .example_result = "b",
       .aliases = {"min_by", "argmin"}});
  builder.Describe(
      {.name = "arg_max",
       .category = "aggregate",
       .signature = "arg_max(x T, by) → T",
       .help = "x of the row where `by` is greatest; of equal ones the earliest. Rows with a NULL do not count.",
       .example = "arg_max(x, y) FROM (VALUES ('a', 3), ('b', 1), ('c', 2)) AS t(x, y)",
       .example_result = "a",
       .aliases = {"max_by", "argmax"}});
  for (const TypeId id : kAllCells) {
    builder.Add(Declare(false, id));
    builder.Add(Declare(true, id));
  }
}

}  // namespace laminar
