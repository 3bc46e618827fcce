// x IN (a, b, …): over constants a hash set, otherwise a comparison with each.
#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>

#include "common/hash.h"
#include "function/compare.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

template <typename T>
struct KeyHash {
  size_t operator()(const T& value) const {
    if constexpr (std::is_same_v<T, StringRef>) {
      return HashString(value);
    } else if constexpr (std::is_same_v<T, Interval>) {
      const int128_t length = value.Normalized();
      return CombineHash(HashWord(static_cast<uint64_t>(length)), static_cast<uint64_t>(length >> 64));
    } else if constexpr (sizeof(T) == 16) {
      return CombineHash(HashWord(static_cast<uint64_t>(value)), static_cast<uint64_t>(value >> 64));
    } else {
      return HashWord(KeyBits(value));
    }
  }
};
template <typename T>
struct KeyEqual {
  bool operator()(const T& a, const T& b) const { return Equal::Apply(a, b); }
};

template <typename T>
struct InState final : CallState {
  std::vector<Value> held;  // what long texts in the set point to
  boost::unordered_flat_set<T, KeyHash<T>, KeyEqual<T>> set;
  std::vector<T> few;  // instead of the set: comparing with a handful is quicker than hashing
  bool has_null = false;
};

constexpr size_t kFew = 8;

template <typename T>
void SetKernel(const InState<T>& state, std::span<const Vector> arguments, uint32_t rows, MutableVector& result) {
  const T* values = arguments[0].data<T>();
  uint8_t* out = result.data<uint8_t>();
  if (!state.few.empty()) {
    std::fill_n(out, rows, uint8_t{0});
    for (const T& wanted : state.few) {
      for (uint32_t i = 0; i < rows; ++i)
        out[i] = static_cast<uint8_t>(out[i] | uint8_t{Equal::Apply(values[i], wanted)});
    }
  } else {
    for (uint32_t i = 0; i < rows; ++i) out[i] = state.set.contains(values[i]) ? 1 : 0;
  }
  for (uint32_t i = 0; i < rows; ++i) {
    if (!arguments[0].IsValid(i) || (state.has_null && out[i] == 0)) SetNull(result, i);
  }
}

template <typename T>
void InKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
              MutableVector& result) {
  if (call_state != nullptr && !arguments[0].constant) {
    return SetKernel(*static_cast<const InState<T>*>(call_state), arguments, rows, result);
  }
  uint8_t* out = result.data<uint8_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = 0;
    if (!arguments[0].IsValid(i)) {
      SetNull(result, i);
      continue;
    }
    bool unknown = false;
    for (const Vector& candidate : arguments.subspan(1)) {
      if (!candidate.IsValid(i)) {
        unknown = true;
      } else if (Equal::Apply(At<T>(arguments[0], i), At<T>(candidate, i))) {
        out[i] = 1;
        break;
      }
    }
    if (out[i] == 0 && unknown) SetNull(result, i);
  }
}

template <typename T>
std::unique_ptr<CallState> BindIn(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<InState<T>>();
  for (const ExpressionPtr& argument : arguments.subspan(1)) {
    if (!argument->is_constant()) return nullptr;
    if (argument->value.is_null()) {
      state->has_null = true;
    } else {
      state->held.push_back(argument->value);
    }
  }
  for (const Value& value : state->held) {
    T key{};
    WriteValue(value, &key, 0);
    state->few.push_back(key);
  }
  if (state->few.size() > kFew || state->few.empty()) {
    state->set.insert(state->few.begin(), state->few.end());
    state->few.clear();
  }
  return state;
}

}  // namespace

void RegisterInList(RegistryBuilder& builder) {
  builder.Describe({"in",
                    "operator",
                    "x IN (a, …) → BOOLEAN",
                    "Is x equal to one of the list? NULL when not, but something compared is NULL.",
                    "2 IN (1, 2, 3)",
                    "true",
                    {}});
  for (const PhysicalType physical : kAllPhysicalTypes) {
    VisitPhysical(physical, [&](auto tag) {
      using T = typename decltype(tag)::type;
      builder.Add(ScalarFunction{
          .name = "in",
          .parameters = {kAny, kAny},
          .result = TypeId::kBoolean,
          .traits = {.nulls = NullBehaviour::kHandled},
          .kernel = InKernel<T>,
          .coerce = [coerce = CoerceToCommon(physical)](
                        std::span<const ExpressionPtr> arguments,
                        std::vector<DataType>* types) { return arguments.size() >= 2 && coerce(arguments, types); },
          .bind = BindIn<T>});
    });
  }
}

}  // namespace laminar
