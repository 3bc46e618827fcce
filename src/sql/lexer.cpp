#include "sql/lexer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "common/sql_error.h"
#include "common/utf8.h"
#include "common/utf8_validity.h"
#include "sql/keywords.h"

namespace laminar::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '$'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<Token> Run() {
    if (sql_.size() > std::numeric_limits<uint32_t>::max()) {
      throw Error(ErrorCode::kSqlParseError, "the SQL text is longer than 4 GB");
    }
    if (const std::size_t bad = FindInvalidUtf8(sql_); bad != std::string_view::npos) {
      throw Fail(bad, "the SQL text is not valid UTF-8");
    }
    std::vector<Token> tokens;
    for (SkipBlanks(); pos_ < sql_.size(); SkipBlanks()) tokens.push_back(Next());
    Token end;
    end.span.begin = end.span.end = tokens.empty() ? 0 : tokens.back().span.end;
    tokens.push_back(end);
    return tokens;
  }

 private:
  Error Fail(std::size_t at, std::string_view message) const {
    const auto begin = static_cast<uint32_t>(at);
    return MakeSqlError(ErrorCode::kSqlParseError, sql_, {begin, begin + 1}, message);
  }

  char At(std::size_t i) const { return i < sql_.size() ? sql_[i] : '\0'; }
  char Peek(std::size_t ahead = 0) const { return At(pos_ + ahead); }
  bool StartsWith(std::string_view text) const { return sql_.substr(pos_, text.size()) == text; }

  /// A no-break space and a byte order mark come along when text is pasted; they are blanks.
  std::size_t BlankLength() const {
    const char c = Peek();
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (StartsWith("\xC2\xA0")) return 2;
    if (StartsWith("\xEF\xBB\xBF")) return 3;
    return 0;
  }

  void SkipBlanks() {
    while (pos_ < sql_.size()) {
      if (const std::size_t blank = BlankLength(); blank > 0) {
        pos_ += blank;
      } else if (StartsWith("--")) {
        pos_ = std::min(sql_.find('\n', pos_), sql_.size());
      } else if (StartsWith("/*")) {
        SkipBlockComment();
      } else {
        return;
      }
    }
  }

  void SkipBlockComment() {
    const std::size_t begin = pos_;
    std::size_t depth = 0;
    do {
      if (pos_ >= sql_.size()) throw Fail(begin, "this comment does not end: expected '*/'");
      if (StartsWith("/*")) {
        ++depth;
        pos_ += 2;
      } else if (StartsWith("*/")) {
        --depth;
        pos_ += 2;
      } else {
        ++pos_;
      }
    } while (depth > 0);
  }

  Token Finish(TokenKind kind, std::size_t begin, std::string value = {}) const {
    Token token;
    token.kind = kind;
    token.span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(pos_)};
    token.text = sql_.substr(begin, pos_ - begin);
    token.value = std::move(value);
    return token;
  }

  Token Next() {
    const char c = Peek();
    if (Peek(1) == '\'') {
      if (c == 'e' || c == 'E') return EscapeString();
      if (c == 'x' || c == 'X') return Blob();
      if (c == 'b' || c == 'B') throw Fail(pos_, "bit strings are not supported yet");
    }
    if ((c == 'u' || c == 'U') && Peek(1) == '&' && (Peek(2) == '\'' || Peek(2) == '"')) {
      throw Fail(pos_, "U& strings are not supported yet; write E'\\u00E9' instead");
    }
    if (IsWordStart(c)) return Word();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (c == '\'') return String();
    if (c == '"' || c == '`') return QuotedName();
    if (c == '$') return Dollar();
    return Symbol();
  }

  Token Word() {
    const std::size_t begin = pos_;
    while (pos_ < sql_.size() && IsWordPart(sql_[pos_])) {
      const std::size_t blank = static_cast<unsigned char>(sql_[pos_]) >= 0x80 ? BlankLength() : 0;
      if (blank > 0) break;
      ++pos_;
    }
    return Finish(TokenKind::kWord, begin);
  }

  std::string Digits() {
    std::string digits;
    while (IsDigit(Peek()) || (Peek() == '_' && !digits.empty() && IsDigit(Peek(1)))) {
      if (Peek() != '_') digits.push_back(Peek());
      ++pos_;
    }
    return digits;
  }

  static std::string WithoutLeadingZeros(const std::string& digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? "0" : digits.substr(first);
  }

  Token Number() {
    const std::size_t begin = pos_;
    if (Peek() == '0' && HexDigit(Peek(2)) >= 0) {
      const char base = Peek(1);
      if (base == 'x' || base == 'X') return BasedInteger(begin, 4);
      if (base == 'o' || base == 'O') return BasedInteger(begin, 3);
      if (base == 'b' || base == 'B') return BasedInteger(begin, 1);
    }
    std::string value = WithoutLeadingZeros(Digits());
    TokenKind kind = TokenKind::kInteger;
    if (Peek() == '.' && Peek(1) != '.') {
      kind = TokenKind::kDecimal;
      ++pos_;
      const std::string fraction = Digits();
      value += "." + (fraction.empty() ? "0" : fraction);
    }
    if (Peek() == 'e' || Peek() == 'E') {
      const bool sign = Peek(1) == '+' || Peek(1) == '-';
      if (IsDigit(Peek(sign ? 2 : 1))) {
        kind = TokenKind::kFloat;
        const bool negative = Peek(1) == '-';
        pos_ += sign ? 2 : 1;
        value += negative ? "e-" : "e";
        value += WithoutLeadingZeros(Digits());
      }
    }
    return Finish(kind, begin, std::move(value));
  }

  /// 0x1F, 0o17, 0b101: up to 128 bits, turned into decimal digits.
  Token BasedInteger(std::size_t begin, int bits_per_digit) {
    pos_ += 2;
    __extension__ typedef unsigned __int128 Wide;
    Wide number = 0;
    for (;; ++pos_) {
      if (Peek() == '_' && HexDigit(Peek(1)) >= 0) ++pos_;
      const int digit = HexDigit(Peek());
      if (digit < 0 || digit >= (1 << bits_per_digit)) break;
      if (number >> (128 - bits_per_digit) != 0) throw Fail(begin, "this integer is longer than 128 bits");
      number = (number << bits_per_digit) | static_cast<unsigned>(digit);
    }
    std::string value;
    do {
      value.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
      number /= 10;
    } while (number != 0);
    std::reverse(value.begin(), value.end());
    return Finish(TokenKind::kInteger, begin, std::move(value));
  }

  /// Up to the closing quote, of which two stand for one; `pos_` is at the opening one.
  std::string Quoted(char quote, std::size_t begin, std::string_view unterminated) {
    ++pos_;
    std::string value;
    while (true) {
      if (pos_ >= sql_.size()) throw Fail(begin, unterminated);
      if (sql_[pos_] == quote) {
        if (Peek(1) != quote) break;
        ++pos_;
      }
      value.push_back(sql_[pos_++]);
    }
    ++pos_;
    return value;
  }

  Token String() {
    const std::size_t begin = pos_;
    std::string value = Quoted('\'', begin, "this string does not end: expected a closing '");
    return Finish(TokenKind::kString, begin, std::move(value));
  }

  Token QuotedName() {
    const std::size_t begin = pos_;
    const char quote = sql_[begin];
    std::string value = Quoted(quote, begin, std::string("this quoted name does not end: expected a closing ") + quote);
    if (value.empty()) throw Fail(begin, "a quoted name cannot be empty");
    return Finish(TokenKind::kQuotedName, begin, std::move(value));
  }

  Token Blob() {
    const std::size_t begin = pos_++;
    std::string value = Quoted('\'', begin, "this binary string does not end: expected a closing '");
    if (value.size() % 2 != 0 || std::any_of(value.begin(), value.end(), [](char c) { return HexDigit(c) < 0; })) {
      throw Fail(begin, "a binary string is made of pairs of hexadecimal digits, like X'00FF'");
    }
    return Finish(TokenKind::kBlob, begin, UpperAscii(value));
  }

  Token EscapeString() {
    const std::size_t begin = pos_;
    pos_ += 2;
    std::string value;
    while (true) {
      if (pos_ >= sql_.size()) throw Fail(begin, "this string does not end: expected a closing '");
      const char c = sql_[pos_];
      if (c == '\\') {
        Escape(begin, value);
      } else if (c == '\'' && Peek(1) != '\'') {
        break;
      } else {
        pos_ += c == '\'' ? 2 : 1;
        value.push_back(c);
      }
    }
    ++pos_;
    if (FindInvalidUtf8(value) != std::string::npos) throw Fail(begin, "the escapes of this string make invalid UTF-8");
    return Finish(TokenKind::kString, begin, std::move(value));
  }

  void Escape(std::size_t begin, std::string& value) {
    const std::size_t at = pos_++;
    if (pos_ >= sql_.size()) throw Fail(begin, "this string does not end: expected a closing '");
    const char c = sql_[pos_++];
    switch (c) {
      case 'b':
        value.push_back('\b');
        return;
      case 'f':
        value.push_back('\f');
        return;
      case 'n':
        value.push_back('\n');
        return;
      case 'r':
        value.push_back('\r');
        return;
      case 't':
        value.push_back('\t');
        return;
      case 'x':
        if (HexDigit(Peek()) >= 0) {
          value.push_back(static_cast<char>(CodeUnit(2)));
        } else {
          value.push_back(c);
        }
        return;
      case 'u':
      case 'U': {
        const std::size_t digits = c == 'u' ? 4 : 8;
        const std::size_t first = pos_;
        const uint32_t code_point = CodeUnit(digits);
        if (pos_ - first != digits || !AppendCodePoint(code_point, &value)) {
          throw Fail(at, "a Unicode escape is \\uXXXX or \\UXXXXXXXX, and names a character");
        }
        return;
      }
      default:
        if (c < '0' || c > '7') {
          value.push_back(c);
          return;
        }
    }
    unsigned octal = static_cast<unsigned>(c - '0');
    for (int i = 0; i < 2 && Peek() >= '0' && Peek() <= '7'; ++i)
      octal = octal * 8 + static_cast<unsigned>(sql_[pos_++] - '0');
    value.push_back(static_cast<char>(octal));
  }

  uint32_t CodeUnit(std::size_t most_digits) {
    uint32_t number = 0;
    for (std::size_t i = 0; i < most_digits && HexDigit(Peek()) >= 0; ++i) {
      number = number * 16 + static_cast<uint32_t>(HexDigit(sql_[pos_++]));
    }
    return number;
  }

  /// `$1`, `$name`, `$$text$$`, `$tag$text$tag$`.
  Token Dollar() {
    const std::size_t begin = pos_++;
    if (IsDigit(Peek())) {
      while (IsDigit(Peek())) ++pos_;
      return Finish(TokenKind::kParameter, begin, std::string(sql_.substr(begin + 1, pos_ - begin - 1)));
    }
    while (pos_ < sql_.size() && sql_[pos_] != '$' && IsWordPart(sql_[pos_])) ++pos_;
    if (Peek() != '$') {
      if (pos_ == begin + 1) throw Fail(begin, "expected a parameter like $1 or $name, or a $$string$$, after '$'");
      return Finish(TokenKind::kParameter, begin, std::string(sql_.substr(begin + 1, pos_ - begin - 1)));
    }
    ++pos_;
    const std::string_view tag = sql_.substr(begin, pos_ - begin);
    const std::size_t end = sql_.find(tag, pos_);
    if (end == std::string_view::npos) {
      throw Fail(begin, "this string does not end: expected a closing " + std::string(tag));
    }
    std::string value(sql_.substr(pos_, end - pos_));
    pos_ = end + tag.size();
    return Finish(TokenKind::kString, begin, std::move(value));
  }

  Token Symbol() {
    // Longest first.
    static constexpr std::array kSymbols = std::to_array<std::string_view>(
        {"!~*", "->>", "||", "<>", "!=", "<=", ">=", "::", ":=", "=>", "->", "~*", "!~",
         "<<",  ">>",  "+",  "-",  "*",  "/",  "%",  "^",  "&",  "|",  "#",  "~",  "<",
         ">",   "=",   "(",  ")",  "[",  "]",  "{",  "}",  ",",  ";",  ".",  ":",  "?"});
    const std::size_t begin = pos_;
    for (const std::string_view symbol : kSymbols) {
      if (!StartsWith(symbol)) continue;
      pos_ += symbol.size();
      return Finish(TokenKind::kSymbol, begin);
    }
    const char c = sql_[begin];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) throw Fail(begin, "unexpected control character");
    throw Fail(begin, std::string("unexpected character '") + c + "'");
  }

  std::string_view sql_;
  std::size_t pos_ = 0;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view sql) { return Lexer(sql).Run(); }

}  // namespace laminar::sql
