// Status and Result: how kernels, operators, state and I/O say that something failed, without throwing.
// Parse, bind and plan throw `laminar::Error`; the façade turns a Status into the same Error, in one place
// (`ThrowIfError`).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "laminar/error.h"

namespace laminar {

/// Success costs one null pointer. Not thread-safe to mutate; free to move between threads.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message) : error_(std::make_unique<Error>(code, message)) {}
  explicit Status(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  static Status OK() { return {}; }
  /// A bug of ours, never a user's mistake.
  static Status Internal(std::string message) { return {ErrorCode::kInternalError, std::move(message)}; }

  bool ok() const { return error_ == nullptr; }
  /// Must not be ok.
  const Error& error() const { return *error_; }
  std::string message() const { return ok() ? "ok" : error_->what(); }
  Status Clone() const { return ok() ? Status() : Status(Error(*error_)); }

 private:
  std::unique_ptr<Error> error_;
};

inline void ThrowIfError(const Status& status) {
  if (!status.ok()) throw Error(status.error());
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT: implicit, so that `return value;` works
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: likewise for `return status;`

  bool ok() const { return value_.has_value(); }
  Status TakeStatus() { return std::move(status_); }
  const Status& status() const { return status_; }
  T& value() { return *value_; }
  T&& TakeValue() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  Status status_;
};

template <typename T>
T ValueOrThrow(Result<T> result) {
  if (!result.ok()) ThrowIfError(result.status());
  return result.TakeValue();
}

#define LAMINAR_CONCAT_INNER(a, b) a##b
#define LAMINAR_CONCAT(a, b) LAMINAR_CONCAT_INNER(a, b)
#define LAMINAR_RETURN_NOT_OK(expression)                                        \
  do {                                                                           \
    if (::laminar::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)
#define LAMINAR_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                      \
  if (!result.ok()) return result.TakeStatus();                    \
  target = result.TakeValue()
#define LAMINAR_ASSIGN_OR_RETURN(target, expression) \
  LAMINAR_ASSIGN_OR_RETURN_INNER(LAMINAR_CONCAT(result_, __LINE__), target, expression)

}  // namespace laminar
