// Errors of the engine as Python exceptions, and back.
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>
#include <utility>

#include "laminar/error.h"

namespace laminar::python {

namespace nb = nanobind;

/// The exception of laminardb.errors that `error` is raised as. The GIL is held.
nb::object ToException(const Error& error);
/// Likewise of this class of laminardb.errors, whatever the code.
nb::object ToException(const Error& error, const char* class_name);

/// What a Python exception becomes when it has to pass through the engine: "ValueError: text". The GIL is held.
Error FromException(const nb::python_error& error);

/// A method of the published API that this version does not have.
[[noreturn]] void ThrowNotSupported(std::string_view what);

/// The same error with its position counted in characters of `sql` instead of bytes.
Error InCharacters(Error error, std::string_view sql);

/// Runs `call`, which was given `sql`, and throws its errors as Python counts positions.
template <typename Call>
auto WithSql(std::string_view sql, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const Error& error) {
    throw InCharacters(error, sql);
  }
}

void RegisterErrors();

}  // namespace laminar::python
