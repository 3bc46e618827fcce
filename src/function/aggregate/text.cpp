// string_agg: texts in order with a separator between them. array_agg: values in order as a list; each comes as a list
// of its own, and lists are joined by what stands before their end (common/nested.h). histogram: likewise, as the keys
// of a map, each once, with how often it came.
#include <string>

#include "common/nested.h"
#include "function/aggregate/kernel.h"
#include "function/aggregate/register.h"

namespace laminar {

namespace {

constexpr size_t kLongestText = size_t{1} << 28;
constexpr char kTooLong[] = "the joined text would be longer than 256 MiB";
constexpr char kTooLongMap[] = "the map would be longer than 256 MiB";
constexpr char kTooLongList[] = "the list would be longer than 256 MiB";

/// All texts stand in a multiset; they are joined when a step that changed them ends.
struct Joined {
  StringRef text;
  uint32_t values = OrderedValues::kEmpty;
  bool any = false;
  bool too_long = false;
  bool changed = false;
};

template <bool kKeyed>
void Update(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights, const RowOrder* order,
            uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const StringRef* values = arguments[0].data<StringRef>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    Joined& state = StateAt<Joined>(states, i, offset);
    OrderedEntry entry{.value = &values[i]};
    if (order != nullptr) entry.number = order->numbers[i];
    if (order != nullptr && order->event_times != nullptr) entry.event_time = order->event_times[i];
    if constexpr (kKeyed) entry.key = arguments[1].data<StringRef>()[i];
    context.ordered()->Add(&state.values, entry, weight);
    state.changed = true;
  });
}

void Combine(AggregateContext& context, uint8_t* into, const uint8_t* from) {
  Joined& state = *reinterpret_cast<Joined*>(into);
  context.ordered()->AddAll(&state.values, reinterpret_cast<const Joined*>(from)->values);
  state.changed = true;
}

template <bool kList>
void Settle(AggregateContext& context, const AggregateCall& call, uint8_t* bytes) {
  Joined& state = *reinterpret_cast<Joined*>(bytes);
  if (!state.changed) return;
  struct Joining {
    std::string_view separator;
    std::string text;
    bool any = false;
    bool too_long = false;
  } joining{.separator = {}, .text = {}};
  if constexpr (!kList) joining.separator = call.constants[0].get<std::string>();
  context.ordered()->Visit(state.values, &joining, [](void* to, const uint8_t* cell, int64_t weight) {
    Joining& into = *static_cast<Joining*>(to);
    std::string_view text = reinterpret_cast<const StringRef*>(cell)->view();
    if constexpr (kList) text.remove_suffix(1);
    for (; weight > 0 && !into.too_long; --weight) {
      if (into.any) into.text.append(into.separator);
      into.text.append(text);
      into.any = true;
      into.too_long = into.text.size() > kLongestText;
    }
  });
  if constexpr (kList) AppendNestedEnd(&joining.text);
  context.Forget(state.text);
  state.any = joining.any;
  state.too_long = joining.too_long;
  state.text = joining.too_long ? StringRef() : context.Intern(StringRef(joining.text));
  state.changed = false;
}

Outcome Conclude(const Joined& state, StringRef* result) {
  if (!state.any) return Outcome::kNull;
  if (state.too_long) return Outcome::kOutOfRange;
  *result = state.text;
  return Outcome::kValue;
}

void Release(AggregateContext& context, uint8_t* bytes) {
  Joined& state = *reinterpret_cast<Joined*>(bytes);
  context.ordered()->Release(&state.values);
  context.Forget(state.text);
}

void Relocate(AggregateContext& context, const AggregateCall&, uint8_t* bytes) {
  Joined& state = *reinterpret_cast<Joined*>(bytes);
  state.text = context.Intern(state.text);
}

/// NULL does not count. In the order of values, which is that of their bytes.
void UpdateHistogram(AggregateContext& context, std::span<const Vector> arguments, const int64_t* weights,
                     const RowOrder*, uint8_t* const* states, uint32_t offset, uint32_t rows) {
  const StringRef* values = arguments[0].data<StringRef>();
  ForEachValue(arguments[0], weights, rows, [&](uint32_t i, int64_t weight) {
    if (values[i].view().front() == kNestedNull) return;
    Joined& state = StateAt<Joined>(states, i, offset);
    context.ordered()->Add(&state.values, {.value = &values[i]}, weight);
    state.changed = true;
  });
}

void SettleHistogram(AggregateContext& context, const AggregateCall&, uint8_t* bytes) {
  Joined& state = *reinterpret_cast<Joined*>(bytes);
  if (!state.changed) return;
  std::string map;
  context.ordered()->Visit(state.values, &map, [](void* to, const uint8_t* cell, int64_t weight) {
    if (weight <= 0) return;
    std::string& into = *static_cast<std::string*>(to);
    std::string_view key = reinterpret_cast<const StringRef*>(cell)->view();
    key.remove_suffix(1);
    into.append(key);
    const auto count = static_cast<uint64_t>(weight);
    AppendNestedPart(TypeId::kUInt64, {&count, nullptr}, 0, &into);
  });
  context.Forget(state.text);
  state.any = !map.empty();
  AppendNestedEnd(&map);
  state.too_long = map.size() > kLongestText;
  state.text = state.too_long ? StringRef() : context.Intern(StringRef(map));
  state.changed = false;
}

DataType MapOfCounts(std::span<const DataType> arguments) {
  return DataType::Map(arguments[0].children()[0].type, TypeId::kUInt64);
}

AggregateFunction HistogramFunction() {
  AggregateKernel kernel = KernelOf<Joined>();
  kernel.fallible = true;
  kernel.ordered = {.wanted = true};
  kernel.update = UpdateHistogram;
  kernel.combine = Combine;
  kernel.settle = SettleHistogram;
  kernel.finalize = FinalizeState<Joined, StringRef, Conclude, kTooLongMap>;
  kernel.release = Release;
  kernel.relocate = Relocate;
  AggregateFunction function;
  function.name = "histogram";
  function.parameters = {DataType::List(kAny)};
  function.result = TypeId::kNull;
  function.result_of = MapOfCounts;
  function.append_only = function.retractable = kernel;
  return function;
}

template <bool kList>
AggregateFunction JoiningFunction(const char* name, std::vector<DataType> parameters, DataType result) {
  AggregateKernel kernel = KernelOf<Joined>();
  kernel.fallible = true;
  kernel.ordered = {.wanted = true, .positioned = true};
  kernel.update = Update<false>;
  kernel.combine = Combine;
  kernel.settle = Settle<kList>;
  if constexpr (kList) {
    kernel.finalize = FinalizeState<Joined, StringRef, Conclude, kTooLongList>;
  } else {
    kernel.finalize = FinalizeState<Joined, StringRef, Conclude, kTooLong>;
  }
  kernel.release = Release;
  kernel.relocate = Relocate;
  AggregateFunction function;
  function.name = name;
  function.constants = parameters.size() - 1;
  function.parameters = std::move(parameters);
  function.result = std::move(result);
  function.order = AggregateOrder::kByKey;
  function.uses_row_order = true;
  function.append_only = function.retractable = kernel;
  kernel.ordered.keyed = true;
  kernel.update = Update<true>;
  function.by_key = kernel;
  return function;
}

}  // namespace

void RegisterTextAggregates(RegistryBuilder& builder) {
  builder.Describe({.name = "string_agg",
                    .category = "aggregate",
                    .signature = "string_agg([DISTINCT] text VARCHAR, separator VARCHAR [ORDER BY …]) → VARCHAR",
                    .help =
                        "The texts with the separator between them, in the order of ORDER BY, then event time, then "
                        "arrival; distinct ones in their own. NULLs are left out.",
                    .example = "string_agg(x, ', ' ORDER BY x DESC) FROM (VALUES ('a'), ('c'), ('b')) AS t(x)",
                    .example_result = "c, b, a",
                    .aliases = {"listagg", "group_concat"}});
  builder.Add(JoiningFunction<false>("string_agg", {TypeId::kVarchar, TypeId::kVarchar}, TypeId::kVarchar));
  builder.Describe({.name = "array_agg",
                    .category = "aggregate",
                    .signature = "array_agg([DISTINCT] x [ORDER BY …]) → LIST",
                    .help = "The values as a list, NULLs too, in the order of ORDER BY, then event time, then arrival; "
                            "distinct ones in their own. NULL of no rows.",
                    .example = "array_agg(x ORDER BY x DESC) FROM (VALUES (1), (3), (2)) AS t(x)",
                    .example_result = "[3, 2, 1]",
                    .aliases = {"list"}});
  // The binder hands over each value as list_value(x).
  AggregateFunction function = JoiningFunction<true>("array_agg", {DataType::List(kAny)}, TypeId::kNull);
  function.result_of = ResultIsArgument;
  builder.Add(std::move(function));
  builder.Describe({.name = "histogram",
                    .category = "aggregate",
                    .signature = "histogram([DISTINCT] x) → MAP",
                    .help = "How often each value came, in the order of values. NULLs are left out; NULL of no values.",
                    .example = "histogram(x) FROM (VALUES ('b'), ('a'), ('b')) AS t(x)",
                    .example_result = "{a=1, b=2}",
                    .aliases = {}});
  builder.Add(HistogramFunction());
}

}  // namespace laminar
