// A half-open range of bytes in a SQL text; every AST node and bound expression has one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace laminar {

struct SourceSpan {
  uint32_t begin = 0;
  uint32_t end = 0;

  bool empty() const { return begin == end; }
  /// The smallest span that covers both.
  static SourceSpan Cover(SourceSpan a, SourceSpan b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
  }
};

}  // namespace laminar
