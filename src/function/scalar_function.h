// A scalar function as it is declared once: what SQL sees, what help says, what it promises, and the loop that runs it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/type.h"
#include "function/vector.h"

namespace laminar {

class Expression;

/// What the binder decided for one call, kept for all its rows: a compiled pattern, a parsed unit, a scale.
struct CallState {
  virtual ~CallState() = default;
};

/// Where a kernel gets memory and reports errors. One per program run, on one thread.
class KernelContext {
 public:
  virtual ~KernelContext() = default;
  /// Bytes for strings that live as long as the run's results.
  virtual char* AllocateBytes(size_t size) = 0;
  /// This row has no value but an error; the kernel leaves values[row] as any initialised bits. Rows ascend.
  virtual void Fail(uint32_t row, ErrorCode code, std::string message) = 0;
  /// Logged time of the call that brought `row`: microseconds since the epoch.
  virtual int64_t TimeOf(uint32_t row) const = 0;
};

/// Result buffers of a kernel, allocated by the caller for `rows` values.
struct MutableVector {
  void* values;
  uint64_t* validity;  // preset by the caller: all valid, or for `kPropagates` functions the AND of the operands'
  bool has_nulls;      // preset alike; set by whoever clears a bit of validity

  template <typename T>
  T* data() {
    return static_cast<T*>(values);
  }
};

/// Most rows a kernel is ever given at once, so that it may keep small arrays on its stack.
constexpr uint32_t kKernelRows = 2048;

/// The loop behind a function. Operands may be constants, but never all of them, unless the function is not
/// deterministic (the caller computes such calls once, over one row); a unary kernel therefore need not look.
using ScalarKernel = void (*)(KernelContext& context, const CallState* state, std::span<const Vector> arguments,
                              uint32_t rows, MutableVector& result);

/// What NULL and error operands do.
enum class NullBehaviour : uint8_t {
  kPropagates,  // any NULL operand: NULL, any operand in error: that error; the kernel may compute garbage there, never
                // fail
  kHandled,     // the kernel looks at validity itself; errors of operands still become errors of the result
  kMasks,       // the kernel looks at validity and errors itself (AND, OR, COALESCE)
};

struct FunctionTraits {
  NullBehaviour nulls = NullBehaviour::kPropagates;
  bool fallible = false;
  bool deterministic = true;
  bool reads_time = false;
  bool never_null = false;  // kHandled only: IS NULL, concat
};

/// One overload. Registered at start-up, immutable, shared by all databases of the process.
class ScalarFunction {
 public:
  std::string name;  // "date_trunc"; operators by their symbol: "+", "=", "and", "is null"
  /// Patterns: an argument matches when the type ids are equal, so DECIMAL stands for every precision and scale and
  /// TIMESTAMP for every unit and zone. kAny (function/registry_builder.h) matches whatever is given.
  std::vector<DataType> parameters;
  bool variadic = false;  // the last parameter repeats, none or more times
  DataType result;
  FunctionTraits traits;
  ScalarKernel kernel = nullptr;
  /// Optional, for parameters that depend on each other (both sides of `=`, the results of COALESCE): writes the type
  /// each argument is to be brought to, or answers false when this overload does not take them. Then `parameters` is
  /// only text.
  std::function<bool(std::span<const std::unique_ptr<Expression>> arguments, std::vector<DataType>* types)> coerce;
  /// Optional: decides the result type and state from the coerced arguments (constants visible). Throws Error without
  /// position; the binder adds the place. Called by the binder and again whenever a program is compiled, so that
  /// constants folded in between are seen; the result type must be the same each time.
  std::function<std::unique_ptr<CallState>(std::span<const std::unique_ptr<Expression>> arguments, DataType* result)>
      bind;
};

}  // namespace laminar
