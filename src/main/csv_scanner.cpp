#include "main/csv_scanner.h"

namespace laminar {

CsvScanner::CsvScanner(const CsvDialect& dialect) : dialect_(dialect) {
  for (const char c : {dialect.delimiter, '\n'}) ends_[static_cast<unsigned char>(c)] = true;
  if (dialect.quote != '\0') ends_[static_cast<unsigned char>(dialect.quote)] = true;
}

void CsvScanner::Reset(std::string_view text, bool whole) {
  text_ = text;
  whole_ = whole;
  position_ = record_ = 0;
}

CsvScanner::Answer CsvScanner::Next(std::vector<CsvField>* fields) {
  fields->clear();
  copies_used_ = 0;
  if (!dialect_.keep_empty_lines) SkipEmptyLines();
  record_ = position_;
  if (at_end()) return whole_ ? Answer::kEnd : Answer::kMore;
  while (true) {
    const bool quoted = dialect_.quote != '\0' && peek() == dialect_.quote && !at_end();
    switch (quoted ? Quoted(fields) : Unquoted(fields)) {
      case Field::kTaken:
        // A delimiter at the very end is followed by an empty field.
        if (at_end() && !whole_) {
          position_ = record_;
          return Answer::kMore;
        }
        break;
      case Field::kLast:
        return Answer::kRecord;
      case Field::kMore:
        position_ = record_;
        return Answer::kMore;
      case Field::kMistake:
        position_ = record_;
        return Answer::kMistake;
    }
  }
}

bool CsvScanner::SkipLine() {
  const size_t newline = text_.find('\n', position_);
  if (newline == std::string_view::npos && !whole_) return false;
  position_ = newline == std::string_view::npos ? text_.size() : newline + 1;
  return true;
}

void CsvScanner::SkipEmptyLines() {
  while (!at_end()) {
    if (text_[position_] == '\n') {
      ++position_;
    } else if (text_.substr(position_, 2) == "\r\n") {
      position_ += 2;
    } else {
      return;
    }
  }
}

CsvScanner::Field CsvScanner::Unquoted(std::vector<CsvField>* fields) {
  const size_t begin = position_;
  while (position_ < text_.size() && !ends_[static_cast<unsigned char>(text_[position_])]) ++position_;
  if (at_end()) {
    if (!whole_) return Field::kMore;
  } else if (text_[position_] != dialect_.delimiter && text_[position_] != '\n') {
    return Fail(position_, dialect_.quote == '"' ? "a double quote in a field that does not begin with one"
                                                 : "a quote in a field that does not begin with one");
  }
  size_t end = position_;
  const bool line_ends = at_end() || text_[position_] == '\n';
  if (line_ends && end > begin && text_[end - 1] == '\r') --end;
  fields->push_back({text_.substr(begin, end - begin), false});
  if (!at_end()) ++position_;
  return line_ends ? Field::kLast : Field::kTaken;
}

CsvScanner::Field CsvScanner::Quoted(std::vector<CsvField>* fields) {
  const size_t opening = position_++;
  const bool doubled = dialect_.escape == dialect_.quote;
  size_t begin = position_;
  std::string* copy = nullptr;  // only when there are escapes to take out
  const auto take = [&](size_t end) {
    if (copy == nullptr) copy = &NewCopy();
    copy->append(text_.substr(begin, end - begin));
  };
  while (true) {
    while (position_ < text_.size() && text_[position_] != dialect_.quote && text_[position_] != dialect_.escape) {
      ++position_;
    }
    if (at_end()) return whole_ ? Fail(opening, "this quoted field does not end") : Field::kMore;
    const size_t special = position_++;
    if (at_end() && !whole_) return Field::kMore;
    const char next = peek();
    const bool escapes = text_[special] == dialect_.escape && !at_end() &&
                         (next == dialect_.quote || (!doubled && next == dialect_.escape));
    if (escapes) {
      take(special);
      begin = position_++;  // the escaped byte itself
    } else if (text_[special] == dialect_.quote) {
      if (copy != nullptr) take(special);
      fields->push_back({copy != nullptr ? std::string_view(*copy) : text_.substr(begin, special - begin), true});
      return EndOfQuoted();
    }
  }
}

CsvScanner::Field CsvScanner::EndOfQuoted() {
  if (at_end()) return whole_ ? Field::kLast : Field::kMore;
  if (peek() == '\r') {
    if (position_ + 1 == text_.size()) {
      if (!whole_) return Field::kMore;
      ++position_;
      return Field::kLast;
    }
    if (text_[position_ + 1] == '\n') ++position_;
  }
  const char next = text_[position_];
  if (next != dialect_.delimiter && next != '\n') {
    return Fail(position_, dialect_.delimiter == ','
                               ? "expected ',' or the end of the line after a quoted field"
                               : "expected the delimiter or the end of the line after a quoted field");
  }
  ++position_;
  return next == '\n' ? Field::kLast : Field::kTaken;
}

std::string& CsvScanner::NewCopy() {
  if (copies_used_ == copies_.size()) copies_.push_back(std::make_unique<std::string>());
  std::string& copy = *copies_[copies_used_++];
  copy.clear();
  return copy;
}

CsvScanner::Field CsvScanner::Fail(size_t offset, std::string_view what) {
  mistake_ = {offset, what};
  return Field::kMistake;
}

}  // namespace laminar
