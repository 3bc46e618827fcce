// Length, case, trimming and parts of text. Positions and lengths count code points.
#include <algorithm>

#include "common/utf8.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

bool IsAscii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

// Bytes of a piece of an argument: a piece of a long text needs no copy, for the result lives no longer than the
// argument.
StringRef Piece(std::string_view text) { return StringRef(text); }

// `make(text) → StringRef` for every row.
template <typename Make>
void MapText(std::span<const Vector> arguments, uint32_t rows, MutableVector& result, Make make) {
  const StringRef* in = arguments[0].data<StringRef>();
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = make(in[i]);
}

struct CharLength {
  static int64_t Apply(const StringRef& text) { return CountCodePoints(text.view()); }
};
struct OctetLength {
  static int64_t Apply(const StringRef& text) { return text.size(); }
};

template <char32_t (*kMap)(char32_t), char kFirst, char kLast>
void CaseKernelOf(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  std::string scratch;
  MapText(arguments, rows, result, [&](const StringRef& text) {
    const std::string_view view = text.view();
    scratch.clear();
    if (IsAscii(view)) {
      scratch = view;
      for (char& c : scratch) c = static_cast<char>(c >= kFirst && c <= kLast ? c ^ 0x20 : c);
    } else {
      for (size_t i = 0; i < view.size();) {
        const size_t size = CodePointSize(view.substr(i));
        const char32_t c = DecodeCodePoint(view.substr(i));
        if (size == 1) {
          scratch.push_back(c < 0x80 ? static_cast<char>(kMap(c)) : view[i]);
        } else {
          AppendCodePoint(kMap(c), &scratch);
        }
        i += size;
      }
    }
    return MakeString(context, scratch);
  });
}

void InitCapKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  std::string scratch;
  MapText(arguments, rows, result, [&](const StringRef& text) {
    const std::string_view view = text.view();
    scratch.clear();
    bool in_word = false;
    for (size_t i = 0; i < view.size();) {
      const size_t size = CodePointSize(view.substr(i));
      const char32_t c = DecodeCodePoint(view.substr(i));
      if (size == 1 && c >= 0x80) {
        scratch.push_back(view[i]);
      } else {
        AppendCodePoint(in_word ? LowerCodePoint(c) : UpperCodePoint(c), &scratch);
      }
      in_word = IsLetterOrDigit(c);
      i += size;
    }
    return MakeString(context, scratch);
  });
}

bool ContainsCodePoint(std::string_view set, std::string_view code_point) {
  for (size_t i = 0; i < set.size();) {
    const size_t size = CodePointSize(set.substr(i));
    if (set.substr(i, size) == code_point) return true;
    i += size;
  }
  return false;
}

template <bool kLeft, bool kRight>
void TrimKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& whole = At<StringRef>(arguments[0], i);
    std::string_view text = whole.view();
    const std::string_view set = arguments.size() > 1 ? TextAt(arguments[1], i) : std::string_view(" ");
    while (kLeft && !text.empty()) {
      const size_t size = CodePointSize(text);
      if (!ContainsCodePoint(set, text.substr(0, size))) break;
      text.remove_prefix(size);
    }
    while (kRight && !text.empty()) {
      size_t start = text.size() - 1;
      while (start > 0 && IsContinuation(text[start])) --start;
      if (!ContainsCodePoint(set, text.substr(start))) break;
      text.remove_suffix(text.size() - start);
    }
    out[i] = Piece(text);
  }
}

// From code point `from` (1 is the first; less than that shortens `count`), `count` of them.
StringRef Substring(const StringRef& text, int64_t from, int64_t count) {
  if (count <= 0) return StringRef();
  const std::string_view view = text.view();
  int64_t end = 0;  // code points are taken from `from` up to but not including `end`
  if (__builtin_add_overflow(from, count, &end)) end = INT64_MAX;
  const int64_t first = std::max<int64_t>(from, 1);
  if (end <= first) return StringRef();
  const size_t begin = OffsetOfCodePoint(view, first - 1);
  const std::string_view rest = view.substr(begin);
  return Piece(rest.substr(0, OffsetOfCodePoint(rest, end - first)));
}

void SubstringKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                     MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    const int64_t count = arguments.size() > 2 ? At<int64_t>(arguments[2], i) : INT64_MAX;
    if (count < 0) {
      if (!result.has_nulls || GetBit(result.validity, i)) {
        context.Fail(i, ErrorCode::kQueryFailed, "negative substring length not allowed");
      }
      continue;
    }
    out[i] = Substring(At<StringRef>(arguments[0], i), At<int64_t>(arguments[1], i), count);
  }
}

// A negative count leaves out that many at the other end.
void LeftKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& text = At<StringRef>(arguments[0], i);
    int64_t count = At<int64_t>(arguments[1], i);
    if (count < 0) count += CountCodePoints(text.view());
    out[i] = Substring(text, 1, count);
  }
}

void RightKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    const StringRef& text = At<StringRef>(arguments[0], i);
    const int64_t count = At<int64_t>(arguments[1], i);
    const int64_t length = CountCodePoints(text.view());
    // Counts below -length leave nothing; the sum cannot overflow then, being at most the length.
    const int64_t skipped = count >= length      ? 0
                            : count >= 0         ? length - count
                            : count == INT64_MIN ? length
                                                 : std::min(length, -count);
    out[i] = Substring(text, skipped + 1, length - skipped);
  }
}

void ReverseKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  std::string scratch;
  MapText(arguments, rows, result, [&](const StringRef& text) {
    const std::string_view view = text.view();
    scratch.clear();
    for (size_t end = view.size(); end > 0;) {
      size_t start = end - 1;
      while (start > 0 && IsContinuation(view[start])) --start;
      scratch.append(view.substr(start, end - start));
      end = start;
    }
    return MakeString(context, scratch);
  });
}

struct Ascii {
  static int32_t Apply(const StringRef& text) {
    return text.size() == 0 ? 0 : static_cast<int32_t>(DecodeCodePoint(text.view()));
  }
};

void ChrKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  const int32_t* in = arguments[0].data<int32_t>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    scratch.clear();
    const bool known = in[i] > 0 && AppendCodePoint(static_cast<char32_t>(in[i]), &scratch);
    result.data<StringRef>()[i] = MakeString(context, scratch);
    if (!known && (!result.has_nulls || GetBit(result.validity, i))) {
      context.Fail(i, ErrorCode::kQueryFailed, "there is no character with code " + std::to_string(in[i]));
    }
  }
}

template <bool kLeft, bool kRight>
void AddTrim(RegistryBuilder& builder, const char* name) {
  const DataType text = TypeId::kVarchar;
  AddFunction(builder, name, {text}, text, TrimKernel<kLeft, kRight>);
  AddFunction(builder, name, {text, text}, text, TrimKernel<kLeft, kRight>);
}

}  // namespace

void RegisterString(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const DataType bigint = TypeId::kInt64;
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "string", signature, help, example, example_result, std::move(aliases)});
  };
  describe("length", "length(text VARCHAR or list) → BIGINT", "Number of characters (code points), or of elements.",
           "length('Zoë')", "3", {"len", "char_length", "character_length"});
  AddFunction(builder, "length", {text}, bigint, UnaryKernel<CharLength, StringRef, int64_t>);
  AddFunction(builder, "length", {TypeId::kBlob}, bigint, UnaryKernel<OctetLength, StringRef, int64_t>);
  describe("octet_length", "octet_length(text VARCHAR or BLOB) → BIGINT", "Number of bytes.", "octet_length('Zoë')",
           "4");
  AddFunction(builder, "octet_length", {text}, bigint, UnaryKernel<OctetLength, StringRef, int64_t>);
  AddFunction(builder, "octet_length", {TypeId::kBlob}, bigint, UnaryKernel<OctetLength, StringRef, int64_t>);
  describe("lower", "lower(text VARCHAR) → VARCHAR", "Small letters for capital ones.", "lower('JFK Ä')", "jfk ä",
           {"lcase"});
  AddFunction(builder, "lower", {text}, text, CaseKernelOf<LowerCodePoint, 'A', 'Z'>);
  describe("upper", "upper(text VARCHAR) → VARCHAR", "Capital letters for small ones.", "upper('jfk ä')", "JFK Ä",
           {"ucase"});
  AddFunction(builder, "upper", {text}, text, CaseKernelOf<UpperCodePoint, 'a', 'z'>);
  describe("initcap", "initcap(text VARCHAR) → VARCHAR", "Every word with a capital at its beginning, otherwise small.",
           "initcap('new YORK')", "New York");
  AddFunction(builder, "initcap", {text}, text, InitCapKernel);
  describe("trim", "trim(text VARCHAR [, characters VARCHAR]) → VARCHAR",
           "Without the given characters, blanks unless given, at both ends.", "trim('  x ')", "x", {"btrim"});
  AddTrim<true, true>(builder, "trim");
  describe("ltrim", "ltrim(text VARCHAR [, characters VARCHAR]) → VARCHAR", "Like trim, at the beginning only.",
           "ltrim('xxaxx', 'x')", "axx");
  AddTrim<true, false>(builder, "ltrim");
  describe("rtrim", "rtrim(text VARCHAR [, characters VARCHAR]) → VARCHAR", "Like trim, at the end only.",
           "rtrim('xxaxx', 'x')", "xxa");
  AddTrim<false, true>(builder, "rtrim");
  describe("substring", "substring(text VARCHAR, from BIGINT [, count BIGINT]) → VARCHAR",
           "Characters from a position, the first being 1, to the end or so many.", "substring('Newark', 4, 3)", "ark",
           {"substr"});
  AddFunction(builder, "substring", {text, bigint}, text, SubstringKernel);
  AddFunction(builder, "substring", {text, bigint, bigint}, text, SubstringKernel, {.traits = kFallible});
  describe("left", "left(text VARCHAR, count BIGINT) → VARCHAR",
           "The first characters; a negative count leaves out so many at the end.", "left('Newark', 3)", "New");
  AddFunction(builder, "left", {text, bigint}, text, LeftKernel);
  describe("right", "right(text VARCHAR, count BIGINT) → VARCHAR",
           "The last characters; a negative count leaves out so many at the beginning.", "right('Newark', -3)", "ark");
  AddFunction(builder, "right", {text, bigint}, text, RightKernel);
  describe("reverse", "reverse(text VARCHAR) → VARCHAR", "Characters in reverse order.", "reverse('abc')", "cba");
  AddFunction(builder, "reverse", {text}, text, ReverseKernel);
  describe("ascii", "ascii(text VARCHAR) → INTEGER", "Code point of the first character, 0 of an empty text.",
           "ascii('A')", "65", {"unicode"});
  AddFunction(builder, "ascii", {text}, TypeId::kInt32, UnaryKernel<Ascii, StringRef, int32_t>);
  describe("chr", "chr(code INTEGER) → VARCHAR", "The character of a code point.", "chr(65)", "A");
  AddFunction(builder, "chr", {TypeId::kInt32}, text, ChrKernel, {.traits = kFallible});
}

}  // namespace laminar
