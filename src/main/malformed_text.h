// Errors in texts that users hand over as rows: where the mistake is, in lines and columns.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/status.h"

namespace laminar {

/// malformed JSON for trades: line 3, column 14: expected ',' or '}'
/// Lines and columns count from 1, columns in characters. Code kIngestionFailed.
Status MalformedText(std::string_view format, std::string_view relation, std::string_view text, size_t offset,
                     std::string_view what);

/// Without a byte order mark at the beginning.
std::string_view SkipByteOrderMark(std::string_view text);

}  // namespace laminar
