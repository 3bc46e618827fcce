// Where exceptions end: no function of the C interface lets one out.
#pragma once

#include <utility>

#include "laminar/laminar.h"

namespace laminar::c {

/// In a catch block: puts what was thrown into *error, if the caller wants it, and returns its code.
laminar_status Caught(laminar_error** error) noexcept;
/// In a catch block: logs what was thrown, for functions that have nowhere to put it.
void LogCaught(const char* where) noexcept;

template <typename Body>
laminar_status Guard(laminar_error** error, Body&& body) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    std::forward<Body>(body)();
    return LAMINAR_OK;
  } catch (...) {
    return Caught(error);
  }
}

template <typename Body>
void Quietly(const char* where, Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
  } catch (...) {
    LogCaught(where);
  }
}

}  // namespace laminar::c
