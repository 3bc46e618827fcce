#include "sql/keywords.h"

#include <algorithm>
#include <array>

#include "common/utf8_validity.h"

namespace laminar::sql {
namespace {

// Sorted, for binary search.
constexpr std::array kReserved = std::to_array<std::string_view>({
    "ALL",       "AND",    "ANY",     "AS",    "ASC",       "BOTH",    "CASE",  "CAST",    "CHECK",    "COLLATE",
    "CREATE",    "CROSS",  "DEFAULT", "DESC",  "DISTINCT",  "ELSE",    "END",   "EXCEPT",  "EXISTS",   "FALSE",
    "FETCH",     "FOR",    "FOREIGN", "FROM",  "FULL",      "GRANT",   "GROUP", "HAVING",  "IN",       "INNER",
    "INTERSECT", "INTO",   "IS",      "JOIN",  "LATERAL",   "LEADING", "LEFT",  "LIKE",    "LIMIT",    "NATURAL",
    "NOT",       "NULL",   "OFFSET",  "ON",    "OR",        "ORDER",   "OUTER", "PRIMARY", "QUALIFY",  "REFERENCES",
    "RIGHT",     "SELECT", "SIMILAR", "SOME",  "SYMMETRIC", "TABLE",   "THEN",  "TO",      "TRAILING", "TRUE",
    "TRY_CAST",  "UNION",  "UNIQUE",  "USING", "WHEN",      "WHERE",   "WITH",
});

constexpr std::array kClauseWords = std::to_array<std::string_view>({
    "ALLOW",     "ANTI",   "ASOF",   "AT",          "BETWEEN",         "EMIT",
    "ESCAPE",    "ILIKE",  "ISNULL", "LATE",        "MATCH_CONDITION", "NOTNULL",
    "RETURNING", "SEMI",   "SET",    "TABLESAMPLE", "TEMPORAL",        "TOLERANCE",
    "WATERMARK", "WINDOW",
});

// Names that the parser reads as something else at the start of an expression, or that would end one.
constexpr std::array kSpecialNames = std::to_array<std::string_view>({
    "ARRAY",        "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURRENT_USER", "DESCRIPTOR",      "GROUPING",     "GROUPS",         "INTERVAL",     "LAMBDA",
    "LOCALTIME",    "LOCALTIMESTAMP",  "MAP",          "PARTITION",      "RANGE",        "ROW",
    "ROWS",         "STRUCT",          "UNBOUNDED",    "VALUES",
});

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), UpperAscii(word));
}

bool StartsWord(unsigned char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80; }
bool ContinuesWord(unsigned char c) { return StartsWord(c) || (c >= '0' && c <= '9') || c == '$'; }

static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));
static_assert(std::is_sorted(kClauseWords.begin(), kClauseWords.end()));
static_assert(std::is_sorted(kSpecialNames.begin(), kSpecialNames.end()));

}  // namespace

std::string UpperAscii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool SameWord(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return true;
}

bool IsReserved(std::string_view word) { return Contains(kReserved, word); }

bool StartsClause(std::string_view word) { return Contains(kClauseWords, word); }

bool IsWord(std::string_view text) {
  if (text.empty() || !StartsWord(static_cast<unsigned char>(text.front()))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return ContinuesWord(static_cast<unsigned char>(c)); }) &&
         FindInvalidUtf8(text) == std::string_view::npos && text.find("\xC2\xA0") == std::string_view::npos &&
         text.find("\xEF\xBB\xBF") == std::string_view::npos;
}

bool IsPlainName(std::string_view name) {
  return IsWord(name) && !IsReserved(name) && !Contains(kSpecialNames, name) && !StartsClause(name);
}

const std::vector<std::string>& StatementWords() {
  static const std::vector<std::string> words = {
      "SELECT", "WITH",     "VALUES", "TABLE",  "CREATE",   "DROP",    "ALTER",     "INSERT",  "UPDATE",
      "DELETE", "TRUNCATE", "COPY",   "SHOW",   "DESCRIBE", "EXPLAIN", "SUBSCRIBE", "DECLARE", "FETCH",
      "CLOSE",  "BEGIN",    "START",  "COMMIT", "ROLLBACK", "END",     "ABORT",     "SET"};
  return words;
}

}  // namespace laminar::sql
