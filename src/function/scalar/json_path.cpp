#include "function/scalar/json_path.h"

#include <charconv>

#include "common/sql_error.h"
#include "common/utf8.h"

namespace laminar {
namespace {

/// Over a text that is known to be JSON.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) { SkipBlanks(); }

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void SkipBlanks() {
    while (!AtEnd() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (Peek() != c) return false;
    ++at_;
    SkipBlanks();
    return true;
  }
  std::string_view TakeValue() {
    SkipBlanks();
    const size_t begin = at_;
    if (Peek() == '"') {
      SkipString();
    } else if (Peek() == '{' || Peek() == '[') {
      SkipNested();
    } else {
      while (!AtEnd() && std::string_view(",]} \t\n\r").find(text_[at_]) == std::string_view::npos) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void SkipString() {
    for (++at_; !AtEnd() && text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\';
    ++at_;
  }
  void SkipNested() {
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        SkipString();
        continue;
      }
      depth += (c == '{' || c == '[') - (c == '}' || c == ']');
      ++at_;
    } while (depth > 0 && !AtEnd());
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool KeyEquals(std::string_view quoted, std::string_view key) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner == key;
  std::string text;
  AppendJsonText(quoted, &text);
  return text == key;
}

uint32_t HexAt(std::string_view text, size_t i) {
  uint32_t value = 0;
  std::from_chars(text.data() + i, text.data() + i + 4, value, 16);
  return value;
}

[[noreturn]] void ThrowNoPath(std::string_view text) {
  throw Error(ErrorCode::kQueryFailed, "'" + std::string(text) + "' is no path into JSON, like '$.key[0]'");
}

bool ReadIndex(std::string_view text, int64_t* index) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *index);
  return error == std::errc() && end == text.data() + text.size();
}

JsonPath ParsePointer(std::string_view text) {
  JsonPath path;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(part.size());
    JsonStep step{.key = "", .index = 0, .is_key = true};
    for (size_t i = 0; i < part.size(); ++i) {
      const bool escape = part[i] == '~' && i + 1 < part.size();
      step.key.push_back(!escape ? part[i] : part[i + 1] == '1' ? '/' : '~');
      i += escape;
    }
    if (ReadIndex(part, &step.index)) step.is_key = false;
    path.push_back(std::move(step));
  }
  return path;
}

}  // namespace

JsonPath ParseJsonPath(std::string_view text) {
  const std::string_view whole = text;
  if (text.starts_with('/')) return ParsePointer(text);
  if (!text.starts_with('$')) return {{.key = std::string(text), .index = 0, .is_key = true}};
  text.remove_prefix(1);
  JsonPath path;
  while (!text.empty()) {
    JsonStep step;
    if (text[0] == '[') {
      const size_t end = text.find(']');
      if (end == std::string_view::npos) ThrowNoPath(whole);
      std::string_view inner = text.substr(1, end - 1);
      if (inner.starts_with('#')) inner.remove_prefix(1);  // [#-1] is the last one
      if (!ReadIndex(inner, &step.index)) ThrowNoPath(whole);
      text.remove_prefix(end + 1);
    } else if (text[0] == '.') {
      text.remove_prefix(1);
      step.is_key = true;
      if (text.starts_with('"')) {
        const size_t end = text.find('"', 1);
        if (end == std::string_view::npos) ThrowNoPath(whole);
        step.key = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
      } else {
        step.key = text.substr(0, text.find_first_of(".["));
        if (step.key.empty()) ThrowNoPath(whole);
        if (step.key == "*") throw Error(ErrorCode::kQueryFailed, "wildcards in JSON paths are not supported yet");
        text.remove_prefix(step.key.size());
      }
    } else {
      ThrowNoPath(whole);
    }
    path.push_back(std::move(step));
  }
  return path;
}

std::optional<std::string_view> FindJson(std::string_view json, const JsonStep& step) {
  Cursor cursor(json);
  std::optional<std::string_view> found;
  if (step.is_key) {
    if (!cursor.Take('{') || cursor.Peek() == '}') return found;
    do {
      const std::string_view key = cursor.TakeValue();
      cursor.Take(':');
      const std::string_view value = cursor.TakeValue();
      if (KeyEquals(key, step.key)) found = value;
    } while (cursor.Take(','));
    return found;
  }
  int64_t index = step.index;
  if (index < 0 && KindOfJson(json) == '[') index += CountJsonElements(json);
  if (index < 0 || !cursor.Take('[') || cursor.Peek() == ']') return found;
  do {
    const std::string_view value = cursor.TakeValue();
    if (index-- == 0) return value;
  } while (cursor.Take(','));
  return found;
}

std::optional<std::string_view> FindJson(std::string_view json, const JsonPath& path) {
  std::optional<std::string_view> at = Cursor(json).TakeValue();
  for (const JsonStep& step : path) {
    at = FindJson(*at, step);
    if (!at) break;
  }
  return at;
}

char KindOfJson(std::string_view value) {
  const char first = Cursor(value).Peek();
  return std::string_view("{[\"tfn").find(first) != std::string_view::npos ? first : '0';
}

int64_t CountJsonElements(std::string_view array) {
  Cursor cursor(array);
  if (!cursor.Take('[') || cursor.Peek() == ']') return 0;
  int64_t count = 0;
  do {
    cursor.TakeValue();
    ++count;
  } while (cursor.Take(','));
  return count;
}

void AppendJsonText(std::string_view value, std::string* out) {
  if (!value.starts_with('"')) {
    out->append(value);
    return;
  }
  for (size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] != '\\') {
      out->push_back(value[i]);
      continue;
    }
    const char escaped = value[++i];
    constexpr std::string_view kEscapes = "bfnrt";
    if (const size_t known = kEscapes.find(escaped); known != std::string_view::npos) {
      out->push_back("\b\f\n\r\t"[known]);
    } else if (escaped == 'u') {
      uint32_t unit = HexAt(value, i + 1);
      i += 4;
      if (unit >= 0xd800 && unit < 0xdc00 && value.substr(i + 1, 2) == "\\u") {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (HexAt(value, i + 3) - 0xdc00);
        i += 6;
      }
      if (!AppendCodePoint(unit, out)) AppendCodePoint(0xfffd, out);  // half of a pair stands for no character
    } else {
      out->push_back(escaped);
    }
  }
}

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out->push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f') {
      out->push_back('\\');
      out->push_back(c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c == '\b' ? 'b' : 'f');
    } else if (byte < 0x20) {
      out->append("\\u00");
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

}  // namespace laminar
