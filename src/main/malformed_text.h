// Errors in texts that users hand over as rows: where the mistake is, in lines and columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/status.h"

namespace laminar {

/// What came before a text that is a part of a longer one.
struct TextBefore {
  int64_t lines = 0;
  int64_t columns = 0;  // characters of its last line
  int64_t rows = 0;
};

/// malformed JSON for trades: line 3, column 14: expected ',' or '}'
/// Lines and columns count from 1, columns in characters. Code kIngestionFailed.
Status MalformedText(std::string_view format, std::string_view relation, std::string_view text, size_t offset,
                     std::string_view what, const TextBefore& before = {});

/// Without a byte order mark at the beginning.
std::string_view SkipByteOrderMark(std::string_view text);

}  // namespace laminar
