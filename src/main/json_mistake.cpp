#include "main/json_mistake.h"

#include <vector>

#include "common/utf8_validity.h"

namespace laminar {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// With a stack of its own: nesting is limited by memory alone.
  std::optional<JsonMistake> Run() {
    SkipBlanks();
    while (position_ < text_.size()) {
      if (!Document()) return mistake_;
      SkipBlanks();
    }
    return std::nullopt;
  }

 private:
  bool Fail(std::string_view what) { return FailAt(position_, what); }
  bool FailAt(size_t offset, std::string_view what) {
    mistake_ = {offset, what};
    return false;
  }
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool Take(char c) {
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void SkipBlanks() {
    while (position_ < text_.size() && std::string_view(" \t\n\r").find(text_[position_]) != std::string_view::npos)
      ++position_;
  }

  bool Document() {
    std::vector<char> open;  // closing brackets that are due
    while (true) {
      // A value is due.
      SkipBlanks();
      if (Take('{')) {
        SkipBlanks();
        if (!Take('}')) {
          open.push_back('}');
          if (!Key()) return false;
          continue;
        }
      } else if (Take('[')) {
        SkipBlanks();
        if (!Take(']')) {
          open.push_back(']');
          continue;
        }
      } else if (!Scalar()) {
        return false;
      }
      // A value has ended: close what closes, then go on to the next.
      bool next = false;
      while (!next) {
        if (open.empty()) return true;
        SkipBlanks();
        if (Take(open.back())) {
          open.pop_back();
        } else if (Take(',')) {
          SkipBlanks();
          if (open.back() == '}' && !Key()) return false;
          next = true;
        } else {
          return Fail(open.back() == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
        }
      }
    }
  }

  bool Key() {
    if (peek() != '"') return Fail("expected a name in double quotes");
    if (!String()) return false;
    SkipBlanks();
    return Take(':') || Fail("expected ':'");
  }

  bool Scalar() {
    const char c = peek();
    if (c == '"') return String();
    if (c == '-' || (c >= '0' && c <= '9')) return Number();
    return Word("true") || Word("false") || Word("null") || Fail("expected a value");
  }

  bool Word(std::string_view word) {
    if (text_.substr(position_, word.size()) != word || IsWordByte(position_ + word.size())) return false;
    position_ += word.size();
    return true;
  }
  bool IsWordByte(size_t offset) const {
    return offset < text_.size() && std::string_view(" \t\n\r,:{}[]\"").find(text_[offset]) == std::string_view::npos;
  }

  bool Digits() {
    const size_t begin = position_;
    while (peek() >= '0' && peek() <= '9') ++position_;
    return position_ != begin;
  }
  bool Number() {
    constexpr std::string_view kWhat = "malformed number";
    const size_t begin = position_;
    Take('-');
    if (!Take('0') && !Digits()) return FailAt(begin, kWhat);
    if (Take('.') && !Digits()) return FailAt(begin, kWhat);
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!Digits()) return FailAt(begin, kWhat);
    }
    return !IsWordByte(position_) || FailAt(begin, kWhat);
  }

  bool String() {
    const size_t begin = position_++;
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '"') {
        ++position_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fail("a control character in a string must be escaped");
      if (c == '\\') {
        if (!Escape()) return false;
        continue;
      }
      const size_t length = Utf8SequenceLength(text_, position_);
      if (length == 0) return Fail("invalid UTF-8");
      position_ += length;
    }
    return FailAt(begin, "this string does not end");
  }

  /// The four digits at `offset`, or -1.
  int HexDigits(size_t offset) const {
    if (offset + 4 > text_.size()) return -1;
    int value = 0;
    for (size_t i = offset; i < offset + 4; ++i) {
      const char c = text_[i];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  bool Escape() {
    constexpr std::string_view kWhat = "malformed escape sequence";
    const char c = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    if (c != 'u') {
      if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return Fail(kWhat);
      position_ += 2;
      return true;
    }
    const int unit = HexDigits(position_ + 2);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return Fail(kWhat);
    if (unit < 0xD800 || unit > 0xDBFF) {
      position_ += 6;
      return true;
    }
    const int low = text_.substr(position_ + 6, 2) == "\\u" ? HexDigits(position_ + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return Fail(kWhat);
    position_ += 12;
    return true;
  }

  std::string_view text_;
  size_t position_ = 0;
  std::optional<JsonMistake> mistake_;
};

}  // namespace

std::optional<JsonMistake> FindJsonMistake(std::string_view text) { return Reader(text).Run(); }

}  // namespace laminar
