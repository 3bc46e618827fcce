#include "storage/log_format.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "common/crc32c.h"

namespace laminar {

namespace {

constexpr char kSegmentMagic[] = "LAMINLOG";
constexpr std::string_view kSegmentSuffix = ".log";
constexpr int kKindShift = 56;
constexpr uint64_t kLengthMask = (uint64_t{1} << kKindShift) - 1;

template <typename T>
void Store(char* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}
template <typename T>
T Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

uint32_t HeaderChecksum(uint64_t position, const char* header) {
  return Crc32c(header + 4, LogHeader::kBytes - 4, Crc32c(&position, sizeof position));
}

bool IsKnown(uint64_t kind) {
  return kind >= static_cast<uint64_t>(LogKind::kCall) && kind <= static_cast<uint64_t>(LogKind::kFiring);
}

}  // namespace

void LogHeader::Write(uint64_t position, char* to) const {
  Store(to + 4, body_checksum);
  Store(to + 8, body_bytes | static_cast<uint64_t>(kind) << kKindShift);
  Store(to + 16, sequence);
  Store(to + 24, time);
  Store(to, HeaderChecksum(position, to));
}

std::optional<LogHeader> LogHeader::Read(uint64_t position, const char* from) {
  if (Load<uint32_t>(from) != HeaderChecksum(position, from)) return std::nullopt;
  const uint64_t length_and_kind = Load<uint64_t>(from + 8);
  if (!IsKnown(length_and_kind >> kKindShift)) return std::nullopt;
  LogHeader header;
  header.kind = static_cast<LogKind>(length_and_kind >> kKindShift);
  header.body_bytes = length_and_kind & kLengthMask;
  header.body_checksum = Load<uint32_t>(from + 4);
  header.sequence = Load<uint64_t>(from + 16);
  header.time = Load<int64_t>(from + 24);
  return header;
}

std::optional<uint64_t> LogHeader::FlippedBit(uint64_t position, const char* from) {
  const uint32_t stored = Load<uint32_t>(from);
  const uint32_t found = HeaderChecksum(position, from);
  if (const uint32_t difference = stored ^ found; std::has_single_bit(difference)) {
    return static_cast<uint64_t>(std::countr_zero(difference));
  }
  const std::optional<uint64_t> bit = laminar::FlippedBit(kBytes - 4, stored, found);
  if (!bit) return std::nullopt;
  return *bit + 32;
}

void SegmentHeader::Write(char* to) const {
  std::memset(to, 0, kBytes);
  std::memcpy(to, kSegmentMagic, 8);
  Store(to + 8, version);
  std::memcpy(to + 16, database.data(), database.size());
  Store(to + 32, position);
  Store(to + 40, durable_to);
  Store(to + 48, time);
  Store(to + 60, Crc32c(to, 60));
}

std::optional<SegmentHeader> SegmentHeader::Read(const char* from) {
  if (std::memcmp(from, kSegmentMagic, 8) != 0 || Load<uint32_t>(from + 60) != Crc32c(from, 60)) return std::nullopt;
  SegmentHeader header;
  header.version = Load<uint32_t>(from + 8);
  std::memcpy(header.database.data(), from + 16, header.database.size());
  header.position = Load<uint64_t>(from + 32);
  header.durable_to = Load<uint64_t>(from + 40);
  header.time = Load<int64_t>(from + 48);
  return header;
}

std::string SegmentName(uint64_t position) { return fmt::format("{:016x}{}", position, kSegmentSuffix); }

std::optional<uint64_t> SegmentPosition(std::string_view name) {
  if (name.size() != 16 + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  uint64_t position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 16, position, 16);
  if (error != std::errc() || end != name.data() + 16) return std::nullopt;
  return position;
}

}  // namespace laminar
