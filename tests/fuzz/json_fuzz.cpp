// Any bytes as rows in JSON: what was read is written and read back as the same rows, and an error has its code.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/utf8_validity.h"
#include "fuzz_target.h"
#include "main/file/cell_text.h"
#include "main/json_ingest.h"
#include "state/row_batch.h"

namespace {

using laminar::DataType;
using laminar::RowBatch;
using laminar::Schema;
using laminar::TimeUnit;
using laminar::TypeId;

const Schema& Columns() {
  static const Schema schema({{"a", TypeId::kInt64},
                              {"b", TypeId::kVarchar},
                              {"c", TypeId::kDouble},
                              {"d", DataType::Decimal(10, 2)},
                              {"e", DataType::Timestamp(TimeUnit::kMicro)},
                              {"f", TypeId::kBoolean},
                              {"g", TypeId::kInterval},
                              {"h", TypeId::kBlob},
                              {"i", TypeId::kJson},
                              {"j", TypeId::kUuid},
                              {"k", TypeId::kFloat},
                              {"l", TypeId::kUInt64}});
  return schema;
}

std::string Written(const RowBatch& rows) {
  std::string out;
  const laminar::Delta delta = rows.delta();
  for (uint32_t row = 0; row < rows.rows(); ++row) {
    out += '{';
    for (int i = 0; i < Columns().size(); ++i) {
      const laminar::Column& column = delta.columns[static_cast<size_t>(i)];
      if (!column.IsValid(row)) continue;
      if (out.back() != '{') out += ',';
      out += '"' + Columns().field(i).name + "\":";
      AppendJsonCell(Columns().field(i).type, column, row, &out);
    }
    out += "}\n";
  }
  return out;
}

}  // namespace

std::vector<std::string> FuzzSamples() {
  return {
      R"({"a": 1, "b": "x", "c": 1.5, "d": 2.25, "f": true})",
      R"([{"A": -9223372036854775808, "c": "NaN"}, {"b": null}, {"b": "\u00e9\ud83d\ude00\n"}])",
      "{\"a\": 1}\n{\"a\": 2, \"e\": \"2013-02-08T06:00:00.5\"}\r\n\n{\"g\": \"1 day 02:00:00\", \"h\": "
      "\"\\\\x00ff\"}\n",
      R"({"i": {"x": [1, 2.50, "y", null, {"z": false}]}, "j": "123e4567-e89b-12d3-a456-426614174000"})",
      R"({"i": "text", "k": 1e38, "l": 18446744073709551615, "d": 1e2, "c": -0.0})",
      R"({"a": 1, "a": 2})",
      R"({"zz": 1})",
      R"([{"a": 1},])",
      R"({"a": 01})",
      "\xEF\xBB\xBF{\"b\": \"\\uD800\"}",
      "[[[[{\"a\": [[[[]]]]}]]]]",
      "[]",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto rows = laminar::JsonToRows(text, Columns(), "t");
  if (!rows.ok()) {
    const laminar::ErrorCode code = rows.status().error().code();
    if (code != laminar::ErrorCode::kIngestionFailed && code != laminar::ErrorCode::kBatchSchemaMismatch) {
      Die("another code", text, rows.status().message());
    }
    if (laminar::FindInvalidUtf8(rows.status().message()) != std::string_view::npos) {
      Die("the message is not UTF-8", text, rows.status().message());
    }
    return 0;
  }
  const std::string written = Written(*rows.value());
  auto again = laminar::JsonToRows(written, Columns(), "t");
  if (!again.ok()) Die("what was written does not read back", text, written + "\n" + again.status().message());
  if (again.value()->rows() != rows.value()->rows()) Die("another number of rows", text, written);
  if (const std::string second = Written(*again.value()); second != written) {
    Die("what was written reads back as other rows", text, written + "\n" + second);
  }
  return 0;
}
