// What a program consists of once it is compiled: slots for values, and the kernels that fill them in order.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/buffer.h"
#include "common/value.h"
#include "function/expression.h"
#include "function/scalar_function.h"

namespace laminar {

/// A constant in physical form, for as long as any program uses it.
class ConstantCell final : public RefCounted {
 public:
  explicit ConstantCell(Value value);
  const Value& value() const { return value_; }
  /// constant == true.
  const Vector& vector() const { return vector_; }

 private:
  Value value_;
  alignas(16) char bytes_[16] = {};
  uint64_t valid_ = 1;
  Vector vector_;
};

struct Slot {
  enum class Kind : uint8_t {
    kColumn,    // of the input
    kConstant,  // `constant`
    kRegister,  // written by one instruction
  };
  Kind kind = Kind::kRegister;
  DataType type;
  int width = 0;
  int column = -1;
  Ref<ConstantCell> constant;
  int buffer = -1;  // kRegister: which of the scratch buffers; -1: an output's
  int output = -1;  // index among the distinct outputs, or -1
};

struct Instruction {
  ScalarKernel kernel = nullptr;
  std::shared_ptr<const CallState> state;
  NullBehaviour nulls = NullBehaviour::kPropagates;
  bool failure_is_null = false;  // TRY_CAST
  bool once = false;             // all operands are constants: computed for one row, then repeated
  uint32_t first_argument = 0;   // in Code::arguments
  uint32_t argument_count = 0;
  uint32_t result = 0;  // slot
};

/// Immutable; shared by a program and its clones.
struct Code {
  std::vector<Slot> slots;
  std::vector<uint32_t> arguments;  // slots
  std::vector<Instruction> instructions;
  std::vector<int> buffer_widths;  // of scratch buffers, bytes a row
  std::vector<uint32_t> outputs;   // slot per expression
  int output_buffers = 0;          // distinct slots among them
};

/// `keep_outputs`: results are needed whole, beyond the slice they were computed in, so they get memory of their own.
/// Equal subexpressions share a slot; constant ones are computed now unless they fail, in which case they fail for
/// every row that needs them. Throws Error where a function's `bind` does.
std::shared_ptr<const Code> CompileExpressions(std::span<const Expression* const> expressions, bool keep_outputs);

}  // namespace laminar
