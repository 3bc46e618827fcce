#include <algorithm>

#include "common/sql_error.h"
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

/// Clauses that a misspelt word, taken for an alias, may have been meant as.
const std::vector<std::string>& ClauseWords() {
  static const std::vector<std::string> words = {
      "FROM", "WHERE", "GROUP", "HAVING", "ORDER",  "LIMIT",     "OFFSET", "JOIN",    "INNER", "LEFT", "RIGHT",
      "FULL", "CROSS", "UNION", "EXCEPT", "WINDOW", "INTERSECT", "EMIT",   "QUALIFY", "USING", "ASOF", "WITH"};
  return words;
}

/// The token in single quotes, cut short, never inside a character.
std::string Describe(const Token& token) {
  constexpr std::size_t kMostBytes = 40;
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  std::string_view text = token.text;
  std::string_view dots;
  if (text.size() > kMostBytes) {
    std::size_t end = kMostBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
    dots = "...";
  }
  if (token.kind == TokenKind::kString || token.kind == TokenKind::kBlob) {
    return "the string " + std::string(text) + std::string(dots);
  }
  return "'" + std::string(text) + std::string(dots) + "'";
}

}  // namespace

Parser::Parser(std::string_view sql, TypeNames names) : sql_(sql), type_names_(names), tokens_(Tokenize(sql)) {}

Parser::Nesting::Nesting(Parser& parser) : parser_(parser) {
  if (parser_.depth_ >= kMaxNesting) parser_.TooDeep(parser_.Peek().span);
  ++parser_.depth_;
}

void Parser::TooDeep(SourceSpan span) const {
  Fail(span, "this is nested more than " + std::to_string(kMaxNesting) + " levels deep");
}

const Token& Parser::Peek(std::size_t ahead) const { return tokens_[std::min(pos_ + ahead, tokens_.size() - 1)]; }

const Token& Parser::Advance() {
  const Token& token = Peek();
  if (pos_ + 1 < tokens_.size()) ++pos_;
  wanted_words_.clear();
  return token;
}

SourceSpan Parser::SpanFrom(uint32_t begin) const {
  const uint32_t end = pos_ > 0 ? (AtEnd() ? Peek().span.begin : tokens_[pos_ - 1].span.end) : begin;
  return {begin, std::max(begin, end)};
}

bool Parser::AtWord(std::string_view word, std::size_t ahead) {
  if (ahead == 0) wanted_words_.push_back(word);
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && SameWord(token.text, word);
}

bool Parser::AtWords(std::initializer_list<std::string_view> words) {
  std::size_t ahead = 0;
  for (const std::string_view word : words) {
    if (!AtWord(word, ahead++)) return false;
  }
  return true;
}

bool Parser::AtSymbol(std::string_view symbol, std::size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool Parser::AcceptWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Advance();
  return true;
}

bool Parser::AcceptWords(std::initializer_list<std::string_view> words) {
  if (!AtWords(words)) return false;
  for (std::size_t i = 0; i < words.size(); ++i) Advance();
  return true;
}

bool Parser::AcceptSymbol(std::string_view symbol) {
  if (!AtSymbol(symbol)) return false;
  Advance();
  return true;
}

void Parser::ExpectWord(std::string_view word) {
  if (!AcceptWord(word)) Unexpected(word);
}

void Parser::ExpectSymbol(std::string_view symbol) {
  if (!AcceptSymbol(symbol)) Unexpected("'" + std::string(symbol) + "'");
}

bool Parser::Adjacent(std::size_t ahead) const {
  const std::size_t index = pos_ + ahead;
  return index > 0 && index < tokens_.size() && tokens_[index].kind != TokenKind::kEnd &&
         tokens_[index - 1].span.end == tokens_[index].span.begin;
}

void Parser::Fail(SourceSpan span, std::string_view message, std::vector<std::string> candidates) const {
  throw MakeSqlError(ErrorCode::kSqlParseError, sql_, span, message, std::move(candidates));
}

void Parser::Unexpected(std::string_view expected) const {
  if (implicit_alias_ &&
      (*implicit_alias_ + 1 == pos_ || (*implicit_alias_ + 1 < pos_ && pos_ - *implicit_alias_ <= 4))) {
    const Token& alias = tokens_[*implicit_alias_];
    const bool at_fault = *implicit_alias_ + 1 == pos_ || tokens_[*implicit_alias_ + 1].text == "(";
    std::vector<std::string> meant = NearestNames(alias.text, ClauseWords());
    if (at_fault && !meant.empty()) Fail(alias.span, "unexpected " + Describe(alias), std::move(meant));
  }
  const Token& found = Peek();
  std::vector<std::string> candidates;
  if (found.kind == TokenKind::kWord) {
    const std::vector<std::string> wanted(wanted_words_.begin(), wanted_words_.end());
    candidates = NearestNames(found.text, wanted);
    // A word that means something here is not misspelt, and three letters are near too many words.
    constexpr std::size_t kShort = 3;
    std::erase_if(candidates, [&](const std::string& word) {
      return IsReserved(found.text) || SameWord(word, found.text) ||
             (found.text.size() <= kShort && word.size() <= found.text.size());
    });
  }
  Fail(found.span, "expected " + std::string(expected) + " but found " + Describe(found), std::move(candidates));
}

void Parser::NotSupported(SourceSpan span, std::string_view what) const {
  Fail(span, std::string(what) + " is not supported yet");
}

bool Parser::AtName(std::size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind == TokenKind::kQuotedName) return true;
  if (token.kind != TokenKind::kWord) return false;
  return !IsReserved(token.text) || (open_cases_ == 0 && SameWord(token.text, "END"));
}

Identifier Parser::TakeIdentifier() {
  const Token& token = Advance();
  Identifier identifier;
  identifier.span = token.span;
  identifier.quoted = token.kind == TokenKind::kQuotedName;
  identifier.name = identifier.quoted ? token.value : std::string(token.text);
  return identifier;
}

Identifier Parser::ParseName(std::string_view what) {
  if (!AtName()) {
    if (Peek().kind == TokenKind::kWord) {
      Fail(Peek().span, "expected " + std::string(what) + " but found the reserved word " + Describe(Peek()) +
                            "; write it in double quotes to use it as a name");
    }
    Unexpected(what);
  }
  return TakeIdentifier();
}

Identifier Parser::ParseLabel(std::string_view what) {
  if (Peek().kind != TokenKind::kWord && Peek().kind != TokenKind::kQuotedName) Unexpected(what);
  return TakeIdentifier();
}

QualifiedName Parser::ParseQualifiedName(std::string_view what) {
  const uint32_t begin = Begin();
  QualifiedName name;
  name.parts.push_back(ParseName(what));
  while (AcceptSymbol(".")) name.parts.push_back(ParseLabel("a name after '.'"));
  name.span = SpanFrom(begin);
  return name;
}

std::vector<Identifier> Parser::ParseNameList(std::string_view what) {
  std::vector<Identifier> names;
  ExpectSymbol("(");
  do {
    names.push_back(ParseName(what));
  } while (AcceptSymbol(","));
  ExpectSymbol(")");
  return names;
}

bool Parser::AtImplicitAlias() {
  const Token& token = Peek();
  if (token.kind == TokenKind::kQuotedName) return true;
  return token.kind == TokenKind::kWord && !IsReserved(token.text) && !StartsClause(token.text);
}

Identifier Parser::TakeImplicitAlias() {
  if (Peek().kind == TokenKind::kWord) implicit_alias_ = pos_;
  return TakeIdentifier();
}

int64_t Parser::ParseSmallInteger(std::string_view what, int64_t least, int64_t most) {
  const Token& token = Peek();
  if (token.kind != TokenKind::kInteger) Unexpected(what);
  const int64_t number = token.value.size() > 9 ? most + 1 : std::stoll(token.value);
  if (number < least || number > most) {
    Fail(token.span, std::string(what) + " is from " + std::to_string(least) + " to " + std::to_string(most) +
                         ", not " + token.value);
  }
  Advance();
  return number;
}

}  // namespace laminar::sql
