#include "main/arrow_export.h"

#include <arrow/array/array_run_end.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/table.h>

#include "edge_test.h"

namespace laminar {
namespace {

using edge_test::ArrayOf;
using edge_test::ArrayPtr;
using edge_test::BatchOf;
using edge_test::Import;

/// Into a column of its own type and out again, through the C interfaces.
std::shared_ptr<arrow::Array> RoundTrip(const ArrayPtr& array, bool copy) {
  const Schema schema = ValueOrThrow(SchemaFromArrow(*arrow::schema({arrow::field("x", array->type())})));
  std::vector<Ref<RowBatch>> batches = ValueOrThrow(Import({BatchOf({{"x", array}})}, schema, copy));
  const QueryResult result = MakeQueryResult(MakeSchemaRep(schema, false), std::move(batches), 0, false);
  ArrowArrayStream stream;
  result.ExportStream(&stream);
  const auto table = arrow::ImportRecordBatchReader(&stream).ValueOrDie()->ToTable().ValueOrDie();
  EXPECT_TRUE(table->ValidateFull().ok()) << table->ValidateFull().ToString();
  return table->column(0)->chunk(0);
}

TEST(ArrowExportTest, EveryTypeComesBackAsItWent) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, const char*>> cases = {
      {arrow::boolean(), "[true, null, false]"},
      {arrow::int8(), "[-128, null, 127]"},
      {arrow::int16(), "[-32768, null, 1]"},
      {arrow::int32(), "[1, null, -2147483648]"},
      {arrow::int64(), "[1, null, 9223372036854775807]"},
      {arrow::uint8(), "[255, null]"},
      {arrow::uint16(), "[65535, null]"},
      {arrow::uint32(), "[4294967295, null]"},
      {arrow::uint64(), "[18446744073709551615, null]"},
      {arrow::float32(), "[1.5, null, -0.0]"},
      {arrow::float64(), "[0.1, null, 1e300]"},
      {arrow::decimal128(38, 10), R"(["-1234567890.0123456789", null])"},
      {arrow::utf8(), R"(["", null, "abc", "longer than twelve bytes", "grün"])"},
      {arrow::large_utf8(), R"(["", null, "abc", "longer than twelve bytes"])"},
      {arrow::utf8_view(), R"(["", null, "exactly 12 b", "longer than twelve bytes"])"},
      {arrow::binary(), R"(["", null, "abc"])"},
      {arrow::large_binary(), R"(["abc", null])"},
      {arrow::binary_view(), R"(["longer than twelve bytes", null, "x"])"},
      {arrow::fixed_size_binary(3), R"(["abc", null, "xyz"])"},
      {arrow::date32(), "[15000, null]"},
      {arrow::date64(), "[86400000, null]"},
      {arrow::time32(arrow::TimeUnit::SECOND), "[86399, null]"},
      {arrow::time32(arrow::TimeUnit::MILLI), "[1, null]"},
      {arrow::time64(arrow::TimeUnit::MICRO), "[1, null]"},
      {arrow::time64(arrow::TimeUnit::NANO), "[1, null]"},
      {arrow::timestamp(arrow::TimeUnit::SECOND), "[1, null]"},
      {arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"), "[1, null]"},
      {arrow::month_day_nano_interval(), "[[1, 2, 3], null]"},
      {arrow::null(), "[null, null]"},
  };
  for (const auto& [type, json] : cases) {
    for (const bool copy : {false, true}) {
      const ArrayPtr array = ArrayOf(type, json);
      const auto back = RoundTrip(array, copy);
      EXPECT_TRUE(back->Equals(array)) << type->ToString() << ": " << back->ToString();
      const auto sliced = array->Slice(1);
      EXPECT_TRUE(RoundTrip(sliced, copy)->Equals(sliced)) << type->ToString();
    }
  }
}

TEST(ArrowExportTest, Extensions) {
  const auto uuids = arrow::ExtensionType::WrapArray(
      arrow::extension::uuid(), ArrayOf(arrow::fixed_size_binary(16), R"(["0123456789abcdef", null])"));
  EXPECT_TRUE(RoundTrip(uuids, false)->Equals(uuids));
  const auto documents =
      arrow::ExtensionType::WrapArray(arrow::extension::json(arrow::utf8()), ArrayOf(arrow::utf8(), R"(["{}", null])"));
  EXPECT_TRUE(RoundTrip(documents, false)->Equals(documents));
}

TEST(ArrowExportTest, Dictionaries) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto texts = arrow::DictionaryArray::FromArrays(type, ArrayOf(arrow::int8(), "[0, null, 1, 0]"),
                                                        ArrayOf(arrow::utf8(), R"(["a", "b"])"))
                         .ValueOrDie();
  EXPECT_TRUE(RoundTrip(texts, false)->Equals(texts));
  const auto numbers =
      arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::uint16(), arrow::int64()),
                                         ArrayOf(arrow::uint16(), "[0, 1, 0]"), ArrayOf(arrow::int64(), "[7, 8]"))
          .ValueOrDie();
  EXPECT_TRUE(RoundTrip(numbers, false)->Equals(numbers));
}

TEST(ArrowExportTest, MoreDictionaryValuesThanTheIndexCounts) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 200; ++i) ASSERT_TRUE(builder.Append(i % 129).ok());
  const Schema schema({{"x", DataType(TypeId::kInt64).WithArrowForm(ArrowForm::kDictionary, TypeId::kInt8)}});
  const auto batches = ValueOrThrow(Import({BatchOf({{"x", builder.Finish().ValueOrDie()}})}, schema));
  ArrowArray out;
  const Status status = ExportBatch(batches[0], schema, false, &out);
  EXPECT_EQ(status.message(),
            "column \"x\": 129 different values are more than dictionary indices of type int8 can count");
}

TEST(ArrowExportTest, PrimitivesAreSharedAndOutliveTheBatch) {
  const Schema schema({{"x", TypeId::kInt64}});
  ArrowArray out;
  const void* values;
  {
    const auto batches = ValueOrThrow(Import({BatchOf({{"x", ArrayOf(arrow::int64(), "[4, 5]")}})}, schema));
    values = batches[0]->delta().columns[0].values;
    ThrowIfError(ExportBatch(batches[0], schema, false, &out));
  }
  EXPECT_EQ(out.children[0]->buffers[1], values);
  const auto batch = arrow::ImportRecordBatch(&out, SchemaToArrow(schema)).ValueOrDie();
  EXPECT_TRUE(batch->column(0)->Equals(ArrayOf(arrow::int64(), "[4, 5]")));
}

TEST(ArrowExportTest, Weights) {
  RowBatchBuilder builder({TypeId::kInt64});
  const Schema schema = MakeSchemaRep(Schema({{"x", TypeId::kInt64}}), true)->schema;
  const auto weights_of = [&](const Ref<RowBatch>& batch) {
    ArrowArray out;
    ThrowIfError(ExportBatch(batch, schema, true, &out));
    return arrow::ImportRecordBatch(&out, SchemaToArrow(schema)).ValueOrDie()->GetColumnByName("__weight");
  };
  builder.SetInt(0, 1);
  builder.FinishRow();
  EXPECT_TRUE(weights_of(builder.Finish())->Equals(ArrayOf(arrow::int64(), "[1]")));
  builder.SetInt(0, 1);
  builder.FinishRow(-1);
  builder.SetInt(0, 2);
  builder.FinishRow();
  EXPECT_TRUE(weights_of(builder.Finish())->Equals(ArrayOf(arrow::int64(), "[-1, 1]")));
}

TEST(ArrowExportTest, FixedSizeThatDoesNotFit) {
  RowBatchBuilder builder({TypeId::kBlob});
  builder.SetString(0, "abc");
  builder.FinishRow();
  ArrowArray out;
  const Status status =
      ExportBatch(builder.Finish(), Schema({{"b", DataType(TypeId::kBlob).WithFixedSize(4)}}), false, &out);
  EXPECT_EQ(status.message(), "column \"b\": a value of 3 bytes in a column of Arrow type fixed_size_binary[4]");
}

}  // namespace
}  // namespace laminar
