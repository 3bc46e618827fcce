// How reading a value from text went.
#pragma once

#include <cstdint>

namespace laminar {

enum class Parsed : uint8_t {
  kOk,
  kInvalid,     // not the type's syntax
  kOutOfRange,  // the syntax, but no value of the type
};

}  // namespace laminar
