// Finding a text in another, and splitting by one.
#include "common/utf8.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct StartsWith {
  static bool Apply(const StringRef& text, const StringRef& part) {
    return text.view().substr(0, part.size()) == part.view();
  }
};
struct EndsWith {
  static bool Apply(const StringRef& text, const StringRef& part) {
    return text.size() >= part.size() && text.view().substr(text.size() - part.size()) == part.view();
  }
};
struct Contains {
  static bool Apply(const StringRef& text, const StringRef& part) {
    return text.view().find(part.view()) != std::string_view::npos;
  }
};

struct Position {
  static int64_t Apply(const StringRef& text, const StringRef& part) {
    const std::string_view view = text.view();
    const size_t found = view.find(part.view());
    return found == std::string_view::npos ? 0 : CountCodePoints(view.substr(0, found)) + 1;
  }
};
struct PositionSwapped {
  static int64_t Apply(const StringRef& part, const StringRef& text) { return Position::Apply(text, part); }
};

// Field `index` from the left (from 1) or, negative, from the right; empty when there are not so many.
std::string_view SplitPart(std::string_view text, std::string_view separator, int64_t index) {
  if (separator.empty()) return index == 1 || index == -1 ? text : std::string_view();
  if (index > 0) {
    for (int64_t field = 1;; ++field) {
      const size_t end = text.find(separator);
      if (field == index) return text.substr(0, end);
      if (end == std::string_view::npos) return {};
      text.remove_prefix(end + separator.size());
    }
  }
  for (int64_t field = -1;; --field) {
    const size_t start = text.rfind(separator);
    if (field == index) return start == std::string_view::npos ? text : text.substr(start + separator.size());
    if (start == std::string_view::npos) return {};
    text = text.substr(0, start);
  }
}

void SplitPartKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                     MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    const int64_t index = At<int64_t>(arguments[2], i);
    if (index != 0) {
      out[i] = StringRef(SplitPart(TextAt(arguments[0], i), TextAt(arguments[1], i), index));
    } else if (!result.has_nulls || GetBit(result.validity, i)) {
      context.Fail(i, ErrorCode::kQueryFailed, "field position must not be zero");
    }
  }
}

void ReplaceKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& whole = At<StringRef>(arguments[0], i);
    std::string_view text = whole.view();
    const std::string_view from = TextAt(arguments[1], i);
    const std::string_view to = TextAt(arguments[2], i);
    size_t found = from.empty() ? std::string_view::npos : text.find(from);
    if (found == std::string_view::npos) {
      out[i] = whole;
      continue;
    }
    scratch.clear();
    for (; found != std::string_view::npos; found = text.find(from)) {
      scratch.append(text.substr(0, found)).append(to);
      text.remove_prefix(found + from.size());
    }
    out[i] = MakeString(context, scratch.append(text));
  }
}

}  // namespace

void RegisterStringSearch(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "string", signature, help, example, example_result, std::move(aliases)});
  };
  describe("starts_with", "starts_with(text VARCHAR, part VARCHAR) → BOOLEAN", "Does the text begin with the part?",
           "starts_with('N14228', 'N')", "true", {"prefix", "^@"});
  AddFunction(builder, "starts_with", {text, text}, TypeId::kBoolean,
              BinaryKernel<StartsWith, StringRef, StringRef, uint8_t>);
  describe("ends_with", "ends_with(text VARCHAR, part VARCHAR) → BOOLEAN", "Does the text end with the part?",
           "ends_with('flights.csv', '.csv')", "true", {"suffix"});
  AddFunction(builder, "ends_with", {text, text}, TypeId::kBoolean,
              BinaryKernel<EndsWith, StringRef, StringRef, uint8_t>);
  describe("contains", "contains(text VARCHAR, part VARCHAR) → BOOLEAN", "Is the part somewhere in the text?",
           "contains('departure', 'part')", "true");
  AddFunction(builder, "contains", {text, text}, TypeId::kBoolean,
              BinaryKernel<Contains, StringRef, StringRef, uint8_t>);
  describe("strpos", "strpos(text VARCHAR, part VARCHAR) → BIGINT",
           "Position of the part's first occurrence, the first character being 1; 0 if there is none.",
           "strpos('Newark', 'ark')", "4", {"instr"});
  AddFunction(builder, "strpos", {text, text}, TypeId::kInt64, BinaryKernel<Position, StringRef, StringRef, int64_t>);
  describe("position", "position(part VARCHAR, text VARCHAR) → BIGINT",
           "strpos with its arguments in the order of POSITION(… IN …).", "position('ark', 'Newark')", "4");
  AddFunction(builder, "position", {text, text}, TypeId::kInt64,
              BinaryKernel<PositionSwapped, StringRef, StringRef, int64_t>);
  describe("split_part", "split_part(text VARCHAR, separator VARCHAR, index BIGINT) → VARCHAR",
           "Field between separators, counted from 1, or from the end when negative.",
           "split_part('2013-02-08', '-', 2)", "02");
  AddFunction(builder, "split_part", {text, text, TypeId::kInt64}, text, SplitPartKernel, {.traits = kFallible});
  describe("replace", "replace(text VARCHAR, from VARCHAR, to VARCHAR) → VARCHAR",
           "Every occurrence of one text by another.", "replace('a-b-c', '-', '+')", "a+b+c");
  AddFunction(builder, "replace", {text, text, text}, text, ReplaceKernel);
}

}  // namespace laminar
