#include "common/byte_count.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "common/type.h"

namespace laminar {

std::optional<int64_t> ParseByteCount(std::string_view given) {
  const std::string text = LowerCased(given);
  int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = std::string_view(text).substr(static_cast<size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  constexpr std::pair<std::string_view, int> kUnits[] = {{"", 0},    {"b", 0},   {"kb", 10},
                                                         {"mb", 20}, {"gb", 30}, {"tb", 40}};
  const auto* found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, int>::first);
  int64_t bytes;
  if (failure != std::errc() || number <= 0 || found == std::end(kUnits) ||
      __builtin_mul_overflow(number, int64_t{1} << found->second, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace laminar
