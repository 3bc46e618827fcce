// LIKE patterns, prepared once and matched many times.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace laminar {

/// % is any text, _ any code point, the escape makes the next code point stand for itself (0: there is none). Throws
/// Error when the pattern ends with the escape. Matching takes at most |text| × |pattern| steps; text without _ at most
/// |text|.
class LikePattern {
 public:
  LikePattern(std::string_view pattern, char32_t escape);
  bool Matches(std::string_view text) const;

 private:
  // What stands between two %: literal bytes with places for single code points.
  struct Piece {
    std::string bytes;         // a _ is a NUL here
    std::vector<bool> is_any;  // which bytes are a _; empty: none
  };
  static bool MatchesHere(const Piece& piece, std::string_view text, size_t* size);
  static bool FindPiece(const Piece& piece, std::string_view text, size_t* begin, size_t* size);

  std::vector<Piece> pieces_;  // there is a % between any two
};

/// The regular expression, to be matched in full, of a SIMILAR TO pattern. Throws Error for a dangling escape.
std::string SimilarToRegexp(std::string_view pattern, char32_t escape);

}  // namespace laminar
