#include "common/text_cast.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "common/utf8.h"

namespace laminar {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

template <typename T>
Parsed ParseFloating(std::string_view text, T* value) {
  text = TrimBlanks(text);
  const bool negative = !text.empty() && text[0] == '-';
  std::string_view digits = text;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) digits.remove_prefix(1);
  if (digits.empty()) return Parsed::kInvalid;
  if ((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.') {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *value);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) return Parsed::kInvalid;
    if (error != std::errc()) return Parsed::kOutOfRange;
    if (negative) *value = -*value;
    return Parsed::kOk;
  }
  if (NamesEqual(digits, "nan")) {
    *value = std::numeric_limits<T>::quiet_NaN();
    return Parsed::kOk;
  }
  if (NamesEqual(digits, "infinity") || NamesEqual(digits, "inf")) {
    *value = negative ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
    return Parsed::kOk;
  }
  return Parsed::kInvalid;
}

template <typename T>
Result<Value> IntegerValue(std::string_view text, const DataType& type) {
  T value = 0;
  if (const Parsed parsed = ParseInteger(text, &value); parsed != Parsed::kOk) {
    return Status(ErrorCode::kQueryFailed, ParseError(parsed, text, type));
  }
  if constexpr (std::is_signed_v<T>) return Value(type, static_cast<int64_t>(value));
  return Value(type, static_cast<uint64_t>(value));
}

template <typename Stored, typename T, typename Parser>
Result<Value> ParsedValue(std::string_view text, const DataType& type, Parser parse) {
  T value{};
  if (const Parsed parsed = parse(&value); parsed != Parsed::kOk) {
    return Status(ErrorCode::kQueryFailed, ParseError(parsed, text, type));
  }
  return Value(type, static_cast<Stored>(value));
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

Parsed ParseBoolean(std::string_view text, bool* value) {
  struct Word {
    std::string_view text;
    size_t least;  // shortest beginning that can mean nothing else
    bool value;
  };
  static constexpr Word kWords[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                                    {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
  text = TrimBlanks(text);
  for (const Word& word : kWords) {
    if (text.size() >= word.least && NamesEqual(text, word.text.substr(0, text.size()))) {
      *value = word.value;
      return Parsed::kOk;
    }
  }
  return Parsed::kInvalid;
}

template <typename T>
Parsed ParseInteger(std::string_view text, T* value) {
  text = TrimBlanks(text);
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return Parsed::kInvalid;
  }
  // from_chars knows no minus sign for unsigned types; "-0" is a number, "-1" one that is out of range.
  const bool negative_unsigned = std::is_unsigned_v<T> && !text.empty() && text[0] == '-';
  if (negative_unsigned) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return Parsed::kInvalid;
  if (error != std::errc() || (negative_unsigned && *value != 0)) return Parsed::kOutOfRange;
  return Parsed::kOk;
}
template Parsed ParseInteger(std::string_view, int8_t*);
template Parsed ParseInteger(std::string_view, int16_t*);
template Parsed ParseInteger(std::string_view, int32_t*);
template Parsed ParseInteger(std::string_view, int64_t*);
template Parsed ParseInteger(std::string_view, uint8_t*);
template Parsed ParseInteger(std::string_view, uint16_t*);
template Parsed ParseInteger(std::string_view, uint32_t*);
template Parsed ParseInteger(std::string_view, uint64_t*);

Parsed ParseFloat(std::string_view text, float* value) { return ParseFloating(text, value); }
Parsed ParseFloat(std::string_view text, double* value) { return ParseFloating(text, value); }

Parsed ParseUuid(std::string_view text, char* bytes) {
  text = TrimBlanks(text);
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') {
      if (digits == 0 || digits % 4 != 0 || text[i - 1] == '-' || i + 1 == text.size()) return Parsed::kInvalid;
      continue;
    }
    const int digit = HexDigit(text[i]);
    if (digit < 0 || digits == 32) return Parsed::kInvalid;
    char& byte = bytes[digits / 2];
    byte = static_cast<char>(digits % 2 == 0 ? digit << 4 : (static_cast<unsigned char>(byte) | digit));
    ++digits;
  }
  return digits == 32 ? Parsed::kOk : Parsed::kInvalid;
}

Parsed ParseBlob(std::string_view text, std::string* bytes) {
  bytes->clear();
  if (text.substr(0, 2) == "\\x") {
    if (text.size() % 2 != 0) return Parsed::kInvalid;
    for (size_t i = 2; i < text.size(); i += 2) {
      const int high = HexDigit(text[i]);
      const int low = HexDigit(text[i + 1]);
      if (high < 0 || low < 0) return Parsed::kInvalid;
      bytes->push_back(static_cast<char>(high << 4 | low));
    }
    return Parsed::kOk;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes->push_back(text[i]);
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes->push_back('\\');
      ++i;
    } else if (i + 3 < text.size() && text[i + 1] <= '3' && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) &&
               IsOctal(text[i + 3])) {
      bytes->push_back(static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
      i += 3;
    } else {
      return Parsed::kInvalid;
    }
  }
  return Parsed::kOk;
}

std::string ParseError(Parsed parsed, std::string_view text, const DataType& type) {
  constexpr size_t kShown = 60;
  const std::string shown = Shortened(text, kShown);
  return parsed == Parsed::kOutOfRange
             ? fmt::format("value \"{}\" is out of range for type {}", shown, type.ToString())
             : fmt::format("invalid input syntax for type {}: \"{}\"", type.ToString(), shown);
}

Result<Value> ParseValue(std::string_view text, const DataType& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return ParsedValue<bool, bool>(text, type, [&](bool* v) { return ParseBoolean(text, v); });
    case TypeId::kInt8:
      return IntegerValue<int8_t>(text, type);
    case TypeId::kInt16:
      return IntegerValue<int16_t>(text, type);
    case TypeId::kInt32:
      return IntegerValue<int32_t>(text, type);
    case TypeId::kInt64:
      return IntegerValue<int64_t>(text, type);
    case TypeId::kUInt8:
      return IntegerValue<uint8_t>(text, type);
    case TypeId::kUInt16:
      return IntegerValue<uint16_t>(text, type);
    case TypeId::kUInt32:
      return IntegerValue<uint32_t>(text, type);
    case TypeId::kUInt64:
      return IntegerValue<uint64_t>(text, type);
    case TypeId::kFloat:
      return ParsedValue<double, float>(text, type, [&](float* v) { return ParseFloat(text, v); });
    case TypeId::kDouble:
      return ParsedValue<double, double>(text, type, [&](double* v) { return ParseFloat(text, v); });
    case TypeId::kDecimal:
      return ParsedValue<int128_t, int128_t>(
          text, type, [&](int128_t* v) { return ParseDecimal(TrimBlanks(text), type.precision(), type.scale(), v); });
    case TypeId::kVarchar:
      return Value(type, std::string(text));
    case TypeId::kBlob: {
      std::string bytes;
      if (const Parsed parsed = ParseBlob(text, &bytes); parsed != Parsed::kOk) {
        return Status(ErrorCode::kQueryFailed, ParseError(parsed, text, type));
      }
      return Value(type, std::move(bytes));
    }
    case TypeId::kUuid: {
      std::string bytes(16, '\0');
      if (const Parsed parsed = ParseUuid(text, bytes.data()); parsed != Parsed::kOk) {
        return Status(ErrorCode::kQueryFailed, ParseError(parsed, text, type));
      }
      return Value(type, std::move(bytes));
    }
    case TypeId::kJson:
      if (!IsJson(text)) return Status(ErrorCode::kQueryFailed, ParseError(Parsed::kInvalid, text, type));
      return Value(type, std::string(text));
    case TypeId::kDate:
      return ParsedValue<int64_t, int32_t>(text, type, [&](int32_t* v) { return ParseDate(text, v); });
    case TypeId::kTime:
      return ParsedValue<int64_t, int64_t>(text, type, [&](int64_t* v) { return ParseTime(text, type.unit(), v); });
    case TypeId::kTimestamp:
      return ParsedValue<int64_t, int64_t>(text, type,
                                           [&](int64_t* v) { return ParseTimestamp(text, type.unit(), v); });
    case TypeId::kInterval:
      return ParsedValue<Interval, Interval>(text, type, [&](Interval* v) { return ParseInterval(text, v); });
    case TypeId::kNull:
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap:
      break;
  }
  return Status(ErrorCode::kQueryFailed, fmt::format("reading {} from text is not supported yet", type.ToString()));
}

}  // namespace laminar
