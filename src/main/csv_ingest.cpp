#include "main/csv_ingest.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "common/utf8_validity.h"
#include "main/malformed_text.h"
#include "main/row_writer.h"

namespace laminar {
namespace {

struct CsvField {
  std::string_view text;
  bool quoted;
};

constexpr std::array<bool, 256> MakeEnds() {
  std::array<bool, 256> ends{};
  for (const char c : {',', '\n', '"'}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}
// What ends an unquoted field, or must not be in it.
constexpr std::array<bool, 256> kEnds = MakeEnds();

/// Splits the text into records. Fields are valid until the next record is read.
class CsvScanner {
 public:
  struct Mistake {
    size_t offset;
    std::string_view what;
  };

  explicit CsvScanner(std::string_view text) : text_(text) {}

  /// False at the end, and at a mistake.
  bool Next(std::vector<CsvField>* fields) {
    fields->clear();
    unescaped_.clear();
    SkipEmptyLines();
    record_ = position_;
    if (position_ == text_.size()) return false;
    while (true) {
      if (!(peek() == '"' ? Quoted(fields) : Unquoted(fields))) return false;
      if (position_ == text_.size()) return true;
      if (text_[position_++] == '\n') return true;
    }
  }

  const Mistake* mistake() const { return mistake_.what.empty() ? nullptr : &mistake_; }
  /// Where the last record begins.
  size_t record() const { return record_; }

 private:
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  void SkipEmptyLines() {
    while (position_ < text_.size()) {
      if (text_[position_] == '\n') {
        ++position_;
      } else if (text_.substr(position_, 2) == "\r\n") {
        position_ += 2;
      } else {
        return;
      }
    }
  }

  bool Unquoted(std::vector<CsvField>* fields) {
    const size_t begin = position_;
    while (position_ < text_.size() && !kEnds[static_cast<unsigned char>(text_[position_])]) ++position_;
    if (peek() == '"') return Fail(position_, "a double quote in a field that does not begin with one");
    size_t end = position_;
    const bool line_ends = position_ == text_.size() || text_[position_] == '\n';
    if (line_ends && end > begin && text_[end - 1] == '\r') --end;
    fields->push_back({text_.substr(begin, end - begin), false});
    return true;
  }

  bool Quoted(std::vector<CsvField>* fields) {
    const size_t opening = position_++;
    size_t begin = position_;
    std::string* copy = nullptr;  // only when there are doubled quotes to take apart
    while (true) {
      const size_t quote = text_.find('"', position_);
      if (quote == std::string_view::npos) return Fail(opening, "this quoted field does not end");
      position_ = quote + 1;
      if (peek() != '"') {
        const std::string_view rest = text_.substr(begin, quote - begin);
        if (copy != nullptr) copy->append(rest);
        fields->push_back({copy != nullptr ? std::string_view(*copy) : rest, true});
        break;
      }
      if (copy == nullptr) copy = &NewCopy();
      copy->append(text_.substr(begin, position_ - begin));  // with one of the two quotes
      begin = ++position_;
    }
    if (position_ == text_.size() || text_[position_] == ',' || text_[position_] == '\n') return true;
    if (text_.substr(position_, 2) == "\r\n") {
      ++position_;
      return true;
    }
    if (text_.substr(position_) == "\r") {
      ++position_;
      return true;
    }
    return Fail(position_, "expected ',' or the end of the line after a quoted field");
  }

  std::string& NewCopy() {
    unescaped_.push_back(std::make_unique<std::string>());
    return *unescaped_.back();
  }

  bool Fail(size_t offset, std::string_view what) {
    mistake_ = {offset, what};
    return false;
  }

  std::string_view text_;
  size_t position_ = 0;
  size_t record_ = 0;
  std::vector<std::unique_ptr<std::string>> unescaped_;
  Mistake mistake_{0, ""};
};

class CsvReader {
 public:
  CsvReader(std::string_view text, const Schema& schema, std::string_view relation)
      : text_(SkipByteOrderMark(text)), scanner_(text_), writer_(std::string(relation), schema) {}

  Result<Ref<RowBatch>> Read() {
    arrow::util::InitializeUTF8();
    if (!arrow::util::ValidateUTF8(text_)) return Malformed(FindInvalidUtf8(text_), "invalid UTF-8");
    LAMINAR_RETURN_NOT_OK(ReadHeader());
    std::vector<CsvField> fields;
    while (scanner_.Next(&fields)) LAMINAR_RETURN_NOT_OK(ReadRow(fields));
    LAMINAR_RETURN_NOT_OK(Mistake());
    return writer_.Finish();
  }

 private:
  Status ReadHeader() {
    std::vector<CsvField> names;
    if (!scanner_.Next(&names)) {
      LAMINAR_RETURN_NOT_OK(Mistake());
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

  Status Mistake() const {
    return scanner_.mistake() == nullptr ? Status::OK()
                                         : Malformed(scanner_.mistake()->offset, scanner_.mistake()->what);
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
