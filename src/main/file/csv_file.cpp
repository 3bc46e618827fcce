#include "main/file/csv_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "main/file/csv_records.h"
#include "main/file/file_rows.h"
#include "main/file/type_guess.h"
#include "main/refusal.h"
#include "main/row_writer.h"

namespace laminar {

namespace {

std::vector<DataType> TypesOf(const Schema& schema) {
  std::vector<DataType> types;
  for (const Field& field : schema.fields()) types.push_back(field.type);
  return types;
}

/// Which fields are NULL: the ones that look like it and are not quoted.
class NullTexts {
 public:
  explicit NullTexts(const std::vector<std::string>& texts)
      : texts_(texts), only_empty_(texts.size() == 1 && texts[0].empty()) {}
  bool Match(const CsvField& field) const {
    if (field.quoted) return false;
    return only_empty_ ? field.text.empty() : std::ranges::find(texts_, field.text) != texts_.end();
  }

 private:
  const std::vector<std::string>& texts_;
  const bool only_empty_;
};

class CsvRows final : public PlacedRows {
 public:
  /// `targets`: for each field of a record the column of `read` it goes to, or -1. `kept`: the columns of `read` that
  /// are asked for; the others are read because a mistake in them counts.
  CsvRows(std::unique_ptr<CsvRecords> records, std::string shown, const ReadOptions& options, Schema read,
          std::vector<int> targets, std::vector<int> kept)
      : records_(std::move(records)),
        shown_(std::move(shown)),
        ignore_errors_(options.ignore_errors),
        inferred_(options.columns.empty()),
        nulls_(options.nulls),
        types_(TypesOf(read)),
        targets_(std::move(targets)),
        kept_(std::move(kept)),
        writer_(shown_, std::move(read)) {}

  Result<Ref<RowBatch>> Next(const CancelToken& cancel) override {
    while (!ended_ && writer_.rows() < kFileBatchRows) {
      if (cancel.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
      Result<bool> found = records_->Next(&fields_);
      if (found.ok() && !found.value()) {
        ended_ = true;
        break;
      }
      Status status = found.ok() ? ReadRecord() : found.TakeStatus();
      if (status.ok()) [[likely]]
        continue;
      if (!ignore_errors_ || status.error().code() == ErrorCode::kQueryFailed) return status;
      writer_.AbandonRow();
      bad_.Add(status);
      if (bad_in_a_row_++ > kMostBadInARow) return status;
    }
    if (writer_.rows() == 0) return Ref<RowBatch>();
    return KeepColumns(writer_.Finish(), kept_, types_);
  }

  std::vector<std::string> warnings() const override { return bad_.Report(shown_); }
  FilePlace place() const override {
    FilePlace place;
    records_->PlaceOfNext(&place.position, &place.lines);
    return place;
  }
  LeftOutRecords TakeLeftOut() override { return bad_.Take(); }

 private:
  /// A file that is no CSV at all is not gone through to its end.
  static constexpr int64_t kMostBadInARow = 100'000;

  Status ReadRecord() {
    for (size_t i = 0; i < fields_.size(); ++i) {
      const int column = targets_[i];
      if (column < 0) continue;
      const CsvField& field = fields_[i];
      const Refusal refusal = nulls_.Match(field) ? writer_.SetNull(column) : writer_.SetParsed(column, field.text);
      if (refusal != Refusal::kNone) [[unlikely]]
        return Refused(column, refusal, field.text);
    }
    bad_in_a_row_ = 0;
    return writer_.FinishRow();
  }

  Status Refused(int column, Refusal refusal, std::string_view text) const {
    const Field& field = writer_.schema().field(column);
    std::string message = fmt::format("'{}': line {}: column \"{}\": {}", shown_, records_->line(), field.name,
                                      RefusalText(field, refusal, QuotedText(text)));
    if (inferred_ && !ignore_errors_) {
      message += fmt::format(
          " (the type was inferred; say types = {{'{}': 'VARCHAR'}}, a larger sample_size, or "
          "ignore_errors = true)",
          field.name);
    }
    return {ErrorCode::kBatchSchemaMismatch, std::move(message)};
  }

  const std::unique_ptr<CsvRecords> records_;
  const std::string shown_;
  const bool ignore_errors_;
  const bool inferred_;
  const NullTexts nulls_;
  const std::vector<DataType> types_;
  const std::vector<int> targets_;
  const std::vector<int> kept_;
  RowWriter writer_;
  std::vector<CsvField> fields_;
  BadRecords bad_;
  int64_t bad_in_a_row_ = 0;
  bool ended_ = false;
};

class CsvFiles final : public FilesOfFormat {
 public:
  CsvFiles(Schema schema, const FileRequest& request, ReadOptions options, std::vector<FileLocation> files)
      : FilesOfFormat(std::move(schema), FileFormat::kCsv, request, std::move(files)), options_(std::move(options)) {}

  Result<std::unique_ptr<PlacedRows>> OpenOne(const FileLocation& file, const std::vector<int>& columns,
                                              const FileStretch& stretch) const override {
    LAMINAR_ASSIGN_OR_RETURN(
        std::unique_ptr<CsvRecords> records,
        CsvRecords::Open(file, options_, {stretch.begin.position, stretch.begin.lines, stretch.end}));
    // Where bad records are left out, which ones are must not depend on the columns a query names.
    std::vector<int> read = columns;
    std::vector<int> kept(columns.size());
    std::iota(kept.begin(), kept.end(), 0);
    if (options_.ignore_errors) {
      read.resize(static_cast<size_t>(schema().size()));
      std::iota(read.begin(), read.end(), 0);
      kept = columns;
    }
    LAMINAR_ASSIGN_OR_RETURN(std::vector<int> targets, MatchColumns(file, records->names(), read));
    std::vector<Field> fields;
    for (const int column : read) fields.push_back(schema().field(column));
    return std::unique_ptr<PlacedRows>(std::make_unique<CsvRows>(
        std::move(records), file.shown, options_, Schema(std::move(fields)), std::move(targets), std::move(kept)));
  }

 private:
  Result<std::vector<int>> MatchColumns(const FileLocation& file, const std::vector<std::string>& names,
                                        const std::vector<int>& read) const {
    std::vector<int> targets;
    std::vector<bool> found(static_cast<size_t>(schema().size()), false);
    for (const std::string& name : names) {
      const int column = schema().IndexOf(name);
      if (column < 0 && !options_.columns.empty()) {
        return UnknownColumn(fmt::format("the column list given for '{}'", file.shown), schema(), name);
      }
      if (column < 0) return UnexpectedInFile(file, files().front(), name);
      found[static_cast<size_t>(column)] = true;
      const auto place = std::ranges::find(read, column);
      targets.push_back(place == read.end() ? -1 : static_cast<int>(place - read.begin()));
    }
    for (int column = 0; column < schema().size(); ++column) {
      const Field& field = schema().field(column);
      if (found[static_cast<size_t>(column)]) continue;
      if (!options_.columns.empty()) {
        return Status(ErrorCode::kBatchSchemaMismatch,
                      fmt::format("the header of '{}' has no column \"{}\"", file.shown, field.name));
      }
      return MissingInFile(file, files().front(), field.name);
    }
    return targets;
  }

  const ReadOptions options_;
};

/// Types of the fields from the first records; mistakes are left for who reads them.
Result<std::vector<TypeGuess>> GuessTypes(CsvRecords& records, const ReadOptions& options) {
  std::vector<TypeGuess> guesses(records.names().size());
  std::vector<CsvField> fields;
  const NullTexts nulls(options.nulls);
  for (int64_t record = 0; options.sample_size < 0 || record < options.sample_size; ++record) {
    Result<bool> found = records.Next(&fields);
    if (!found.ok()) {
      if (found.status().error().code() == ErrorCode::kIngestionFailed) continue;
      return found.TakeStatus();
    }
    if (!found.value()) break;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!nulls.Match(fields[i])) guesses[i].Add(fields[i].text);
    }
  }
  return guesses;
}

Result<std::vector<Field>> InferFields(const FileLocation& file, const ReadOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<CsvRecords> records, CsvRecords::Open(file, options));
  std::vector<Field> fields;
  for (const std::string& name : records->names()) fields.push_back({name, TypeId::kVarchar});
  if (!options.all_varchar) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<TypeGuess> guesses, GuessTypes(*records, options));
    for (size_t i = 0; i < fields.size(); ++i) fields[i].type = guesses[i].Result();
  }
  LAMINAR_RETURN_NOT_OK(GiveTypes(options, file.shown, &fields));
  return fields;
}

}  // namespace

Result<std::shared_ptr<const FilesOfFormat>> OpenCsvFiles(const FileRequest& request, const ReadOptions& options,
                                                          std::vector<FileLocation> files) {
  std::vector<Field> fields = options.columns;
  if (fields.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(fields, InferFields(files.front(), options));
  }
  return std::shared_ptr<const FilesOfFormat>(
      std::make_shared<CsvFiles>(Schema(std::move(fields)), request, options, std::move(files)));
}

}  // namespace laminar
