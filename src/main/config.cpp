#include "laminar/config.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace laminar {
namespace {

template <typename T>
[[noreturn]] void Refuse(const char* field, const char* wanted, const T& value) {
  throw std::invalid_argument(fmt::format("{} must be {}, not {}", field, wanted, value));
}

void CheckSeconds(const char* field, double value) {
  if (!std::isfinite(value) || value <= 0) Refuse(field, "a positive number of seconds", value);
}

}  // namespace

void Config::Validate() const {
  if (buffer_size <= 0) Refuse("buffer_size", "a positive number of rows", buffer_size);
  if (storage_dir && storage_dir->empty()) Refuse("storage_dir", "a directory", "an empty string");
  if (checkpoint_interval_secs) CheckSeconds("checkpoint_interval_secs", *checkpoint_interval_secs);
  if (table_spill_threshold <= 0) Refuse("table_spill_threshold", "a positive number of rows", table_spill_threshold);
  if (memory_limit < 0) Refuse("memory_limit", "a number of bytes, or 0 for the default", memory_limit);
  if (durability > Durability::kNone) {
    Refuse("durability", "one of commit, interval and none", static_cast<int>(durability));
  }
  if (workers < 0) Refuse("workers", "a number of threads, or 0 for one per core", workers);
  CheckSeconds("backpressure_timeout", backpressure_timeout);
}

}  // namespace laminar
