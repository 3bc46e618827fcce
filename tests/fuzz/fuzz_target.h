// What every target of tests/fuzz shows its drivers: libFuzzer, and mutate_main.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

/// One input; a finding aborts.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

/// Inputs to start from: what mutations are made of, and the seeds of libFuzzer's corpus.
std::vector<std::string> FuzzSamples();

/// Ends with what is wrong, the input, and more that helps to see why.
[[noreturn]] inline void Die(std::string_view what, std::string_view input, std::string_view more = "") {
  std::fprintf(stderr, "%.*s\n--- input\n%.*s\n--- more\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(input.size()), input.data(), static_cast<int>(more.size()), more.data());
  std::abort();
}
