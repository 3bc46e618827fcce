// Any bytes as CSV: a text gives the same records whole and through windows that grow over it, what was read is written
// and read back as the same rows, and an error has its code. The first byte of an input chooses the dialect.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/utf8_validity.h"
#include "fuzz_target.h"
#include "main/csv_ingest.h"
#include "main/csv_scanner.h"
#include "main/file/cell_text.h"
#include "state/row_batch.h"

namespace {

using laminar::CsvDialect;
using laminar::CsvField;
using laminar::CsvScanner;
using laminar::DataType;
using laminar::Ref;
using laminar::RowBatch;
using laminar::Schema;
using laminar::TypeId;

constexpr CsvDialect kDialects[] = {
    {}, {';', '\'', '\''}, {'\t', '"', '\\'}, {',', '\0', '\0'}, {'|', '"', '"', true},
};

struct Scanned {
  std::vector<std::vector<std::pair<std::string, bool>>> records;
  std::optional<size_t> mistake;  // its offset, where the text ends early

  bool operator==(const Scanned&) const = default;
};

void Keep(const std::vector<CsvField>& fields, Scanned* scanned) {
  auto& record = scanned->records.emplace_back();
  for (const CsvField& field : fields) record.emplace_back(field.text, field.quoted);
}

Scanned ScanWhole(std::string_view text, const CsvDialect& dialect) {
  Scanned scanned;
  CsvScanner scanner(dialect);
  scanner.Reset(text, true);
  std::vector<CsvField> fields;
  for (;;) {
    switch (scanner.Next(&fields)) {
      case CsvScanner::Answer::kRecord:
        Keep(fields, &scanned);
        continue;
      case CsvScanner::Answer::kMistake:
        scanned.mistake = scanner.mistake().offset;
        return scanned;
      case CsvScanner::Answer::kMore:
        Die("a whole text wants more", text);
      case CsvScanner::Answer::kEnd:
        return scanned;
    }
  }
}

/// Through a window that begins behind what was taken and grows by `step` bytes.
Scanned ScanInWindows(std::string_view text, const CsvDialect& dialect, size_t step) {
  Scanned scanned;
  CsvScanner scanner(dialect);
  std::vector<CsvField> fields;
  size_t begin = 0;
  for (size_t end = std::min(step, text.size());; end = std::min(end + step, text.size())) {
    // A copy of just these bytes: looking past them is found out.
    const std::string window(text.substr(begin, end - begin));
    const bool whole = end == text.size();
    scanner.Reset(window, whole);
    CsvScanner::Answer answer;
    while ((answer = scanner.Next(&fields)) == CsvScanner::Answer::kRecord) Keep(fields, &scanned);
    if (answer == CsvScanner::Answer::kMistake) {
      scanned.mistake = begin + scanner.mistake().offset;
      return scanned;
    }
    if (whole) {
      if (answer != CsvScanner::Answer::kEnd) Die("a whole text wants more", text);
      return scanned;
    }
    begin += scanner.position();
  }
}

const Schema& Columns() {
  static const Schema schema({{"a", TypeId::kInt32},
                              {"b", TypeId::kVarchar},
                              {"c", TypeId::kDouble},
                              {"d", DataType::Decimal(10, 2)},
                              {"e", DataType::Timestamp(laminar::TimeUnit::kMicro)},
                              {"f", TypeId::kBoolean},
                              {"g", TypeId::kInterval},
                              {"h", TypeId::kBlob}});
  return schema;
}

std::string Written(const RowBatch& rows) {
  std::string out;
  for (const auto& field : Columns().fields()) out += (out.empty() ? "" : ",") + field.name;
  const laminar::Delta delta = rows.delta();
  for (uint32_t row = 0; row < rows.rows(); ++row) {
    out += '\n';
    for (int i = 0; i < Columns().size(); ++i) {
      const laminar::Column& column = delta.columns[static_cast<size_t>(i)];
      if (i > 0) out += ',';
      if (!column.IsValid(row)) continue;
      std::string cell;
      AppendCellText(Columns().field(i).type, column, row, &cell);
      out += '"';
      for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
      out += '"';
    }
  }
  return out;
}

void CheckRows(std::string_view text) {
  auto rows = laminar::CsvToRows(text, Columns(), "t");
  if (!rows.ok()) {
    const laminar::ErrorCode code = rows.status().error().code();
    if (code != laminar::ErrorCode::kIngestionFailed && code != laminar::ErrorCode::kBatchSchemaMismatch) {
      Die("another code", text, rows.status().message());
    }
    if (laminar::FindInvalidUtf8(rows.status().message()) != std::string_view::npos) {
      Die("the message is not UTF-8", text, rows.status().message());
    }
    return;
  }
  const std::string written = Written(*rows.value());
  auto again = laminar::CsvToRows(written, Columns(), "t");
  if (!again.ok()) Die("what was written does not read back", text, written + "\n" + again.status().message());
  if (Written(*again.value()) != written) Die("what was written reads back as other rows", text, written);
}

}  // namespace

std::vector<std::string> FuzzSamples() {
  static constexpr std::string_view kTexts[] = {
      "a,b\n1,x\n2,\"y \"\"z\"\"\"\r\n\n3,\"two\nlines\"\n",
      "\xEF\xBB\xBF"
      "b,c,d,f\nx,1.5,2.25,true\n,,,\n\"\",NaN,-0.01,f\n",
      "e,g,h\n2013-02-08 06:00:00.5,1 day 02:00:00,\\x00ff\n1969-12-31T23:59:59Z,P1Y,a\\\\b\n",
      "'a';b\n1;'it''s'\n",
      "a\tb\n1\t\"x\\\"y\"\n",
      "a|b\n\n|\n1|\"|\"\n",
      "a,a\n",
      "z\n1\n",
      "a\n1,2\n",
      "a\n\"1",
      "a\n1\"2\n",
      "a\r1\r",
  };
  std::vector<std::string> samples;
  for (size_t dialect = 0; dialect < std::size(kDialects); ++dialect) {
    for (const std::string_view text : kTexts) samples.push_back(static_cast<char>(dialect) + std::string(text));
  }
  return samples;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const size_t choice = data[0];
  const CsvDialect& dialect = kDialects[choice % std::size(kDialects)];
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const Scanned whole = ScanWhole(text, dialect);
  const Scanned parts = ScanInWindows(text, dialect, 1 + choice / std::size(kDialects) % 7);
  if (whole != parts) {
    Die("other records through windows", text, fmt::format("{} and {}", whole.records.size(), parts.records.size()));
  }
  CheckRows(text);
  return 0;
}
