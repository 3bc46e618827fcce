// Regular expressions, compiled once and matched many times. PCRE2's syntax, text as UTF-8.
//
// Not RE2: libarrow_compute exports the symbols of a newer RE2 than the system's, and one process can hold only one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/status.h"

namespace laminar {

struct RegexpFlags {
  bool global = false;  // replace: all matches
  bool ignore_case = false;
  bool multi_line = false;  // ^ and $ at lines, . not across them
};

/// Reads "gi", "m", …: g all matches, i ignore case, c respect it, m or n lines, s none of m. Throws Error for others.
RegexpFlags ParseRegexpFlags(std::string_view text);

/// Immutable: any number of threads may match at once. Patterns that would need millions of steps over a text fail for
/// it instead of running on.
class Regexp {
 public:
  /// Throws Error with what is wrong and where.
  Regexp(std::string_view pattern, const RegexpFlags& flags);
  ~Regexp();
  Regexp(Regexp&&) noexcept;

  const RegexpFlags& flags() const { return flags_; }
  int groups() const;

  /// Part of the text, or all of it.
  Result<bool> Matches(std::string_view text, bool whole) const;
  /// Group 0 is the match. Empty when nothing matches, or the group took no part.
  Result<std::string_view> Extract(std::string_view text, int group) const;
  /// \1 … \9 in the replacement are groups, \0 and \& the match, \\ a backslash.
  Result<std::string> Replace(std::string_view text, std::string_view replacement) const;

 private:
  struct Compiled;
  /// Offsets of the first match from `start` on, in `scratch`; false when there is none.
  Result<bool> Find(std::string_view text, size_t start, bool whole, void* scratch) const;

  RegexpFlags flags_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace laminar
