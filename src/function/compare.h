// The order of SQL values, one rule for every place that compares: NaN equals NaN and is greater than every number,
// -0.0 equals 0.0, intervals compare by their normalised length, text by its bytes.
#pragma once

#include <type_traits>

#include "common/interval.h"
#include "common/string_ref.h"

namespace laminar {

struct Equal {
  static constexpr const char* kSymbol = "=";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>) {
      return (a == b) | ((a != a) & (b != b));
    } else if constexpr (std::is_same_v<T, Interval>) {
      return a.Normalized() == b.Normalized();
    } else if constexpr (std::is_same_v<T, StringRef>) {
      // Of short texts the two words decide: no branch to mispredict on the outcome.
      if (!a.is_inline()) return a == b;
      return ((a.head() ^ b.head()) | (a.tail() ^ b.tail())) == 0;
    } else {
      return a == b;
    }
  }
};

struct Less {
  static constexpr const char* kSymbol = "<";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>) {
      return (a < b) | ((a == a) & (b != b));
    } else if constexpr (std::is_same_v<T, Interval>) {
      return a.Normalized() < b.Normalized();
    } else {
      return a < b;
    }
  }
};

struct NotEqual {
  static constexpr const char* kSymbol = "<>";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    return !Equal::Apply(a, b);
  }
};
struct Greater {
  static constexpr const char* kSymbol = ">";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    return Less::Apply(b, a);
  }
};
struct LessOrEqual {
  static constexpr const char* kSymbol = "<=";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    return !Less::Apply(b, a);
  }
};
struct GreaterOrEqual {
  static constexpr const char* kSymbol = ">=";
  template <typename T>
  static bool Apply(const T& a, const T& b) {
    return !Less::Apply(a, b);
  }
};

}  // namespace laminar
