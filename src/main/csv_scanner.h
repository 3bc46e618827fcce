// CSV text into records of fields: RFC 4180, in any dialect of one-byte delimiters.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laminar {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';               // '\0': fields are never quoted
  char escape = '"';              // before a quote inside a quoted field; the quote itself: it is doubled
  bool keep_empty_lines = false;  // an empty line is a record with one empty field, instead of nothing
};

struct CsvField {
  std::string_view text;
  bool quoted;
};

/// Goes over a text that may be a window on a longer one: then a record that reaches its end is not taken.
class CsvScanner {
 public:
  enum class Answer : unsigned char {
    kRecord,   // fields are filled, the position is behind the record
    kEnd,      // the text ends; nothing is left
    kMore,     // what is left is the beginning of a record: come again with more text
    kMistake,  // mistake() says where and what; the position is where the record begins
  };
  struct Mistake {
    size_t offset;
    std::string_view what;
  };

  explicit CsvScanner(const CsvDialect& dialect);

  /// Begins at the first byte of `text`. `whole`: nothing follows it.
  void Reset(std::string_view text, bool whole);
  /// Fields point into the text, or are valid until the next call.
  Answer Next(std::vector<CsvField>* fields);
  /// Behind the line that the position is in. False when the text ends first and is not whole.
  bool SkipLine();

  size_t position() const { return position_; }
  /// Where the last record, or mistake, begins.
  size_t record() const { return record_; }
  const Mistake& mistake() const { return mistake_; }

 private:
  enum class Field : unsigned char { kTaken, kLast, kMore, kMistake };
  Field Unquoted(std::vector<CsvField>* fields);
  Field Quoted(std::vector<CsvField>* fields);
  Field EndOfQuoted();
  void SkipEmptyLines();
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool at_end() const { return position_ == text_.size(); }
  Field Fail(size_t offset, std::string_view what);
  std::string& NewCopy();

  const CsvDialect dialect_;
  std::array<bool, 256> ends_{};  // what ends an unquoted field, or must not be in it
  std::string_view text_;
  bool whole_ = true;
  size_t position_ = 0;
  size_t record_ = 0;
  std::vector<std::unique_ptr<std::string>> copies_;  // of fields with escapes to take out
  size_t copies_used_ = 0;
  Mistake mistake_{0, ""};
};

}  // namespace laminar
