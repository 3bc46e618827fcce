// From SQL text to tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/source_span.h"

namespace laminar::sql {

enum class TokenKind {
  kEnd,
  kWord,        // name or keyword: `text` is its spelling
  kQuotedName,  // "name" or `name`: `value` is the name
  kInteger,     // `value`: decimal digits without leading zeros
  kDecimal,     // `value`: digits '.' digits
  kFloat,       // `value`: digits ['.' digits] 'e' ['-'] digits
  kString,      // `value`: the characters, escapes undone; valid UTF-8
  kBlob,        // `value`: upper-case hexadecimal digits
  kParameter,   // $1, $name: `value` is what follows the $
  kSymbol,      // operator or punctuation: `text`
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  SourceSpan span;
  std::string_view text;  // the slice of the SQL text, which must outlive the token
  std::string value;
};

/// Cuts `sql` into tokens; the last is kEnd, an empty span just behind the last real token. Comments (`--` to the end
/// of the line, nested `/* */`) and white space vanish. Throws a syntax error (401) with its place for what no SQL
/// contains: a string or comment that does not end, bytes that are not UTF-8, a character that starts no token.
std::vector<Token> Tokenize(std::string_view sql);

}  // namespace laminar::sql
