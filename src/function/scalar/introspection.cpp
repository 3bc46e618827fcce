// What a value's type is, and how many arguments are NULL.
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct TypeState final : CallState {
  std::string text;
};

std::unique_ptr<CallState> BindType(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<TypeState>();
  state->text = arguments[0]->type.ToString();
  return state;
}

void TypeKernel(KernelContext& context, const CallState* state, std::span<const Vector>, uint32_t rows,
                MutableVector& result) {
  std::fill_n(result.data<StringRef>(), rows, MakeString(context, static_cast<const TypeState*>(state)->text));
}

template <bool kNulls>
void CountKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  int32_t* out = result.data<int32_t>();
  std::fill_n(out, rows, 0);
  for (const Vector& argument : arguments) {
    for (uint32_t i = 0; i < rows; ++i) out[i] += argument.IsValid(i) != kNulls;
  }
}

}  // namespace

void RegisterIntrospection(RegistryBuilder& builder) {
  const FunctionTraits handled{.nulls = NullBehaviour::kHandled, .never_null = true};
  builder.Describe({"typeof",
                    "conditional",
                    "typeof(x) → VARCHAR",
                    "The name of a value's type.",
                    "typeof(1.50)",
                    "DECIMAL(3,2)",
                    {"pg_typeof"}});
  AddFunction(builder, "typeof", {kAny}, TypeId::kVarchar, TypeKernel, {.traits = handled, .bind = BindType});
  builder.Describe({"num_nulls",
                    "conditional",
                    "num_nulls(x, …) → INTEGER",
                    "How many arguments are NULL.",
                    "num_nulls(1, NULL, 'a')",
                    "1",
                    {}});
  AddFunction(builder, "num_nulls", {kAny, kAny}, TypeId::kInt32, CountKernel<true>,
              {.traits = handled, .variadic = true});
  builder.Describe({"num_nonnulls",
                    "conditional",
                    "num_nonnulls(x, …) → INTEGER",
                    "How many arguments are not NULL.",
                    "num_nonnulls(1, NULL, 'a')",
                    "2",
                    {}});
  AddFunction(builder, "num_nonnulls", {kAny, kAny}, TypeId::kInt32, CountKernel<false>,
              {.traits = handled, .variadic = true});
}

}  // namespace laminar
