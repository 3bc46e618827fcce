#include "errors.h"

#include <fmt/core.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>

#include "function_failure.h"

namespace laminar::python {

namespace {

void Translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    try {
      const nb::object exception = ToException(error);
      if (const nb::object cause = FailureIn(error.what()); cause.is_valid()) {
        nb::setattr(exception, "__cause__", cause);
        ForgetFailures();
      }
      PyErr_SetObject(exception.type().ptr(), exception.ptr());
    } catch (nb::python_error& failed) {
      failed.restore();
    }
  }
}

}  // namespace

namespace {

nb::object MakeException(const nb::object& type, const Error& error) {
  nb::list candidates;
  for (const std::string& name : error.candidates()) candidates.append(name);
  nb::dict fields;
  fields["code"] = static_cast<int>(error.code());
  fields["candidates"] = candidates;
  fields["rows_inserted"] = error.rows_inserted();
  // The message quotes what users gave, which need not be whole characters when SQL was cut off.
  const std::string_view message = error.what();
  const nb::object text =
      nb::steal(PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
  nb::object exception = type(text, **fields);
  if (error.position()) nb::setattr(exception, "position", nb::int_(*error.position()));
  return exception;
}

}  // namespace

nb::object ToException(const Error& error) {
  return MakeException(nb::module_::import_("laminardb.errors").attr("family")(static_cast<int>(error.code())), error);
}

nb::object ToException(const Error& error, const char* class_name) {
  return MakeException(nb::module_::import_("laminardb.errors").attr(class_name), error);
}

Error FromException(const nb::python_error& error) { return Error(ErrorCode::kSubscriptionFailed, TextOf(error)); }

void ThrowNotSupported(std::string_view what) {
  throw Error(ErrorCode::kInternalError, fmt::format("{} is not supported yet", what));
}

Error InCharacters(Error error, std::string_view sql) {
  if (!error.position()) return error;
  const std::string_view before = sql.substr(0, std::min(*error.position(), sql.size()));
  const auto characters = std::count_if(before.begin(), before.end(), [](char byte) { return (byte & 0xC0) != 0x80; });
  return std::move(error).At(static_cast<std::size_t>(characters));
}

void RegisterErrors() { nb::register_exception_translator(Translate); }

}  // namespace laminar::python
