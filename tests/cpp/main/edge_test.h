// What the tests of the edge share: Arrow arrays from JSON, batches through the importer, and rows as text.
#pragma once

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "main/arrow_import.h"
#include "main/arrow_types.h"
#include "main/result_rep.h"

namespace laminar::edge_test {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Rows = std::vector<std::string>;  // "1|abc|NULL"

inline ArrayPtr ArrayOf(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

inline std::shared_ptr<arrow::RecordBatch> BatchOf(std::vector<std::pair<std::string, ArrayPtr>> columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

/// Through the C interface, as foreign data comes.
inline Result<std::vector<Ref<RowBatch>>> Import(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                                                 const Schema& target, bool copy = false) {
  ArrowArrayStream stream;
  auto reader = arrow::RecordBatchReader::Make(batches, batches[0]->schema()).ValueOrDie();
  EXPECT_TRUE(arrow::ExportRecordBatchReader(reader, &stream).ok());
  auto result = ImportStream(&stream, target, "trades", copy);
  EXPECT_EQ(stream.release, nullptr);
  return result;
}

inline Rows RowsOf(const QueryResult& result) {
  Rows rows;
  for (int64_t row = 0; row < result.num_rows(); ++row) {
    std::string text;
    for (int column = 0; column < result.num_columns(); ++column) {
      text += (column == 0 ? "" : "|") + result.Format(row, column);
    }
    rows.push_back(text);
  }
  return rows;
}

inline Rows RowsOf(std::vector<Ref<RowBatch>> batches, const Schema& schema) {
  return RowsOf(MakeQueryResult(MakeSchemaRep(schema, false), std::move(batches), 0, false));
}

inline Rows RowsOf(Result<std::vector<Ref<RowBatch>>> batches, const Schema& schema) {
  EXPECT_TRUE(batches.ok()) << batches.status().message();
  return batches.ok() ? RowsOf(batches.TakeValue(), schema) : Rows{};
}

inline Rows RowsOf(Result<Ref<RowBatch>> batch, const Schema& schema) {
  EXPECT_TRUE(batch.ok()) << batch.status().message();
  return batch.ok() ? RowsOf(std::vector<Ref<RowBatch>>{batch.TakeValue()}, schema) : Rows{};
}

/// One array into one column, as text.
inline Rows ImportOne(const ArrayPtr& array, const DataType& type, bool copy = false) {
  const Schema target({{"x", type}});
  return RowsOf(Import({BatchOf({{"x", array}})}, target, copy), target);
}

template <typename T>
void ExpectError(const Result<T>& result, ErrorCode code, const std::string& message) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().error().code(), code);
  EXPECT_EQ(result.status().message(), message);
}

inline std::string ImportError(const ArrayPtr& array, const DataType& type, bool nullable = true) {
  auto result = Import({BatchOf({{"x", array}})}, Schema({{"x", type, nullable}}));
  if (result.ok()) return "ok";
  EXPECT_EQ(result.status().error().code(), ErrorCode::kBatchSchemaMismatch);
  return result.status().message();
}

}  // namespace laminar::edge_test
