// 128-bit integers, a compiler extension that -Wpedantic wants named once and in one place.
#pragma once

namespace laminar {

__extension__ typedef __int128 int128_t;
__extension__ typedef unsigned __int128 uint128_t;

}  // namespace laminar
