#include "laminar/result.h"

#include <stdexcept>

#include "edge_test.h"
#include "main/table_text.h"

namespace laminar {
namespace {

QueryResult Sample(bool with_weight = false) {
  const Schema schema({{"id", TypeId::kInt64, false},
                       {"price", TypeId::kDouble},
                       {"name", TypeId::kVarchar},
                       {"ok", TypeId::kBoolean}});
  RowBatchBuilder builder({TypeId::kInt64, TypeId::kDouble, TypeId::kVarchar, TypeId::kBoolean});
  std::vector<Ref<RowBatch>> batches;
  for (int i = 0; i < 3; ++i) {
    builder.SetInt(0, i);
    if (i != 1) builder.SetDouble(1, i + 0.5);
    builder.SetString(2, i == 2 ? "grün\tund 日本" : "x");
    builder.SetBool(3, i == 0);
    builder.FinishRow(i == 0 && with_weight ? -1 : 1);
    if (i > 0) batches.push_back(builder.Finish());
  }
  return MakeQueryResult(MakeSchemaRep(schema, with_weight), std::move(batches), 7, true);
}

TEST(QueryResultTest, Facts) {
  const QueryResult result = Sample();
  EXPECT_EQ(result.num_rows(), 3);
  EXPECT_EQ(result.num_columns(), 4);
  EXPECT_EQ(result.num_batches(), 2);
  EXPECT_EQ(result.epoch(), 7U);
  EXPECT_TRUE(result.is_snapshot());
  EXPECT_EQ(result.schema().columns()[0].type, "BIGINT");
  EXPECT_FALSE(result.schema().columns()[0].nullable);
  EXPECT_EQ(SchemaRepOf(result)->columns.size(), 4U);
}

TEST(QueryResultTest, Cells) {
  const QueryResult result = Sample();
  EXPECT_EQ(result.Int(2, 0), 2);
  EXPECT_EQ(result.Double(0, 1), 0.5);
  EXPECT_TRUE(result.IsNull(1, 1));
  EXPECT_EQ(result.Format(1, 1), "NULL");
  EXPECT_EQ(result.Text(1, 2), "x");
  EXPECT_TRUE(result.Bool(0, 3));
  EXPECT_THROW(result.Int(3, 0), std::out_of_range);
  EXPECT_THROW(result.Int(0, 4), std::out_of_range);
  EXPECT_THROW(result.Int(-1, 0), std::out_of_range);
  EXPECT_THROW(result.Double(1, 1), Error);
  EXPECT_THROW(result.Int(0, 1), Error);
  EXPECT_THROW(result.Text(0, 0), Error);
  ArrowArray out;
  EXPECT_THROW(result.ExportBatch(2, &out), std::out_of_range);
}

TEST(QueryResultTest, WeightIsTheLastColumn) {
  const QueryResult result = Sample(true);
  EXPECT_EQ(result.num_columns(), 5);
  EXPECT_EQ(result.schema().columns()[4].name, "__weight");
  EXPECT_EQ(result.Int(0, 4), -1);
  EXPECT_EQ(result.Int(2, 4), 1);
  EXPECT_FALSE(result.IsNull(0, 4));
}

TEST(QueryResultTest, ExportsTwiceWithoutConvertingTwice) {
  const QueryResult result = Sample();
  ArrowArray first;
  ArrowArray second;
  result.ExportBatch(0, &first);
  result.ExportBatch(0, &second);
  EXPECT_EQ(first.children[2]->buffers[2], second.children[2]->buffers[2]);
  first.release(&first);
  second.release(&second);
}

TEST(QueryResultTest, StreamOutlivesTheResult) {
  ArrowArrayStream stream;
  Sample(true).ExportStream(&stream);
  const auto table = arrow::ImportRecordBatchReader(&stream).ValueOrDie()->ToTable().ValueOrDie();
  EXPECT_TRUE(table->ValidateFull().ok());
  EXPECT_EQ(table->num_rows(), 3);
  EXPECT_EQ(table->schema()->field_names().back(), "__weight");
}

TEST(QueryResultTest, EmptyResultHasItsSchema) {
  const QueryResult result = MakeQueryResult(MakeSchemaRep(Schema({{"a", TypeId::kInt64}}), false), {}, 0, false);
  ArrowArrayStream stream;
  result.ExportStream(&stream);
  const auto table = arrow::ImportRecordBatchReader(&stream).ValueOrDie()->ToTable().ValueOrDie();
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->schema()->field_names(), std::vector<std::string>{"a"});
  EXPECT_EQ(result.ToString(), "┌────────┐\n│   a    │\n│ bigint │\n├────────┤\n└────────┘\n0 rows, 1 column\n");
}

TEST(QueryResultTest, TextTable) {
  EXPECT_EQ(Sample().ToString(),
            "┌────────┬────────┬────────────────┬─────────┐\n"
            "│   id   │ price  │      name      │   ok    │\n"
            "│ bigint │ double │    varchar     │ boolean │\n"
            "├────────┼────────┼────────────────┼─────────┤\n"
            "│      0 │    0.5 │ x              │ true    │\n"
            "│      1 │   NULL │ x              │ false   │\n"
            "│      2 │    2.5 │ grün\\tund 日本 │ false   │\n"
            "└────────┴────────┴────────────────┴─────────┘\n"
            "3 rows, 4 columns\n");
  EXPECT_EQ(Sample().ToString(1),
            "┌────────┬────────┬─────────┬─────────┐\n"
            "│   id   │ price  │  name   │   ok    │\n"
            "│ bigint │ double │ varchar │ boolean │\n"
            "├────────┼────────┼─────────┼─────────┤\n"
            "│      0 │    0.5 │ x       │ true    │\n"
            "│      … │      … │ …       │ …       │\n"
            "└────────┴────────┴─────────┴─────────┘\n"
            "3 rows (1 shown), 4 columns\n");
}

TEST(TableTextTest, CellsArePrintable) {
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("\xff"), 1);
  TextTable table;
  table.columns = {{"c", "varchar", false}, {"n", "bigint", true}};
  table.rows = {{std::string(200, 'x'), "1"}, {"line\nbreak \x01 \xff", "2"}};
  table.total_rows = 2;
  const std::string text = RenderTable(table);
  EXPECT_THAT(text, testing::HasSubstr(std::string(59, 'x') + "… │"));
  EXPECT_THAT(text, testing::HasSubstr("line\\nbreak \\x01 \xEF\xBF\xBD"));
  EXPECT_EQ(RenderTable({{}, {{}}, 1}), "1 row\n");
}

TEST(TableTextTest, TheOnlyColumnIsShownWhole) {
  TextTable table;
  table.columns = {{"plan", "varchar", false}};
  table.rows = {{std::string(200, 'x') + "\n\n  b\x01\n"}};
  table.total_rows = 1;
  const std::string text = RenderTable(table);
  EXPECT_THAT(text,
              testing::HasSubstr("│ " + std::string(200, 'x') + " │\n│ " + std::string(200, ' ') + " │\n│   b\\x01 "));
  EXPECT_THAT(text, testing::EndsWith("1 row, 1 column\n"));
}

}  // namespace
}  // namespace laminar
