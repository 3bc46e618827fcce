// The MD5 message digest (RFC 1321).
#pragma once

#include <string>
#include <string_view>

namespace laminar {

/// 32 lower-case hexadecimal digits.
std::string Md5Hex(std::string_view bytes);

}  // namespace laminar
