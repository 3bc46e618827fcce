// '1 minute': lengths of time as options write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace laminar {

/// An interval of at least a microsecond, with months of 30 days; nothing for any other text.
std::optional<std::chrono::microseconds> ParseDuration(std::string_view text);

}  // namespace laminar
