// What differs every time it is asked; refused in streams.
#include <random>

#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

std::mt19937_64& Generator() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator;
}

void RandomKernel(KernelContext&, const CallState*, std::span<const Vector>, uint32_t rows, MutableVector& result) {
  double* out = result.data<double>();
  for (uint32_t i = 0; i < rows; ++i) out[i] = static_cast<double>(Generator()() >> 11) * 0x1p-53;
}

/// Version 4 of RFC 9562: 122 bits of chance.
void UuidKernel(KernelContext& context, const CallState*, std::span<const Vector>, uint32_t rows,
                MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    uint64_t words[2] = {Generator()(), Generator()()};
    char bytes[16];
    std::memcpy(bytes, words, sizeof(bytes));
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    out[i] = MakeString(context, {bytes, sizeof(bytes)});
  }
}

}  // namespace

void RegisterRandom(RegistryBuilder& builder) {
  const SimpleOptions by_chance{.traits = {.deterministic = false}};
  builder.Describe({"random",
                    "math",
                    "random() → DOUBLE",
                    "A number from 0 to 1, another one for each row; not in streams.",
                    "random() < 1",
                    "true",
                    {}});
  AddFunction(builder, "random", {}, TypeId::kDouble, RandomKernel, by_chance);
  builder.Describe({"gen_random_uuid",
                    "string",
                    "gen_random_uuid() → UUID",
                    "A random UUID of version 4, another one for each row; not in streams.",
                    "gen_random_uuid() = gen_random_uuid()",
                    "false",
                    {"uuid"}});
  AddFunction(builder, "gen_random_uuid", {}, TypeId::kUuid, UuidKernel, by_chance);
}

}  // namespace laminar
