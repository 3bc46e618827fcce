// What a log is made of, byte by byte: docs/storage.md says the same in words.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace laminar {

constexpr uint32_t kFormatVersion = 1;

/// Tells one database from another: random, made with it.
using DatabaseId = std::array<uint8_t, 16>;

enum class LogKind : uint8_t {
  kCall = 1,          // rows for sources and tables, with the definition they complete, if any
  kAnnouncement = 2,  // the watermark of a writer
  kWriterClosed = 3,
  kEpoch = 4,         // the end of one: `sequence` names it
  kDefinition = 5,    // what CREATE, DROP, ALTER came to
  kSessionStart = 6,  // the database was opened: writers of before are gone
  kSessionEnd = 7,    // and closed in order
  kFiring = 8,        // timers fired: a call of its own
};

/// Before the body of every record.
///
///     0  u32  checksum of the record's position in the log (u64) and of bytes 4..32
///     4  u32  checksum of the body
///     8  u64  length of the body in the lower 56 bits, LogKind in the upper 8
///    16  u64  sequence number: of the call, the last one before a definition, the epoch
///    24  i64  when it was accepted, microseconds since 1970
struct LogHeader {
  static constexpr size_t kBytes = 32;

  LogKind kind = LogKind::kCall;
  uint64_t sequence = 0;
  int64_t time = 0;
  uint64_t body_bytes = 0;
  uint32_t body_checksum = 0;

  void Write(uint64_t position, char* to) const;
  /// Nothing when the checksum, or what it is of, is wrong.
  static std::optional<LogHeader> Read(uint64_t position, const char* from);
  /// The bit of the 32 bytes that was flipped, when one flipped bit is what makes them wrong.
  static std::optional<uint64_t> FlippedBit(uint64_t position, const char* from);
};

/// At the beginning of every segment.
///
///     0  "LAMINLOG"   8  u32 format version   12  u32 zero   16  database id   32  u64 position of byte 0
///    40  u64 position up to which the log was durable then   48  i64 made when   56  u32 zero
///    60  u32 checksum of bytes 0..60
struct SegmentHeader {
  static constexpr size_t kBytes = 64;

  uint32_t version = kFormatVersion;
  DatabaseId database{};
  uint64_t position = 0;
  uint64_t durable_to = 0;
  int64_t time = 0;

  void Write(char* to) const;
  static std::optional<SegmentHeader> Read(const char* from);
};

/// "00000000000000ff.log": the position of the segment's first byte.
std::string SegmentName(uint64_t position);
std::optional<uint64_t> SegmentPosition(std::string_view name);

}  // namespace laminar
