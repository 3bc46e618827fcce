// '64mb': counts of bytes as options and settings write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace laminar {

/// A whole number above 0 of bytes, kb, mb, gb or tb (powers of 1,024; any case, a space before the unit allowed).
/// Nothing for any other text, or one of 2^63 bytes and more.
std::optional<int64_t> ParseByteCount(std::string_view text);

}  // namespace laminar
