#include "storage/integer_frame.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

namespace laminar {
namespace {

template <typename T>
class IntegerFrameTest : public testing::Test {
 public:
  static constexpr T kMin =
      std::is_same_v<T, int128_t> ? static_cast<T>(static_cast<uint128_t>(1) << 127) : std::numeric_limits<T>::min();
  static constexpr T kMax = static_cast<T>(~kMin);

  static std::vector<T> Back(const IntegerFrame<T>& frame, const std::vector<T>& values) {
    std::string bytes(values.size() * BytesOf(frame.width), '\0');
    WriteDistances(frame, values.data(), values.size(), bytes.data());
    std::vector<T> back(values.size());
    ReadDistances(frame, bytes.data(), values.size(), back.data());
    return back;
  }
};
using Integers = testing::Types<int16_t, int32_t, int64_t, int128_t>;
TYPED_TEST_SUITE(IntegerFrameTest, Integers);

// The bound of every width, at both ends of the type and around zero, with the value that breaks it in every place.
TYPED_TEST(IntegerFrameTest, TheLeastWidthThatHoldsTheRange) {
  using T = TypeParam;
  for (const size_t bytes : {1, 2, 4, 8}) {
    if (bytes >= sizeof(T)) continue;
    const T range = static_cast<T>((static_cast<uint128_t>(1) << (bytes * 8)) - 1);
    for (const T smallest :
         {TestFixture::kMin, static_cast<T>(-1), static_cast<T>(0), static_cast<T>(TestFixture::kMax - range)}) {
      std::vector<T> values(1500, static_cast<T>(smallest + 1));
      values[1300] = smallest;
      values[7] = static_cast<T>(smallest + range);
      const IntegerFrame<T> frame = FrameOf(values.data(), values.size());
      EXPECT_EQ(BytesOf(frame.width), bytes);
      EXPECT_TRUE(frame.smallest == smallest);
      EXPECT_TRUE(this->Back(frame, values) == values);
      if (smallest == TestFixture::kMin) continue;
      for (const size_t place : {size_t{0}, size_t{511}, size_t{512}, values.size() - 1}) {
        std::vector<T> wider = values;
        wider[place] = static_cast<T>(smallest - 1);
        const IntegerFrame<T> next = FrameOf(wider.data(), wider.size());
        EXPECT_EQ(BytesOf(next.width), 2 * bytes < sizeof(T) ? 2 * bytes : 0);
        if (next.width == DistanceWidth::kNone) continue;
        EXPECT_TRUE(this->Back(next, wider) == wider);
      }
    }
  }
}

TYPED_TEST(IntegerFrameTest, NeitherFewValuesNorAllOfTheTypeHaveOne) {
  using T = TypeParam;
  const std::vector<T> few(63, 1);
  EXPECT_EQ(FrameOf(few.data(), few.size()).width, DistanceWidth::kNone);
  EXPECT_EQ(FrameOf(few.data(), 0).width, DistanceWidth::kNone);
  std::vector<T> all(64, TestFixture::kMin);
  EXPECT_EQ(FrameOf(all.data(), all.size()).width, DistanceWidth::kOne);
  all[63] = TestFixture::kMax;
  EXPECT_EQ(FrameOf(all.data(), all.size()).width, DistanceWidth::kNone);
}

TEST(IntegerFrameUnsignedTest, ValuesPastTheSignedRangeComeBack) {
  std::vector<uint64_t> values(100, (uint64_t{1} << 63) + 5);
  values[3] = ~uint64_t{0} - 7;
  values[4] = ~uint64_t{0};
  const auto* bits = reinterpret_cast<const int64_t*>(values.data());
  EXPECT_EQ(FrameOf(bits, 3).width, DistanceWidth::kNone);
  EXPECT_EQ(FrameOf(bits, values.size()).width, DistanceWidth::kNone);
  const std::vector<uint64_t> near(values.size(), ~uint64_t{0} - 9);
  values = near;
  values[5] += 9;
  const IntegerFrame<int64_t> frame = FrameOf(bits, values.size());
  EXPECT_EQ(frame.width, DistanceWidth::kOne);
  std::vector<char> distances(values.size());
  WriteDistances(frame, bits, values.size(), distances.data());
  std::vector<uint64_t> back(values.size());
  ReadDistances(frame, distances.data(), values.size(), reinterpret_cast<int64_t*>(back.data()));
  EXPECT_EQ(back, values);
}

}  // namespace
}  // namespace laminar
