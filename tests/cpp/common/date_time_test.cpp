#include "common/date_time.h"

#include <gtest/gtest.h>

namespace laminar {
namespace {

TEST(DateTime, CivilDatesAreInverse) {
  int64_t days = DaysFromCivil(-5000, 1, 1);
  for (int64_t year = -5000; year < 5000; year += 7) {
    for (int month = 1; month <= 12; ++month) {
      for (const int day : {1, 28, DaysInMonth(year, month)}) {
        days = DaysFromCivil(year, month, day);
        const CivilDate date = CivilFromDays(days);
        ASSERT_EQ(date.year, year);
        ASSERT_EQ(date.month, month);
        ASSERT_EQ(date.day, day);
      }
    }
  }
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(2000, 3, 1), 11'017);
  EXPECT_EQ(DaysFromCivil(1969, 12, 31), -1);
}

TEST(DateTime, WeeksBelongToTheYearOfTheirThursday) {
  int64_t year = 0;
  EXPECT_EQ(IsoWeek(DaysFromCivil(2012, 12, 31), &year), 1);
  EXPECT_EQ(year, 2013);
  EXPECT_EQ(IsoWeek(DaysFromCivil(2021, 1, 3), &year), 53);
  EXPECT_EQ(year, 2020);
  EXPECT_EQ(IsoDayOfWeek(DaysFromCivil(2013, 2, 10)), 7);
  EXPECT_EQ(IsoDayOfWeek(DaysFromCivil(1960, 2, 29)), 1);
}

TEST(DateTime, AddingMonthsStopsAtTheMonthsEnd) {
  EXPECT_EQ(AddMonths(DaysFromCivil(2012, 1, 31), 1), DaysFromCivil(2012, 2, 29));
  EXPECT_EQ(AddMonths(DaysFromCivil(2012, 1, 31), -2), DaysFromCivil(2011, 11, 30));
  EXPECT_EQ(AddMonths(DaysFromCivil(1969, 12, 31), 2), DaysFromCivil(1970, 2, 28));
}

TEST(DateTime, IntervalsAddMonthsThenDaysThenTime) {
  const int64_t start = DaysFromCivil(2013, 1, 31) * kSecondsPerDay;
  int64_t moved = 0;
  ASSERT_TRUE(AddInterval(start, TimeUnit::kSecond, {1, 1, -kNanosPerSecond}, &moved));
  EXPECT_EQ(moved, DaysFromCivil(2013, 3, 1) * kSecondsPerDay - 1);
  EXPECT_FALSE(AddInterval(INT64_MAX, TimeUnit::kNano, {0, 1, 0}, &moved));
  EXPECT_FALSE(AddInterval(INT64_MIN, TimeUnit::kMicro, {-1, 0, 0}, &moved));
}

TEST(DateTime, UnitsRoundTowardsMinusInfinity) {
  int64_t value = 0;
  ASSERT_TRUE(ConvertUnits(-1, TimeUnit::kMicro, TimeUnit::kSecond, &value));
  EXPECT_EQ(value, -1);
  ASSERT_TRUE(ConvertUnits(1'999, TimeUnit::kMilli, TimeUnit::kSecond, &value));
  EXPECT_EQ(value, 1);
  EXPECT_FALSE(ConvertUnits(INT64_MAX / 2, TimeUnit::kSecond, TimeUnit::kNano, &value));
}

}  // namespace
}  // namespace laminar
