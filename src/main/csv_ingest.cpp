#include "main/csv_ingest.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/utf8_validity.h"
#include "main/csv_scanner.h"
#include "main/malformed_text.h"
#include "main/row_writer.h"

namespace laminar {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const Schema& schema, std::string_view relation)
      : text_(SkipByteOrderMark(text)), scanner_(CsvDialect{}), writer_(std::string(relation), schema) {
    scanner_.Reset(text_, true);
  }

  Result<Ref<RowBatch>> Read() {
    arrow::util::InitializeUTF8();
    if (!arrow::util::ValidateUTF8(text_)) return Malformed(FindInvalidUtf8(text_), "invalid UTF-8");
    LAMINAR_RETURN_NOT_OK(ReadHeader());
    std::vector<CsvField> fields;
    CsvScanner::Answer answer;
    while ((answer = scanner_.Next(&fields)) == CsvScanner::Answer::kRecord) LAMINAR_RETURN_NOT_OK(ReadRow(fields));
    LAMINAR_RETURN_NOT_OK(MistakeIf(answer));
    return writer_.Finish();
  }

 private:
  Status ReadHeader() {
    std::vector<CsvField> names;
    if (const auto answer = scanner_.Next(&names); answer != CsvScanner::Answer::kRecord) {
      LAMINAR_RETURN_NOT_OK(MistakeIf(answer));
      return Malformed(0, "expected a header row with the names of the columns");
    }
    const Schema& schema = writer_.schema();
    for (const CsvField& name : names) {
      const int column = schema.IndexOf(name.text);
      if (column < 0) return UnknownColumn(writer_.relation(), schema, name.text);
      if (std::find(columns_.begin(), columns_.end(), column) != columns_.end()) {
        return RepeatedColumn(writer_.relation(), schema.field(column));
      }
      columns_.push_back(column);
    }
    for (int column = 0; column < schema.size(); ++column) {
      const bool given = std::find(columns_.begin(), columns_.end(), column) != columns_.end();
      if (!given && !schema.field(column).nullable) return MissingColumn(writer_.relation(), schema.field(column));
    }
    return Status::OK();
  }

  Status ReadRow(const std::vector<CsvField>& fields) {
    if (fields.size() != columns_.size()) {
      return Malformed(scanner_.record(),
                       fmt::format("{} fields in this record, but {} in the header", fields.size(), columns_.size()));
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      const int column = columns_[i];
      const bool null = fields[i].text.empty() && !fields[i].quoted;
      const Refusal refusal = null ? writer_.SetNull(column) : writer_.SetParsed(column, fields[i].text);
      if (refusal != Refusal::kNone) [[unlikely]] {
        return writer_.Refused(column, refusal, QuotedText(fields[i].text));
      }
    }
    return writer_.FinishRow();
  }

  Status MistakeIf(CsvScanner::Answer answer) const {
    return answer != CsvScanner::Answer::kMistake ? Status::OK()
                                                  : Malformed(scanner_.mistake().offset, scanner_.mistake().what);
  }
  Status Malformed(size_t offset, std::string_view what) const {
    return MalformedText("CSV", writer_.relation(), text_, offset, what);
  }

  const std::string_view text_;
  CsvScanner scanner_;
  RowWriter writer_;
  std::vector<int> columns_;  // of the header's fields
};

}  // namespace

Result<Ref<RowBatch>> CsvToRows(std::string_view text, const Schema& schema, std::string_view relation) {
  return CsvReader(text, schema, relation).Read();
}

}  // namespace laminar
