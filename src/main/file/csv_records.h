// The records of one CSV file behind its header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "main/csv_scanner.h"
#include "main/file/read_options.h"
#include "main/file/text_input.h"

namespace laminar {

/// One thread at a time. Memory: one block of text, or one record if that is longer.
class CsvRecords {
 public:
  /// Finds the dialect, skips what is to be skipped, takes the header.
  /// `stretch`: whose records are read; the header is that of the file.
  static Result<std::unique_ptr<CsvRecords>> Open(const FileLocation& file, const ReadOptions& options,
                                                  const TextStretch& stretch = {});

  /// The names in the header, or column0, column1, … for the fields of the first record; `names` of the options go
  /// before both.
  const std::vector<std::string>& names() const { return names_; }

  /// False at the end. A record that breaks the rules of CSV, or has not as many fields as there are names, is
  /// kIngestionFailed with line and column; the next call goes on in the line after it.
  Result<bool> Next(std::vector<CsvField>* fields);
  /// Of the last record.
  int64_t line() const { return input_->LineAt(scanner_->record()); }
  /// Of the next record: bytes and lines before it.
  void PlaceOfNext(uint64_t* position, int64_t* lines) const {
    *position = input_->position() + scanner_->position();
    *lines = input_->LineAt(scanner_->position()) - 1;
  }

 private:
  CsvRecords() = default;
  Status FindDialect(const FileLocation& file, const ReadOptions& options);
  Status TakeHeader(const ReadOptions& options);
  Status SkipLine();
  Status Refill();

  std::unique_ptr<TextInput> input_;
  std::unique_ptr<CsvScanner> scanner_;
  std::vector<std::string> names_;
};

}  // namespace laminar
