// Longer texts from shorter ones: ||, concat, concat_ws, repeat, lpad, rpad.
#include "common/utf8.h"
#include "function/cast.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

constexpr size_t kLongestText = size_t{1} << 30;

void JoinKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& left = At<StringRef>(arguments[0], i);
    const StringRef& right = At<StringRef>(arguments[1], i);
    const size_t size = size_t{left.size()} + right.size();
    char inline_bytes[StringRef::kInlineSize];
    char* bytes = size <= sizeof(inline_bytes) ? inline_bytes : context.AllocateBytes(size);
    std::copy_n(left.data(), left.size(), bytes);
    std::copy_n(right.data(), right.size(), bytes + left.size());
    out[i] = StringRef(bytes, static_cast<uint32_t>(size));
  }
}

// NULLs are left out.
void ConcatKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    scratch.clear();
    for (const Vector& argument : arguments) {
      if (argument.IsValid(i)) scratch.append(TextAt(argument, i));
    }
    out[i] = MakeString(context, scratch);
  }
}

void ConcatWithSeparatorKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments,
                               uint32_t rows, MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    if (!arguments[0].IsValid(i)) {
      SetNull(result, i);
      continue;
    }
    scratch.clear();
    bool first = true;
    for (const Vector& argument : arguments.subspan(1)) {
      if (!argument.IsValid(i)) continue;
      if (!first) scratch.append(TextAt(arguments[0], i));
      scratch.append(TextAt(argument, i));
      first = false;
    }
    out[i] = MakeString(context, scratch);
  }
}

void RepeatKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    const std::string_view text = TextAt(arguments[0], i);
    const int64_t count = At<int64_t>(arguments[1], i);
    if (count <= 0 || text.empty() || (result.has_nulls && !GetBit(result.validity, i))) continue;
    if (static_cast<uint64_t>(count) > kLongestText / text.size()) {
      context.Fail(i, ErrorCode::kQueryFailed, "the result of repeat would be longer than 1 GiB");
      continue;
    }
    std::string repeated;
    repeated.reserve(text.size() * static_cast<size_t>(count));
    for (int64_t n = 0; n < count; ++n) repeated.append(text);
    out[i] = MakeString(context, repeated);
  }
}

// To exactly `length` code points: cut at the end, or filled up.
template <bool kLeft>
void PadKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    const std::string_view text = TextAt(arguments[0], i);
    const int64_t length = At<int64_t>(arguments[1], i);
    const std::string_view fill = arguments.size() > 2 ? TextAt(arguments[2], i) : std::string_view(" ");
    if (length <= 0 || (result.has_nulls && !GetBit(result.validity, i))) continue;
    if (static_cast<uint64_t>(length) > kLongestText / 4) {
      context.Fail(i, ErrorCode::kQueryFailed, "the padded text would be longer than 1 GiB");
      continue;
    }
    const int64_t present = CountCodePoints(text);
    if (present >= length || fill.empty()) {
      out[i] = MakeString(context, text.substr(0, OffsetOfCodePoint(text, length)));
      continue;
    }
    scratch.clear();
    if (!kLeft) scratch.append(text);
    size_t next = 0;
    for (int64_t n = present; n < length; ++n) {
      const size_t size = CodePointSize(fill.substr(next));
      scratch.append(fill.substr(next, size));
      next = (next + size) % fill.size();
    }
    if (kLeft) scratch.append(text);
    out[i] = MakeString(context, scratch);
  }
}

// concat takes values of every type that has a text form.
bool CoerceToTexts(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types, size_t least) {
  if (arguments.size() < least) return false;
  types->assign(arguments.size(), TypeId::kVarchar);
  for (const ExpressionPtr& argument : arguments) {
    if (!Castable(argument->type, TypeId::kVarchar)) return false;
  }
  return true;
}

// || needs one text, or what may become one, to be told from an arithmetic operator.
bool CoerceForJoin(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 2 || !CoerceToTexts(arguments, types, 2)) return false;
  const auto is_text = [](const ExpressionPtr& argument) {
    return argument->type.id() == TypeId::kVarchar || argument->type.id() == TypeId::kNull;
  };
  return is_text(arguments[0]) || is_text(arguments[1]);
}

void AddCoerced(RegistryBuilder& builder, const char* name, ScalarKernel kernel, FunctionTraits traits,
                std::function<bool(std::span<const ExpressionPtr>, std::vector<DataType>*)> coerce) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {kAny},
                             .result = TypeId::kVarchar,
                             .traits = traits,
                             .kernel = kernel,
                             .coerce = std::move(coerce),
                             .bind = nullptr});
}

}  // namespace

void RegisterStringBuilding(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  builder.Describe({"||",
                    "operator",
                    "x || y → VARCHAR",
                    "Texts one after the other; one side may be of another type.",
                    "'JFK' || 4",
                    "JFK4",
                    {}});
  AddCoerced(builder, "||", JoinKernel, {}, CoerceForJoin);
  AddFunction(builder, "||", {TypeId::kBlob, TypeId::kBlob}, TypeId::kBlob, JoinKernel);
  builder.Describe({"concat",
                    "string",
                    "concat(x, …) → VARCHAR",
                    "All arguments as text, one after the other; NULLs are left out.",
                    "concat('a', NULL, 1)",
                    "a1",
                    {}});
  AddCoerced(builder, "concat", ConcatKernel, {.nulls = NullBehaviour::kHandled, .never_null = true},
             [](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
               return CoerceToTexts(arguments, types, 1);
             });
  builder.Describe({"concat_ws",
                    "string",
                    "concat_ws(separator VARCHAR, x, …) → VARCHAR",
                    "Arguments as text with the separator between them; NULLs are left out.",
                    "concat_ws('-', 2013, NULL, 8)",
                    "2013-8",
                    {}});
  AddCoerced(builder, "concat_ws", ConcatWithSeparatorKernel, {.nulls = NullBehaviour::kHandled},
             [](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
               return CoerceToTexts(arguments, types, 2);
             });
  builder.Describe({"repeat",
                    "string",
                    "repeat(text VARCHAR, count BIGINT) → VARCHAR",
                    "The text so many times.",
                    "repeat('ab', 3)",
                    "ababab",
                    {}});
  AddFunction(builder, "repeat", {text, TypeId::kInt64}, text, RepeatKernel, {.traits = kFallible});
  builder.Describe({"lpad",
                    "string",
                    "lpad(text VARCHAR, length BIGINT [, fill VARCHAR]) → VARCHAR",
                    "Filled up at the beginning, or cut at the end, to so many characters.",
                    "lpad('7', 3, '0')",
                    "007",
                    {}});
  builder.Describe({"rpad",
                    "string",
                    "rpad(text VARCHAR, length BIGINT [, fill VARCHAR]) → VARCHAR",
                    "Filled up or cut at the end, to so many characters.",
                    "rpad('hi', 5, '.')",
                    "hi...",
                    {}});
  AddFunction(builder, "lpad", {text, TypeId::kInt64}, text, PadKernel<true>, {.traits = kFallible});
  AddFunction(builder, "lpad", {text, TypeId::kInt64, text}, text, PadKernel<true>, {.traits = kFallible});
  AddFunction(builder, "rpad", {text, TypeId::kInt64}, text, PadKernel<false>, {.traits = kFallible});
  AddFunction(builder, "rpad", {text, TypeId::kInt64, text}, text, PadKernel<false>, {.traits = kFallible});
}

}  // namespace laminar
