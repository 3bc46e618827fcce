// Runs code over one slice of rows at a time.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/delta.h"
#include "common/status.h"
#include "exec/expression/code.h"

namespace laminar {

/// Bytes of strings made during a run. Blocks are kept from run to run.
class ByteArena {
 public:
  char* Allocate(size_t size) {
    if (size > left_) NextBlock(size);
    char* bytes = fill_;
    fill_ += size;
    left_ -= size;
    return bytes;
  }
  void Reset();

 private:
  void NextBlock(size_t size);

  std::vector<Ref<Buffer>> blocks_;
  size_t next_ = 0;
  char* fill_ = nullptr;
  size_t left_ = 0;
};

/// The rows of a slice: `count` of them, named by `rows`, or those from `begin` on when that is null. `begin` is a
/// multiple of 64 then.
struct Slice {
  const uint32_t* rows = nullptr;
  uint32_t begin = 0;
  uint32_t count = 0;

  uint32_t PhysicalRow(uint32_t i) const { return rows != nullptr ? rows[i] : begin + i; }
};

/// Where a kept output goes: the slice's part of it.
struct OutputPlace {
  uint8_t* values = nullptr;
  uint64_t* validity = nullptr;
};

/// Scratch memory for one Code. One thread at a time. Calls: Begin, then Run for each slice.
class Evaluator final : private KernelContext {
 public:
  explicit Evaluator(std::shared_ptr<const Code> code);

  const Code& code() const { return *code_; }
  /// Forgets the strings of the last run.
  void Begin(const Delta& input, int64_t now);
  /// Computes all instructions for the slice. `places` has one entry per distinct output; empty when none is kept.
  void Run(const Slice& slice, std::span<const OutputPlace> places);
  /// A slot's value for the slice just run.
  const Vector& vector(uint32_t slot) const { return vectors_[slot]; }

 private:
  char* AllocateBytes(size_t size) override { return arena_.Allocate(size); }
  void Fail(uint32_t row, ErrorCode code, std::string message) override;
  int64_t TimeOf(uint32_t row) const override;

  OutputPlace PlaceOf(const Slot& slot, std::span<const OutputPlace> places);
  void LoadColumn(uint32_t slot, std::span<const OutputPlace> places);
  void Execute(const Instruction& instruction, std::span<const OutputPlace> places);
  bool CombineValidity(const Instruction& instruction, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector* result);
  void TakeOperandErrors(const Instruction& instruction, std::span<const Vector> arguments, MutableVector* result);
  void Repeat(const Instruction& instruction, MutableVector* result);

  std::shared_ptr<const Code> code_;
  std::vector<Vector> vectors_;       // per slot
  std::vector<RowErrors> errors_;     // per slot
  std::vector<Ref<Buffer>> buffers_;  // values, then validity, of kKernelRows rows
  std::vector<Vector> arguments_;     // of the current instruction
  std::vector<uint32_t> column_slots_;
  ByteArena arena_;

  const Delta* input_ = nullptr;
  int64_t now_ = 0;
  Slice slice_;
  MutableVector* result_ = nullptr;  // of the current instruction
  RowErrors* failures_ = nullptr;    // likewise; null while failures become NULL
};

/// The value of one instruction over constants; its error if it fails.
Result<Value> ComputeOnce(const Instruction& instruction, std::vector<Ref<ConstantCell>> operands,
                          const DataType& type);

}  // namespace laminar
