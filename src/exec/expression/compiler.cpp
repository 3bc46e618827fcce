// Expression trees to flat code.
#include <algorithm>

#include "exec/expression/code.h"
#include "exec/expression/evaluator.h"
#include "function/cast.h"
#include "function/scalar/conditional.h"

namespace laminar {

ConstantCell::ConstantCell(Value value) : value_(std::move(value)) {
  vector_.values = bytes_;
  vector_.constant = true;
  if (value_.is_null()) {
    valid_ = 0;
    vector_.validity = &valid_;
  } else {
    WriteValue(value_, bytes_, 0);
  }
}

namespace {

class Compiler {
 public:
  uint32_t Visit(const Expression& expression) {
    switch (expression.kind) {
      case ExpressionKind::kColumn:
        return ColumnSlot(expression);
      case ExpressionKind::kConstant:
        return ConstantSlot(expression.value);
      case ExpressionKind::kCall: {
        Instruction instruction;
        instruction.kernel = expression.function->kernel;
        instruction.nulls = expression.function->traits.nulls;
        DataType same_as_bound;
        if (expression.function->bind)
          instruction.state = expression.function->bind(expression.children, &same_as_bound);
        const bool foldable = expression.function->traits.deterministic && !expression.function->traits.reads_time;
        return Add(expression, std::move(instruction), foldable);
      }
      case ExpressionKind::kCast: {
        if (expression.children[0]->type.id() == TypeId::kNull) return ConstantSlot(Value(expression.type));
        const CastFunction cast = FindCast(expression.children[0]->type, expression.type);
        Instruction instruction;
        instruction.kernel = cast.kernel;
        instruction.state = cast.state;
        instruction.failure_is_null = expression.try_cast;
        return Add(expression, std::move(instruction), true);
      }
      case ExpressionKind::kCase: {
        Instruction instruction;
        instruction.kernel = CaseKernel(expression.type.physical());
        instruction.nulls = NullBehaviour::kMasks;
        return Add(expression, std::move(instruction), true);
      }
    }
    return 0;
  }

  std::shared_ptr<const Code> Finish(std::vector<uint32_t> outputs, bool keep_outputs) {
    code_->outputs = std::move(outputs);
    if (keep_outputs) {
      for (const uint32_t slot : code_->outputs) {
        if (code_->slots[slot].output < 0) code_->slots[slot].output = code_->output_buffers++;
      }
    }
    AssignBuffers();
    return code_;
  }

 private:
  uint32_t NewSlot(Slot::Kind kind, const DataType& type) {
    Slot slot;
    slot.kind = kind;
    slot.type = type;
    slot.width = PhysicalWidth(type.physical());
    code_->slots.push_back(std::move(slot));
    return static_cast<uint32_t>(code_->slots.size() - 1);
  }

  uint32_t ColumnSlot(const Expression& column) {
    for (uint32_t i = 0; i < code_->slots.size(); ++i) {
      if (code_->slots[i].kind == Slot::Kind::kColumn && code_->slots[i].column == column.column) return i;
    }
    const uint32_t slot = NewSlot(Slot::Kind::kColumn, column.type);
    code_->slots[slot].column = column.column;
    return slot;
  }

  uint32_t ConstantSlot(const Value& value) {
    for (uint32_t i = 0; i < code_->slots.size(); ++i) {
      if (code_->slots[i].kind == Slot::Kind::kConstant && code_->slots[i].constant->value() == value) return i;
    }
    const uint32_t slot = NewSlot(Slot::Kind::kConstant, value.type());
    code_->slots[slot].constant = MakeRef<ConstantCell>(value);
    return slot;
  }

  uint32_t Add(const Expression& expression, Instruction instruction, bool foldable) {
    std::vector<uint32_t> arguments;
    arguments.reserve(expression.children.size());
    for (const ExpressionPtr& child : expression.children) arguments.push_back(Visit(*child));
    if (expression.deterministic() || expression.evaluation != 0) {
      if (const Instruction* same = FindSame(expression, arguments)) return same->result;
    }
    const bool constant = !arguments.empty() && std::all_of(arguments.begin(), arguments.end(), [this](uint32_t slot) {
      return code_->slots[slot].kind == Slot::Kind::kConstant;
    });
    if (constant && foldable) {
      std::vector<Ref<ConstantCell>> operands;
      for (const uint32_t slot : arguments) operands.push_back(code_->slots[slot].constant);
      if (Result<Value> value = ComputeOnce(instruction, std::move(operands), expression.type); value.ok()) {
        return ConstantSlot(value.value());
      }
    }
    instruction.once = constant && expression.deterministic();
    instruction.first_argument = static_cast<uint32_t>(code_->arguments.size());
    instruction.argument_count = static_cast<uint32_t>(arguments.size());
    instruction.result = NewSlot(Slot::Kind::kRegister, expression.type);
    code_->arguments.insert(code_->arguments.end(), arguments.begin(), arguments.end());
    code_->instructions.push_back(std::move(instruction));
    sources_.push_back(&expression);
    return code_->instructions.back().result;
  }

  // An earlier instruction that computes the same from the same slots.
  const Instruction* FindSame(const Expression& expression, const std::vector<uint32_t>& arguments) const {
    for (size_t i = 0; i < sources_.size(); ++i) {
      const Expression& other = *sources_[i];
      const uint32_t* first = code_->arguments.data() + code_->instructions[i].first_argument;
      if (other.kind == expression.kind && other.function == expression.function && other.type == expression.type &&
          other.try_cast == expression.try_cast && code_->instructions[i].argument_count == arguments.size() &&
          std::equal(arguments.begin(), arguments.end(), first) &&
          (other.deterministic() || (other.evaluation != 0 && other.evaluation == expression.evaluation))) {
        return &code_->instructions[i];
      }
    }
    return nullptr;
  }

  // A scratch buffer is free again after the last instruction that reads it.
  void AssignBuffers() {
    std::vector<size_t> last_use(code_->slots.size(), 0);
    for (size_t i = 0; i < code_->instructions.size(); ++i) {
      const Instruction& instruction = code_->instructions[i];
      for (uint32_t a = 0; a < instruction.argument_count; ++a) {
        last_use[code_->arguments[instruction.first_argument + a]] = i;
      }
    }
    for (const uint32_t slot : code_->outputs) last_use[slot] = code_->instructions.size();
    std::vector<int> free_buffers;
    for (size_t i = 0; i < code_->instructions.size(); ++i) {
      const Instruction& instruction = code_->instructions[i];
      Slot& result = code_->slots[instruction.result];
      if (result.output < 0) {
        const auto reusable = std::find_if(free_buffers.begin(), free_buffers.end(), [&](int buffer) {
          return code_->buffer_widths[static_cast<size_t>(buffer)] == result.width;
        });
        if (reusable != free_buffers.end()) {
          result.buffer = *reusable;
          free_buffers.erase(reusable);
        } else {
          result.buffer = static_cast<int>(code_->buffer_widths.size());
          code_->buffer_widths.push_back(result.width);
        }
      }
      for (uint32_t a = 0; a < instruction.argument_count; ++a) {
        const uint32_t slot = code_->arguments[instruction.first_argument + a];
        int& buffer = code_->slots[slot].buffer;
        if (code_->slots[slot].kind == Slot::Kind::kRegister && buffer >= 0 && last_use[slot] == i &&
            std::find(free_buffers.begin(), free_buffers.end(), buffer) == free_buffers.end()) {
          free_buffers.push_back(buffer);
        }
      }
    }
    // Columns get a buffer each, to be gathered into when there is a selection.
    for (Slot& slot : code_->slots) {
      if (slot.kind != Slot::Kind::kColumn || slot.output >= 0) continue;
      slot.buffer = static_cast<int>(code_->buffer_widths.size());
      code_->buffer_widths.push_back(slot.width);
    }
  }

  std::shared_ptr<Code> code_ = std::make_shared<Code>();
  std::vector<const Expression*> sources_;  // of code_->instructions
};

}  // namespace

std::shared_ptr<const Code> CompileExpressions(std::span<const Expression* const> expressions, bool keep_outputs) {
  Compiler compiler;
  std::vector<uint32_t> outputs;
  outputs.reserve(expressions.size());
  for (const Expression* expression : expressions) outputs.push_back(compiler.Visit(*expression));
  return compiler.Finish(std::move(outputs), keep_outputs);
}

}  // namespace laminar
