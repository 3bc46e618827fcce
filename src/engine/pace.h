// How many rows a one-shot query takes in at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace laminar {

/// A query that is cancelled ends with the rows it has in hand. So it begins with few, and takes more while they are
/// quick: a pattern over long texts stays at hundreds, a sum gets to whole batches after some steps.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr uint32_t kMostRows = 1u << 16;

  /// A multiple of 64, so that pieces of a bitmap begin at whole words.
  uint32_t rows() const { return rows_; }

  void Took(uint32_t rows, Clock::duration time) {
    if (time > kLong && rows > kFewestRows) {
      const int64_t fitting = int64_t{rows} * kLong.count() / std::max<int64_t>(Nanos(time), 1);
      rows_ = std::max(kFewestRows, static_cast<uint32_t>(fitting) / 64 * 64);
    } else if (time < kLong / 4 && rows == rows_) {
      rows_ = std::min(rows_ * 2, kMostRows);
    }
  }

 private:
  static constexpr std::chrono::nanoseconds kLong{2'000'000};
  static constexpr uint32_t kFewestRows = 64;

  static int64_t Nanos(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  }

  uint32_t rows_ = 1u << 12;
};

}  // namespace laminar
