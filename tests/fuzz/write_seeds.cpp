// Gives a libFuzzer program its seeds: FuzzSamples() become files of the folder that LAMINAR_FUZZ_SEEDS names.
// libFuzzer calls this before it reads its corpus.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz_target.h"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* folder = std::getenv("LAMINAR_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& sample : FuzzSamples()) {
    std::ofstream file(std::filesystem::path(folder) / ("sample" + std::to_string(number++)), std::ios::binary);
    file.write(sample.data(), static_cast<std::streamsize>(sample.size()));
  }
  return 0;
}
