// The secure hash algorithms SHA-1 and SHA-256 (FIPS 180-4).
#pragma once

#include <string>
#include <string_view>

namespace laminar {

/// 40 and 64 lower-case hexadecimal digits.
std::string Sha1Hex(std::string_view bytes);
std::string Sha256Hex(std::string_view bytes);

}  // namespace laminar
