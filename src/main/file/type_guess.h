// The type of a column from the texts in it.
#pragma once

#include <string_view>

#include "common/type.h"

namespace laminar {

/// The narrowest of BOOLEAN, BIGINT, DOUBLE, TIME, DATE, TIMESTAMP (with zone when every text has one) and VARCHAR that
/// all texts seen can be read as. Digits with a leading zero are text: they are codes, and would lose it.
class TypeGuess {
 public:
  void Add(std::string_view text);
  /// VARCHAR for a column of which nothing was seen.
  DataType Result() const;
  bool seen() const { return seen_; }

 private:
  bool seen_ = false;
  bool boolean_ = true;
  bool integer_ = true;
  bool number_ = true;
  bool has_digits_ = false;  // a column of NaN alone is no column of numbers
  bool time_ = true;
  bool date_ = true;
  bool timestamp_ = true;
  bool nanos_ = false;  // a text has digits finer than microseconds
  bool fits_nanos_ = true;
  bool zone_ = true;
};

}  // namespace laminar
