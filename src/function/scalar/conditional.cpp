// CASE, COALESCE, IF, NULLIF, GREATEST, LEAST: which operand a row takes.
#include "function/scalar/conditional.h"

#include <algorithm>
#include <map>

#include "function/compare.h"
#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

// Rows whose fate an operand that failed decides.
using FailedRows = std::map<uint32_t, const RowErrors::Entry*>;

// Row i takes operand choice[i], with its NULL or its error.
template <typename T>
void TakeChosen(KernelContext& context, std::span<const Vector> arguments, const uint16_t* choice,
                const FailedRows& failed, uint32_t rows, MutableVector& result) {
  T* out = result.data<T>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = At<T>(arguments[choice[i]], i);
  const bool plain = std::all_of(arguments.begin(), arguments.end(), [](const Vector& argument) {
    return argument.validity == nullptr && argument.errors == nullptr;
  });
  if (plain) return;
  for (uint32_t i = 0; i < rows; ++i) {
    const Vector& argument = arguments[choice[i]];
    const RowErrors::Entry* error = nullptr;
    if (!failed.empty()) {
      if (const auto found = failed.find(i); found != failed.end()) error = found->second;
    }
    if (error == nullptr && argument.IsValid(i)) continue;
    if (error == nullptr && argument.errors != nullptr) error = argument.errors->Find(i);
    if (error != nullptr) {
      context.Fail(i, error->code, error->message);
    } else {
      SetNull(result, i);
    }
  }
}

template <typename T>
void RunCase(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
             MutableVector& result) {
  const auto otherwise = static_cast<uint16_t>(arguments.size() - 1);
  uint16_t choice[kKernelRows];
  FailedRows failed;
  std::fill_n(choice, rows, otherwise);
  // From the last condition to the first, so that the first one that is true, or fails, has the last word.
  for (size_t k = arguments.size() - 1; k >= 2; k -= 2) {
    const Vector& condition = arguments[k - 2];
    const auto taken = static_cast<uint16_t>(k - 1);
    const uint8_t* values = condition.data<uint8_t>();
    if (condition.validity == nullptr && !condition.constant && failed.empty()) {
      for (uint32_t i = 0; i < rows; ++i) choice[i] = values[i] != 0 ? taken : choice[i];
      continue;
    }
    for (uint32_t i = 0; i < rows; ++i) {
      if (!condition.IsValid(i) || values[condition.Index(i)] == 0) continue;
      choice[i] = taken;
      if (!failed.empty()) failed.erase(i);
    }
    if (condition.errors == nullptr) continue;
    for (const RowErrors::Entry& entry : condition.errors->entries) failed[entry.row] = &entry;
  }
  TakeChosen<T>(context, arguments, choice, failed, rows, result);
}

template <typename T>
void CoalesceKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  uint16_t choice[kKernelRows];
  std::fill_n(choice, rows, static_cast<uint16_t>(arguments.size() - 1));
  for (size_t k = arguments.size() - 1; k-- > 0;) {
    const Vector& argument = arguments[k];
    for (uint32_t i = 0; i < rows; ++i) choice[i] = argument.IsValid(i) ? static_cast<uint16_t>(k) : choice[i];
    if (argument.errors == nullptr) continue;
    for (const RowErrors::Entry& entry : argument.errors->entries) choice[entry.row] = static_cast<uint16_t>(k);
  }
  TakeChosen<T>(context, arguments, choice, {}, rows, result);
}

// NULL when both are equal, otherwise the first, NULL or not.
template <typename T>
void NullIfKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  T* out = result.data<T>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = At<T>(arguments[0], i);
    const bool valid = arguments[0].IsValid(i);
    if (!valid || (arguments[1].IsValid(i) && Equal::Apply(out[i], At<T>(arguments[1], i)))) SetNull(result, i);
  }
}

// NULLs are left out; NULL when all are.
template <typename T, typename Better>
void ExtremeKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  T* out = result.data<T>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = T{};
    bool any = false;
    for (const Vector& argument : arguments) {
      if (!argument.IsValid(i)) continue;
      const T& value = At<T>(argument, i);
      if (!any || Better::Apply(value, out[i])) out[i] = value;
      any = true;
    }
    if (!any) SetNull(result, i);
  }
}

std::unique_ptr<CallState> ResultLikeFirst(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[0]->type;
  return nullptr;
}

std::unique_ptr<CallState> ResultLikeSecond(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[1]->type;
  return nullptr;
}

template <typename Coerce>
auto WithCount(size_t least, size_t most, Coerce coerce) {
  return [=](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
    return arguments.size() >= least && arguments.size() <= most && coerce(arguments, types);
  };
}

void Add(RegistryBuilder& builder, const char* name, PhysicalType physical, ScalarKernel kernel, NullBehaviour nulls,
         size_t least, size_t most) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {kAny, kAny},
                             .result = kAny,
                             .traits = {.nulls = nulls},
                             .kernel = kernel,
                             .coerce = WithCount(least, most, CoerceToCommon(physical)),
                             .bind = ResultLikeFirst});
}

void AddIf(RegistryBuilder& builder, PhysicalType physical) {
  const auto coerce = [common = CoerceToCommon(physical, 1)](std::span<const ExpressionPtr> arguments,
                                                             std::vector<DataType>* types) {
    if (!common(arguments, types)) return false;
    (*types)[0] = TypeId::kBoolean;
    return arguments[0]->type.id() == TypeId::kBoolean || arguments[0]->type.id() == TypeId::kNull;
  };
  builder.Add(ScalarFunction{.name = "if",
                             .parameters = {TypeId::kBoolean, kAny, kAny},
                             .result = kAny,
                             .traits = {.nulls = NullBehaviour::kMasks},
                             .kernel = CaseKernel(physical),
                             .coerce = WithCount(3, 3, coerce),
                             .bind = ResultLikeSecond});
}

constexpr size_t kManyArguments = 1'000;

}  // namespace

ScalarKernel CaseKernel(PhysicalType result) {
  switch (PhysicalWidth(result)) {
    case 1:
      return RunCase<uint8_t>;
    case 2:
      return RunCase<uint16_t>;
    case 4:
      return RunCase<uint32_t>;
    case 8:
      return RunCase<uint64_t>;
    default:
      return RunCase<uint128_t>;
  }
}

void RegisterConditional(RegistryBuilder& builder) {
  builder.Describe({"coalesce",
                    "conditional",
                    "coalesce(x, …) → type of x",
                    "The first argument that is not NULL.",
                    "coalesce(NULL, 2, 3)",
                    "2",
                    {"ifnull"}});
  builder.Describe({"if",
                    "conditional",
                    "if(condition BOOLEAN, x, y) → type of x",
                    "x where the condition is true, otherwise y.",
                    "if(1 < 2, 'yes', 'no')",
                    "yes",
                    {"iff"}});
  builder.Describe({"nullif",
                    "conditional",
                    "nullif(x, y) → type of x",
                    "NULL when x equals y, otherwise x.",
                    "nullif(5, 5)",
                    "NULL",
                    {}});
  builder.Describe({"greatest",
                    "conditional",
                    "greatest(x, …) → type of x",
                    "The greatest argument; NULLs do not count.",
                    "greatest(3, 7, NULL)",
                    "7",
                    {}});
  builder.Describe({"least",
                    "conditional",
                    "least(x, …) → type of x",
                    "The least argument; NULLs do not count.",
                    "least('b', 'a')",
                    "a",
                    {}});
  for (const PhysicalType physical : kAllPhysicalTypes) {
    VisitPhysical(physical, [&](auto tag) {
      using T = typename decltype(tag)::type;
      Add(builder, "coalesce", physical, CoalesceKernel<T>, NullBehaviour::kMasks, 1, kManyArguments);
      Add(builder, "nullif", physical, NullIfKernel<T>, NullBehaviour::kHandled, 2, 2);
      Add(builder, "greatest", physical, ExtremeKernel<T, Greater>, NullBehaviour::kHandled, 1, kManyArguments);
      Add(builder, "least", physical, ExtremeKernel<T, Less>, NullBehaviour::kHandled, 1, kManyArguments);
    });
    AddIf(builder, physical);
  }
}

}  // namespace laminar
