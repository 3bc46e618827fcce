// What user-defined functions raised during a call of the engine, so that the error which comes of it can say so.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

namespace laminar::python {

namespace nb = nanobind;

/// The text of an exception as errors of the engine have it: "ValueError: text". The GIL is held.
std::string TextOf(const nb::python_error& raised);

/// Remembers for this thread what a function raised, under the text its error will have. The GIL is held.
void RememberFailure(const std::string& text, const nb::python_error& raised);
/// The exception whose text stands in `message`, or an invalid object.
nb::object FailureIn(std::string_view message);
/// At the beginning of a call of the engine.
void ForgetFailures();

/// A function of this thread was interrupted: the interruption is delivered when the call of the engine has ended.
void RememberInterrupt();
void DeliverInterrupt();

}  // namespace laminar::python
