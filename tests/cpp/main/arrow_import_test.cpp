#include "main/arrow_import.h"

#include <arrow/array/array_run_end.h>
#include <arrow/util/bit_util.h>

#include "common/string_ref.h"
#include "edge_test.h"

namespace laminar {
namespace {

using edge_test::ArrayOf;
using edge_test::ArrayPtr;
using edge_test::BatchOf;
using edge_test::ExpectError;
using edge_test::Import;
using edge_test::ImportError;
using edge_test::ImportOne;
using edge_test::Rows;
using edge_test::RowsOf;

DataType Timestamp(TimeUnit unit) { return DataType::Timestamp(unit); }

TEST(ArrowImportTest, MatchesColumnsByNameInAnyOrder) {
  const Schema target({{"Id", TypeId::kInt64, false}, {"price", TypeId::kDouble}, {"note", TypeId::kVarchar}});
  const auto batch =
      BatchOf({{"PRICE", ArrayOf(arrow::float64(), "[1.5, null]")}, {"id", ArrayOf(arrow::int64(), "[1, 2]")}});
  EXPECT_EQ(RowsOf(Import({batch, batch}, target), target),
            (Rows{"1|1.5|NULL", "2|NULL|NULL", "1|1.5|NULL", "2|NULL|NULL"}));
}

TEST(ArrowImportTest, ColumnsThatDoNotMatch) {
  const Schema target({{"id", TypeId::kInt64, false}, {"price", TypeId::kDouble}});
  const auto ids = ArrayOf(arrow::int64(), "[1]");
  const auto unknown = Import({BatchOf({{"id", ids}, {"prise", ids}})}, target);
  ExpectError(unknown, ErrorCode::kBatchSchemaMismatch, "trades has no column \"prise\"; did you mean \"price\"?");
  EXPECT_EQ(unknown.status().error().candidates(), std::vector<std::string>{"price"});
  ExpectError(Import({BatchOf({{"price", ArrayOf(arrow::float64(), "[1]")}})}, target), ErrorCode::kBatchSchemaMismatch,
              "column \"id\" of trades is NOT NULL and missing from the input");
  ExpectError(Import({BatchOf({{"id", ids}, {"ID", ids}})}, target), ErrorCode::kBatchSchemaMismatch,
              "column \"id\" of trades is given twice");
}

TEST(ArrowImportTest, NullInNotNullColumnNamesTheRowOfTheStream) {
  const Schema target({{"id", TypeId::kInt64, false}});
  ExpectError(Import({BatchOf({{"id", ArrayOf(arrow::int64(), "[1, 2]")}}),
                      BatchOf({{"id", ArrayOf(arrow::int64(), "[3, null]")}})},
                     target),
              ErrorCode::kBatchSchemaMismatch, "column \"id\" of trades: row 4: NULL in a NOT NULL column");
}

TEST(ArrowImportTest, PrimitivesAreTakenOverWithoutACopy) {
  const ArrayPtr array = ArrayOf(arrow::int64(), "[1, 2, 3, 4]")->Slice(1);
  const auto* const values = std::static_pointer_cast<arrow::Int64Array>(array)->raw_values();
  const Schema target({{"x", TypeId::kInt64}});
  auto held = Import({BatchOf({{"x", array}})}, target);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(held.value()[0]->delta().columns[0].values, values);
  auto copied = Import({BatchOf({{"x", array}})}, target, true);
  ASSERT_TRUE(copied.ok());
  EXPECT_NE(copied.value()[0]->delta().columns[0].values, values);
  EXPECT_EQ(RowsOf(std::move(copied), target), (Rows{"2", "3", "4"}));
}

TEST(ArrowImportTest, HeldMemoryOutlivesTheStream) {
  const Schema target({{"s", TypeId::kVarchar}, {"x", TypeId::kInt32}});
  std::vector<Ref<RowBatch>> batches;
  {
    auto imported = Import({BatchOf({{"s", ArrayOf(arrow::utf8(), R"(["short", "a string that is not inline"])")},
                                     {"x", ArrayOf(arrow::int32(), "[7, 8]")}})},
                           target);
    ASSERT_TRUE(imported.ok());
    batches = imported.TakeValue();
  }
  EXPECT_EQ(RowsOf(batches, target), (Rows{"short|7", "a string that is not inline|8"}));
}

TEST(ArrowImportTest, CopyDoesNotSeeLaterWrites) {
  std::vector<int64_t> numbers = {1, 2};
  std::string text =
      "the first long string"
      "the second one, longer";
  std::vector<int32_t> offsets = {0, 21, static_cast<int32_t>(text.size())};
  const auto x = std::make_shared<arrow::Int64Array>(2, arrow::Buffer::Wrap(numbers));
  const auto s = std::make_shared<arrow::StringArray>(2, arrow::Buffer::Wrap(offsets), arrow::Buffer::FromString(text));
  auto* const bytes = const_cast<uint8_t*>(s->value_data()->data());
  const Schema target({{"x", TypeId::kInt64}, {"s", TypeId::kVarchar}});
  auto copied = Import({BatchOf({{"x", x}, {"s", s}})}, target, true);
  auto shared = Import({BatchOf({{"x", x}, {"s", s}})}, target, false);
  numbers[0] = 99;
  bytes[0] = 'T';
  EXPECT_EQ(RowsOf(std::move(copied), target), (Rows{"1|the first long string", "2|the second one, longer"}));
  EXPECT_EQ(RowsOf(std::move(shared), target), (Rows{"99|The first long string", "2|the second one, longer"}));
}

TEST(ArrowImportTest, SlicesAtEveryOffset) {
  arrow::Int32Builder numbers;
  arrow::StringBuilder texts;
  arrow::BooleanBuilder flags;
  for (int i = 0; i < 200; ++i) {
    if (i % 3 == 0) {
      ASSERT_TRUE(numbers.AppendNull().ok() && texts.AppendNull().ok() && flags.AppendNull().ok());
    } else {
      ASSERT_TRUE(numbers.Append(i).ok() && texts.Append("row number " + std::to_string(i)).ok() &&
                  flags.Append(i % 2 == 0).ok());
    }
  }
  const auto batch = BatchOf(
      {{"n", numbers.Finish().ValueOrDie()}, {"t", texts.Finish().ValueOrDie()}, {"f", flags.Finish().ValueOrDie()}});
  const Schema target({{"n", TypeId::kInt32}, {"t", TypeId::kVarchar}, {"f", TypeId::kBoolean}});
  for (const int64_t offset : {0, 1, 7, 8, 63, 64, 65, 130}) {
    for (const int64_t length : {1, 8, 64, 65, 69}) {
      const Rows rows = RowsOf(Import({batch->Slice(offset, length)}, target, offset % 2 == 0), target);
      ASSERT_EQ(rows.size(), static_cast<size_t>(length));
      for (int64_t i = 0; i < length; ++i) {
        const int64_t n = offset + i;
        const std::string expected =
            n % 3 == 0 ? "NULL|NULL|NULL"
                       : std::to_string(n) + "|row number " + std::to_string(n) + "|" + (n % 2 == 0 ? "true" : "false");
        ASSERT_EQ(rows[static_cast<size_t>(i)], expected);
      }
    }
  }
}

TEST(ArrowImportTest, EmptyBatchesAreLeftOut) {
  const Schema target({{"x", TypeId::kInt64}, {"s", TypeId::kVarchar}});
  auto result = Import({BatchOf({{"x", ArrayOf(arrow::int64(), "[]")}, {"s", ArrayOf(arrow::utf8(), "[]")}})}, target);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.value().empty());
}

TEST(ArrowImportTest, Integers) {
  EXPECT_EQ(ImportOne(ArrayOf(arrow::int8(), "[-1, null, 3]"), TypeId::kInt64), (Rows{"-1", "NULL", "3"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::uint64(), "[0, 127]"), TypeId::kInt8), (Rows{"0", "127"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::int64(), "[1, 300]"), TypeId::kInt8),
            "column \"x\" of trades: row 2: 300 is out of range for TINYINT");
  EXPECT_EQ(ImportError(ArrayOf(arrow::int8(), "[-1]"), TypeId::kUInt64),
            "column \"x\" of trades: row 1: -1 is out of range for UBIGINT");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float64(), "[1.0, null, -3]"), TypeId::kInt64), (Rows{"1", "NULL", "-3"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::float64(), "[1.5]"), TypeId::kInt64),
            "column \"x\" of trades: row 1: 1.5 cannot become a BIGINT without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::float64(), "[9223372036854775808]"), TypeId::kInt64),
            "column \"x\" of trades: row 1: 9.223372036854776e+18 is out of range for BIGINT");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float64(), "[-9223372036854775808]"), TypeId::kInt64),
            (Rows{"-9223372036854775808"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal128(10, 2), R"(["12.00"])"), TypeId::kInt32), (Rows{"12"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::decimal128(10, 2), R"(["12.01"])"), TypeId::kInt32),
            "column \"x\" of trades: row 1: 12.01 cannot become an INTEGER without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::utf8(), R"([null, "abc"])"), TypeId::kInt64),
            "column \"x\" of trades: row 2: 'abc' is not a BIGINT");
  EXPECT_EQ(ImportError(ArrayOf(arrow::boolean(), "[true]"), TypeId::kInt64),
            "column \"x\" of trades: row 1: true is not a BIGINT");
}

TEST(ArrowImportTest, Floats) {
  EXPECT_EQ(ImportOne(ArrayOf(arrow::int64(), "[4503599627370496, null]"), TypeId::kDouble),
            ImportOne(ArrayOf(arrow::float64(), "[4503599627370496, null]"), TypeId::kDouble));
  EXPECT_EQ(ImportError(ArrayOf(arrow::int64(), "[9007199254740993]"), TypeId::kDouble),
            "column \"x\" of trades: row 1: 9007199254740993 cannot become a DOUBLE without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::int64(), "[9223372036854775807]"), TypeId::kDouble),
            "column \"x\" of trades: row 1: 9223372036854775807 cannot become a DOUBLE without loss");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float64(), "[0.1]"), TypeId::kFloat), (Rows{"0.1"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::float64(), "[1e300]"), TypeId::kFloat),
            "column \"x\" of trades: row 1: 1e+300 is out of range for REAL");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float16(), "[1.5, null]"), TypeId::kDouble), (Rows{"1.5", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float32(), "[0.5]"), TypeId::kDouble), (Rows{"0.5"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal128(5, 1), R"(["0.1"])"), TypeId::kDouble), (Rows{"0.1"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::decimal128(38, 20), R"(["0.12345678901234567890"])"), TypeId::kDouble),
            "column \"x\" of trades: row 1: 0.12345678901234567890 cannot become a DOUBLE without loss");
}

TEST(ArrowImportTest, Decimals) {
  const DataType money = DataType::Decimal(10, 2);
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal128(10, 2), R"(["1.25", null, "-99999999.99"])"), money),
            (Rows{"1.25", "NULL", "-99999999.99"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal32(5, 1), R"(["1.5", null])"), money), (Rows{"1.50", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal64(12, 4), R"(["1.2500"])"), money), (Rows{"1.25"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::decimal256(50, 3), R"(["-1.250"])"), money), (Rows{"-1.25"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::int32(), "[7]"), money), (Rows{"7.00"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::float64(), "[19.99]"), money), (Rows{"19.99"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["19.990", "2e1"])"), money), (Rows{"19.99", "20.00"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::float64(), "[19.999]"), money),
            "column \"x\" of trades: row 1: 19.999 cannot become a DECIMAL(10,2) without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::decimal128(12, 3), R"(["1.255"])"), money),
            "column \"x\" of trades: row 1: 1.255 cannot become a DECIMAL(10,2) without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::decimal128(12, 2), R"(["123456789.00"])"), money),
            "column \"x\" of trades: row 1: 123456789.00 is out of range for DECIMAL(10,2)");
  EXPECT_EQ(
      ImportError(ArrayOf(arrow::decimal256(60, 2), R"(["1234567890123456789012345678901234567890123.00"])"), money),
      "column \"x\" of trades: row 1: 1234567890123456789012345678901234567890123.00 is out of range for "
      "DECIMAL(10,2)");
}

TEST(ArrowImportTest, TextLayouts) {
  const char* const json = R"(["", "short", null, "a string longer than twelve bytes"])";
  const Rows rows = {"", "short", "NULL", "a string longer than twelve bytes"};
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view()}) {
    EXPECT_EQ(ImportOne(ArrayOf(type, json), TypeId::kVarchar), rows) << type->ToString();
    EXPECT_EQ(ImportOne(ArrayOf(type, json), TypeId::kVarchar, true), rows) << type->ToString();
    EXPECT_EQ(ImportOne(ArrayOf(type, json)->Slice(1, 2), TypeId::kVarchar), (Rows{"short", "NULL"}));
  }
  for (const auto& type : {arrow::binary(), arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_EQ(ImportOne(ArrayOf(type, R"(["ab", null])"), TypeId::kBlob), (Rows{"\\x6162", "NULL"}))
        << type->ToString();
  }
  EXPECT_EQ(ImportOne(ArrayOf(arrow::fixed_size_binary(2), R"(["ab", null, "cd"])")->Slice(1), TypeId::kBlob),
            (Rows{"NULL", "\\x6364"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::binary(), R"(["abc"])"), DataType(TypeId::kBlob).WithFixedSize(2)),
            "column \"x\" of trades: row 1: \\x616263 has not the declared size of 2 bytes");
  EXPECT_EQ(ImportError(ArrayOf(arrow::int64(), "[42]"), TypeId::kVarchar),
            "column \"x\" of trades: row 1: 42 is not a VARCHAR");
}

TEST(ArrowImportTest, UuidAndJson) {
  const std::string text = "3245f057-20e4-4d7d-af77-8cb8a8f968f3";
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), "[\"" + text + "\", null]"), TypeId::kUuid), (Rows{text, "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::fixed_size_binary(16), R"(["0123456789abcdef"])"), TypeId::kUuid),
            (Rows{"30313233-3435-3637-3839-616263646566"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::utf8(), R"(["zz"])"), TypeId::kUuid),
            "column \"x\" of trades: row 1: 'zz' is not a UUID");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["{\"a\": [1, 2]}", null])"), TypeId::kJson),
            (Rows{"{\"a\": [1, 2]}", "NULL"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::utf8(), R"(["{"])"), TypeId::kJson),
            "column \"x\" of trades: row 1: '{' is not a JSON");
}

TEST(ArrowImportTest, DatesAndTimestamps) {
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  EXPECT_EQ(ImportOne(ArrayOf(arrow::date32(), "[1, null]"), TypeId::kDate), (Rows{"1970-01-02", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::date64(), "[86400000]"), TypeId::kDate), (Rows{"1970-01-02"}));
  EXPECT_EQ(ImportOne(ArrayOf(micros, "[-86400000000]"), TypeId::kDate), (Rows{"1969-12-31"}));
  EXPECT_NE(ImportError(ArrayOf(micros, "[1]"), TypeId::kDate), "ok");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["2013-02-08"])"), TypeId::kDate), (Rows{"2013-02-08"}));

  EXPECT_EQ(ImportOne(ArrayOf(micros, "[1500000, null]"), Timestamp(TimeUnit::kNano)),
            (Rows{"1970-01-01 00:00:01.5", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(micros, "[1500000]"), Timestamp(TimeUnit::kMilli)), (Rows{"1970-01-01 00:00:01.5"}));
  EXPECT_EQ(ImportError(ArrayOf(micros, "[0, 1500000]"), Timestamp(TimeUnit::kSecond)),
            "column \"x\" of trades: row 2: 1970-01-01 00:00:01.500000 cannot become a TIMESTAMP(0) without loss");
  EXPECT_NE(ImportError(ArrayOf(arrow::timestamp(arrow::TimeUnit::SECOND), "[9223372036854775807]"),
                        Timestamp(TimeUnit::kNano)),
            "ok");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::date32(), "[1]"), Timestamp(TimeUnit::kMilli)), (Rows{"1970-01-02 00:00:00"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::int64(), "[1500]"), Timestamp(TimeUnit::kMilli)), (Rows{"1970-01-01 00:00:01.5"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::int32(), "[2]"), Timestamp(TimeUnit::kSecond)), (Rows{"1970-01-01 00:00:02"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["2013-02-08T06:00:00Z", "2013-02-08 06:00:00.25"])"),
                      Timestamp(TimeUnit::kMilli)),
            (Rows{"2013-02-08 06:00:00", "2013-02-08 06:00:00.25"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::utf8(), R"(["2013-02-08 06:00:00.0001"])"), Timestamp(TimeUnit::kMilli)),
            "column \"x\" of trades: row 1: '2013-02-08 06:00:00.0001' cannot become a TIMESTAMP(3) without loss");
  EXPECT_EQ(ImportError(ArrayOf(arrow::utf8(), R"(["soon"])"), Timestamp(TimeUnit::kMilli)),
            "column \"x\" of trades: row 1: 'soon' is not a TIMESTAMP(3)");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::timestamp(arrow::TimeUnit::SECOND, "Europe/Berlin"), "[0]"),
                      DataType::Timestamp(TimeUnit::kSecond, true)),
            (Rows{"1970-01-01 00:00:00+00"}));
}

TEST(ArrowImportTest, TimesAndIntervals) {
  EXPECT_EQ(ImportOne(ArrayOf(arrow::time32(arrow::TimeUnit::MILLI), "[1500, null]"), DataType::Time(TimeUnit::kMicro)),
            (Rows{"00:00:01.5", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::time64(arrow::TimeUnit::NANO), "[1000]"), DataType::Time(TimeUnit::kMicro)),
            (Rows{"00:00:00.000001"}));
  EXPECT_NE(ImportError(ArrayOf(arrow::time64(arrow::TimeUnit::NANO), "[1]"), DataType::Time(TimeUnit::kMicro)), "ok");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["06:30"])"), DataType::Time(TimeUnit::kSecond)), (Rows{"06:30:00"}));

  EXPECT_EQ(ImportOne(ArrayOf(arrow::duration(arrow::TimeUnit::SECOND), "[90, null]"), TypeId::kInterval),
            (Rows{"00:01:30", "NULL"}));
  EXPECT_NE(ImportError(ArrayOf(arrow::duration(arrow::TimeUnit::SECOND), "[9223372036854775807]"), TypeId::kInterval),
            "ok");
  EXPECT_EQ(ImportOne(ArrayOf(arrow::month_interval(), "[14]"), TypeId::kInterval), (Rows{"1 year 2 mons"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::day_time_interval(), "[[2, 1000]]"), TypeId::kInterval),
            (Rows{"2 days 00:00:01"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::month_day_nano_interval(), "[[1, 2, 3000000000]]"), TypeId::kInterval),
            (Rows{"1 mon 2 days 00:00:03"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), R"(["1 hour"])"), TypeId::kInterval), (Rows{"01:00:00"}));
}

TEST(ArrowImportTest, NullTypeAndWrongTypesOfNothingButNulls) {
  EXPECT_EQ(ImportOne(ArrayOf(arrow::null(), "[null, null]"), TypeId::kVarchar), (Rows{"NULL", "NULL"}));
  EXPECT_EQ(ImportOne(ArrayOf(arrow::utf8(), "[null]"), TypeId::kInt64), (Rows{"NULL"}));
  EXPECT_EQ(ImportError(ArrayOf(arrow::null(), "[null]"), TypeId::kInt64, false),
            "column \"x\" of trades: row 1: NULL in a NOT NULL column");
  EXPECT_EQ(ImportError(ArrayOf(arrow::list(arrow::int64()), "[[1]]"), TypeId::kInt64)
                .find("column \"x\" of trades: row 1: "),
            0U);
}

TEST(ArrowImportTest, Dictionaries) {
  const auto dictionary = [](const std::shared_ptr<arrow::DataType>& index,
                             const std::shared_ptr<arrow::DataType>& value, const char* indices, const char* values) {
    return arrow::DictionaryArray::FromArrays(arrow::dictionary(index, value), ArrayOf(index, indices),
                                              ArrayOf(value, values))
        .ValueOrDie();
  };
  const auto texts =
      dictionary(arrow::int8(), arrow::utf8(), "[1, null, 0, 1, 2]", R"(["a", "a string that is long enough", null])");
  EXPECT_EQ(ImportOne(texts, TypeId::kVarchar),
            (Rows{"a string that is long enough", "NULL", "a", "a string that is long enough", "NULL"}));
  EXPECT_EQ(ImportOne(texts, TypeId::kVarchar, true)[0], "a string that is long enough");
  EXPECT_EQ(ImportOne(texts->Slice(1, 2), TypeId::kVarchar), (Rows{"NULL", "a"}));
  EXPECT_EQ(ImportOne(dictionary(arrow::uint16(), arrow::int64(), "[1, 0]", "[10, 20]"), TypeId::kInt64),
            (Rows{"20", "10"}));
  EXPECT_EQ(ImportOne(dictionary(arrow::int64(), arrow::boolean(), "[1, 0]", "[false, true]"), TypeId::kBoolean),
            (Rows{"true", "false"}));
  // A value that does not fit counts only where a row has it.
  EXPECT_EQ(ImportOne(dictionary(arrow::int32(), arrow::int64(), "[1]", "[1000, 5]"), TypeId::kInt8), (Rows{"5"}));
  EXPECT_EQ(ImportError(dictionary(arrow::int32(), arrow::int64(), "[1, 1, 0]", "[1000, 5]"), TypeId::kInt8),
            "column \"x\" of trades: row 3: 1000 is out of range for TINYINT");
  EXPECT_EQ(ImportOne(dictionary(arrow::int32(), arrow::utf8(), "[null, null]", "[]"), TypeId::kVarchar),
            (Rows{"NULL", "NULL"}));
}

TEST(ArrowImportTest, DictionaryIndexOutsideIsRefused) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto malformed =
      std::make_shared<arrow::DictionaryArray>(type, ArrayOf(arrow::int8(), "[5]"), ArrayOf(arrow::utf8(), R"(["a"])"));
  EXPECT_NE(ImportError(malformed, TypeId::kVarchar), "ok");
}

TEST(ArrowImportTest, RunEndEncoded) {
  const auto runs = arrow::RunEndEncodedArray::Make(6, ArrayOf(arrow::int32(), "[2, 3, 6]"),
                                                    ArrayOf(arrow::utf8(), R"(["a", null, "b"])"))
                        .ValueOrDie();
  EXPECT_EQ(ImportOne(runs, TypeId::kVarchar), (Rows{"a", "a", "NULL", "b", "b", "b"}));
  EXPECT_EQ(ImportOne(runs->Slice(1, 3), TypeId::kVarchar), (Rows{"a", "NULL", "b"}));
  const auto numbers =
      arrow::RunEndEncodedArray::Make(3, ArrayOf(arrow::int16(), "[1, 3]"), ArrayOf(arrow::int64(), "[1, 2]"))
          .ValueOrDie();
  EXPECT_EQ(ImportOne(numbers, TypeId::kInt64), (Rows{"1", "2", "2"}));
  EXPECT_EQ(ImportOne(numbers, TypeId::kDouble), (Rows{"1", "2", "2"}));
}

TEST(ArrowImportTest, AFailingStreamIsReportedAndReleased) {
  class Failing final : public arrow::RecordBatchReader {
   public:
    std::shared_ptr<arrow::Schema> schema() const override {
      return arrow::schema({arrow::field("x", arrow::int64())});
    }
    arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>*) override {
      return arrow::Status::IOError("the disk is gone");
    }
  };
  ArrowArrayStream stream;
  ASSERT_TRUE(arrow::ExportRecordBatchReader(std::make_shared<Failing>(), &stream).ok());
  auto result = ImportStream(&stream, Schema({{"x", TypeId::kInt64}}), "trades", false);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().error().code(), ErrorCode::kIngestionFailed);
  EXPECT_THAT(result.status().message(), testing::HasSubstr("the disk is gone"));
  EXPECT_EQ(stream.release, nullptr);
}

TEST(ArrowImportTest, UnalignedValuesAreCopied) {
  std::vector<uint8_t> bytes(1 + 16);
  const int64_t numbers[] = {11, 22};
  std::memcpy(bytes.data() + 1, numbers, 16);
  const auto buffer = std::make_shared<arrow::Buffer>(bytes.data() + 1, 16);
  const auto array = std::make_shared<arrow::Int64Array>(2, buffer);
  EXPECT_EQ(ImportOne(array, TypeId::kInt64), (Rows{"11", "22"}));
}

}  // namespace
}  // namespace laminar
