#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

/// By event time, then by the number of arrival; rows that no call brought, and equal ones, by value: the same answer
/// however the rows came to be where they are.
struct Position {
  int64_t event_time = 0;
  uint64_t number = 0;
};

Position PositionOf(const RowOrder& order, uint32_t i) {
  return {order.event_times != nullptr ? order.event_times[i] : 0, order.numbers[i]};
}

template <typename T>
bool Before(const Position& a, const T& a_value, const Position& b, const T& b_value) {
  if (a.event_time != b.event_time) return a.event_time < b.event_time;
  if (a.number != b.number) return a.number < b.number;
  return CompareCells(a_value, b_value) < 0;
}

template <typename T>
struct Outermost {
  CellOf<T> value;
  Position position;
  bool any = false;
};

template <typename T, bool kLast>
void Offer(AggregateContext& context, Outermost<T>& state, const Position& position, const T& value) {
  if (state.any) {
    const T kept = state.value.Get();
    const bool better =
        kLast ? Before(state.position, kept, position, value) : Before(position, value, state.position, kept);
    if (!better) return;
    if constexpr (std::is_same_v<T, StringRef>) context.Forget(kept);
  }
  if constexpr (std::is_same_v<T, StringRef>) {
    state.value.Set(context.Intern(value));
  } else {
    state.value.Set(value);
  }
  state.position = position;
  state.any = true;
}

template <typename T, bool kLast>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder* order,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t) {
    Outermost<T>& state = StateAt<Outermost<T>>(states, i, offset);
    Offer<T, kLast>(context, state, PositionOf(*order, i), values[i]);
  });
}

template <typename T, bool kLast>
void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  const Outermost<T>& other = *reinterpret_cast<const Outermost<T>*>(from);
  if (other.any) Offer<T, kLast>(context, *reinterpret_cast<Outermost<T>*>(into), other.position, other.value.Get());
}

void ReleaseText(AggregateContext& context, uint8_t* state) {
  const Outermost<StringRef>& outermost = *reinterpret_cast<Outermost<StringRef>*>(state);
  if (outermost.any) context.Forget(outermost.value.Get());
}

void RelocateText(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Outermost<StringRef>& outermost = *reinterpret_cast<Outermost<StringRef>*>(state);
  if (outermost.any) outermost.value.Set(context.Intern(outermost.value.Get()));
}

/// All values stand in a multiset; the outermost is repeated here, where finalize finds it. A string's bytes are the
/// node's.
template <typename T>
struct RetractableOutermost {
  CellOf<T> value;
  uint32_t values = OrderedValues::kEmpty;
  bool any = false;
};

template <typename T, bool kLast>
void Refresh(AggregateContext& context, RetractableOutermost<T>& state) {
  const OrderedValues& ordered = *context.ordered();
  const uint8_t* cell = kLast ? ordered.Last(state.values) : ordered.First(state.values);
  state.any = cell != nullptr;
  if (cell == nullptr) return;
  T value;
  std::memcpy(&value, cell, sizeof(T));
  state.value.Set(value);
}

template <typename T, bool kLast>
void UpdateRetractable(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                       const RowOrder* order, uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    RetractableOutermost<T>& state = StateAt<RetractableOutermost<T>>(states, i, offset);
    const Position position = PositionOf(*order, i);
    context.ordered()->Add(&state.values, {&values[i], position.event_time, position.number}, weight);
    Refresh<T, kLast>(context, state);
  });
}

/// With ORDER BY in the call: the sort key goes before event time and arrival.
template <typename T>
void UpdateByKey(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                 const RowOrder* order, uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  const StringRef* keys = arguments[1].data<StringRef>();
  ForEachPairOfValues(arguments, weights, rows, [&](uint32_t i, int64_t weight) {
    RetractableOutermost<T>& state = StateAt<RetractableOutermost<T>>(states, i, offset);
    const Position position = PositionOf(*order, i);
    context.ordered()->Add(&state.values, {&values[i], position.event_time, position.number, keys[i]}, weight);
  });
}

template <typename T, bool kLast>
void SettleByKey(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Refresh<T, kLast>(context, *reinterpret_cast<RetractableOutermost<T>*>(state));
}

template <typename T, bool kLast>
void CombineRetractable(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  RetractableOutermost<T>& state = *reinterpret_cast<RetractableOutermost<T>*>(into);
  context.ordered()->AddAll(&state.values, reinterpret_cast<const RetractableOutermost<T>*>(from)->values);
  Refresh<T, kLast>(context, state);
}

template <typename T>
void ReleaseRetractable(AggregateContext& context, uint8_t* state) {
  context.ordered()->Release(&reinterpret_cast<RetractableOutermost<T>*>(state)->values);
}

template <bool kLast>
void RelocateRetractableText(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Refresh<StringRef, kLast>(context, *reinterpret_cast<RetractableOutermost<StringRef>*>(state));
}

template <typename State, typename T>
void Finalize(KernelContext&, const AggregateCall&, const uint8_t* const* states, uint32_t offset, uint32_t rows,
              MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    const State& state = StateAt<State>(states, i, offset);
    result.data<T>()[i] = state.any ? state.value.Get() : T{};
    if (!state.any) SetNull(result, i);
  }
}

template <bool kLast>
AggregateFunction Declare(const char* name, TypeId id) {
  AggregateFunction function;
  function.name = name;
  function.parameters = {id};
  function.result = id;
  function.result_of = ResultIsArgument;
  function.order = AggregateOrder::kByKey;
  function.uses_row_order = true;
  function.ignores_distinct = true;
  VisitCellType(DataType(id).physical(), [&](auto sample) {
    using T = decltype(sample);
    AggregateKernel& kernel = function.append_only = KernelOf<Outermost<T>>();
    kernel.update = Update<T, kLast>;
    kernel.combine = Combine<T, kLast>;
    kernel.finalize = Finalize<Outermost<T>, T>;
    AggregateKernel& retractable = function.retractable = KernelOf<RetractableOutermost<T>>();
    retractable.ordered = {.wanted = true, .positioned = true};
    retractable.update = UpdateRetractable<T, kLast>;
    retractable.combine = CombineRetractable<T, kLast>;
    retractable.finalize = Finalize<RetractableOutermost<T>, T>;
    retractable.release = ReleaseRetractable<T>;
    AggregateKernel& by_key = function.by_key = retractable;
    by_key.ordered.keyed = true;
    by_key.update = UpdateByKey<T>;
    by_key.settle = SettleByKey<T, kLast>;
    if constexpr (std::is_same_v<T, StringRef>) {
      kernel.release = ReleaseText;
      kernel.relocate = RelocateText;
      retractable.relocate = by_key.relocate = RelocateRetractableText<kLast>;
    }
  });
  return function;
}

}  // namespace

void RegisterFirstLast(RegistryBuilder& builder) {
  builder.Describe({.name = "first_value",
                    .category = "aggregate",
                    .signature = "first_value(x T [ORDER BY …]) → T",
                    .help = "Value of the first row that has one: by ORDER BY, then event time, then arrival.",
                    .example = "first_value(x ORDER BY x DESC) FROM (VALUES (1), (3), (2)) AS t(x)",
                    .example_result = "3",
                    .aliases = {"first"}});
  builder.Describe({.name = "last_value",
                    .category = "aggregate",
                    .signature = "last_value(x T [ORDER BY …]) → T",
                    .help = "Value of the last row that has one: by ORDER BY, then event time, then arrival.",
                    .example = "last_value(x ORDER BY -x) FROM (VALUES (1), (3), (2)) AS t(x)",
                    .example_result = "1",
                    .aliases = {"last"}});
  builder.Describe({.name = "any_value",
                    .category = "aggregate",
                    .signature = "any_value(x T [ORDER BY …]) → T",
                    .help = "Some value that is not NULL: the first one.",
                    .example = "any_value(x) FROM (VALUES (NULL), (5)) AS t(x)",
                    .example_result = "5",
                    .aliases = {"arbitrary"}});
  for (const TypeId id : kAllCells) {
    builder.Add(Declare<false>("first_value", id));
    builder.Add(Declare<true>("last_value", id));
    builder.Add(Declare<false>("any_value", id));
  }
}

}  // namespace laminar
