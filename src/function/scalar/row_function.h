// Kernels from a function of one row, for work that dwarfs a call: digests, distances, formats.
#pragma once

#include <string>
#include <type_traits>

#include "function/scalar/simple_function.h"

namespace laminar {

/// `kApply(arguments, row, std::string*)` appends the text or bytes of a row.
template <auto kApply>
void TextKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string scratch;
  ForEachValid(result, rows, [&](uint32_t i) {
    scratch.clear();
    kApply(arguments, i, &scratch);
    out[i] = MakeString(context, scratch);
  });
}

/// `const char* kApply(arguments, row, std::string*)`: what is wrong with the row, or null.
template <auto kApply>
void FallibleTextKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                        MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string scratch;
  ForEachValid(result, rows, [&](uint32_t i) {
    scratch.clear();
    if (const char* problem = kApply(arguments, i, &scratch)) {
      context.Fail(i, ErrorCode::kQueryFailed, problem);
    } else {
      out[i] = MakeString(context, scratch);
    }
  });
}

/// `T kApply(arguments, row)`.
template <typename T, auto kApply>
void RowKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  T* out = result.data<T>();
  std::fill_n(out, rows, T{});
  ForEachValid(result, rows, [&](uint32_t i) { out[i] = kApply(arguments, i); });
}

/// `const char* kApply(arguments, row, T*)`: what is wrong with the row, or null.
template <typename T, auto kApply>
void FallibleRowKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  T* out = result.data<T>();
  std::fill_n(out, rows, T{});
  ForEachValid(result, rows, [&](uint32_t i) {
    if (const char* problem = kApply(arguments, i, &out[i])) context.Fail(i, ErrorCode::kQueryFailed, problem);
  });
}

}  // namespace laminar
