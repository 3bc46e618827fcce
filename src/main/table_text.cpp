#include "main/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/utf8_validity.h"

namespace laminar {
namespace {

constexpr int kMostColumns = 60;  // of the terminal, for one cell
constexpr std::string_view kEllipsis = "…";

struct Range {
  uint32_t first;
  uint32_t last;
};

// Unicode 15, EastAsianWidth W and F, in large strokes.
constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
                              Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},   Range{0xA960, 0xA97C},
                              Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
                              Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
                              Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kNoWidth = {Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD},
                                 Range{0x0610, 0x061A}, Range{0x064B, 0x065F}, Range{0x1AB0, 0x1AFF},
                                 Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                                 Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

template <size_t kSize>
bool Contains(const std::array<Range, kSize>& ranges, uint32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

int WidthOf(uint32_t c) {
  if (c < 0x300) return 1;
  return Contains(kNoWidth, c) ? 0 : Contains(kWide, c) ? 2 : 1;
}

// `sequence` is well formed.
uint32_t Decode(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return lead;
  uint32_t c = lead & (0xFFU >> (sequence.size() + 1));
  for (size_t i = 1; i < sequence.size(); ++i) c = c << 6 | (static_cast<unsigned char>(sequence[i]) & 0x3FU);
  return c;
}

/// One line, printable.
std::string Escaped(std::string_view raw) {
  const std::string text = ValidUtf8(raw);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string Cut(std::string text) {
  if (DisplayWidth(text) <= kMostColumns) return text;
  int width = 0;
  size_t end = 0;
  while (end < text.size()) {
    const size_t length = Utf8SequenceLength(text, end);
    const int next = WidthOf(Decode(std::string_view(text).substr(end, length)));
    if (width + next > kMostColumns - 1) break;
    width += next;
    end += length;
  }
  return text.substr(0, end).append(kEllipsis);
}

std::string Shown(std::string_view raw) { return Cut(Escaped(raw)); }

/// A text that is alone on its line is a plan, a document, a message: shown whole, line by line.
std::vector<std::string> Lines(std::string_view raw) {
  std::vector<std::string> lines;
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  for (size_t begin = 0; begin <= raw.size();) {
    const size_t end = std::min(raw.find('\n', begin), raw.size());
    lines.push_back(Escaped(raw.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::string Spaces(int count) { return std::string(static_cast<size_t>(std::max(count, 0)), ' '); }

enum class Align { kLeft, kRight, kCenter };

void AppendCell(const std::string& text, int width, Align align, std::string* line) {
  const int blanks = width - DisplayWidth(text);
  const int before = align == Align::kLeft ? 0 : align == Align::kRight ? blanks : blanks / 2;
  *line += ' ' + Spaces(before) + text + Spaces(blanks - before) + " │";
}

std::string Rule(const std::vector<int>& widths, std::string_view left, std::string_view middle,
                 std::string_view right) {
  std::string line(left);
  for (size_t c = 0; c < widths.size(); ++c) {
    if (c != 0) line += middle;
    for (int i = 0; i < widths[c] + 2; ++i) line += "─";
  }
  return line.append(right) + '\n';
}

std::string Counted(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8SequenceLength(text, i);
    width += length == 0 ? 1 : WidthOf(Decode(text.substr(i, length)));
    i += std::max<size_t>(length, 1);
  }
  return width;
}

std::string RenderTable(const TextTable& table) {
  const auto shown_rows = static_cast<int64_t>(table.rows.size());
  const std::string count = Counted(table.total_rows, "row") +
                            (shown_rows < table.total_rows ? fmt::format(" ({} shown)", shown_rows) : std::string());
  if (table.columns.empty()) return count + '\n';

  std::vector<int> widths;
  std::vector<std::string> names;
  for (const TextTable::Column& column : table.columns) {
    names.push_back(Shown(column.name));
    widths.push_back(std::max(DisplayWidth(names.back()), DisplayWidth(column.type)));
  }
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : table.rows) {
    if (table.columns.size() == 1) {
      for (std::string& part : Lines(row[0])) {
        widths[0] = std::max(widths[0], DisplayWidth(part));
        cells.push_back({std::move(part)});
      }
      continue;
    }
    std::vector<std::string>& shown = cells.emplace_back();
    for (size_t c = 0; c < table.columns.size(); ++c) {
      shown.push_back(Shown(row[c]));
      widths[c] = std::max(widths[c], DisplayWidth(shown.back()));
    }
  }

  std::string text = Rule(widths, "┌", "┬", "┐");
  const auto line = [&](auto cell, auto align) {
    text += "│";
    for (size_t c = 0; c < table.columns.size(); ++c) AppendCell(cell(c), widths[c], align(c), &text);
    text += '\n';
  };
  const auto centered = [](size_t) { return Align::kCenter; };
  const auto aligned = [&](size_t c) { return table.columns[c].right_aligned ? Align::kRight : Align::kLeft; };
  line([&](size_t c) { return names[c]; }, centered);
  line([&](size_t c) { return table.columns[c].type; }, centered);
  text += Rule(widths, "├", "┼", "┤");
  for (const auto& row : cells) line([&](size_t c) { return row[c]; }, aligned);
  if (shown_rows < table.total_rows) line([&](size_t) { return std::string(kEllipsis); }, aligned);
  text += Rule(widths, "└", "┴", "┘");
  return text + count + ", " + Counted(static_cast<int64_t>(table.columns.size()), "column") + '\n';
}

}  // namespace laminar
