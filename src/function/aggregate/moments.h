// Power sums of one number and of pairs of numbers, from which variance, skewness, covariance and regression follow.
#pragma once

#include <cmath>
#include <cstdint>

#include "function/aggregate/double_double.h"

namespace laminar {

/// Σ (x - shift)^k for k = 1 … kPowers, in double-double. The shift is the first value of a group: then the differences
/// that variances are of cancel little, and equal values have a variance of exactly 0. NaN, infinities and values whose
/// powers would not fit are counted apart, because they could never be taken back.
template <int kPowers>
struct PowerSums {
  static constexpr double kLimit = kPowers <= 2 ? 1e150 : 1e75;

  double shift = 0;
  int64_t count = 0;  // of what the sums are of
  int64_t not_finite = 0;
  int64_t too_large = 0;
  DoubleDouble sums[kPowers];
  bool started = false;

  void Add(double x, int64_t weight) {
    if (!std::isfinite(x)) {
      not_finite += weight;
    } else if (std::fabs(x) > kLimit) {
      too_large += weight;
    } else {
      if (!started) shift = x;
      started = true;
      count += weight;
      AddPowers(TwoSum(x, -shift), static_cast<double>(weight));
    }
  }
  void AddPowers(const DoubleDouble& difference, double weight) {
    DoubleDouble power = difference;
    for (int k = 0; k < kPowers; ++k) {
      sums[k] = sums[k] + power * weight;
      if (k + 1 < kPowers) power = power * difference;
    }
  }
  /// With d = other.shift - shift: Σ (x - shift)^k = Σ over j of C(k, j) d^(k-j) Σ (x - other.shift)^j.
  void Merge(const PowerSums& other) {
    not_finite += other.not_finite;
    too_large += other.too_large;
    if (!other.started) return;
    if (!started) shift = other.shift;
    started = true;
    const DoubleDouble d = TwoSum(other.shift, -shift);
    for (int k = 1; k <= kPowers; ++k) {
      DoubleDouble moved{static_cast<double>(other.count), 0};
      double choose = 1;  // C(k, j)
      for (int j = 1; j <= k; ++j) {
        choose = choose * (k - j + 1) / j;
        moved = moved * d + other.sums[j - 1] * choose;
      }
      sums[k - 1] = sums[k - 1] + moved;
    }
    count += other.count;
  }
  /// Between steps: what rounding left behind in a group that has lost its last value goes with it.
  void Settle() {
    if (count != 0) return;
    for (DoubleDouble& sum : sums) sum = {};
    started = false;
  }

  int64_t total() const { return count + not_finite + too_large; }
  /// Σ (x - mean)^2. Below the precision of the sums it is 0.
  DoubleDouble SquaresAboutMean() const {
    const DoubleDouble squares = sums[1] - sums[0] * sums[0] / static_cast<double>(count);
    return squares.high > sums[1].high * 0x1p-95 ? squares : DoubleDouble{};
  }
};

/// The same of pairs: sums of first and second powers, and of products.
struct PairSums {
  static constexpr double kLimit = 1e150;

  double shift_x = 0;
  double shift_y = 0;
  int64_t count = 0;
  int64_t not_finite = 0;
  int64_t too_large = 0;
  DoubleDouble x, y, xx, yy, xy;
  bool started = false;

  void Add(double a, double b, int64_t weight) {
    if (!std::isfinite(a) || !std::isfinite(b)) {
      not_finite += weight;
      return;
    }
    if (std::fabs(a) > kLimit || std::fabs(b) > kLimit) {
      too_large += weight;
      return;
    }
    if (!started) {
      shift_x = a;
      shift_y = b;
      started = true;
    }
    count += weight;
    const double times = static_cast<double>(weight);
    const DoubleDouble u = TwoSum(a, -shift_x);
    const DoubleDouble v = TwoSum(b, -shift_y);
    x = x + u * times;
    y = y + v * times;
    xx = xx + u * u * times;
    yy = yy + v * v * times;
    xy = xy + u * v * times;
  }
  void Merge(const PairSums& other) {
    not_finite += other.not_finite;
    too_large += other.too_large;
    if (!other.started) return;
    if (!started) {
      shift_x = other.shift_x;
      shift_y = other.shift_y;
      started = true;
    }
    const DoubleDouble n{static_cast<double>(other.count), 0};
    const DoubleDouble d = TwoSum(other.shift_x, -shift_x);
    const DoubleDouble e = TwoSum(other.shift_y, -shift_y);
    xx = xx + other.xx + d * other.x * 2 + n * d * d;
    yy = yy + other.yy + e * other.y * 2 + n * e * e;
    xy = xy + other.xy + d * other.y + e * other.x + n * d * e;
    x = x + other.x + n * d;
    y = y + other.y + n * e;
    count += other.count;
  }
  void Settle() {
    if (count != 0) return;
    x = y = xx = yy = xy = {};
    started = false;
  }

  int64_t total() const { return count + not_finite + too_large; }
  /// Σ (x - mean)^2, Σ (y - mean)^2, Σ (x - mean of x)(y - mean of y). Below the precision of the sums they are 0.
  DoubleDouble Sxx() const { return About(xx, x, x, xx.high); }
  DoubleDouble Syy() const { return About(yy, y, y, yy.high); }
  DoubleDouble Sxy() const { return About(xy, x, y, std::sqrt(xx.high) * std::sqrt(yy.high)); }
  double MeanX() const { return (DoubleDouble{shift_x, 0} + x / static_cast<double>(count)).ToDouble(); }
  double MeanY() const { return (DoubleDouble{shift_y, 0} + y / static_cast<double>(count)).ToDouble(); }

 private:
  DoubleDouble About(const DoubleDouble& products, const DoubleDouble& a, const DoubleDouble& b, double scale) const {
    const DoubleDouble about = products - a * b / static_cast<double>(count);
    return std::fabs(about.high) > scale * 0x1p-95 ? about : DoubleDouble{};
  }
};

}  // namespace laminar
