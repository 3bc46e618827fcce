// Whether bytes are UTF-8: recognising, repairing, encoding, for SQL texts, messages and input. Code points of text
// that is taken as it is are in common/utf8.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace laminar {

/// U+FFFD in UTF-8.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// Bytes of the well-formed sequence that starts at `offset` (below the size), or 0 when there is none: overlong
/// forms, surrogates and values past U+10FFFF are not well formed.
std::size_t Utf8SequenceLength(std::string_view text, std::size_t offset);

/// Offset of the first byte that is not part of a well-formed sequence, or npos.
std::size_t FindInvalidUtf8(std::string_view text);

/// `text` with every byte outside a well-formed sequence replaced by U+FFFD.
std::string ValidUtf8(std::string_view text);

}  // namespace laminar
