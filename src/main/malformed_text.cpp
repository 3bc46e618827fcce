#include "main/malformed_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace laminar {

Status MalformedText(std::string_view format, std::string_view relation, std::string_view text, size_t offset,
                     std::string_view what, const TextBefore& start) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + start.lines + std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const std::string_view on_line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  const auto column = 1 + (newline == std::string_view::npos ? start.columns : 0) +
                      std::count_if(on_line.begin(), on_line.end(),
                                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {ErrorCode::kIngestionFailed,
          fmt::format("malformed {} for {}: line {}, column {}: {}", format, relation, line, column, what)};
}

std::string_view SkipByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.substr(0, kMark.size()) == kMark ? text.substr(kMark.size()) : text;
}

}  // namespace laminar
