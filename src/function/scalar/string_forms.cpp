// Texts rewritten letter by letter, quoted, cut out of paths, and made from numbers.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "common/utf8.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

std::string_view TakeCharacter(std::string_view* text) {
  const std::string_view character = text->substr(0, CodePointSize(*text));
  text->remove_prefix(character.size());
  return character;
}

/// Every character of `from` by the one at its place in `to`; those past its end are left out.
void Translate(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  std::string_view text = TextAt(arguments[0], i);
  while (!text.empty()) {
    const std::string_view character = TakeCharacter(&text);
    std::string_view from = TextAt(arguments[1], i);
    std::string_view to = TextAt(arguments[2], i);
    bool replaced = false;
    while (!from.empty() && !replaced) {
      const std::string_view by = to.empty() ? to : TakeCharacter(&to);
      replaced = TakeCharacter(&from) == character;
      if (replaced) out->append(by);
    }
    if (!replaced) out->append(character);
  }
}

/// The characters from a place on, as many as are replaced unless given, by another text.
const char* Overlay(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view text = TextAt(arguments[0], i);
  const std::string_view placed = TextAt(arguments[1], i);
  const int64_t from = At<int64_t>(arguments[2], i);
  const int64_t count = arguments.size() > 3 ? At<int64_t>(arguments[3], i) : CountCodePoints(placed);
  if (from < 1) return "overlay counts from 1";
  int64_t end = 0;
  if (__builtin_add_overflow(from - 1, count, &end)) end = std::numeric_limits<int64_t>::max();
  out->append(text.substr(0, OffsetOfCodePoint(text, from - 1))).append(placed);
  out->append(text.substr(OffsetOfCodePoint(text, std::max<int64_t>(end, 0))));
  return nullptr;
}

void Quote(std::string_view text, char quote, std::string* out) {
  out->push_back(quote);
  for (const char c : text) {
    if (c == quote) out->push_back(c);
    out->push_back(c);
  }
  out->push_back(quote);
}
void QuoteLiteral(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  Quote(TextAt(arguments[0], i), '\'', out);
}
void QuoteIdentifier(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view name = TextAt(arguments[0], i);
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  bool needed = name.empty() || !plain(name[0]);
  for (const char c : name) needed |= !plain(c) && !(c >= '0' && c <= '9');
  if (needed) {
    Quote(name, '"', out);
  } else {
    out->append(name);
  }
}

void FileName(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view path = TextAt(arguments[0], i);
  const size_t slash = path.find_last_of("/\\");
  out->append(slash == std::string_view::npos ? path : path.substr(slash + 1));
}
/// The first directory of a path.
void DirectoryName(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view path = TextAt(arguments[0], i);
  const size_t slash = path.find_first_of("/\\");
  if (slash != std::string_view::npos) out->append(slash == 0 ? path.substr(0, 1) : path.substr(0, slash));
}

/// American Soundex: the first letter and three digits for the consonants behind it.
void Soundex(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  constexpr std::string_view kCodes = "01230120022455012623010202";
  char last = '0';
  for (const char c : TextAt(arguments[0], i)) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper < 'A' || upper > 'Z') continue;
    const char code = kCodes[static_cast<size_t>(upper - 'A')];
    if (out->empty()) {
      out->push_back(upper);
    } else if (code != '0' && code != last) {
      out->push_back(code);
    }
    // Letters of one code count once, also with an H or W between them.
    if (upper != 'H' && upper != 'W') last = code;
    if (out->size() == 4) break;
  }
  if (!out->empty()) out->resize(4, '0');
}

template <bool kDecimal>
void FormatBytes(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  constexpr std::array<std::string_view, 7> kBinaryUnits{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr std::array<std::string_view, 7> kDecimalUnits{"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  const int64_t bytes = At<int64_t>(arguments[0], i);
  const uint64_t magnitude = bytes < 0 ? uint64_t{0} - static_cast<uint64_t>(bytes) : static_cast<uint64_t>(bytes);
  constexpr uint64_t kStep = kDecimal ? 1000 : 1024;
  uint64_t unit = 1;
  size_t power = 0;
  while (power < 6 && magnitude / unit >= kStep) {
    unit *= kStep;
    ++power;
  }
  if (bytes < 0) out->push_back('-');
  const uint64_t tenths = static_cast<uint64_t>(static_cast<uint128_t>(magnitude) * 10 / unit);
  const std::string_view name = (kDecimal ? kDecimalUnits : kBinaryUnits)[power];
  if (power == 0) {
    out->append(fmt::format("{} {}", magnitude, magnitude == 1 ? "byte" : name));
  } else {
    out->append(fmt::format("{}.{} {}", tenths / 10, tenths % 10, name));
  }
}

int64_t BitLength(std::span<const Vector> arguments, uint32_t i) {
  return int64_t{At<StringRef>(arguments[0], i).size()} * 8;
}

/// A band of blocks, an eighth of one being the finest, as wide as x lies between two bounds.
const char* Bar(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const double x = At<double>(arguments[0], i);
  const double low = At<double>(arguments[1], i);
  const double high = At<double>(arguments[2], i);
  const double width = arguments.size() > 3 ? At<double>(arguments[3], i) : 80;
  if (!(low < high) || !std::isfinite(high - low)) return "the bounds of bar must be finite, the first the smaller one";
  if (!(width >= 1 && width <= 1000)) return "the width of bar must be from 1 to 1000";
  if (std::isnan(x)) return "bar of NaN is not defined";
  const double part = x <= low ? 0 : x >= high ? 1 : (x - low) / (high - low);
  const auto eighths = static_cast<int64_t>(part * width * 8);
  for (int64_t n = 0; n < eighths / 8; ++n) out->append("█");
  if (eighths % 8 != 0) AppendCodePoint(static_cast<char32_t>(0x2590 - eighths % 8), out);
  while (CountCodePoints(*out) < static_cast<int64_t>(width)) out->push_back(' ');
  return nullptr;
}

/// PostgreSQL's format: %s text, %I name, %L literal, %% itself; n$ chooses an argument, -width pads.
const char* FormatText(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  std::string_view format = TextAt(arguments[0], i);
  size_t next = 1;
  while (!format.empty()) {
    if (format[0] != '%') {
      out->push_back(format[0]);
      format.remove_prefix(1);
      continue;
    }
    format.remove_prefix(1);
    if (format.starts_with('%')) {
      out->push_back('%');
      format.remove_prefix(1);
      continue;
    }
    const auto number = [&] {
      size_t value = 0;
      for (; !format.empty() && format[0] >= '0' && format[0] <= '9' && value < 100'000; format.remove_prefix(1)) {
        value = value * 10 + static_cast<size_t>(format[0] - '0');
      }
      return value;
    };
    size_t width = number();
    if (format.starts_with('$')) {
      next = width;
      if (next == 0) return "format counts its arguments from 1";
      format.remove_prefix(1);
      width = 0;
    }
    const bool left = format.starts_with('-');
    if (left) format.remove_prefix(1);
    if (width == 0) width = number();
    if (format.empty()) return "the format ends within a specifier";
    if (next >= arguments.size()) return "too few arguments for format";
    const Vector& argument = arguments[next++];
    std::string text;
    const bool is_null = !argument.IsValid(i);
    switch (format[0]) {
      case 's':
        if (!is_null) text = TextAt(argument, i);
        break;
      case 'I':
        if (is_null) return "NULL cannot be formatted as a name";
        QuoteIdentifier({&argument, 1}, i, &text);
        break;
      case 'L':
        if (is_null) {
          text = "NULL";
        } else {
          Quote(TextAt(argument, i), '\'', &text);
        }
        break;
      default:
        return "format has the specifiers %s, %I, %L and %%";
    }
    format.remove_prefix(1);
    const auto length = static_cast<size_t>(CountCodePoints(text));
    const std::string padding(length < width ? width - length : 0, ' ');
    out->append(left ? text + padding : padding + text);
  }
  return nullptr;
}

void FormatKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::string scratch;
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    scratch.clear();
    if (!arguments[0].IsValid(i)) {
      SetNull(result, i);
    } else if (const char* problem = FormatText(arguments, i, &scratch)) {
      context.Fail(i, ErrorCode::kQueryFailed, problem);
    } else {
      out[i] = MakeString(context, scratch);
    }
  }
}

}  // namespace

void RegisterStringForms(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const DataType bigint = TypeId::kInt64;
  const DataType number = TypeId::kDouble;
  const SimpleOptions fallible{.traits = kFallible};
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "string", signature, help, example, example_result, std::move(aliases)});
  };
  describe("translate", "translate(text VARCHAR, from VARCHAR, to VARCHAR) → VARCHAR",
           "Each character of `from` by the one at its place in `to`, or by nothing.",
           "translate('12345', '143', 'ax')", "a2x5");
  AddFunction(builder, "translate", {text, text, text}, text, TextKernel<Translate>);
  describe("overlay", "overlay(text VARCHAR, new VARCHAR, from BIGINT [, count BIGINT]) → VARCHAR",
           "Characters from a position on replaced, as OVERLAY(text PLACING new FROM from FOR count).",
           "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)", "Thomas");
  AddFunction(builder, "overlay", {text, text, bigint}, text, FallibleTextKernel<Overlay>, fallible);
  AddFunction(builder, "overlay", {text, text, bigint, bigint}, text, FallibleTextKernel<Overlay>, fallible);
  describe("quote_literal", "quote_literal(text VARCHAR) → VARCHAR", "As a literal of SQL.", "quote_literal('it''s')",
           "'it''s'");
  AddFunction(builder, "quote_literal", {text}, text, TextKernel<QuoteLiteral>);
  describe("quote_ident", "quote_ident(name VARCHAR) → VARCHAR", "As a name in SQL, in quotes where it needs them.",
           "quote_ident('Two words')", "\"Two words\"");
  AddFunction(builder, "quote_ident", {text}, text, TextKernel<QuoteIdentifier>);
  describe("parse_filename", "parse_filename(path VARCHAR) → VARCHAR", "What stands behind the last slash.",
           "parse_filename('data/2013/flights.csv')", "flights.csv");
  AddFunction(builder, "parse_filename", {text}, text, TextKernel<FileName>);
  describe("parse_dirname", "parse_dirname(path VARCHAR) → VARCHAR", "The first directory of a path.",
           "parse_dirname('data/2013/flights.csv')", "data");
  AddFunction(builder, "parse_dirname", {text}, text, TextKernel<DirectoryName>);
  describe("soundex", "soundex(text VARCHAR) → VARCHAR", "How an English word sounds: a letter and three digits.",
           "soundex('Robert')", "R163");
  AddFunction(builder, "soundex", {text}, text, TextKernel<Soundex>);
  describe("format_bytes", "format_bytes(bytes BIGINT) → VARCHAR", "A size in KiB, MiB and so on.",
           "format_bytes(16384)", "16.0 KiB", {"formatreadablesize"});
  AddFunction(builder, "format_bytes", {bigint}, text, TextKernel<FormatBytes<false>>);
  describe("formatreadabledecimalsize", "formatreadabledecimalsize(bytes BIGINT) → VARCHAR",
           "A size in kB, MB and so on, powers of 1000.", "formatreadabledecimalsize(16000)", "16.0 kB");
  AddFunction(builder, "formatreadabledecimalsize", {bigint}, text, TextKernel<FormatBytes<true>>);
  describe("bit_length", "bit_length(text VARCHAR or BLOB) → BIGINT", "Number of bits: eight a byte.",
           "bit_length('Zoë')", "32");
  AddFunction(builder, "bit_length", {text}, bigint, RowKernel<int64_t, BitLength>);
  AddFunction(builder, "bit_length", {TypeId::kBlob}, bigint, RowKernel<int64_t, BitLength>);
  describe("bar", "bar(x DOUBLE, low DOUBLE, high DOUBLE [, width DOUBLE]) → VARCHAR",
           "A band whose length shows where x lies between two bounds; 80 characters wide unless given.",
           "bar(5, 0, 20, 10)", "██▌       ");
  AddFunction(builder, "bar", {number, number, number}, text, FallibleTextKernel<Bar>, fallible);
  AddFunction(builder, "bar", {number, number, number, number}, text, FallibleTextKernel<Bar>, fallible);
  describe("format", "format(format VARCHAR, x, …) → VARCHAR",
           "%s an argument as text, %I as a name, %L as a literal, %% itself; %2$s chooses one, %-8s pads.",
           "format('%s of %s', 2, 'three')", "2 of three");
  builder.Add(ScalarFunction{.name = "format",
                             .parameters = {kAny},
                             .result = TypeId::kVarchar,
                             .traits = {.nulls = NullBehaviour::kHandled, .fallible = true},
                             .kernel = FormatKernel,
                             .coerce =
                                 [](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
                                   types->assign(arguments.size(), TypeId::kVarchar);
                                   return !arguments.empty();
                                 },
                             .bind = nullptr});
}

}  // namespace laminar
