// Rows as an aligned text table in a box.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laminar {

/// Cells are given as they are; the renderer makes them printable: control characters escaped, long ones cut. The only
/// column of a table is shown whole, its texts over as many lines as they have.
struct TextTable {
  struct Column {
    std::string name;
    std::string type;
    bool right_aligned = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  int64_t total_rows = 0;  // more than `rows` when only the first are shown
};

std::string RenderTable(const TextTable& table);

/// Columns of a terminal that UTF-8 text takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
int DisplayWidth(std::string_view text);

}  // namespace laminar
