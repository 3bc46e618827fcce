// Sums of about 106 significant bits in two doubles, so that what is added and taken away again leaves next to nothing
// behind, and differences of nearly equal sums keep their digits. (Dekker, "A floating-point technique for extending
// the available precision", Numerische Mathematik 18, 1971; Shewchuk, "Adaptive precision", 1997, §2.)
#pragma once

#include <cmath>

namespace laminar {

/// The value is high + low; low is at most half a unit in the last place of high. Everything must stay finite.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  double ToDouble() const { return high + low; }
};

/// a + b, exactly.
inline DoubleDouble TwoSum(double a, double b) {
  const double sum = a + b;
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}
/// Likewise, when |a| >= |b|.
inline DoubleDouble QuickTwoSum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}
/// a * b, exactly.
inline DoubleDouble TwoProduct(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  DoubleDouble sum = TwoSum(a.high, b.high);
  const DoubleDouble rest = TwoSum(a.low, b.low);
  sum = QuickTwoSum(sum.high, sum.low + rest.high);
  return QuickTwoSum(sum.high, sum.low + rest.low);
}
inline DoubleDouble operator-(const DoubleDouble& a) { return {-a.high, -a.low}; }
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + -b; }
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble product = TwoProduct(a.high, b.high);
  return QuickTwoSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble operator*(const DoubleDouble& a, double b) { return a * DoubleDouble{b, 0}; }
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
  const double first = a.high / b.high;
  DoubleDouble rest = a - b * first;
  const double second = rest.high / b.high;
  rest = rest - b * second;
  const DoubleDouble quotient = QuickTwoSum(first, second);
  return quotient + DoubleDouble{rest.high / b.high, 0};
}
inline DoubleDouble operator/(const DoubleDouble& a, double b) { return a / DoubleDouble{b, 0}; }

}  // namespace laminar
