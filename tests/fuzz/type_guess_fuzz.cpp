// Any lines as the sample of a column: each can be read as the type that was guessed for them, whatever their order.
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "common/text_cast.h"
#include "fuzz_target.h"
#include "main/file/type_guess.h"

std::vector<std::string> FuzzSamples() {
  return {"true\nFALSE\nt",
          "1\n-22\n+333",
          "9223372036854775807\n9223372036854775808",
          "1.5\n2\n1e308\n-.5E-3",
          "NaN\ninf",
          "007\n7",
          "12:30\n23:59:59.999999",
          "2024-02-29\n2013-2-8",
          "2013-02-08 06:00:00\n2013-02-08T06:00:00.5",
          "2013-02-08 06:00:00Z\n2013-02-08 06:00:00+05:30",
          "2013-02-08 06:00:00.123456789\n1677-09-21 00:12:43.2",
          "2013-02-08\n2013-02-08 06:00:00",
          "24:00:00\n0:0",
          "x\n\ny",
          " 1 \n2"};
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> lines;
  for (const auto line : std::views::split(text, '\n')) lines.emplace_back(line.begin(), line.end());
  laminar::TypeGuess forwards;
  laminar::TypeGuess backwards;
  for (const std::string_view line : lines) forwards.Add(line);
  for (const std::string_view line : std::views::reverse(lines)) backwards.Add(line);
  const laminar::DataType type = forwards.Result();
  if (!(type == backwards.Result())) Die("the order matters", text, type.ToString());
  for (const std::string_view line : lines) {
    if (const auto value = laminar::ParseValue(line, type); !value.ok())
      Die("cannot be read", text, value.status().message());
  }
  return 0;
}
