// Any bytes cast to any type: a value whose text reads back as itself, or an error in UTF-8. The first byte of an input
// chooses the type.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "common/text_cast.h"
#include "common/utf8_validity.h"
#include "fuzz_target.h"

namespace {

using laminar::DataType;
using laminar::TimeUnit;
using laminar::TypeId;

const std::vector<DataType>& Types() {
  static const std::vector<DataType> types = {
      TypeId::kBoolean,
      TypeId::kInt8,
      TypeId::kInt16,
      TypeId::kInt32,
      TypeId::kInt64,
      TypeId::kUInt8,
      TypeId::kUInt16,
      TypeId::kUInt32,
      TypeId::kUInt64,
      TypeId::kFloat,
      TypeId::kDouble,
      DataType::Decimal(4, 2),
      DataType::Decimal(38, 0),
      DataType::Decimal(38, 38),
      TypeId::kVarchar,
      TypeId::kBlob,
      TypeId::kDate,
      DataType::Time(TimeUnit::kSecond),
      DataType::Time(TimeUnit::kNano),
      DataType::Timestamp(TimeUnit::kSecond),
      DataType::Timestamp(TimeUnit::kMicro),
      DataType::Timestamp(TimeUnit::kNano),
      DataType::Timestamp(TimeUnit::kMicro, true),
      TypeId::kInterval,
      TypeId::kUuid,
      TypeId::kJson,
  };
  return types;
}

}  // namespace

std::vector<std::string> FuzzSamples() {
  static constexpr std::string_view kTexts[] = {
      "true",
      "off",
      "-129",
      "+127",
      "9223372036854775807",
      "18446744073709551615",
      "1e308",
      "-.5E-3",
      "NaN",
      "-Infinity",
      "12.345",
      "99999999999999999999999999999999999999",
      "0.00000000000000000000000000000000000001",
      "text",
      "\\xDEADbeef",
      "a\\\\b\\001",
      "2024-02-29",
      "0044-03-15 BC",
      "23:59:59.999999999",
      "24:00:00",
      "2013-02-08T06:00:00.5-05:30",
      "1677-09-21 00:12:43.145224193",
      "1 year 2 mons -3 days 04:05:06.789",
      "P1Y2M3DT4H5M6.7S",
      "2 weeks ago",
      "123e4567-e89b-12d3-a456-426614174000",
      "{\"a\": [1, null, \"\\u00e9\"]}",
  };
  std::vector<std::string> samples;
  for (std::size_t type = 0; type < Types().size(); ++type) {
    for (const std::string_view text : kTexts) samples.push_back(static_cast<char>(type) + std::string(text));
  }
  return samples;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const DataType& type = Types()[data[0] % Types().size()];
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string name = type.ToString();
  auto value = laminar::ParseValue(text, type);
  if (!value.ok()) {
    if (value.status().error().code() != laminar::ErrorCode::kQueryFailed) Die("another code", text, name);
    // Texts are checked to be UTF-8 before anything is done with them.
    const bool valid = laminar::FindInvalidUtf8(text) == std::string_view::npos;
    if (valid && laminar::FindInvalidUtf8(value.status().message()) != std::string_view::npos) {
      Die("the message is not UTF-8", text, name);
    }
    return 0;
  }
  const std::string shown = value.value().ToString();
  auto again = laminar::ParseValue(shown, type);
  if (!again.ok()) Die("what is shown does not read back", text, name + "\n" + shown + "\n" + again.status().message());
  if (!(again.value() == value.value())) Die("what is shown reads back as another value", text, name + "\n" + shown);
  return 0;
}
