#include "laminar/batch_builder.h"

#include <stdexcept>

#include "edge_test.h"
#include "main/batch_builder_rep.h"

namespace laminar {
namespace {

using edge_test::Rows;
using edge_test::RowsOf;

BatchBuilder Builder(const Schema& schema) {
  return BatchBuilder(std::make_unique<BatchBuilder::Rep>("trades", schema));
}
BatchBuilder Builder(const DataType& type, bool nullable = true) {
  return Builder(Schema({{"price", type, nullable}}));
}

Rows Finished(BatchBuilder& builder) {
  return RowsOf(Result<Ref<RowBatch>>(builder.rep().Finish()), builder.rep().writer.schema());
}

/// The value as the column shows it, or the error without "column … row 1: ".
template <typename Set>
std::string Cell(const DataType& type, Set set) {
  BatchBuilder builder = Builder(type);
  try {
    set(builder);
    builder.FinishRow();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBatchSchemaMismatch);
    const std::string message = error.what();
    const std::string head = "column \"price\" of trades: row 1: ";
    EXPECT_EQ(message.substr(0, head.size()), head);
    return message.substr(head.size());
  }
  return Finished(builder).at(0);
}
std::string Int(const DataType& type, int64_t value) {
  return Cell(type, [=](BatchBuilder& b) { b.SetInt(0, value); });
}
std::string UInt(const DataType& type, uint64_t value) {
  return Cell(type, [=](BatchBuilder& b) { b.SetUInt(0, value); });
}
std::string Double(const DataType& type, double value) {
  return Cell(type, [=](BatchBuilder& b) { b.SetDouble(0, value); });
}
std::string Text(const DataType& type, std::string_view value) {
  return Cell(type, [=](BatchBuilder& b) { b.SetText(0, value); });
}
std::string Decimal(const DataType& type, std::string_view digits, int scale) {
  return Cell(type, [=](BatchBuilder& b) { b.SetDecimal(0, digits, scale); });
}
std::string Timestamp(const DataType& type, int64_t micros) {
  return Cell(type, [=](BatchBuilder& b) { b.SetTimestamp(0, micros, true); });
}

const DataType kMillis = DataType::Timestamp(TimeUnit::kMilli);
const DataType kNanos = DataType::Timestamp(TimeUnit::kNano);
const DataType kMoney = DataType::Decimal(10, 2);

TEST(BatchBuilderTest, Integers) {
  EXPECT_EQ(Int(TypeId::kInt64, INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(Int(TypeId::kInt8, -128), "-128");
  EXPECT_EQ(Int(TypeId::kInt8, 128), "128 is out of range for TINYINT");
  EXPECT_EQ(Int(TypeId::kUInt64, -1), "-1 is out of range for UBIGINT");
  EXPECT_EQ(UInt(TypeId::kUInt64, UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(UInt(TypeId::kInt64, UINT64_MAX), "18446744073709551615 is out of range for BIGINT");
  EXPECT_EQ(UInt(TypeId::kInt64, 5), "5");
  EXPECT_EQ(Double(TypeId::kInt32, 3.0), "3");
  EXPECT_EQ(Double(TypeId::kInt32, 3.5), "3.5 cannot become an INTEGER without loss");
  EXPECT_EQ(Double(TypeId::kInt32, 3e9), "3000000000 is out of range for INTEGER");
  EXPECT_EQ(Double(TypeId::kInt32, std::nan("")), "NaN is not an INTEGER");
  EXPECT_EQ(Decimal(TypeId::kInt64, "1200", 2), "12");
  EXPECT_EQ(Decimal(TypeId::kInt64, "12", -2), "1200");
  EXPECT_EQ(Decimal(TypeId::kInt64, "1", 1), "1e-1 cannot become a BIGINT without loss");
  EXPECT_EQ(Text(TypeId::kInt64, "5"), "'5' is not a BIGINT");
}

TEST(BatchBuilderTest, FloatsAndDecimals) {
  EXPECT_EQ(Int(TypeId::kDouble, 3), "3");
  EXPECT_EQ(Int(TypeId::kDouble, 9007199254740993), "9007199254740993 cannot become a DOUBLE without loss");
  EXPECT_EQ(Int(TypeId::kFloat, 16777217), "16777217 cannot become a REAL without loss");
  EXPECT_EQ(UInt(TypeId::kDouble, uint64_t{1} << 63), Double(TypeId::kDouble, 9223372036854775808.0));
  EXPECT_EQ(Double(TypeId::kFloat, 0.1), "0.1");
  EXPECT_EQ(Double(TypeId::kFloat, 1e39), "1e+39 is out of range for REAL");
  EXPECT_EQ(Text(TypeId::kDouble, "abc"), "'abc' is not a DOUBLE");
  EXPECT_EQ(Decimal(TypeId::kDouble, "1", 1), "0.1");
  EXPECT_EQ(Decimal(TypeId::kDouble, "12345678901234567891", 0),
            "12345678901234567891 cannot become a DOUBLE without loss");
  EXPECT_EQ(Int(kMoney, 7), "7.00");
  EXPECT_EQ(Int(kMoney, 123456789), "123456789 is out of range for DECIMAL(10,2)");
  EXPECT_EQ(Decimal(kMoney, "-12345", 2), "-123.45");
  EXPECT_EQ(Decimal(kMoney, "1234500", 4), "123.45");
  EXPECT_EQ(Decimal(kMoney, "12345", 3), "12345e-3 cannot become a DECIMAL(10,2) without loss");
  EXPECT_EQ(Double(kMoney, 19.99), "19.99");
  EXPECT_EQ(Double(kMoney, 19.999), "19.999 cannot become a DECIMAL(10,2) without loss");
  EXPECT_EQ(Text(kMoney, "19.990"), "19.99");
  EXPECT_EQ(Text(kMoney, "1e-3"), "'1e-3' cannot become a DECIMAL(10,2) without loss");
  EXPECT_EQ(Text(kMoney, "0e-30"), "0.00");
}

TEST(BatchBuilderTest, Times) {
  EXPECT_EQ(Int(kMillis, 1500), "1970-01-01 00:00:01.5");
  EXPECT_EQ(Timestamp(kMillis, 1500000), "1970-01-01 00:00:01.5");
  EXPECT_EQ(Timestamp(kMillis, 1), "1970-01-01 00:00:00.000001+00 cannot become a TIMESTAMP(3) without loss");
  EXPECT_EQ(Timestamp(kNanos, 1), "1970-01-01 00:00:00.000001");
  EXPECT_NE(Timestamp(kNanos, INT64_MAX).find("is out of range for TIMESTAMP(9)"), std::string::npos);
  EXPECT_EQ(Timestamp(TypeId::kDate, -86400000000), "1969-12-31");
  EXPECT_EQ(Text(kMillis, "2013-02-08T06:00:00+01:00"), "2013-02-08 05:00:00");
  EXPECT_EQ(Text(kMillis, "2013-02-30"), "'2013-02-30' is out of range for TIMESTAMP(3)");
  EXPECT_EQ(Cell(kMillis, [](BatchBuilder& b) { b.SetDate(0, 1); }), "1970-01-02 00:00:00");
  EXPECT_EQ(Cell(TypeId::kDate, [](BatchBuilder& b) { b.SetDate(0, 1); }), "1970-01-02");
  EXPECT_EQ(Cell(DataType::Time(TimeUnit::kSecond), [](BatchBuilder& b) { b.SetTimeOfDay(0, 1000000); }), "00:00:01");
  EXPECT_EQ(Cell(TypeId::kInterval, [](BatchBuilder& b) { b.SetInterval(0, 1, 2, 3000000000); }),
            "1 mon 2 days 00:00:03");
  EXPECT_EQ(Text(TypeId::kInterval, "1 hour"), "01:00:00");
  EXPECT_EQ(Int(TypeId::kDate, 1), "1 is not a DATE");
}

TEST(BatchBuilderTest, TextBytesAndBooleans) {
  EXPECT_EQ(Text(TypeId::kVarchar, "a text longer than twelve"), "a text longer than twelve");
  EXPECT_EQ(Text(TypeId::kVarchar, "\xff"), "'\xEF\xBF\xBD' is not a VARCHAR");
  EXPECT_EQ(Text(TypeId::kBlob, "abc"), "'abc' is not a BLOB");
  EXPECT_EQ(Int(TypeId::kVarchar, 5), "5 is not a VARCHAR");
  EXPECT_EQ(Cell(TypeId::kBlob, [](BatchBuilder& b) { b.SetBytes(0, "ab"); }), "\\x6162");
  EXPECT_EQ(Cell(TypeId::kVarchar, [](BatchBuilder& b) { b.SetBytes(0, "ab"); }), "\\x6162 is not a VARCHAR");
  EXPECT_EQ(Cell(DataType(TypeId::kBlob).WithFixedSize(3), [](BatchBuilder& b) { b.SetBytes(0, "ab"); }),
            "\\x6162 has not the declared size of 3 bytes");
  EXPECT_EQ(Text(TypeId::kUuid, "3245f05720e44d7daf778cb8a8f968f3"), "3245f057-20e4-4d7d-af77-8cb8a8f968f3");
  EXPECT_EQ(Text(TypeId::kJson, "[1, 2"), "'[1, 2' is not a JSON");
  EXPECT_EQ(Cell(TypeId::kBoolean, [](BatchBuilder& b) { b.SetBool(0, true); }), "true");
  EXPECT_EQ(Cell(TypeId::kInt64, [](BatchBuilder& b) { b.SetBool(0, true); }), "true is not a BIGINT");
  EXPECT_EQ(Text(TypeId::kDouble, std::string(200, 'x')), "'" + std::string(80, 'x') + "…' is not a DOUBLE");
}

TEST(BatchBuilderTest, NullsAndRows) {
  BatchBuilder builder = Builder(Schema({{"id", TypeId::kInt64, false}, {"name", TypeId::kVarchar}}));
  EXPECT_EQ(builder.relation(), "trades");
  EXPECT_EQ(builder.schema().num_columns(), 2);
  EXPECT_EQ(builder.ColumnIndex("NAME"), 1);
  EXPECT_EQ(builder.ColumnIndex("nam"), -1);
  builder.Reserve(10);
  builder.SetInt(0, 1);
  builder.FinishRow();
  builder.SetText(1, "lost");
  try {
    builder.FinishRow();
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "column \"id\" of trades: row 2: NULL in a NOT NULL column");
  }
  builder.AbandonRow();
  EXPECT_THROW(builder.SetNull(0), Error);
  builder.AbandonRow();
  builder.SetNull(1);
  builder.SetInt(0, 2);
  EXPECT_THROW(builder.SetInt(0, 3), Error);
  builder.AbandonRow();
  builder.SetInt(0, 4);
  builder.SetText(1, "kept");
  builder.FinishRow();
  EXPECT_EQ(builder.num_rows(), 2);
  builder.SetInt(0, 5);  // begun and not finished
  EXPECT_EQ(Finished(builder), (Rows{"1|NULL", "4|kept"}));
  EXPECT_EQ(builder.num_rows(), 0);
  builder.SetInt(0, 6);
  builder.FinishRow();
  builder.Clear();
  EXPECT_EQ(builder.num_rows(), 0);
  EXPECT_THROW(builder.SetInt(2, 0), std::out_of_range);
  EXPECT_THROW(builder.SetInt(-1, 0), std::out_of_range);
}

}  // namespace
}  // namespace laminar
