// How much of its past a source or stream keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laminar {

struct Retention {
  enum class Kind : uint8_t {
    kForever,
    kRows,  // the last `amount` rows
    kTime,  // what was accepted in the last `amount` microseconds before the last that was
    kNone,
  };
  Kind kind = Kind::kForever;
  int64_t amount = 0;

  bool bounded() const { return kind != Kind::kForever; }
  friend bool operator==(const Retention&, const Retention&) = default;
};

/// '1 hour', '1000000 rows', 'none', 'forever'; a month is 30 days. None for anything else, and for nothing and less.
std::optional<Retention> ParseRetention(std::string_view text);
/// What ParseRetention reads.
std::string FormatRetention(const Retention& retention);

}  // namespace laminar
