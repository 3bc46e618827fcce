#include "function/cast.h"

#include <fmt/format.h>

#include <cstring>
#include <deque>

#include "function/cast_kernels.h"

namespace laminar {
namespace {

void CopyKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  const auto& state = *static_cast<const CastState*>(call_state);
  std::memcpy(result.values, arguments[0].values,
              size_t{rows} * static_cast<size_t>(PhysicalWidth(state.to.physical())));
}

// The same bytes mean the same thing in both.
bool SameMeaning(const DataType& from, const DataType& to) {
  if (from == to) return true;
  if (from.id() == TypeId::kJson && to.id() == TypeId::kVarchar) return true;
  return from.id() == TypeId::kTimestamp && to.id() == TypeId::kTimestamp && from.unit() == to.unit();
}

CastKernel FindKernel(const DataType& from, const DataType& to) {
  if (from.id() == TypeId::kNull || SameMeaning(from, to)) return {CopyKernel, false};
  if (to.id() == TypeId::kNull) return {};
  if (from.is_nested() || to.is_nested()) return FindNestedCast(from, to);
  if (from.id() == TypeId::kVarchar) return FindParsingCast(to);
  if (to.id() == TypeId::kVarchar) return FindFormattingCast(from);
  if (const CastKernel kernel = FindNumberCast(from, to); kernel.kernel != nullptr) return kernel;
  return FindTimeCast(from, to);
}

// For one value: bytes live until the value is read, the first failure is kept.
class SingleContext final : public KernelContext {
 public:
  char* AllocateBytes(size_t size) override { return bytes_.emplace_back(size, '\0').data(); }
  void Fail(uint32_t, ErrorCode code, std::string message) override { status_ = Status(code, std::move(message)); }
  int64_t TimeOf(uint32_t) const override { return 0; }
  Status TakeStatus() { return std::move(status_); }

 private:
  std::deque<std::string> bytes_;
  Status status_;
};

}  // namespace

void FailOutOfRange(KernelContext& context, const CastState& state, const Vector& argument, uint32_t i) {
  const std::string value = ReadValue(state.from, argument.values, nullptr, i).ToString();
  context.Fail(i, ErrorCode::kQueryFailed,
               fmt::format("value {} is out of range for type {}", value, state.to.ToString()));
}

CastFunction FindCast(const DataType& from, const DataType& to) {
  const CastKernel found = FindKernel(from, to);
  if (found.kernel == nullptr) return {};
  return {found.kernel, found.fallible, std::make_shared<const CastState>(from, to)};
}

bool Castable(const DataType& from, const DataType& to) { return FindKernel(from, to).kernel != nullptr; }

bool CastIsFallible(const DataType& from, const DataType& to) { return FindKernel(from, to).fallible; }

Result<Value> CastValue(const Value& value, const DataType& to) {
  if (value.is_null()) return Value(to);
  const CastFunction cast = FindCast(value.type(), to);
  if (cast.kernel == nullptr) {
    return Status(ErrorCode::kQueryFailed, "cannot cast " + value.type().ToString() + " to " + to.ToString());
  }
  alignas(16) char in[16] = {};
  alignas(16) char out[16] = {};
  WriteValue(value, in, 0);
  uint64_t valid = 1;
  Vector argument;
  argument.values = in;
  MutableVector result{out, &valid, false};
  SingleContext context;
  cast.kernel(context, cast.state.get(), {&argument, 1}, 1, result);
  if (Status status = context.TakeStatus(); !status.ok()) return status;
  return ReadValue(to, out, &valid, 0);
}

}  // namespace laminar
