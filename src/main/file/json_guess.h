// Columns of JSON objects: their names, and the type that the values of each have in common.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/type.h"

namespace laminar {

/// Numbers, words and texts of one kind get a type; objects, arrays and several kinds are JSON, and so is a name that
/// was met with null alone. Texts may be dates and times, but no numbers.
class JsonColumns {
 public:
  JsonColumns();
  ~JsonColumns();

  /// False, and nothing is learnt, when the text is no JSON.
  bool Add(std::string_view object);
  /// In the order the names were met.
  std::vector<Field> Fields() const;

 private:
  struct Column;
  Column& ColumnOf(std::string_view name, size_t place);

  std::vector<Column> columns_;
};

}  // namespace laminar
