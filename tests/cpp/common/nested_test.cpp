#include "common/nested.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "common/nested_elements.h"

namespace laminar {
namespace {

Value Int(int64_t value) { return {TypeId::kInt64, value}; }
Value Text(std::string value) { return Value::Varchar(std::move(value)); }
Value Null(TypeId type) { return Value(DataType(type)); }

std::string ListOf(const std::vector<Value>& values) {
  std::string bytes;
  for (const Value& value : values) AppendNestedPart(value, &bytes);
  AppendNestedEnd(&bytes);
  return bytes;
}

Value AsList(TypeId element, const std::vector<Value>& values) { return {DataType::List(element), ListOf(values)}; }

std::vector<Value> PartsOf(const DataType& element, std::string_view list) {
  std::vector<Value> values;
  NestedReader reader(list);
  while (reader.Next()) values.push_back(reader.TakePart(element));
  return values;
}

TEST(Nested, PartsReadBackAsTheyWereWritten) {
  const std::vector<Value> cases = {
      Value(TypeId::kBoolean, true),
      Value(TypeId::kInt8, int64_t{-128}),
      Value(TypeId::kInt16, int64_t{-2}),
      Value(TypeId::kInt32, int64_t{std::numeric_limits<int32_t>::max()}),
      Int(std::numeric_limits<int64_t>::min()),
      Value(TypeId::kUInt64, std::numeric_limits<uint64_t>::max()),
      Value(TypeId::kFloat, -1.5),
      Value::Double(-1e300),
      Value::Double(std::numeric_limits<double>::infinity()),
      Value(DataType::Decimal(38, 2), -(static_cast<int128_t>(1) << 100)),
      Value(TypeId::kInterval, Interval{-3, 40, -5'000'000'000}),
      Text(""),
      Text(std::string("\0a\0\0", 4)),
      Text("a text of more than twelve bytes"),
      Value(TypeId::kBlob, std::string("\0\xff\0", 3)),
      AsList(TypeId::kInt64, {Int(1), Null(TypeId::kInt64)}),
      AsList(TypeId::kVarchar, {}),
  };
  for (const Value& value : cases) {
    const std::string list = ListOf({value, Value(value.type()), value});
    EXPECT_EQ(PartsOf(value.type(), list), (std::vector<Value>{value, Value(value.type()), value})) << value.ToString();
    EXPECT_EQ(CountNested(DataType::List(value.type()), list), 3);
    // By columns too.
    NestedElements elements(value.type());
    NestedReader reader(list);
    while (reader.Next()) elements.Append(reader);
    ASSERT_EQ(elements.size(), 3u);
    const Column column = elements.column();
    EXPECT_EQ(ReadValue(value.type(), column.values, column.validity, 0), value);
    EXPECT_TRUE(ReadValue(value.type(), column.values, column.validity, 1).is_null());
    EXPECT_EQ(ReadValue(value.type(), column.values, column.validity, 2), value);
  }
}

TEST(Nested, EqualValuesHaveEqualBytes) {
  EXPECT_EQ(ListOf({Value::Double(-0.0)}), ListOf({Value::Double(0.0)}));
  EXPECT_EQ(ListOf({Value::Double(std::numeric_limits<double>::quiet_NaN())}),
            ListOf({Value::Double(-std::numeric_limits<double>::quiet_NaN())}));
  EXPECT_NE(ListOf({Value(TypeId::kInterval, Interval{1, 0, 0})}),
            ListOf({Value(TypeId::kInterval, Interval{0, 30, 0})}));
}

/// Lists in ascending order have bytes in ascending order.
TEST(Nested, BytesSortAsValuesDo) {
  const auto check = [](const std::vector<std::string>& ascending) {
    for (size_t i = 0; i < ascending.size(); ++i) {
      for (size_t j = 0; j < ascending.size(); ++j) {
        EXPECT_EQ(ascending[i] < ascending[j], i < j) << i << " and " << j;
      }
    }
  };
  const Value null = Null(TypeId::kInt64);
  check({ListOf({}), ListOf({Int(std::numeric_limits<int64_t>::min())}), ListOf({Int(-1)}), ListOf({Int(0)}),
         ListOf({Int(0), Int(-5)}), ListOf({Int(0), null}), ListOf({Int(1)}), ListOf({null}), ListOf({null, Int(0)})});
  check({ListOf({Text("")}), ListOf({Text(""), Text("a")}), ListOf({Text(std::string("\0", 1))}),
         ListOf({Text(std::string("\0\0", 2))}), ListOf({Text(std::string("\0\1", 2))}), ListOf({Text("\1")}),
         ListOf({Text("a")}), ListOf({Text("a"), Text("")}), ListOf({Text(std::string("a\0", 2))}),
         ListOf({Text("ab")})});
  const double infinity = std::numeric_limits<double>::infinity();
  check({ListOf({Value::Double(-infinity)}), ListOf({Value::Double(-1)}), ListOf({Value::Double(-1e-300)}),
         ListOf({Value::Double(0)}), ListOf({Value::Double(5e-324)}), ListOf({Value::Double(infinity)}),
         ListOf({Value::Double(std::numeric_limits<double>::quiet_NaN())})});
  const auto nested = [](const std::vector<Value>& values) { return AsList(TypeId::kInt64, values); };
  check({ListOf({}), ListOf({nested({})}), ListOf({nested({}), nested({Int(9)})}), ListOf({nested({Int(1)})}),
         ListOf({nested({Int(1), Int(0)})}), ListOf({nested({Int(2)})})});
}

TEST(Nested, RandomListsSortAsTheirElements) {
  std::mt19937_64 random(7);
  std::vector<std::vector<int64_t>> lists(200);
  for (auto& list : lists) {
    list.resize(random() % 4);
    for (int64_t& value : list) value = static_cast<int64_t>(random() % 5) - 2;
  }
  const auto bytes = [](const std::vector<int64_t>& list) {
    std::vector<Value> values;
    for (const int64_t value : list) values.push_back(Int(value));
    return ListOf(values);
  };
  for (const auto& a : lists) {
    for (const auto& b : lists) {
      EXPECT_EQ(a < b, bytes(a) < bytes(b));
      EXPECT_EQ(a == b, bytes(a) == bytes(b));
    }
  }
}

TEST(Nested, StructsAndMapsAreWalked) {
  const DataType type = DataType::Struct({{"a", TypeId::kInt32},
                                          {"m", DataType::Map(TypeId::kVarchar, DataType::List(TypeId::kDouble))},
                                          {"z", TypeId::kVarchar}});
  std::string map;
  AppendNestedPart(Text("k"), &map);
  AppendNestedPart(AsList(TypeId::kDouble, {Value::Double(0.5)}), &map);
  AppendNestedEnd(&map);
  std::string bytes;
  AppendNestedPart(Value(TypeId::kInt32, int64_t{7}), &bytes);
  AppendNestedPart(Value(type.children()[1].type, map), &bytes);
  AppendNestedPart(Text("end"), &bytes);
  EXPECT_EQ(FormatNested(type, bytes), "{'a': 7, 'm': {k=[0.5]}, 'z': end}");
  EXPECT_EQ(Value(type, bytes).ToSql(),
            "CAST({'a': 7, 'm': CAST(MAP {'k': CAST([CAST('0.5' AS DOUBLE)] AS DOUBLE[])} AS MAP(VARCHAR, DOUBLE[])), "
            "'z': 'end'} AS STRUCT(a INTEGER, m MAP(VARCHAR, DOUBLE[]), z VARCHAR))");
  NestedReader reader(bytes);
  EXPECT_EQ(reader.TakePartBytes(TypeId::kInt32).size(), 5u);
  ASSERT_TRUE(reader.TakeMark());
  EXPECT_EQ(reader.TakeNested(type.children()[1].type), map);
  EXPECT_EQ(reader.TakePart(TypeId::kVarchar), Text("end"));
}

TEST(Nested, TextThatCouldBeSomethingElseIsQuoted) {
  const auto shown = [](const std::string& text) {
    return FormatNested(DataType::List(TypeId::kVarchar), ListOf({Text(text)}));
  };
  EXPECT_EQ(shown("plain text"), "[plain text]");
  for (const char* text : {"", "a,b", "null", " a", "[x", "a=b"})
    EXPECT_EQ(shown(text), "['" + std::string(text) + "']");
  EXPECT_EQ(shown("it's"), "['it''s']");
}

}  // namespace
}  // namespace laminar
