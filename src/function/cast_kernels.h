// The families of conversions that FindCast chooses from; one file each.
#pragma once

#include <span>

#include "common/type.h"
#include "function/cast.h"
#include "function/scalar/kernel.h"

namespace laminar {

struct CastState final : CallState {
  CastState(DataType from_type, DataType to_type) : from(std::move(from_type)), to(std::move(to_type)) {}
  DataType from;
  DataType to;
};

struct CastKernel {
  ScalarKernel kernel = nullptr;
  bool fallible = false;
};

CastKernel FindNumberCast(const DataType& from, const DataType& to);  // between numbers, and BOOLEAN with integers
CastKernel FindTimeCast(const DataType& from, const DataType& to);    // between dates, times, timestamps, intervals
CastKernel FindParsingCast(const DataType& to);                       // from VARCHAR
CastKernel FindNestedCast(const DataType& from, const DataType& to);  // of lists, structs, maps; and to VARCHAR
CastKernel FindFormattingCast(const DataType& from);                  // to VARCHAR

/// "value 300 is out of range for type TINYINT" for row `i`.
void FailOutOfRange(KernelContext& context, const CastState& state, const Vector& argument, uint32_t i);

/// `Convert::Apply(In, const CastState&, Out*)` answers false, having written something, for a value without an image.
/// The first loop only notes that there was one, so that the compiler can vectorise it.
template <typename Convert, typename In, typename Out>
void CheckedCast(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  const auto& state = *static_cast<const CastState*>(call_state);
  const In* in = arguments[0].data<In>();
  Out* out = result.data<Out>();
  bool all = true;
  for (uint32_t i = 0; i < rows; ++i) all &= Convert::Apply(in[i], state, &out[i]);
  if (all) return;
  ForEachValid(result, rows, [&](uint32_t i) {
    Out ignored;
    if (!Convert::Apply(in[i], state, &ignored)) FailOutOfRange(context, state, arguments[0], i);
  });
}

/// `Convert::Apply(In, const CastState&) → Out` for conversions that cannot fail.
template <typename Convert, typename In, typename Out>
void PlainCast(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  const auto& state = *static_cast<const CastState*>(call_state);
  const In* in = arguments[0].data<In>();
  Out* out = result.data<Out>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = Convert::Apply(in[i], state);
}

}  // namespace laminar
