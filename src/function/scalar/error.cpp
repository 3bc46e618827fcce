// error(message): a row that is asked for it fails.
#include <string>

#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

void ErrorKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<uint8_t>()[i] = 0;
    if (arguments[0].IsValid(i)) {
      context.Fail(i, ErrorCode::kQueryFailed, std::string(At<StringRef>(arguments[0], i).view()));
    }
  }
}

}  // namespace

void RegisterError(RegistryBuilder& builder) {
  builder.Describe({"error",
                    "conditional",
                    "error(message VARCHAR) → BOOLEAN",
                    "Fails with the message; NULL for NULL.",
                    "CASE WHEN 1 < 2 THEN true ELSE error('one is not less') END",
                    "true",
                    {}});
  AddFunction(builder, "error", {TypeId::kVarchar}, TypeId::kBoolean, ErrorKernel, {.traits = kFallible});
}

}  // namespace laminar
