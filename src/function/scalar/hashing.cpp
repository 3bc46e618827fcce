// hash, for spreading and comparing values; md5, sha1 and sha256, for exchanging digests with others.
#include "common/hash.h"
#include "function/scalar/md5.h"
#include "function/scalar/register.h"
#include "function/scalar/sha.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct HashState final : CallState {
  std::vector<DataType> types;
};

std::unique_ptr<CallState> BindHash(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<HashState>();
  for (const ExpressionPtr& argument : arguments) state->types.push_back(argument->type);
  return state;
}

// The hash that exchanges and group tables use; NULL is a value like any other.
void HashKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result) {
  const auto& state = *static_cast<const HashState*>(call_state);
  uint64_t* out = result.data<uint64_t>();
  // Constants are spread out: hashing is by column.
  std::vector<Column> columns;
  std::vector<std::vector<uint8_t>> spread;
  std::vector<uint64_t> no_bits(BitmapWords(rows), 0);
  for (size_t c = 0; c < arguments.size(); ++c) {
    const Vector& argument = arguments[c];
    if (!argument.constant) {
      columns.push_back({argument.values, argument.validity});
      continue;
    }
    const auto width = static_cast<size_t>(PhysicalWidth(state.types[c].physical()));
    std::vector<uint8_t>& values = spread.emplace_back(rows * width);
    for (uint32_t i = 0; i < rows; ++i) std::memcpy(values.data() + i * width, argument.values, width);
    columns.push_back({values.data(), argument.IsValid(0) ? nullptr : no_bits.data()});
  }
  HashRows(columns, state.types, nullptr, 0, rows, out);
}

template <std::string (*kDigest)(std::string_view)>
void DigestKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<StringRef>()[i] = MakeString(context, kDigest(arguments[0].data<StringRef>()[i].view()));
  }
}

}  // namespace

void RegisterHashing(RegistryBuilder& builder) {
  builder.Describe({"hash",
                    "hash",
                    "hash(x, …) → UBIGINT",
                    "A hash of all arguments; stable within a version, not for storing elsewhere.",
                    "hash('a') = hash('a')",
                    "true",
                    {}});
  AddFunction(builder, "hash", {kAny, kAny}, TypeId::kUInt64, HashKernel,
              {.traits = {.nulls = NullBehaviour::kHandled, .never_null = true}, .variadic = true, .bind = BindHash});
  builder.Describe({"md5",
                    "hash",
                    "md5(text VARCHAR or BLOB) → VARCHAR",
                    "MD5 digest in hexadecimal digits.",
                    "md5('abc')",
                    "900150983cd24fb0d6963f7d28e17f72",
                    {}});
  builder.Describe({"sha1",
                    "hash",
                    "sha1(text VARCHAR or BLOB) → VARCHAR",
                    "SHA-1 digest in hexadecimal digits.",
                    "sha1('abc')",
                    "a9993e364706816aba3e25717850c26c9cd0d89d",
                    {}});
  builder.Describe({"sha256",
                    "hash",
                    "sha256(text VARCHAR or BLOB) → VARCHAR",
                    "SHA-256 digest in hexadecimal digits.",
                    "sha256('abc')",
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                    {}});
  for (const TypeId type : {TypeId::kVarchar, TypeId::kBlob}) {
    AddFunction(builder, "md5", {type}, TypeId::kVarchar, DigestKernel<Md5Hex>);
    AddFunction(builder, "sha1", {type}, TypeId::kVarchar, DigestKernel<Sha1Hex>);
    AddFunction(builder, "sha256", {type}, TypeId::kVarchar, DigestKernel<Sha256Hex>);
  }
}

}  // namespace laminar
