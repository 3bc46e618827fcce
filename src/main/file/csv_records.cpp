#include "main/file/csv_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "main/file/file_rows.h"

namespace laminar {

namespace {

/// What separates the fields of a line: the one there is most of outside quotes; a comma when there is none.
char GuessDelimiter(std::string_view line, char quote) {
  constexpr std::array<char, 4> kCandidates = {',', '\t', ';', '|'};
  std::array<int, 4> counts{};
  bool quoted = false;
  for (const char c : line) {
    if (c == '\n' && !quoted) break;
    if (c == quote && quote != '\0') quoted = !quoted;
    const auto found = std::ranges::find(kCandidates, c);
    if (!quoted && found != kCandidates.end()) ++counts[static_cast<size_t>(found - kCandidates.begin())];
  }
  return kCandidates[static_cast<size_t>(std::ranges::max_element(counts) - counts.begin())];
}

}  // namespace

Result<std::unique_ptr<CsvRecords>> CsvRecords::Open(const FileLocation& file, const ReadOptions& options,
                                                     const TextStretch& stretch) {
  std::unique_ptr<CsvRecords> records(new CsvRecords());
  const FileCompression compression = options.compression.value_or(CompressionOf(file.path));
  LAMINAR_ASSIGN_OR_RETURN(records->input_, TextInput::Open(file, compression, kFileBlock, {.end = stretch.end}));
  LAMINAR_RETURN_NOT_OK(records->FindDialect(file, options));
  LAMINAR_RETURN_NOT_OK(records->TakeHeader(options));
  if (stretch.begin > records->input_->position() + records->scanner_->position()) {
    LAMINAR_ASSIGN_OR_RETURN(records->input_, TextInput::Open(file, compression, kFileBlock, stretch));
    records->scanner_->Reset(records->input_->window(), records->input_->whole());
  }
  return records;
}

Status CsvRecords::FindDialect(const FileLocation& file, const ReadOptions& options) {
  CsvDialect dialect{.quote = options.quote, .escape = options.escape};
  // The lines to be skipped need not be CSV: they are gone over before quotes mean anything.
  for (int64_t line = 0; line < options.skip; ++line) {
    size_t newline;
    while ((newline = input_->window().find('\n')) == std::string_view::npos) {
      if (input_->whole()) break;
      LAMINAR_RETURN_NOT_OK(input_->ReadMore());
    }
    input_->Take(newline == std::string_view::npos ? input_->window().size() : newline + 1);
  }
  dialect.delimiter = options.delimiter.value_or(
      ExtensionOf(file.path) == "tsv" ? '\t' : GuessDelimiter(input_->window(), options.quote));
  // With one column, an empty line is a record: its NULL.
  const size_t columns = !options.columns.empty() ? options.columns.size() : options.names.size();
  if (columns == 1) dialect.keep_empty_lines = true;
  if (columns == 0) {
    CsvScanner first(dialect);
    std::vector<CsvField> fields;
    first.Reset(input_->window(), true);
    dialect.keep_empty_lines = first.Next(&fields) == CsvScanner::Answer::kRecord && fields.size() == 1;
  }
  scanner_ = std::make_unique<CsvScanner>(dialect);
  scanner_->Reset(input_->window(), input_->whole());
  return Status::OK();
}

Status CsvRecords::TakeHeader(const ReadOptions& options) {
  std::vector<CsvField> fields;
  CsvScanner::Answer answer;
  while ((answer = scanner_->Next(&fields)) == CsvScanner::Answer::kMore) LAMINAR_RETURN_NOT_OK(Refill());
  if (answer == CsvScanner::Answer::kMistake) {
    return input_->Malformed("CSV", scanner_->mistake().offset, scanner_->mistake().what);
  }
  if (answer == CsvScanner::Answer::kEnd) {
    if (!options.header && !options.columns.empty()) {
      for (const Field& field : options.columns) names_.push_back(field.name);
      return Status::OK();
    }
    return input_->Malformed("CSV", 0,
                             options.header ? "expected a header row with the names of the columns"
                                            : "the file is empty; give its columns with columns = {…}");
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    const bool named = options.header && !fields[i].text.empty();
    std::string name = named ? std::string(fields[i].text) : fmt::format("column{}", i);
    if (i < options.names.size()) name = options.names[i];
    for (const std::string& other : names_) {
      if (!NamesEqual(other, name)) continue;
      return input_->Malformed("CSV", scanner_->record(),
                               fmt::format("the name \"{}\" is in the header twice; give names = […]", name));
    }
    names_.push_back(std::move(name));
  }
  if (options.names.size() > names_.size()) {
    return input_->Malformed(
        "CSV", scanner_->record(),
        fmt::format("{} names are given, but there are {} fields", options.names.size(), names_.size()));
  }
  if (options.header) return Status::OK();
  if (!options.columns.empty()) {
    if (options.columns.size() != names_.size()) {
      return input_->Malformed(
          "CSV", scanner_->record(),
          fmt::format("{} fields in this record, but {} columns are expected", names_.size(), options.columns.size()));
    }
    names_.clear();
    for (const Field& field : options.columns) names_.push_back(field.name);
  }
  // The first record is read again, as one.
  scanner_->Reset(input_->window(), input_->whole());
  return Status::OK();
}

Status CsvRecords::Refill() {
  input_->Take(scanner_->position());
  LAMINAR_RETURN_NOT_OK(input_->ReadMore());
  scanner_->Reset(input_->window(), input_->whole());
  return Status::OK();
}

Status CsvRecords::SkipLine() {
  while (!scanner_->SkipLine()) LAMINAR_RETURN_NOT_OK(Refill());
  return Status::OK();
}

Result<bool> CsvRecords::Next(std::vector<CsvField>* fields) {
  while (true) {
    switch (scanner_->Next(fields)) {
      case CsvScanner::Answer::kRecord:
        if (fields->size() == names_.size()) [[likely]]
          return true;
        return input_->Malformed("CSV", scanner_->record(),
                                 fmt::format("{} field{} in this record, but {} in the header", fields->size(),
                                             fields->size() == 1 ? "" : "s", names_.size()));
      case CsvScanner::Answer::kEnd:
        return false;
      case CsvScanner::Answer::kMore:
        LAMINAR_RETURN_NOT_OK(Refill());
        break;
      case CsvScanner::Answer::kMistake: {
        Status mistake = input_->Malformed("CSV", scanner_->mistake().offset, scanner_->mistake().what);
        LAMINAR_RETURN_NOT_OK(SkipLine());
        return mistake;
      }
    }
  }
}

}  // namespace laminar
