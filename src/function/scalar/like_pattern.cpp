#include "function/scalar/like_pattern.h"

#include <algorithm>

#include "common/utf8.h"
#include "laminar/error.h"

namespace laminar {
namespace {

[[noreturn]] void ThrowDangling() {
  throw Error(ErrorCode::kQueryFailed, "LIKE pattern must not end with escape character");
}

}  // namespace

LikePattern::LikePattern(std::string_view pattern, char32_t escape) : pieces_(1) {
  for (size_t i = 0; i < pattern.size();) {
    size_t size = CodePointSize(pattern.substr(i));
    const char32_t c = DecodeCodePoint(pattern.substr(i));
    if (escape != 0 && c == escape) {
      i += size;
      if (i >= pattern.size()) ThrowDangling();
      size = CodePointSize(pattern.substr(i));
    } else if (c == '%') {
      pieces_.emplace_back();
      i += size;
      continue;
    } else if (c == '_') {
      Piece& piece = pieces_.back();
      piece.is_any.resize(piece.bytes.size(), false);
      piece.is_any.push_back(true);
      piece.bytes.push_back('\0');
      i += size;
      continue;
    }
    pieces_.back().bytes.append(pattern.substr(i, size));
    i += size;
  }
}

// Does the text begin with the piece, and how many of its bytes does that take?
bool LikePattern::MatchesHere(const Piece& piece, std::string_view text, size_t* size) {
  if (piece.is_any.empty()) {
    *size = piece.bytes.size();
    return text.substr(0, piece.bytes.size()) == piece.bytes;
  }
  size_t at = 0;
  for (size_t i = 0; i < piece.bytes.size(); ++i) {
    if (at >= text.size()) return false;
    if (i < piece.is_any.size() && piece.is_any[i]) {
      at += CodePointSize(text.substr(at));
    } else if (text[at++] != piece.bytes[i]) {
      return false;
    }
  }
  *size = at;
  return true;
}

// The first place where the piece matches.
bool LikePattern::FindPiece(const Piece& piece, std::string_view text, size_t* begin, size_t* size) {
  if (piece.is_any.empty()) {
    *begin = text.find(piece.bytes);
    *size = piece.bytes.size();
    return *begin != std::string_view::npos;
  }
  for (*begin = 0; *begin <= text.size();) {
    if (MatchesHere(piece, text.substr(*begin), size)) return true;
    if (*begin == text.size()) break;
    *begin += CodePointSize(text.substr(*begin));
  }
  return false;
}

bool LikePattern::Matches(std::string_view text) const {
  size_t size = 0;
  if (!MatchesHere(pieces_[0], text, &size)) return false;
  text.remove_prefix(size);
  if (pieces_.size() == 1) return text.empty();
  // Pieces in the middle take the first place they find: a later one would only leave less for what follows.
  for (size_t p = 1; p + 1 < pieces_.size(); ++p) {
    size_t begin = 0;
    if (!FindPiece(pieces_[p], text, &begin, &size)) return false;
    text.remove_prefix(begin + size);
  }
  // The last piece must end with the text. With a _ in it, the place to begin is found by counting code points back.
  const Piece& last = pieces_.back();
  if (last.is_any.empty()) {
    return text.size() >= last.bytes.size() && text.substr(text.size() - last.bytes.size()) == last.bytes;
  }
  int64_t wanted = 0;
  for (size_t i = 0; i < last.bytes.size(); ++i) {
    const bool any = i < last.is_any.size() && last.is_any[i];
    wanted += any || !IsContinuation(last.bytes[i]) ? 1 : 0;
  }
  const int64_t present = CountCodePoints(text);
  if (present < wanted) return false;
  text.remove_prefix(OffsetOfCodePoint(text, present - wanted));
  return MatchesHere(last, text, &size) && size == text.size();
}

std::string SimilarToRegexp(std::string_view pattern, char32_t escape) {
  std::string expression = "(?:";
  bool in_set = false;
  for (size_t i = 0; i < pattern.size();) {
    size_t size = CodePointSize(pattern.substr(i));
    const char32_t c = DecodeCodePoint(pattern.substr(i));
    if (escape != 0 && c == escape) {
      i += size;
      if (i >= pattern.size()) ThrowDangling();
      size = CodePointSize(pattern.substr(i));
      if (size == 1) expression += '\\';
      expression.append(pattern.substr(i, size));
    } else if (in_set) {
      if (c == ']') in_set = false;
      if (c == '\\') expression += '\\';
      expression.append(pattern.substr(i, size));
    } else if (c == '%') {
      expression += ".*";
    } else if (c == '_') {
      expression += '.';
    } else if (c == '(') {
      expression += "(?:";
    } else {
      if (c == '[') in_set = true;
      if (c == '.' || c == '^' || c == '$' || c == '\\') expression += '\\';
      expression.append(pattern.substr(i, size));
    }
    i += size;
  }
  return expression + ")";
}

}  // namespace laminar
