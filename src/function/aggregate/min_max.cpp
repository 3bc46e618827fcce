#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

/// Negative when `a` goes before `b` for this aggregate.
template <typename T, bool kMax>
int Rank(const T& a, const T& b) {
  return kMax ? CompareCells(b, a) : CompareCells(a, b);
}

template <typename T>
struct Extreme {
  CellOf<T> best;
  bool any = false;
};

template <typename T>
void Take(AggregateContext& context, Extreme<T>& state, const T& value) {
  if constexpr (std::is_same_v<T, StringRef>) {
    if (state.any) context.Forget(state.best.Get());
    state.best.Set(context.Intern(value));
  } else {
    state.best.Set(value);
  }
  state.any = true;
}

template <typename T, bool kMax>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder*,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t) {
    Extreme<T>& state = StateAt<Extreme<T>>(states, i, offset);
    const T& value = values[i];
    if (!state.any || Rank<T, kMax>(value, state.best.Get()) < 0) Take(context, state, value);
  });
}

template <typename T, bool kMax>
void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  Extreme<T>& state = *reinterpret_cast<Extreme<T>*>(into);
  const Extreme<T>& other = *reinterpret_cast<const Extreme<T>*>(from);
  if (other.any && (!state.any || Rank<T, kMax>(other.best.Get(), state.best.Get()) < 0)) {
    Take(context, state, other.best.Get());
  }
}

void ReleaseText(AggregateContext& context, uint8_t* state) {
  if (reinterpret_cast<Extreme<StringRef>*>(state)->any)
    context.Forget(reinterpret_cast<Extreme<StringRef>*>(state)->best.Get());
}

void RelocateText(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Extreme<StringRef>& extreme = *reinterpret_cast<Extreme<StringRef>*>(state);
  if (extreme.any) extreme.best.Set(context.Intern(extreme.best.Get()));
}

/// All values stand in a multiset; the extreme one is repeated here, where finalize finds it. A string's bytes are the
/// node's.
template <typename T>
struct RetractableExtreme {
  CellOf<T> best;
  uint32_t values = OrderedValues::kEmpty;
  bool any = false;
};

template <typename T, bool kMax>
void Refresh(AggregateContext& context, RetractableExtreme<T>& state) {
  const OrderedValues& ordered = *context.ordered();
  const uint8_t* cell = kMax ? ordered.Last(state.values) : ordered.First(state.values);
  state.any = cell != nullptr;
  if (cell == nullptr) return;
  T value;
  std::memcpy(&value, cell, sizeof(T));
  state.best.Set(value);
}

template <typename T, bool kMax>
void UpdateRetractable(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                       const RowOrder*, uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const T* values = arguments[0].data<T>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    RetractableExtreme<T>& state = StateAt<RetractableExtreme<T>>(states, i, offset);
    const T& value = values[i];
    // Compared before the change: the node that `best` refers to may go with it. What comes behind the best one, or
    // goes from there, leaves it as it is.
    const bool matters = !state.any || Rank<T, kMax>(value, state.best.Get()) <= 0;
    context.ordered()->Add(&state.values, {.value = &value}, weight);
    if (matters) Refresh<T, kMax>(context, state);
  });
}

template <typename T, bool kMax>
void CombineRetractable(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  RetractableExtreme<T>& state = *reinterpret_cast<RetractableExtreme<T>*>(into);
  context.ordered()->AddAll(&state.values, reinterpret_cast<const RetractableExtreme<T>*>(from)->values);
  Refresh<T, kMax>(context, state);
}

template <typename T>
void ReleaseRetractable(AggregateContext& context, uint8_t* state) {
  context.ordered()->Release(&reinterpret_cast<RetractableExtreme<T>*>(state)->values);
}

template <bool kMax>
void RelocateRetractableText(AggregateContext& context, const AggregateCall&, uint8_t* state) {
  Refresh<StringRef, kMax>(context, *reinterpret_cast<RetractableExtreme<StringRef>*>(state));
}

template <typename State, typename T>
void Finalize(KernelContext&, const AggregateCall&, const uint8_t* const* states, uint32_t offset, uint32_t rows,
              MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    const State& state = StateAt<State>(states, i, offset);
    result.data<T>()[i] = state.any ? state.best.Get() : T{};
    if (!state.any) SetNull(result, i);
  }
}

template <bool kMax>
AggregateFunction Declare(TypeId id) {
  AggregateFunction function;
  function.name = kMax ? "max" : "min";
  function.parameters = {id};
  function.result = id;
  function.result_of = ResultIsArgument;
  function.ignores_distinct = true;
  VisitCellType(DataType(id).physical(), [&](auto sample) {
    using T = decltype(sample);
    AggregateKernel& kernel = function.append_only = KernelOf<Extreme<T>>();
    kernel.update = Update<T, kMax>;
    kernel.combine = Combine<T, kMax>;
    kernel.finalize = Finalize<Extreme<T>, T>;
    AggregateKernel& retractable = function.retractable = KernelOf<RetractableExtreme<T>>();
    retractable.ordered = {.wanted = true};
    retractable.update = UpdateRetractable<T, kMax>;
    retractable.combine = CombineRetractable<T, kMax>;
    retractable.finalize = Finalize<RetractableExtreme<T>, T>;
    retractable.release = ReleaseRetractable<T>;
    if constexpr (std::is_same_v<T, StringRef>) {
      kernel.release = ReleaseText;
      kernel.relocate = RelocateText;
      retractable.relocate = RelocateRetractableText<kMax>;
    }
  });
  return function;
}

}  // namespace

void RegisterMinMax(RegistryBuilder& builder) {
  builder.Describe({.name = "min",
                    .category = "aggregate",
                    .signature = "min(x T) → T",
                    .help = "Least value that is not NULL; NaN is greater than every number, text is in byte order.",
                    .example = "min(x) FROM (VALUES (3), (1), (NULL)) AS t(x)",
                    .example_result = "1",
                    .aliases = {}});
  builder.Describe({.name = "max",
                    .category = "aggregate",
                    .signature = "max(x T) → T",
                    .help = "Greatest value that is not NULL; NaN is greater than every number, text is in byte order.",
                    .example = "max(x) FROM (VALUES (3), (1), (NULL)) AS t(x)",
                    .example_result = "3",
                    .aliases = {}});
  for (const TypeId id : kOrderedCells) {
    builder.Add(Declare<false>(id));
    builder.Add(Declare<true>(id));
  }
}

}  // namespace laminar
