#include "common/text_cast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace laminar {
namespace {

std::string Read(std::string_view text, const DataType& type) {
  Result<Value> value = ParseValue(text, type);
  return value.ok() ? value.value().ToString() : "error: " + value.status().message();
}

TEST(TextCast, IntegersAreReadStrictly) {
  EXPECT_EQ(Read("127", TypeId::kInt8), "127");
  EXPECT_EQ(Read("-128", TypeId::kInt8), "-128");
  EXPECT_EQ(Read("128", TypeId::kInt8), "error: value \"128\" is out of range for type TINYINT");
  EXPECT_EQ(Read("+7", TypeId::kInt32), "7");
  EXPECT_EQ(Read("-0", TypeId::kUInt8), "0");
  EXPECT_EQ(Read("-1", TypeId::kUInt64), "error: value \"-1\" is out of range for type UBIGINT");
  EXPECT_EQ(Read("18446744073709551615", TypeId::kUInt64), "18446744073709551615");
  for (const char* bad : {"", " ", "+", "-", "+-1", "--1", "1.0", "1e3", "0x10", "1_000", "१"}) {
    EXPECT_EQ(Read(bad, TypeId::kInt64), std::string("error: invalid input syntax for type BIGINT: \"") + bad + "\"");
  }
}

TEST(TextCast, Booleans) {
  for (const char* text : {"t", "TRUE", "yes", "Y", "on", "1", " tr "})
    EXPECT_EQ(Read(text, TypeId::kBoolean), "true") << text;
  for (const char* text : {"f", "False", "no", "n", "off", "of", "0"})
    EXPECT_EQ(Read(text, TypeId::kBoolean), "false") << text;
  for (const char* text : {"o", "2", "", "truee"})
    EXPECT_TRUE(Read(text, TypeId::kBoolean).starts_with("error")) << text;
}

TEST(TextCast, Floats) {
  EXPECT_EQ(Read("1.5e3", TypeId::kDouble), "1500");
  EXPECT_EQ(Read(".5", TypeId::kDouble), "0.5");
  EXPECT_EQ(Read("5.", TypeId::kDouble), "5");
  EXPECT_EQ(Read("-inf", TypeId::kDouble), "-Infinity");
  EXPECT_EQ(Read("nAn", TypeId::kFloat), "NaN");
  EXPECT_EQ(Read("1e400", TypeId::kDouble), "error: value \"1e400\" is out of range for type DOUBLE");
  EXPECT_EQ(Read("1e39", TypeId::kFloat), "error: value \"1e39\" is out of range for type REAL");
  EXPECT_EQ(Read("-0", TypeId::kDouble), "-0");
  for (const char* bad : {"", "abc", "1e", "1.2.3", "0x1p3", "1,5"}) {
    EXPECT_TRUE(Read(bad, TypeId::kDouble).starts_with("error: invalid")) << bad;
  }
}

TEST(TextCast, Decimals) {
  const DataType type = DataType::Decimal(6, 2);
  EXPECT_EQ(Read("1.005", type), "1.01");
  EXPECT_EQ(Read("-1.005", type), "-1.01");
  EXPECT_EQ(Read("1.0049999", type), "1.00");
  EXPECT_EQ(Read("9999.994", type), "9999.99");
  EXPECT_EQ(Read("9999.995", type), "error: value \"9999.995\" is out of range for type DECIMAL(6,2)");
  EXPECT_EQ(Read("1e3", type), "1000.00");
  EXPECT_EQ(Read("12345e-3", type), "12.35");
  EXPECT_EQ(Read("0e999999999999", type), "0.00");
  EXPECT_EQ(Read("1e-999999999999", type), "0.00");
  EXPECT_EQ(Read("-0.001", type), "0.00");
  EXPECT_EQ(Read("99999999999999999999999999999999999999", DataType::Decimal(38, 0)),
            "99999999999999999999999999999999999999");
  EXPECT_TRUE(Read("999999999999999999999999999999999999999", DataType::Decimal(38, 0)).starts_with("error: value"));
  for (const char* bad : {"", ".", "-", "1e", "1.2x", "NaN"})
    EXPECT_TRUE(Read(bad, type).starts_with("error: invalid")) << bad;
}

TEST(TextCast, DatesAndTimestamps) {
  const DataType micros = DataType::Timestamp(TimeUnit::kMicro);
  EXPECT_EQ(Read("2013-02-08", TypeId::kDate), "2013-02-08");
  EXPECT_EQ(Read("2013-2-8", TypeId::kDate), "2013-02-08");
  EXPECT_EQ(Read("2013-02-08 06:00", TypeId::kDate), "2013-02-08");
  EXPECT_EQ(Read("0044-03-15 BC", TypeId::kDate), "0044-03-15 BC");
  EXPECT_EQ(Read("2012-02-29", TypeId::kDate), "2012-02-29");
  EXPECT_TRUE(Read("2013-02-29", TypeId::kDate).starts_with("error: value"));
  EXPECT_TRUE(Read("0000-01-01", TypeId::kDate).starts_with("error: value"));
  EXPECT_TRUE(Read("13-02-08", TypeId::kDate).starts_with("error: invalid"));
  EXPECT_TRUE(Read("2013-02-08x", TypeId::kDate).starts_with("error: invalid"));
  EXPECT_EQ(Read("2013-02-08T06:00:00Z", micros), "2013-02-08 06:00:00");
  EXPECT_EQ(Read("2013-02-08 06:00:00.1234567", micros), "2013-02-08 06:00:00.123457");
  EXPECT_EQ(Read("2013-02-08 06:00:00+02", micros), "2013-02-08 04:00:00");
  EXPECT_EQ(Read("2013-02-08 06:00:00-05:30", micros), "2013-02-08 11:30:00");
  EXPECT_EQ(Read("2013-02-08 06:00:00 +0130", micros), "2013-02-08 04:30:00");
  EXPECT_EQ(Read("2013-02-08 24:00:00", micros), "2013-02-09 00:00:00");
  EXPECT_EQ(Read("1969-12-31 23:59:59.999999", micros), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(Read("2013-02-08 06:00:00.9996", DataType::Timestamp(TimeUnit::kMilli)), "2013-02-08 06:00:01");
  EXPECT_EQ(Read("2013-02-08", DataType::Timestamp(TimeUnit::kNano, true)), "2013-02-08 00:00:00+00");
  EXPECT_TRUE(Read("9999-01-01", DataType::Timestamp(TimeUnit::kNano)).starts_with("error: value"));
  EXPECT_TRUE(Read("2013-02-08 24:00:01", micros).starts_with("error: value"));
  for (const char* bad : {"", "x", "2013-02-08T", "2013-02-08 06", "2013-02-08 06:00:", "2013-02-08 06:00:00 EST"}) {
    EXPECT_TRUE(Read(bad, micros).starts_with("error: invalid")) << bad;
  }
  EXPECT_EQ(Read("06:40", DataType::Time(TimeUnit::kMicro)), "06:40:00");
}

TEST(TextCast, TimestampsToTheEndsOfTheirRange) {
  const DataType nanos = DataType::Timestamp(TimeUnit::kNano);
  EXPECT_EQ(Read("1677-09-21 00:12:43.145224192", nanos), "1677-09-21 00:12:43.145224192");
  EXPECT_TRUE(Read("1677-09-21 00:12:43.145224191", nanos).starts_with("error: value"));
  EXPECT_EQ(Read("1677-09-20 23:12:44-01", nanos), "1677-09-21 00:12:44");
  EXPECT_EQ(Read("2262-04-11 23:47:16.854775807", nanos), "2262-04-11 23:47:16.854775807");
  EXPECT_TRUE(Read("2262-04-11 23:47:16.854775808", nanos).starts_with("error: value"));
}

TEST(TextCast, BlanksAroundAValueAreAllOfThem) {
  const auto padded = [](std::string_view text) { return "\t\n " + std::string(text) + " \r\v\f"; };
  EXPECT_EQ(Read(padded("7"), TypeId::kInt32), "7");
  EXPECT_EQ(Read(padded("1.5"), DataType::Decimal(4, 2)), "1.50");
  EXPECT_EQ(Read(padded("2013-02-08"), TypeId::kDate), "2013-02-08");
  EXPECT_EQ(Read(padded("06:40"), DataType::Time(TimeUnit::kMicro)), "06:40:00");
  EXPECT_EQ(Read(padded("2013-02-08 06:00"), DataType::Timestamp(TimeUnit::kMicro)), "2013-02-08 06:00:00");
  EXPECT_EQ(Read(padded("1 day"), TypeId::kInterval), "1 day");
  EXPECT_EQ(Read(padded("123e4567-e89b-12d3-a456-426614174000"), TypeId::kUuid),
            "123e4567-e89b-12d3-a456-426614174000");
}

TEST(TextCast, AMessageCutsNoCharacterInTwo) {
  std::string text = "x";
  for (int i = 0; i < 40; ++i) text += "ä";
  EXPECT_EQ(Read(text, TypeId::kInt32),
            "error: invalid input syntax for type INTEGER: \"" + text.substr(0, 59) + "…\"");
}

TEST(TextCast, Intervals) {
  EXPECT_EQ(Read("1 day 02:03:04", TypeId::kInterval), "1 day 02:03:04");
  EXPECT_EQ(Read("1 minute 5 seconds", TypeId::kInterval), "00:01:05");
  EXPECT_EQ(Read("P1DT2H", TypeId::kInterval), "1 day 02:00:00");
  EXPECT_EQ(Read("P1Y2M3W4DT5H6M7.5S", TypeId::kInterval), "1 year 2 mons 25 days 05:06:07.5");
  EXPECT_EQ(Read("-1.5 hours", TypeId::kInterval), "-01:30:00");
  EXPECT_EQ(Read("1.5 months", TypeId::kInterval), "1 mon 15 days");
  EXPECT_EQ(Read("0.5 years", TypeId::kInterval), "6 mons");
  EXPECT_EQ(Read("2 weeks ago", TypeId::kInterval), "-14 days");
  EXPECT_EQ(Read("90", TypeId::kInterval), "00:01:30");
  EXPECT_EQ(Read("0 days", TypeId::kInterval), "00:00:00");
  EXPECT_EQ(Read("100:00", TypeId::kInterval), "100:00:00");
  for (const char* bad : {"", "day", "1 fortnight", "P", "PT", "1 day day", "1:60", "1 2"}) {
    EXPECT_TRUE(Read(bad, TypeId::kInterval).starts_with("error")) << bad;
  }
  EXPECT_TRUE(Read("999999999999 years", TypeId::kInterval).starts_with("error: value"));
}

TEST(TextCast, Json) {
  for (const char* good : {"{}", " [1, -2.5e3, \"a\\u00e9\", null, {\"b\": [true, false]}] ", "\"x\"", "0"}) {
    EXPECT_TRUE(IsJson(good)) << good;
  }
  for (const char* bad : {"", "{", "[1,]", "01", "'x'", "{\"a\" 1}", "[1] 2", "\"\n\"", "tru", "-", "1.", "\"\\x\""}) {
    EXPECT_FALSE(IsJson(bad)) << bad;
  }
  EXPECT_FALSE(IsJson(std::string(100'000, '[')));
}

TEST(TextCast, LiteralsReadBack) {
  const Value values[] = {Value::BigInt(5'000'000'000),
                          Value(TypeId::kInt32, int64_t{INT32_MIN}),
                          Value::Double(0.1),
                          Value::Double(-std::numeric_limits<double>::infinity()),
                          Value(DataType::Decimal(10, 2), int128_t{150}),
                          Value(TypeId::kInterval, Interval{14, -3, -1'500'000'000})};
  for (const Value& value : values) {
    Result<Value> read = ParseValue(value.ToString(), value.type());
    ASSERT_TRUE(read.ok()) << value.ToString();
    EXPECT_EQ(read.value(), value);
  }
}

}  // namespace
}  // namespace laminar
