#include "main/arrow_types.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>

#include "edge_test.h"

namespace laminar {
namespace {

DataType FromArrow(const std::shared_ptr<arrow::DataType>& type) {
  auto result = TypeFromArrow(*type);
  EXPECT_TRUE(result.ok()) << type->ToString() << ": " << result.status().message();
  return result.ok() ? result.TakeValue() : DataType();
}

TEST(ArrowTypesTest, DeclaredFormIsRestored) {
  const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::null(),
      arrow::boolean(),
      arrow::int8(),
      arrow::int16(),
      arrow::int32(),
      arrow::int64(),
      arrow::uint8(),
      arrow::uint16(),
      arrow::uint32(),
      arrow::uint64(),
      arrow::float32(),
      arrow::float64(),
      arrow::decimal128(10, 2),
      arrow::decimal128(38, 38),
      arrow::utf8(),
      arrow::large_utf8(),
      arrow::utf8_view(),
      arrow::binary(),
      arrow::large_binary(),
      arrow::binary_view(),
      arrow::fixed_size_binary(5),
      arrow::date32(),
      arrow::date64(),
      arrow::time32(arrow::TimeUnit::SECOND),
      arrow::time32(arrow::TimeUnit::MILLI),
      arrow::time64(arrow::TimeUnit::MICRO),
      arrow::time64(arrow::TimeUnit::NANO),
      arrow::timestamp(arrow::TimeUnit::SECOND),
      arrow::timestamp(arrow::TimeUnit::NANO),
      arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
      arrow::timestamp(arrow::TimeUnit::MILLI, "Europe/Berlin"),
      arrow::month_day_nano_interval(),
      arrow::dictionary(arrow::int8(), arrow::utf8()),
      arrow::dictionary(arrow::uint32(), arrow::int64()),
      arrow::dictionary(arrow::int32(), arrow::timestamp(arrow::TimeUnit::MICRO)),
      arrow::extension::uuid(),
      arrow::extension::json(arrow::utf8()),
      arrow::extension::json(arrow::large_utf8())};
  for (const auto& type : types) {
    EXPECT_TRUE(TypeToArrow(FromArrow(type))->Equals(*type)) << type->ToString();
  }
}

TEST(ArrowTypesTest, OthersAreNormalised) {
  EXPECT_EQ(FromArrow(arrow::float16()), DataType(TypeId::kFloat));
  EXPECT_EQ(FromArrow(arrow::decimal32(7, 2)), DataType::Decimal(7, 2));
  EXPECT_EQ(FromArrow(arrow::decimal64(15, 2)), DataType::Decimal(15, 2));
  EXPECT_EQ(FromArrow(arrow::decimal256(38, 0)), DataType::Decimal(38, 0));
  EXPECT_EQ(FromArrow(arrow::duration(arrow::TimeUnit::NANO)), DataType(TypeId::kInterval));
  EXPECT_EQ(FromArrow(arrow::month_interval()), DataType(TypeId::kInterval));
  EXPECT_EQ(FromArrow(arrow::day_time_interval()), DataType(TypeId::kInterval));
  EXPECT_EQ(FromArrow(arrow::run_end_encoded(arrow::int32(), arrow::utf8())), DataType(TypeId::kVarchar));
}

TEST(ArrowTypesTest, SchemaErrorsNameTheColumn) {
  edge_test::ExpectError(SchemaFromArrow(*arrow::schema({arrow::field("a", arrow::int64()),
                                                         arrow::field("tags", arrow::large_list_view(arrow::utf8()))})),
                         ErrorCode::kInvalidSchema,
                         "column \"tags\": Arrow type large_list_view<item: string> is not supported yet");
  edge_test::ExpectError(
      SchemaFromArrow(*arrow::schema({arrow::field("d", arrow::decimal256(50, 2))})), ErrorCode::kInvalidSchema,
      "column \"d\": Arrow type decimal256(50, 2) does not fit DECIMAL(38, 0..38), which is the widest");
  edge_test::ExpectError(
      SchemaFromArrow(*arrow::schema({arrow::field("a", arrow::int64()), arrow::field("A", arrow::utf8())})),
      ErrorCode::kInvalidSchema, "column \"A\" is given twice");
}

TEST(ArrowTypesTest, SchemaKeepsNullability) {
  const auto schema = arrow::schema({arrow::field("Id", arrow::int64(), false), arrow::field("name", arrow::utf8())});
  auto ours = SchemaFromArrow(*schema);
  ASSERT_TRUE(ours.ok());
  EXPECT_FALSE(ours.value().field(0).nullable);
  EXPECT_TRUE(SchemaToArrow(ours.value())->Equals(*schema));
}

TEST(ArrowTypesTest, ImportSchemaConsumes) {
  ArrowSchema c_schema;
  ASSERT_TRUE(arrow::ExportSchema(*arrow::schema({arrow::field("a", arrow::int64())}), &c_schema).ok());
  auto schema = ImportSchema(&c_schema);
  ASSERT_TRUE(schema.ok());
  EXPECT_EQ(c_schema.release, nullptr);
  EXPECT_EQ(schema.value().names(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace laminar
