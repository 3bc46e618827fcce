// laminar_error, and how exceptions become one.
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "main/c/guard.h"
#include "main/c/handles.h"

namespace laminar::c {

namespace {

laminar_error Described() {
  try {
    throw;
  } catch (const Error& error) {
    return {static_cast<laminar_status>(error.code()), error.what(), error.position(), error.candidates(),
            error.rows_inserted()};
  } catch (const std::bad_alloc&) {
    return {LAMINAR_INTERNAL_ERROR, "out of memory", {}, {}, 0};
  } catch (const std::logic_error& error) {  // invalid_argument, out_of_range: what the caller passed
    return {LAMINAR_INVALID_ARGUMENT, error.what(), {}, {}, 0};
  } catch (const std::exception& error) {
    return {LAMINAR_INTERNAL_ERROR, error.what(), {}, {}, 0};
  } catch (...) {
    return {LAMINAR_INTERNAL_ERROR, "an exception of an unknown type", {}, {}, 0};
  }
}

}  // namespace

laminar_status Caught(laminar_error** error) noexcept {
  try {
    laminar_error described = Described();
    const laminar_status code = described.code;
    if (error != nullptr) *error = new laminar_error(std::move(described));
    return code;
  } catch (const std::bad_alloc&) {
    return LAMINAR_INTERNAL_ERROR;  // no memory even to say so
  }
}

void LogCaught(const char* where) noexcept {
  try {
    spdlog::error("{}: {}", where, Described().message);
  } catch (...) {
    // Logging failed: there is nobody left to tell.
  }
}

char* Duplicate(std::string_view text) {
  auto* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace laminar::c

void laminar_free(void* memory) { std::free(memory); }

void laminar_error_free(laminar_error* error) { delete error; }

laminar_status laminar_error_code(const laminar_error* error) { return error == nullptr ? LAMINAR_OK : error->code; }

const char* laminar_error_message(const laminar_error* error) { return error == nullptr ? "" : error->message.c_str(); }

int64_t laminar_error_position(const laminar_error* error) {
  return error == nullptr || !error->position ? -1 : static_cast<int64_t>(*error->position);
}

int64_t laminar_error_rows_inserted(const laminar_error* error) { return error == nullptr ? 0 : error->rows_inserted; }

const char* laminar_error_candidate(const laminar_error* error, size_t index) {
  return error == nullptr || index >= error->candidates.size() ? nullptr : error->candidates[index].c_str();
}
