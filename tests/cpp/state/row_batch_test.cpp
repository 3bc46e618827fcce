#include "state/row_batch.h"

#include <gtest/gtest.h>

#include <string>

#include "common/value.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes{TypeId::kInt32, TypeId::kVarchar, TypeId::kDouble, TypeId::kBoolean};

std::string Show(const Delta& delta, const std::vector<DataType>& types) {
  std::string text;
  for (uint32_t i = 0; i < delta.size(); ++i) {
    const uint32_t row = delta.RowAt(i);
    for (size_t c = 0; c < types.size(); ++c) {
      const Column& column = delta.columns[c];
      text += (c == 0 ? "" : ",") +
              (column.IsValid(row) ? ReadValue(types[c], column.values, column.validity, row).ToString() : "NULL");
    }
    text += "*" + std::to_string(delta.WeightAt(row)) + " ";
  }
  return text;
}

TEST(RowBatchBuilder, MissingCellsAreNullAndAbandonedRowsAreForgotten) {
  RowBatchBuilder builder(kTypes);
  builder.SetInt(0, 1);
  builder.SetString(1, "a long string that is not inline");
  builder.FinishRow();
  builder.SetInt(0, 99);
  builder.AbandonRow();
  builder.SetBool(3, true);
  builder.SetDouble(2, 0.5);
  builder.FinishRow(-2);
  const Ref<RowBatch> batch = builder.Finish();
  EXPECT_EQ(builder.rows(), 0u);
  EXPECT_EQ(Show(batch->delta(), kTypes), "1,a long string that is not inline,NULL,NULL*1 NULL,NULL,0.5,true*-2 ");
  EXPECT_GT(batch->memory_bytes(), 0u);
}

TEST(RowBatchBuilder, GrowsOverManyRowsWithNulls) {
  RowBatchBuilder builder({TypeId::kInt64, TypeId::kVarchar});
  for (int i = 0; i < 10'000; ++i) {
    if (i % 7 != 0) builder.SetInt(0, i);
    if (i % 5 != 0) builder.SetString(1, "text number " + std::to_string(i));
    builder.FinishRow();
  }
  const Ref<RowBatch> batch = builder.Finish();
  const Delta delta = batch->delta();
  ASSERT_EQ(delta.rows, 10'000u);
  for (uint32_t i = 0; i < delta.rows; ++i) {
    ASSERT_EQ(delta.columns[0].IsValid(i), i % 7 != 0);
    ASSERT_EQ(delta.columns[1].IsValid(i), i % 5 != 0);
    if (i % 7 != 0) {
      ASSERT_EQ(delta.columns[0].data<int64_t>()[i], i);
    }
    if (i % 5 != 0) {
      ASSERT_EQ(delta.columns[1].data<StringRef>()[i].view(), "text number " + std::to_string(i));
    }
  }
}

TEST(RowBatchBuilder, AppendTakesSelectedRowsAndKeepsTheirNumbers) {
  RowBatchBuilder source({TypeId::kInt64});
  source.AppendMark(5, 50, 1000);
  for (int i = 0; i < 4; ++i) {
    source.SetInt(0, i);
    source.FinishRow();
  }
  source.AppendMark(6, 60, 2000);
  source.SetInt(0, 4);
  source.FinishRow(-1);
  const Ref<RowBatch> batch = source.Finish();
  Delta delta = batch->delta();
  const uint32_t selection[] = {1, 3, 4};
  delta.Select(selection, 3);

  RowBatchBuilder builder({TypeId::kInt64});
  builder.Append(delta, true);
  const Ref<RowBatch> copy = builder.Finish();
  const Delta result = copy->delta();
  EXPECT_EQ(Show(result, {TypeId::kInt64}), "1*1 3*1 4*-1 ");
  ASSERT_EQ(result.marks.size(), 3u);
  EXPECT_EQ(result.marks[0].first_number, 1001u);
  EXPECT_EQ(result.marks[1].first_number, 1003u);
  EXPECT_EQ(result.marks[1].sequence, 5u);
  EXPECT_EQ(result.marks[2].row, 2u);
  EXPECT_EQ(result.marks[2].sequence, 6u);
  EXPECT_EQ(result.marks[2].first_number, 2000u);
}

TEST(RowBatch, FromDeltaAdoptsOwnedRowsAndCopiesOthers) {
  RowBatchBuilder builder({TypeId::kVarchar});
  const std::string text = "longer than twelve bytes";
  builder.SetString(0, text);
  builder.FinishRow();
  const Ref<RowBatch> batch = builder.Finish();
  const std::vector<DataType> types{TypeId::kVarchar};
  EXPECT_EQ(RowBatch::FromDelta(batch->delta(), types)->delta().columns[0].values, batch->delta().columns[0].values);

  const StringRef viewed(text);
  Delta loose;
  loose.rows = 1;
  loose.columns = {{&viewed, nullptr}};
  const Ref<RowBatch> copy = RowBatch::FromDelta(loose, types);
  EXPECT_NE(copy->delta().columns[0].data<StringRef>()[0].data(), text.data());
  EXPECT_EQ(copy->delta().columns[0].data<StringRef>()[0].view(), text);
}

TEST(RowBatchBuilder, AnEmptyBatchHasItsColumns) {
  const Ref<RowBatch> batch = RowBatchBuilder(kTypes).Finish();
  EXPECT_EQ(batch->rows(), 0u);
  EXPECT_EQ(batch->columns(), 4);
}

}  // namespace
}  // namespace laminar
