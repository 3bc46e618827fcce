// AND, OR, NOT and IS …: three-valued logic, and where an operand that is not needed cannot fail.
#include <algorithm>

#include "function/scalar/kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

// Truth as a number, in the order false < unknown < true: then AND is the least, OR the greatest.
constexpr uint8_t kFalse = 0;
constexpr uint8_t kUnknown = 1;
constexpr uint8_t kTrue = 2;

void ReadTruth(const Vector& vector, uint32_t rows, uint8_t* truth) {
  const uint8_t* values = vector.data<uint8_t>();
  if (vector.constant) {
    std::fill_n(truth, rows, vector.IsValid(0) ? static_cast<uint8_t>(values[0] * 2) : kUnknown);
  } else if (vector.validity == nullptr) {
    for (uint32_t i = 0; i < rows; ++i) truth[i] = static_cast<uint8_t>(values[i] << 1);
  } else {
    for (uint32_t i = 0; i < rows; ++i) {
      const auto valid = static_cast<uint8_t>((vector.validity[i >> 6] >> (i & 63)) & 1);
      truth[i] = static_cast<uint8_t>(((values[i] << 1) & -valid) | (1 - valid));
    }
  }
}

struct Least {
  static uint8_t Apply(uint8_t a, uint8_t b) { return std::min(a, b); }
};
struct Greatest {
  static uint8_t Apply(uint8_t a, uint8_t b) { return std::max(a, b); }
};

const RowErrors::Entry* FirstError(std::span<const Vector> arguments, uint32_t row) {
  for (const Vector& argument : arguments) {
    if (argument.errors == nullptr) continue;
    if (const RowErrors::Entry* entry = argument.errors->Find(row)) return entry;
  }
  return nullptr;
}

template <typename Combine>
void LogicKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  const bool plain = std::all_of(arguments.begin(), arguments.end(), [](const Vector& argument) {
    return argument.validity == nullptr && argument.errors == nullptr && !argument.constant;
  });
  if (plain) {
    std::copy_n(arguments[0].data<uint8_t>(), rows, out);
    for (const Vector& argument : arguments.subspan(1)) {
      const uint8_t* values = argument.data<uint8_t>();
      for (uint32_t i = 0; i < rows; ++i) out[i] = Combine::Apply(out[i], values[i]);
    }
    return;
  }
  uint8_t truth[kKernelRows];
  uint8_t next[kKernelRows];
  ReadTruth(arguments[0], rows, truth);
  for (const Vector& argument : arguments.subspan(1)) {
    ReadTruth(argument, rows, next);
    for (uint32_t i = 0; i < rows; ++i) truth[i] = Combine::Apply(truth[i], next[i]);
  }
  const bool may_fail =
      std::any_of(arguments.begin(), arguments.end(), [](const Vector& v) { return v.errors != nullptr; });
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = truth[i] >> 1;
    if (truth[i] != kUnknown) continue;
    // A row is unknown because an operand is NULL, or because one failed and no other decided.
    const RowErrors::Entry* error = may_fail ? FirstError(arguments, i) : nullptr;
    if (error != nullptr) {
      context.Fail(i, error->code, error->message);
    } else {
      SetNull(result, i);
    }
  }
}

struct Not {
  static uint8_t Apply(uint8_t value) { return static_cast<uint8_t>(value ^ 1); }
};

void IsNullKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  const uint64_t* validity = arguments[0].validity;
  if (validity == nullptr) {
    std::fill_n(out, rows, uint8_t{0});
    return;
  }
  for (uint32_t i = 0; i < rows; ++i) out[i] = static_cast<uint8_t>(~(validity[i >> 6] >> (i & 63)) & 1);
}

void IsNotNullKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                     MutableVector& result) {
  IsNullKernel(context, state, arguments, rows, result);
  uint8_t* out = result.data<uint8_t>();
  for (uint32_t i = 0; i < rows; ++i) out[i] ^= 1;
}

template <uint8_t kWanted, bool kNegated>
void IsTruthKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  ReadTruth(arguments[0], rows, out);
  for (uint32_t i = 0; i < rows; ++i) out[i] = (out[i] == kWanted) != kNegated;
}

void Add(RegistryBuilder& builder, const char* name, DataType parameter, ScalarKernel kernel, FunctionTraits traits,
         bool variadic = false) {
  std::vector<DataType> parameters{parameter};
  if (variadic) parameters.assign(3, parameter);
  builder.Add(ScalarFunction{.name = name,
                             .parameters = std::move(parameters),
                             .variadic = variadic,
                             .result = TypeId::kBoolean,
                             .traits = traits,
                             .kernel = kernel,
                             .coerce = nullptr,
                             .bind = nullptr});
}

}  // namespace

void RegisterBoolean(RegistryBuilder& builder) {
  builder.Describe({"and",
                    "operator",
                    "a AND b → BOOLEAN",
                    "True when all are; an operand beside a false one cannot fail.",
                    "true AND NULL",
                    "NULL",
                    {}});
  builder.Describe({"or",
                    "operator",
                    "a OR b → BOOLEAN",
                    "True when any is; an operand beside a true one cannot fail.",
                    "true OR 1 / 0 = 1",
                    "true",
                    {}});
  builder.Describe({"not", "operator", "NOT a → BOOLEAN", "The opposite; NULL stays NULL.", "NOT true", "false", {}});
  builder.Describe({"is null", "operator", "x IS NULL → BOOLEAN", "Is there no value?", "NULL IS NULL", "true", {}});
  builder.Describe(
      {"is not null", "operator", "x IS NOT NULL → BOOLEAN", "Is there a value?", "1 IS NOT NULL", "true", {}});
  builder.Describe(
      {"is true", "operator", "a IS TRUE → BOOLEAN", "True, and not NULL.", "(1 > NULL) IS TRUE", "false", {}});
  builder.Describe(
      {"is not true", "operator", "a IS NOT TRUE → BOOLEAN", "False or NULL.", "false IS NOT TRUE", "true", {}});
  builder.Describe(
      {"is false", "operator", "a IS FALSE → BOOLEAN", "False, and not NULL.", "(1 > 2) IS FALSE", "true", {}});
  builder.Describe(
      {"is not false", "operator", "a IS NOT FALSE → BOOLEAN", "True or NULL.", "false IS NOT FALSE", "false", {}});
  builder.Describe(
      {"is unknown", "operator", "a IS UNKNOWN → BOOLEAN", "NULL, of a BOOLEAN.", "(1 > NULL) IS UNKNOWN", "true", {}});
  builder.Describe({"is not unknown",
                    "operator",
                    "a IS NOT UNKNOWN → BOOLEAN",
                    "True or false.",
                    "true IS NOT UNKNOWN",
                    "true",
                    {}});

  const FunctionTraits masks{.nulls = NullBehaviour::kMasks};
  const FunctionTraits handled{.nulls = NullBehaviour::kHandled, .never_null = true};
  Add(builder, "and", TypeId::kBoolean, LogicKernel<Least>, masks, true);
  Add(builder, "or", TypeId::kBoolean, LogicKernel<Greatest>, masks, true);
  Add(builder, "not", TypeId::kBoolean, UnaryKernel<Not, uint8_t, uint8_t>, {});
  Add(builder, "is null", kAny, IsNullKernel, handled);
  Add(builder, "is not null", kAny, IsNotNullKernel, handled);
  Add(builder, "is true", TypeId::kBoolean, IsTruthKernel<kTrue, false>, handled);
  Add(builder, "is not true", TypeId::kBoolean, IsTruthKernel<kTrue, true>, handled);
  Add(builder, "is false", TypeId::kBoolean, IsTruthKernel<kFalse, false>, handled);
  Add(builder, "is not false", TypeId::kBoolean, IsTruthKernel<kFalse, true>, handled);
  Add(builder, "is unknown", TypeId::kBoolean, IsTruthKernel<kUnknown, false>, handled);
  Add(builder, "is not unknown", TypeId::kBoolean, IsTruthKernel<kUnknown, true>, handled);
}

}  // namespace laminar
