// laminar_config: settings as text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <new>
#include <string_view>

#include "main/c/guard.h"
#include "main/c/handles.h"

namespace laminar::c {

namespace {

template <typename T>
T Number(std::string_view key, std::string_view text, const char* wanted) {
  T number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("{} must be {}, not '{}'", key, wanted, text));
  }
  return number;
}

constexpr const char* kWhole = "a whole number";
constexpr const char* kNumber = "a number";

struct Setting {
  std::string_view key;
  void (*set)(Config& config, std::string_view key, std::string_view value);
};

constexpr std::array kSettings = {
    Setting{"buffer_size",
            [](Config& c, std::string_view k, std::string_view v) { c.buffer_size = Number<int64_t>(k, v, kWhole); }},
    Setting{"storage_dir", [](Config& c, std::string_view, std::string_view v) { c.storage_dir = std::string(v); }},
    Setting{"checkpoint_interval_secs",
            [](Config& c, std::string_view k, std::string_view v) {
              c.checkpoint_interval_secs = Number<double>(k, v, kNumber);
            }},
    Setting{"checkpoint_interval_ms",
            [](Config& c, std::string_view k, std::string_view v) {
              c.checkpoint_interval_secs = static_cast<double>(Number<int64_t>(k, v, kWhole)) / 1000;
            }},
    Setting{"table_spill_threshold",
            [](Config& c, std::string_view k, std::string_view v) {
              c.table_spill_threshold = Number<int64_t>(k, v, kWhole);
            }},
    Setting{"memory_limit",
            [](Config& c, std::string_view k, std::string_view v) { c.memory_limit = Number<int64_t>(k, v, kWhole); }},
    Setting{"durability",
            [](Config& c, std::string_view k, std::string_view v) {
              constexpr std::array<std::string_view, 3> kNames = {"commit", "interval", "none"};
              const auto* const found = std::find(kNames.begin(), kNames.end(), v);
              if (found == kNames.end()) {
                throw std::invalid_argument(fmt::format("{} must be commit, interval or none, not '{}'", k, v));
              }
              c.durability = static_cast<Durability>(found - kNames.begin());
            }},
    Setting{"workers",
            [](Config& c, std::string_view k, std::string_view v) { c.workers = Number<int>(k, v, kWhole); }},
    Setting{"backpressure_timeout", [](Config& c, std::string_view k,
                                       std::string_view v) { c.backpressure_timeout = Number<double>(k, v, kNumber); }},
    Setting{"read_only",
            [](Config& c, std::string_view k, std::string_view v) {
              if (v != "true" && v != "false") {
                throw std::invalid_argument(fmt::format("{} must be true or false, not '{}'", k, v));
              }
              c.read_only = v == "true";
            }},
};

void Set(Config& config, std::string_view key, std::string_view value) {
  const auto* const setting =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& known) { return known.key == key; });
  if (setting == kSettings.end()) {
    std::vector<std::string> known;
    for (const Setting& one : kSettings) known.emplace_back(one.key);
    throw std::invalid_argument(fmt::format("there is no setting '{}'; there are {}", key, fmt::join(known, ", ")));
  }
  // Refused at once, where the caller knows which setting it was, and not at open.
  Config changed = config;
  setting->set(changed, key, value);
  changed.Validate();
  config = std::move(changed);
}

}  // namespace

}  // namespace laminar::c

using laminar::c::Guard;
using laminar::c::Need;
using laminar::c::Text;

laminar_config* laminar_config_new(void) { return new (std::nothrow) laminar_config; }

void laminar_config_free(laminar_config* config) { delete config; }

laminar_status laminar_config_set(laminar_config* config, const char* key, const char* value, laminar_error** error) {
  return Guard(error, [&] { laminar::c::Set(Need(config, "config").config, Text(key, "key"), Text(value, "value")); });
}
