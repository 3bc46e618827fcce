// Casts of lists, structs and maps: their parts are gathered in columns, which the casts of their types convert, and
// put together again.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/nested.h"
#include "common/nested_elements.h"
#include "function/cast_kernels.h"

namespace laminar {
namespace {

/// Notes which element failed, for the row that it is in.
class ElementContext final : public KernelContext {
 public:
  explicit ElementContext(KernelContext& context) : context_(context) {}

  void BeginAt(uint32_t element) { first_ = element; }
  char* AllocateBytes(size_t size) override { return context_.AllocateBytes(size); }
  void Fail(uint32_t row, ErrorCode code, std::string message) override {
    errors_.entries.push_back({first_ + row, code, std::move(message)});
  }
  int64_t TimeOf(uint32_t) const override { return context_.TimeOf(0); }
  const RowErrors& errors() const { return errors_; }

 private:
  KernelContext& context_;
  RowErrors errors_;
  uint32_t first_ = 0;
};

/// The parts of one child of a nested type, over all rows: read as `from`, converted to `to`.
class Parts {
 public:
  Parts(KernelContext& context, const DataType& from, const DataType& to)
      : elements_(MakeRef<NestedElements>(from)), to_(to), context_(context) {}

  NestedElements& elements() { return *elements_; }

  void Cast() {
    const uint32_t count = elements_->size();
    const Column in = elements_->column();
    const DataType& from = elements_->type();
    if (from == to_) {
      column_ = in;
      return;
    }
    if (from.id() == TypeId::kNull) {  // nothing but NULLs
      validity_.assign(BitmapWords(count) + 1, 0);
      column_.validity = validity_.data();
      return;
    }
    const CastFunction cast = FindCast(from, to_);
    const auto in_width = static_cast<size_t>(PhysicalWidth(from.physical()));
    const auto out_width = static_cast<size_t>(PhysicalWidth(to_.physical()));
    values_.resize(count * out_width);
    validity_.assign(BitmapWords(count) + 1, ~uint64_t{0});
    if (in.validity != nullptr) std::copy_n(in.validity, BitmapWords(count), validity_.begin());
    for (uint32_t begin = 0; begin < count; begin += kKernelRows) {
      Vector argument;
      argument.values = static_cast<const uint8_t*>(in.values) + begin * in_width;
      argument.validity = in.validity == nullptr ? nullptr : in.validity + begin / 64;
      MutableVector result{values_.data() + begin * out_width, validity_.data() + begin / 64, in.validity != nullptr};
      context_.BeginAt(begin);
      cast.kernel(context_, cast.state.get(), {&argument, 1}, std::min(kKernelRows, count - begin), result);
    }
    column_ = {values_.data(), validity_.data()};
  }

  /// Why one of the elements [begin, end) has no value; null when all have.
  const RowErrors::Entry* FirstError(uint32_t begin, uint32_t end) const {
    const auto& entries = context_.errors().entries;
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), begin,
                         [](const RowErrors::Entry& entry, uint32_t element) { return entry.row < element; });
    return found != entries.end() && found->row < end ? &*found : nullptr;
  }

  void Write(uint32_t element, std::string* out) const { AppendNestedPart(to_, column_, element, out); }

 private:
  const Ref<NestedElements> elements_;
  const DataType& to_;
  ElementContext context_;
  std::vector<uint8_t> values_;
  std::vector<uint64_t> validity_;
  Column column_;
};

void NestedKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const auto& state = *static_cast<const CastState*>(call_state);
  const bool is_struct = state.from.id() == TypeId::kStruct;
  std::vector<std::unique_ptr<Parts>> children;
  for (size_t c = 0; c < state.from.children().size(); ++c) {
    children.push_back(std::make_unique<Parts>(context, state.from.children()[c].type, state.to.children()[c].type));
  }
  std::vector<uint32_t> ends(rows, 0);
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    if (!result.has_nulls || GetBit(result.validity, i)) {
      NestedReader reader(TextAt(arguments[0], i));
      for (bool more = is_struct || reader.Next(); more; more = !is_struct && reader.Next(), ++count) {
        for (const auto& child : children) child->elements().Append(reader);
      }
    }
    ends[i] = count;
  }
  for (const auto& child : children) child->Cast();

  StringRef* const out = result.data<StringRef>();
  std::string bytes;
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t begin = i == 0 ? 0 : ends[i - 1];
    out[i] = StringRef();
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    const RowErrors::Entry* error = nullptr;
    for (const auto& child : children) {
      if (error == nullptr) error = child->FirstError(begin, ends[i]);
    }
    if (error != nullptr) {
      context.Fail(i, error->code, error->message);
      continue;
    }
    bytes.clear();
    for (uint32_t element = begin; element < ends[i]; ++element) {
      for (const auto& child : children) child->Write(element, &bytes);
    }
    if (!is_struct) AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  }
}

void FormatKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const auto& state = *static_cast<const CastState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  ForEachValid(result, rows,
               [&](uint32_t i) { out[i] = MakeString(context, FormatNested(state.from, TextAt(arguments[0], i))); });
}

}  // namespace

CastKernel FindNestedCast(const DataType& from, const DataType& to) {
  if (to.id() == TypeId::kVarchar) return {FormatKernel, false};
  if (from.id() != to.id() || from.children().size() != to.children().size()) return {};
  bool fallible = false;
  for (size_t c = 0; c < from.children().size(); ++c) {
    const TypeChild& source = from.children()[c];
    const TypeChild& target = to.children()[c];
    if (from.id() == TypeId::kStruct && !NamesEqual(source.name, target.name)) return {};
    if (source.type == target.type) continue;
    if (!Castable(source.type, target.type)) return {};
    fallible = fallible || CastIsFallible(source.type, target.type);
  }
  return {NestedKernel, fallible};
}

}  // namespace laminar
