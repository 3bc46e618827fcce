#include "common/sql_error.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/utf8_validity.h"

namespace laminar {
namespace {

constexpr std::size_t kMaxColumns = 100;
constexpr std::string_view kEllipsis = "...";

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerAscii(c);
  return lower;
}

/// One string per column, each printable on one line: a code point, or a blank for a control character.
std::vector<std::string> Columns(std::string_view line) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = Utf8SequenceLength(line, i);
    if (length == 0) {
      columns.emplace_back(kReplacementCharacter);
      ++i;
      continue;
    }
    const bool control = length == 1 && (static_cast<unsigned char>(line[i]) < 0x20 || line[i] == 0x7F);
    columns.emplace_back(control ? std::string_view(" ") : line.substr(i, length));
    i += length;
  }
  return columns;
}

/// "LINE n: text" and under it the caret.
std::string PointAt(std::string_view sql, std::size_t position) {
  std::size_t line_begin = position;
  while (line_begin > 0 && sql[line_begin - 1] != '\n') --line_begin;
  std::size_t line_end = std::min(sql.find('\n', position), sql.size());
  while (line_end > position && sql[line_end - 1] == '\r') --line_end;
  const auto line_number = 1 + std::count(sql.begin(), sql.begin() + static_cast<std::ptrdiff_t>(line_begin), '\n');

  const std::vector<std::string> columns = Columns(sql.substr(line_begin, line_end - line_begin));
  std::size_t caret = Columns(sql.substr(line_begin, position - line_begin)).size();
  std::size_t first = 0;
  std::size_t last = columns.size();
  std::string text;
  if (columns.size() > kMaxColumns) {
    first = caret > kMaxColumns / 2 ? caret - kMaxColumns / 2 : 0;
    last = std::min(columns.size(), first + kMaxColumns);
    first = last > kMaxColumns ? std::min(first, last - kMaxColumns) : 0;
    if (first > 0) text += kEllipsis;
  }
  const std::size_t before = text.size();
  for (std::size_t i = first; i < last; ++i) text += columns[i];
  if (last < columns.size()) text += kEllipsis;

  const std::string head = "LINE " + std::to_string(line_number) + ": ";
  return head + text + "\n" + std::string(head.size() + before + (caret - first), ' ') + "^";
}

/// Damerau-Levenshtein distance (optimal string alignment), or `limit` + 1 when it is more than `limit`.
std::size_t Distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  std::vector<std::size_t> before_previous(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitute});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
      least = std::min(least, current[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before_previous, previous);
    std::swap(previous, current);
  }
  return std::min(previous[b.size()], limit + 1);
}

}  // namespace

Error MakeSqlError(ErrorCode code, std::string_view sql, SourceSpan span, std::string_view message,
                   std::vector<std::string> candidates) {
  const std::size_t position = std::min<std::size_t>(span.begin, sql.size());
  std::string text = ValidUtf8(message);
  if (!candidates.empty()) text += "; did you mean \"" + ValidUtf8(candidates.front()) + "\"?";
  text += "\n" + PointAt(sql, position);
  return Error(code, text).At(position).WithCandidates(std::move(candidates));
}

std::vector<std::string> NearestNames(std::string_view wanted, const std::vector<std::string>& known) {
  constexpr std::size_t kMostNames = 3;
  constexpr std::size_t kMostEdits = 3;
  const std::string lower = LowerAscii(wanted);
  const std::size_t limit = std::min(kMostEdits, wanted.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : known) {
    const std::size_t distance = Distance(lower, LowerAscii(name), limit);
    if (distance > limit) continue;
    const bool seen = std::any_of(near.begin(), near.end(), [&](const auto& other) { return other.second == name; });
    if (!seen) near.emplace_back(distance, name);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [distance, name] : near) {
    if (names.size() == kMostNames) break;
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace laminar
