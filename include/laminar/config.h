// Settings of a database. Plain values; nothing here changes after open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace laminar {

/// When an acknowledged insert is on disk. All modes survive `kill -9`; they differ in what a power cut may take.
enum class Durability : uint8_t { kCommit, kInterval, kNone };

struct Config {
  /// Rows a source may hold that no step has taken yet. Past it writers wait; nothing is lost.
  int64_t buffer_size = 65'536;
  /// Directory of a durable database; overrides the path given to Open.
  std::optional<std::string> storage_dir;
  std::optional<double> checkpoint_interval_secs;
  /// Rows of one source, table or operator state below which it never leaves memory.
  int64_t table_spill_threshold = 1'000'000;
  /// Bytes; 0: three quarters of the machine's memory.
  int64_t memory_limit = 0;
  Durability durability = Durability::kCommit;
  /// Threads that run steps; 0: one per core.
  int workers = 0;
  /// Seconds a writer waits for room before it fails with kIngestionFailed.
  double backpressure_timeout = 10.0;
  /// A directory as of its last checkpoint, also while another process has it open: nothing can be changed, and what
  /// comes later is not seen.
  bool read_only = false;

  friend bool operator==(const Config&, const Config&) = default;

  /// Throws std::invalid_argument that names the field.
  void Validate() const;
};

}  // namespace laminar
