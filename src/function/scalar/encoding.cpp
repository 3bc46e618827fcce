// Bytes as text and back: base64, hexadecimal and binary digits, percent encoding.
#include <array>
#include <cstdint>

#include "common/utf8.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kDigits = "0123456789ABCDEF";
constexpr char kNotBase64[] = "this text is not base64";
constexpr char kNotHex[] = "this text is not pairs of hexadecimal digits";

void AppendBase64(std::string_view bytes, std::string* out) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out->push_back(k <= count ? kBase64[word >> (18 - 6 * k) & 63] : '=');
  }
}

const char* ReadBase64(std::string_view text, std::string* out) {
  if (text.size() % 4 != 0) return kNotBase64;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t word = 0;
    size_t padding = 0;
    for (size_t k = 0; k < 4; ++k) {
      const size_t digit = kBase64.find(text[i + k]);
      const bool is_padding = text[i + k] == '=' && i + 4 == text.size() && k >= 2;
      if (digit == std::string_view::npos && !is_padding) return kNotBase64;
      if (!is_padding && padding > 0) return kNotBase64;
      padding += is_padding;
      word = word << 6 | static_cast<uint32_t>(is_padding ? 0 : digit);
    }
    for (size_t k = 0; k + padding < 3; ++k) out->push_back(static_cast<char>(word >> (16 - 8 * k) & 0xff));
  }
  return nullptr;
}

void AppendHex(std::string_view bytes, std::string_view digits, std::string* out) {
  for (const char c : bytes) {
    out->push_back(digits[static_cast<uint8_t>(c) >> 4]);
    out->push_back(digits[static_cast<uint8_t>(c) & 15]);
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

const char* ReadHex(std::string_view text, std::string* out) {
  // An odd digit at the beginning stands for a byte of its own.
  if (text.size() % 2 != 0) {
    if (HexDigit(text[0]) < 0) return kNotHex;
    out->push_back(static_cast<char>(HexDigit(text[0])));
    text.remove_prefix(1);
  }
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return kNotHex;
    out->push_back(static_cast<char>(high * 16 + low));
  }
  return nullptr;
}

void AppendDigits(uint64_t value, unsigned base, std::string* out) {
  char digits[64];
  size_t count = 0;
  do {
    digits[count++] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base];
    value /= base;
  } while (value != 0);
  while (count > 0) out->push_back(digits[--count]);
}

void ToBase64(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  AppendBase64(TextAt(arguments[0], i), out);
}
const char* FromBase64(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  return ReadBase64(TextAt(arguments[0], i), out);
}
void HexOfBytes(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  AppendHex(TextAt(arguments[0], i), kDigits, out);
}
void HexOfNumber(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  AppendDigits(static_cast<uint64_t>(At<int64_t>(arguments[0], i)), 16, out);
}
const char* Unhex(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  return ReadHex(TextAt(arguments[0], i), out);
}
void BinOfNumber(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  AppendDigits(static_cast<uint64_t>(At<int64_t>(arguments[0], i)), 2, out);
}
void BinOfBytes(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  for (const char c : TextAt(arguments[0], i)) {
    for (int bit = 7; bit >= 0; --bit) out->push_back((static_cast<uint8_t>(c) >> bit & 1) != 0 ? '1' : '0');
  }
}
const char* ToBase(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const int64_t value = At<int64_t>(arguments[0], i);
  const int32_t base = At<int32_t>(arguments[1], i);
  if (value < 0) return "to_base needs a number that is not negative";
  if (base < 2 || base > 36) return "the base must be from 2 to 36";
  AppendDigits(static_cast<uint64_t>(value), static_cast<unsigned>(base), out);
  return nullptr;
}

void UrlEncode(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  for (const char c : TextAt(arguments[0], i)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out->push_back(c);
    } else {
      out->push_back('%');
      AppendHex({&c, 1}, kDigits, out);
    }
  }
}
void UrlDecode(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view text = TextAt(arguments[0], i);
  for (size_t k = 0; k < text.size(); ++k) {
    const bool escape =
        text[k] == '%' && k + 2 < text.size() && HexDigit(text[k + 1]) >= 0 && HexDigit(text[k + 2]) >= 0;
    out->push_back(escape ? static_cast<char>(HexDigit(text[k + 1]) * 16 + HexDigit(text[k + 2])) : text[k]);
    if (escape) k += 2;
  }
}

/// PostgreSQL's encode(bytes, format) and decode(text, format).
const char* EncodeAs(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string format = LowerCased(TextAt(arguments[1], i));
  if (format == "hex") {
    AppendHex(TextAt(arguments[0], i), "0123456789abcdef", out);
  } else if (format == "base64") {
    AppendBase64(TextAt(arguments[0], i), out);
  } else {
    return "there is no such encoding: 'hex' or 'base64'";
  }
  return nullptr;
}
const char* DecodeAs(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string format = LowerCased(TextAt(arguments[1], i));
  if (format == "base64") return ReadBase64(TextAt(arguments[0], i), out);
  if (format != "hex") return "there is no such encoding: 'hex' or 'base64'";
  return TextAt(arguments[0], i).size() % 2 != 0 ? kNotHex : ReadHex(TextAt(arguments[0], i), out);
}

void SameBytes(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  out->append(TextAt(arguments[0], i));
}
const char* DecodeText(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view bytes = TextAt(arguments[0], i);
  std::string again;
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(CodePointSize(rest))) {
    const size_t size = CodePointSize(rest);
    const bool stray = size == 1 && static_cast<uint8_t>(rest[0]) >= 0x80;
    again.clear();
    if (stray || !AppendCodePoint(DecodeCodePoint(rest), &again) || again != rest.substr(0, size)) {
      return "these bytes are no UTF-8 text";
    }
  }
  out->append(bytes);
  return nullptr;
}

}  // namespace

void RegisterEncoding(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const DataType blob = TypeId::kBlob;
  const DataType bigint = TypeId::kInt64;
  const SimpleOptions fallible{.traits = kFallible};
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "string", signature, help, example, example_result, std::move(aliases)});
  };
  describe("to_base64", "to_base64(bytes BLOB or VARCHAR) → VARCHAR", "As base64.", "to_base64('duck')",
           "ZHVjaw==", {"base64"});
  AddFunction(builder, "to_base64", {blob}, text, TextKernel<ToBase64>);
  AddFunction(builder, "to_base64", {text}, text, TextKernel<ToBase64>);
  describe("from_base64", "from_base64(text VARCHAR) → BLOB", "The bytes that base64 stands for.",
           "decode(from_base64('ZHVjaw=='))", "duck");
  AddFunction(builder, "from_base64", {text}, blob, FallibleTextKernel<FromBase64>, fallible);
  describe("hex", "hex(x VARCHAR, BLOB or BIGINT) → VARCHAR",
           "Bytes, or a number, as hexadecimal digits; a negative number in two's complement.", "hex('duck')",
           "6475636B", {"to_hex"});
  AddFunction(builder, "hex", {bigint}, text, TextKernel<HexOfNumber>);
  AddFunction(builder, "hex", {text}, text, TextKernel<HexOfBytes>);
  AddFunction(builder, "hex", {blob}, text, TextKernel<HexOfBytes>);
  describe("unhex", "unhex(text VARCHAR) → BLOB", "The bytes that hexadecimal digits stand for.",
           "decode(unhex('6475636B'))", "duck", {"from_hex"});
  AddFunction(builder, "unhex", {text}, blob, FallibleTextKernel<Unhex>, fallible);
  describe("bin", "bin(x BIGINT, VARCHAR or BLOB) → VARCHAR", "A number, or bytes, as binary digits.", "bin(10)",
           "1010", {"to_binary"});
  AddFunction(builder, "bin", {bigint}, text, TextKernel<BinOfNumber>);
  AddFunction(builder, "bin", {text}, text, TextKernel<BinOfBytes>);
  AddFunction(builder, "bin", {blob}, text, TextKernel<BinOfBytes>);
  describe("to_base", "to_base(x BIGINT, base INTEGER) → VARCHAR", "Digits of a number to a base from 2 to 36.",
           "to_base(255, 36)", "73");
  AddFunction(builder, "to_base", {bigint, TypeId::kInt32}, text, FallibleTextKernel<ToBase>, fallible);
  describe("url_encode", "url_encode(text VARCHAR) → VARCHAR", "Percent-encoded, but for letters, digits and -_.~",
           "url_encode('a b&c')", "a%20b%26c");
  AddFunction(builder, "url_encode", {text}, text, TextKernel<UrlEncode>);
  describe("url_decode", "url_decode(text VARCHAR) → VARCHAR", "Without percent-encoding.", "url_decode('a%20b')",
           "a b");
  AddFunction(builder, "url_decode", {text}, text, TextKernel<UrlDecode>);
  describe("encode", "encode(text VARCHAR) → BLOB, encode(bytes BLOB, format VARCHAR) → VARCHAR",
           "The bytes of a text; or bytes as text in the format 'hex' or 'base64'.", "encode(encode('duck'), 'hex')",
           "6475636b");
  AddFunction(builder, "encode", {text}, blob, TextKernel<SameBytes>);
  AddFunction(builder, "encode", {blob, text}, text, FallibleTextKernel<EncodeAs>, fallible);
  describe("decode", "decode(bytes BLOB) → VARCHAR, decode(text VARCHAR, format VARCHAR) → BLOB",
           "The text that bytes are in UTF-8; or the bytes that 'hex' or 'base64' stands for.",
           "decode(decode('6475636b', 'hex'))", "duck");
  AddFunction(builder, "decode", {blob}, text, FallibleTextKernel<DecodeText>, fallible);
  AddFunction(builder, "decode", {text, text}, blob, FallibleTextKernel<DecodeAs>, fallible);
}

}  // namespace laminar
