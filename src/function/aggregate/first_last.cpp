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

void RelocateText(AggregateContext& context, uint8_t* state) {
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
    context.ordered()->Add(&state.values, position.event_time, position.number, &values[i], weight);
    Refresh<T, kLast>(context, state);
  });
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
void RelocateRetractableText(AggregateContext& context, uint8_t* state) {
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
  function.uses_row_order = true;
  function.ignores_distinct = true;
  VisitCellType(DataType(id).physical(), [&](auto sample) {
    using T = decltype(sample);
    AggregateKernel& kernel = function.append_only = KernelOf<Outermost<T>>();
    kernel.update = Update<T, kLast>;
    kernel.combine = Combine<T, kLast>;
    kernel.finalize = Finalize<Outermost<T>, T>;
    AggregateKernel& retractable = function.retractable = KernelOf<RetractableOutermost<T>>();
    retractable.needs_order = true;
    retractable.update = UpdateRetractable<T, kLast>;
    retractable.combine = CombineRetractable<T, kLast>;
    retractable.finalize = Finalize<RetractableOutermost<T>, T>;
    retractable.release = ReleaseRetractable<T>;
    if constexpr (std::is_same_v<T, StringRef>) {
      kernel.release = ReleaseText;
      kernel.relocate = RelocateText;
      retractable.relocate = RelocateRetractableText<kLast>;
    }
  });
  return function;
}

constexpr TypeId kAllTypes[] = {
    TypeId::kInt64,  TypeId::kInt32,   TypeId::kDouble, TypeId::kVarchar, TypeId::kTimestamp, TypeId::kDate,
    TypeId::kTime,   TypeId::kDecimal, TypeId::kFloat,  TypeId::kInt16,   TypeId::kInt8,      TypeId::kUInt64,
    TypeId::kUInt32, TypeId::kUInt16,  TypeId::kUInt8,  TypeId::kBoolean, TypeId::kInterval,  TypeId::kUuid,
    TypeId::kBlob,   TypeId::kJson,    TypeId::kList,   TypeId::kStruct,  TypeId::kMap};

}  // namespace

void RegisterFirstLast(RegistryBuilder& builder) {
  builder.Describe({.name = "first_value",
                    .category = "aggregate",
                    .signature = "first_value(x T) → T",
                    .help = "Value of the earliest row, by event time and then by arrival, that is not NULL.",
                    .example = "first_value(x) FROM (VALUES (1), (1)) AS t(x)",
                    .example_result = "1",
                    .aliases = {"first"}});
  builder.Describe({.name = "last_value",
                    .category = "aggregate",
                    .signature = "last_value(x T) → T",
                    .help = "Value of the latest row, by event time and then by arrival, that is not NULL.",
                    .example = "last_value(x) FROM (VALUES (2), (2)) AS t(x)",
                    .example_result = "2",
                    .aliases = {"last"}});
  builder.Describe({.name = "any_value",
                    .category = "aggregate",
                    .signature = "any_value(x T) → T",
                    .help = "Some value that is not NULL: the first one.",
                    .example = "any_value(x) FROM (VALUES (NULL), (5)) AS t(x)",
                    .example_result = "5",
                    .aliases = {"arbitrary"}});
  for (const TypeId id : kAllTypes) {
    builder.Add(Declare<false>("first_value", id));
    builder.Add(Declare<true>("last_value", id));
    builder.Add(Declare<false>("any_value", id));
  }
}

}  // namespace laminar
