// Whether a text is JSON: a recogniser that keeps nothing.
#include <cstdint>

#include "common/text_cast.h"

namespace laminar {
namespace {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

  bool Document() {
    if (!Element(0)) return false;
    return p_ == end_;
  }

 private:
  static constexpr int kMaxDepth = 1'000;

  char peek() const { return p_ == end_ ? '\0' : *p_; }
  bool Take(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  void SkipBlanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\n' || *p_ == '\r')) ++p_;
  }
  bool Word(std::string_view word) {
    if (std::string_view(p_, static_cast<size_t>(end_ - p_)).substr(0, word.size()) != word) return false;
    p_ += word.size();
    return true;
  }

  bool Element(int depth) {
    SkipBlanks();
    if (!ValueAt(depth)) return false;
    SkipBlanks();
    return true;
  }

  bool ValueAt(int depth) {
    if (depth > kMaxDepth) return false;
    switch (peek()) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"':
        return String();
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }

  bool Object(int depth) {
    ++p_;
    SkipBlanks();
    if (Take('}')) return true;
    do {
      SkipBlanks();
      if (!String()) return false;
      SkipBlanks();
      if (!Take(':') || !Element(depth + 1)) return false;
    } while (Take(','));
    return Take('}');
  }

  bool Array(int depth) {
    ++p_;
    SkipBlanks();
    if (Take(']')) return true;
    do {
      if (!Element(depth + 1)) return false;
    } while (Take(','));
    return Take(']');
  }

  bool String() {
    if (!Take('"')) return false;
    while (p_ != end_) {
      const char c = *p_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !Escape()) return false;
    }
    return false;
  }

  bool Escape() {
    if (p_ == end_) return false;
    const char c = *p_++;
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++p_) {
      const char digit = peek();
      if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F')))
        return false;
    }
    return true;
  }

  bool Digits() {
    const char* const start = p_;
    while (peek() >= '0' && peek() <= '9') ++p_;
    return p_ != start;
  }

  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }

  const char* p_;
  const char* end_;
};

}  // namespace

bool IsJson(std::string_view text) { return JsonReader(text).Document(); }

}  // namespace laminar
