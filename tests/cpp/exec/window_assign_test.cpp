#include "exec/window_assign.h"

#include <gtest/gtest.h>

#include "common/date_time.h"
#include "common/text_cast.h"
#include "exec/random_batch.h"
#include "exec/recording_output.h"

namespace laminar {
namespace {

using Kind = WindowSpec::Kind;

std::vector<std::string> Assign(const WindowSpec& spec, const DataType& type, const std::vector<Value>& times,
                                std::vector<std::string>* errors = nullptr, int* deltas = nullptr) {
  std::vector<std::vector<Value>> rows;
  for (const Value& time : times) rows.push_back({time});
  TestBatch batch({type}, rows);
  WindowAssign assign(spec, 0, type);
  RecordingOutput output({type, type, type, type});
  TestStep test;
  EXPECT_TRUE(assign.Clone()->Push(test.step, 0, batch.delta(), output).ok());
  if (errors != nullptr) *errors = output.errors;
  if (deltas != nullptr) *deltas = output.deltas;
  return output.rows;
}

std::vector<Value> Integers(std::initializer_list<int64_t> times) {
  std::vector<Value> values;
  for (const int64_t time : times) values.push_back(Value::BigInt(time));
  return values;
}

using Rows = std::vector<std::string>;

TEST(WindowAssign, TumbleIsAlignedToTheEpochOnBothSides) {
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .size = 10}, TypeId::kInt64, Integers({0, 9, 10, -1, -10, -11})),
            (Rows{"0 0 10 9", "9 0 10 9", "10 10 20 19", "-1 -10 0 -1", "-10 -10 0 -1", "-11 -20 -10 -11"}));
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .size = 10, .offset = 3}, TypeId::kInt64, Integers({2, 3, -7, -8})),
            (Rows{"2 -7 3 2", "3 3 13 12", "-7 -7 3 2", "-8 -17 -7 -8"}));
}

TEST(WindowAssign, HopEmitsOneDeltaPerHop) {
  int deltas = 0;
  EXPECT_EQ(
      Assign({.kind = Kind::kHop, .size = 10, .slide = 5}, TypeId::kInt64, Integers({0, 7, -1}), nullptr, &deltas),
      (Rows{"0 -5 5 4", "7 0 10 9", "-1 -10 0 -1", "0 0 10 9", "7 5 15 14", "-1 -5 5 4"}));
  EXPECT_EQ(deltas, 2);
}

TEST(WindowAssign, HopThatDoesNotDivideItsSize) {
  // Windows begin every 4 and are 10 long: an instant is in two or three of them.
  EXPECT_EQ(Assign({.kind = Kind::kHop, .size = 10, .slide = 4}, TypeId::kInt64, Integers({0, 2, 3})),
            (Rows{"0 -8 2 1", "0 -4 6 5", "2 -4 6 5", "3 -4 6 5", "0 0 10 9", "2 0 10 9", "3 0 10 9"}));
}

TEST(WindowAssign, CumulateGrowsToItsSize) {
  EXPECT_EQ(Assign({.kind = Kind::kCumulate, .size = 30, .slide = 10}, TypeId::kInt64, Integers({5, 12, -1})),
            (Rows{"5 0 10 9", "5 0 20 19", "12 0 20 19", "5 0 30 29", "12 0 30 29", "-1 -30 0 -1"}));
}

TEST(WindowAssign, CalendarMonths) {
  const DataType type = DataType::Timestamp(TimeUnit::kMilli);
  std::vector<Value> times;
  for (const char* text : {"2012-02-29 23:59:59.999", "2013-01-31", "1969-12-31 23:00:00", "1969-11-01"}) {
    times.push_back(ValueOrThrow(ParseValue(text, type)));
  }
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .months = 1}, type, times),
            (Rows{"2012-02-29 23:59:59.999 2012-02-01 00:00:00 2012-03-01 00:00:00 2012-02-29 23:59:59.999",
                  "2013-01-31 00:00:00 2013-01-01 00:00:00 2013-02-01 00:00:00 2013-01-31 23:59:59.999",
                  "1969-12-31 23:00:00 1969-12-01 00:00:00 1970-01-01 00:00:00 1969-12-31 23:59:59.999",
                  "1969-11-01 00:00:00 1969-11-01 00:00:00 1969-12-01 00:00:00 1969-11-30 23:59:59.999"}));
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .months = 3}, TypeId::kDate, {Value(TypeId::kDate, int64_t{-1})}),
            (Rows{"1969-12-31 1969-10-01 1970-01-01 1969-12-31"}));
}

TEST(WindowAssign, NullAndUnfittingTimesAreErrors) {
  std::vector<std::string> errors;
  std::vector<Value> times = Integers({5, 0, INT64_MAX, INT64_MIN, 6});
  times[1] = Value(TypeId::kInt64);
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .size = 10}, TypeId::kInt64, times, &errors),
            (Rows{"5 0 10 9", "6 0 10 9"}));
  EXPECT_EQ(errors, (Rows{"1: the event time is NULL",
                          "2: the window of event time 9223372036854775807 is out of range for type BIGINT",
                          "3: the window of event time -9223372036854775808 is out of range for type BIGINT"}));
  EXPECT_TRUE(Assign({.kind = Kind::kTumble, .size = 100}, TypeId::kInt8, {Value(TypeId::kInt8, int64_t{120})}, &errors)
                  .empty());
  EXPECT_EQ(errors.size(), 1u);
  EXPECT_EQ(Assign({.kind = Kind::kTumble, .size = 10}, TypeId::kUInt8, {Value(TypeId::kUInt8, uint64_t{239})}),
            (Rows{"239 230 240 239"}));
}

TEST(WindowAssign, EveryWindowHoldsItsRowAndIsAligned) {
  std::mt19937 random(1);
  const auto pick = [&](int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random);
  };
  for (int round = 0; round < 300; ++round) {
    WindowSpec spec{.kind = pick(0, 1) == 0 ? Kind::kTumble : Kind::kHop, .size = pick(1, 50), .offset = pick(-60, 60)};
    if (spec.kind == Kind::kHop) spec.slide = pick(1, spec.size);
    const int64_t time = pick(-200, 200);
    std::vector<std::vector<Value>> rows = {{Value::BigInt(time)}};
    TestBatch batch({TypeId::kInt64}, rows);
    WindowAssign assign(spec, 0, TypeId::kInt64);
    RecordingOutput output({TypeId::kInt64, TypeId::kInt64, TypeId::kInt64});
    TestStep test;
    ASSERT_TRUE(assign.Push(test.step, 0, batch.delta(), output).ok());
    Rows expected;
    const int64_t step = spec.kind == Kind::kHop ? spec.slide : spec.size;
    for (int64_t start = -400; start <= 400; ++start) {
      if (FloorModulo(start - spec.offset, step) != 0 || time < start || time >= start + spec.size) continue;
      expected.push_back(std::to_string(time) + " " + std::to_string(start) + " " + std::to_string(start + spec.size));
    }
    ASSERT_EQ(output.rows, expected);
  }
}

}  // namespace
}  // namespace laminar
