// What the handles of the C interface are: one C++ value each. A NULL handle, or any other mistake of the caller, is an
// exception in here and a code out there (c/guard.h).
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/connection.h"
#include "laminar/laminar.h"
#include "laminar/parameters.h"

struct laminar_error {
  laminar_status code = LAMINAR_OK;
  std::string message;
  std::optional<size_t> position;
  std::vector<std::string> candidates;
  int64_t rows_inserted = 0;
};

struct laminar_config {
  laminar::Config config;
};

struct laminar_connection {
  laminar::Connection connection;
  bool checkpoints_enabled = false;  // storage_dir or an interval is configured
};

struct laminar_result {
  explicit laminar_result(laminar::QueryResult of, laminar_result_kind is = LAMINAR_RESULT_QUERY)
      : kind(is), rows(std::move(of)), schema(rows->schema()) {}
  explicit laminar_result(laminar::ExecuteResult of);

  laminar_result_kind kind;
  int64_t rows_affected = 0;
  std::vector<std::string> warnings;
  std::string ddl_type;
  std::string ddl_object;
  std::optional<laminar::QueryResult> rows;
  std::optional<laminar::ResultSchema> schema;  // of the rows
};

struct laminar_parameters {
  laminar::Parameters values;
};

struct laminar_batch {
  laminar::BatchBuilder builder;
};

struct laminar_writer {
  laminar::Writer writer;
};

struct laminar_subscription {
  laminar::Subscription subscription;
};

struct laminar_callback_subscription {
  laminar::CallbackSubscription subscription;
};

struct laminar_list {
  std::vector<std::string> names;
};

namespace laminar::c {

/// What `pointer` points to. Throws std::invalid_argument "<what> is NULL".
template <typename T>
T& Need(T* pointer, const char* what) {
  if (pointer == nullptr) throw std::invalid_argument(std::string(what) + " is NULL");
  return *pointer;
}

inline Connection& Of(laminar_connection* handle) { return Need(handle, "connection").connection; }

inline std::string_view Text(const char* text, const char* what) { return {&Need(text, what)}; }

/// None when there is no handle.
inline const Parameters& ValuesOf(const laminar_parameters* handle) {
  static const Parameters kNone;
  return handle == nullptr ? kNone : handle->values;
}

/// `size` bytes; negative: up to the zero byte.
inline std::string_view Text(const char* text, int64_t size, const char* what) {
  if (size == 0) return {};
  const char* const begin = &Need(text, what);
  return size < 0 ? std::string_view(begin) : std::string_view(begin, static_cast<size_t>(size));
}

/// New text that laminar_free frees.
char* Duplicate(std::string_view text);

}  // namespace laminar::c
