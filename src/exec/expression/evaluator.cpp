#include "exec/expression/evaluator.h"

#include <algorithm>
#include <cstring>

#include "exec/expression/gather.h"

namespace laminar {

void ByteArena::Reset() {
  next_ = 0;
  left_ = 0;
}

void ByteArena::NextBlock(size_t size) {
  constexpr size_t kBlockSize = 1 << 16;
  while (next_ < blocks_.size() && blocks_[next_]->size() < size) ++next_;
  if (next_ == blocks_.size()) blocks_.push_back(Buffer::Allocate(std::max(size, kBlockSize)));
  fill_ = reinterpret_cast<char*>(blocks_[next_]->data());
  left_ = blocks_[next_]->size();
  ++next_;
}

Evaluator::Evaluator(std::shared_ptr<const Code> code)
    : code_(std::move(code)), vectors_(code_->slots.size()), errors_(code_->slots.size()) {
  for (const int width : code_->buffer_widths) {
    buffers_.push_back(Buffer::Allocate(kKernelRows * static_cast<size_t>(width) + kKernelRows / 8));
  }
  size_t most_arguments = 0;
  for (const Instruction& instruction : code_->instructions) {
    most_arguments = std::max<size_t>(most_arguments, instruction.argument_count);
  }
  arguments_.resize(most_arguments);
  for (uint32_t i = 0; i < code_->slots.size(); ++i) {
    const Slot& slot = code_->slots[i];
    if (slot.kind == Slot::Kind::kConstant) vectors_[i] = slot.constant->vector();
    if (slot.kind == Slot::Kind::kColumn) column_slots_.push_back(i);
  }
}

void Evaluator::Begin(const Delta& input, int64_t now) {
  arena_.Reset();
  input_ = &input;
  now_ = now;
}

void Evaluator::Run(const Slice& slice, std::span<const OutputPlace> places) {
  slice_ = slice;
  for (const uint32_t slot : column_slots_) LoadColumn(slot, places);
  for (const Instruction& instruction : code_->instructions) Execute(instruction, places);
}

OutputPlace Evaluator::PlaceOf(const Slot& slot, std::span<const OutputPlace> places) {
  if (slot.output >= 0) return places[static_cast<size_t>(slot.output)];
  Buffer& buffer = *buffers_[static_cast<size_t>(slot.buffer)];
  return {buffer.data(), reinterpret_cast<uint64_t*>(buffer.data() + kKernelRows * static_cast<size_t>(slot.width))};
}

void Evaluator::LoadColumn(uint32_t index, std::span<const OutputPlace> places) {
  const Slot& slot = code_->slots[index];
  const Column& column = input_->columns[static_cast<size_t>(slot.column)];
  Vector& vector = vectors_[index];
  if (slice_.rows == nullptr) {
    vector.values = static_cast<const uint8_t*>(column.values) + size_t{slice_.begin} * static_cast<size_t>(slot.width);
    vector.validity = column.validity == nullptr ? nullptr : column.validity + slice_.begin / 64;
    return;
  }
  const OutputPlace place = PlaceOf(slot, places);
  GatherValues(column.values, slot.width, slice_.rows, slice_.count, place.values);
  vector.values = place.values;
  vector.validity = nullptr;
  if (column.validity != nullptr) {
    GatherValidity(column.validity, slice_.rows, slice_.count, place.validity);
    vector.validity = place.validity;
  } else if (slot.output >= 0) {
    FillBits(place.validity, slice_.count);
  }
}

void Evaluator::Execute(const Instruction& instruction, std::span<const OutputPlace> places) {
  const Slot& slot = code_->slots[instruction.result];
  const uint32_t* const argument_slots = code_->arguments.data() + instruction.first_argument;
  bool operand_errors = false;
  for (uint32_t a = 0; a < instruction.argument_count; ++a) {
    arguments_[a] = vectors_[argument_slots[a]];
    operand_errors |= arguments_[a].errors != nullptr;
  }
  const std::span<const Vector> arguments(arguments_.data(), instruction.argument_count);
  const OutputPlace place = PlaceOf(slot, places);
  MutableVector result{place.values, place.validity, false};
  RowErrors& errors = errors_[instruction.result];
  if (!errors.entries.empty()) errors.entries.clear();
  result_ = &result;
  failures_ = instruction.failure_is_null ? nullptr : &errors;

  const uint32_t rows = instruction.once ? std::min<uint32_t>(1, slice_.count) : slice_.count;
  if (CombineValidity(instruction, arguments, rows, &result)) {
    instruction.kernel(*this, instruction.state.get(), arguments, rows, result);
  } else {
    std::memset(result.values, 0, size_t{rows} * static_cast<size_t>(slot.width));
  }
  if (instruction.once) Repeat(instruction, &result);
  if (operand_errors && instruction.nulls != NullBehaviour::kMasks) TakeOperandErrors(instruction, arguments, &result);
  if (result.has_nulls && slot.type.physical() == PhysicalType::kString) {
    // Whatever a kernel made of the empty text under a NULL is not to be seen.
    auto* strings = reinterpret_cast<StringRef*>(place.values);
    for (uint32_t i = 0; i < slice_.count; ++i) {
      if (!GetBit(place.validity, i)) strings[i] = StringRef();
    }
  }
  Vector& vector = vectors_[instruction.result];
  vector.values = place.values;
  vector.validity = result.has_nulls ? place.validity : nullptr;
  vector.errors = errors.entries.empty() ? nullptr : &errors;
}

// Presets the result's validity. False when a constant operand is NULL, so that nothing is left to compute.
bool Evaluator::CombineValidity(const Instruction& instruction, std::span<const Vector> arguments, uint32_t rows,
                                MutableVector* result) {
  if (instruction.nulls != NullBehaviour::kPropagates) {
    FillBits(result->validity, rows);
    return true;
  }
  const size_t words = BitmapWords(rows);
  for (const Vector& argument : arguments) {
    if (argument.validity == nullptr) continue;
    if (argument.constant) {
      std::memset(result->validity, 0, words * sizeof(uint64_t));
      result->has_nulls = true;
      return false;
    }
    if (!result->has_nulls) {
      std::memcpy(result->validity, argument.validity, words * sizeof(uint64_t));
    } else {
      for (size_t w = 0; w < words; ++w) result->validity[w] &= argument.validity[w];
    }
    result->has_nulls = true;
  }
  if (!result->has_nulls) FillBits(result->validity, rows);
  return true;
}

void Evaluator::TakeOperandErrors(const Instruction& instruction, std::span<const Vector> arguments,
                                  MutableVector* result) {
  RowErrors merged;
  for (const Vector& argument : arguments) {
    if (argument.errors == nullptr) continue;
    RowErrors next;
    std::set_union(merged.entries.begin(), merged.entries.end(), argument.errors->entries.begin(),
                   argument.errors->entries.end(), std::back_inserter(next.entries),
                   [](const RowErrors::Entry& a, const RowErrors::Entry& b) { return a.row < b.row; });
    merged = std::move(next);
  }
  for (const RowErrors::Entry& entry : merged.entries) ClearBit(result->validity, entry.row);
  result->has_nulls = true;
  RowErrors& own = errors_[instruction.result];
  RowErrors all;
  std::set_union(merged.entries.begin(), merged.entries.end(), own.entries.begin(), own.entries.end(),
                 std::back_inserter(all.entries),
                 [](const RowErrors::Entry& a, const RowErrors::Entry& b) { return a.row < b.row; });
  own = std::move(all);
}

// The first row's outcome becomes every row's.
void Evaluator::Repeat(const Instruction& instruction, MutableVector* result) {
  const size_t width = static_cast<size_t>(code_->slots[instruction.result].width);
  auto* values = static_cast<uint8_t*>(result->values);
  for (uint32_t i = 1; i < slice_.count; ++i) std::memcpy(values + i * width, values, width);
  if (slice_.count == 0) return;
  if (GetBit(result->validity, 0)) {
    FillBits(result->validity, slice_.count);
  } else {
    std::memset(result->validity, 0, BitmapWords(slice_.count) * sizeof(uint64_t));
  }
  RowErrors& errors = errors_[instruction.result];
  if (errors.entries.empty()) return;
  errors.entries.resize(slice_.count, errors.entries.front());
  for (uint32_t i = 0; i < slice_.count; ++i) errors.entries[i].row = i;
}

void Evaluator::Fail(uint32_t row, ErrorCode code, std::string message) {
  ClearBit(result_->validity, row);
  result_->has_nulls = true;
  if (failures_ != nullptr) failures_->entries.push_back({row, code, std::move(message)});
}

int64_t Evaluator::TimeOf(uint32_t row) const {
  if (input_->marks.empty()) return now_;
  const uint32_t physical = slice_.PhysicalRow(row);
  const auto after = std::upper_bound(input_->marks.begin(), input_->marks.end(), physical,
                                      [](uint32_t wanted, const Mark& mark) { return wanted < mark.row; });
  return std::prev(after)->time;
}

Result<Value> ComputeOnce(const Instruction& instruction, std::vector<Ref<ConstantCell>> operands,
                          const DataType& type) {
  auto code = std::make_shared<Code>();
  Instruction only = instruction;
  only.once = true;
  only.argument_count = static_cast<uint32_t>(operands.size());
  only.result = only.argument_count;
  for (Ref<ConstantCell>& operand : operands) {
    Slot slot;
    slot.kind = Slot::Kind::kConstant;
    slot.constant = std::move(operand);
    code->arguments.push_back(static_cast<uint32_t>(code->slots.size()));
    code->slots.push_back(std::move(slot));
  }
  Slot result;
  result.type = type;
  result.width = PhysicalWidth(type.physical());
  result.buffer = 0;
  code->slots.push_back(std::move(result));
  code->buffer_widths.push_back(PhysicalWidth(type.physical()));
  code->instructions.push_back(std::move(only));

  const uint32_t slot = code->instructions[0].result;
  Evaluator evaluator(std::move(code));
  const Delta no_columns;
  evaluator.Begin(no_columns, 0);
  evaluator.Run({nullptr, 0, 1}, {});
  const Vector& vector = evaluator.vector(slot);
  if (vector.errors != nullptr) return Status(vector.errors->entries[0].code, vector.errors->entries[0].message);
  return ReadValue(type, vector.values, vector.validity, 0);
}

}  // namespace laminar
