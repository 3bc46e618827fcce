// Conversions from and to VARCHAR.
#include <charconv>

#include "common/text_cast.h"
#include "common/text_format.h"
#include "function/cast_kernels.h"

namespace laminar {
namespace {

// Rows that are NULL are not looked at: their text is empty, which is no number.
template <typename Out, typename Parse>
void ParseRows(KernelContext& context, const CallState* call_state, const Vector& argument, uint32_t rows,
               MutableVector& result, Parse parse) {
  const auto& state = *static_cast<const CastState*>(call_state);
  Out* out = result.data<Out>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = Out{};
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    const std::string_view text = argument.data<StringRef>()[i].view();
    if (const Parsed parsed = parse(text, state.to, &out[i]); parsed != Parsed::kOk) {
      out[i] = Out{};
      context.Fail(i, ErrorCode::kQueryFailed, ParseError(parsed, text, state.to));
    }
  }
}

template <typename Reader>
void ParseKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  using Out = typename Reader::Out;
  ParseRows<Out>(context, state, arguments[0], rows, result, Reader::Read);
}

struct BooleanReader {
  using Out = uint8_t;
  static Parsed Read(std::string_view text, const DataType&, uint8_t* out) {
    bool value = false;
    const Parsed parsed = ParseBoolean(text, &value);
    *out = value ? 1 : 0;
    return parsed;
  }
};

template <typename T>
struct IntegerReader {
  using Out = T;
  static Parsed Read(std::string_view text, const DataType&, T* out) { return ParseInteger(text, out); }
};

template <typename T>
struct FloatReader {
  using Out = T;
  static Parsed Read(std::string_view text, const DataType&, T* out) { return ParseFloat(text, out); }
};

struct DecimalReader {
  using Out = int128_t;
  static Parsed Read(std::string_view text, const DataType& type, int128_t* out) {
    return ParseDecimal(TrimBlanks(text), type.precision(), type.scale(), out);
  }
};

struct DateReader {
  using Out = int32_t;
  static Parsed Read(std::string_view text, const DataType&, int32_t* out) { return ParseDate(text, out); }
};

struct TimeReader {
  using Out = int64_t;
  static Parsed Read(std::string_view text, const DataType& type, int64_t* out) {
    return ParseTime(text, type.unit(), out);
  }
};

struct TimestampReader {
  using Out = int64_t;
  static Parsed Read(std::string_view text, const DataType& type, int64_t* out) {
    return ParseTimestamp(text, type.unit(), out);
  }
};

struct IntervalReader {
  using Out = Interval;
  static Parsed Read(std::string_view text, const DataType&, Interval* out) { return ParseInterval(text, out); }
};

void ParseStringKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  ParseRows<StringRef>(
      context, state, arguments[0], rows, result, [&](std::string_view text, const DataType& type, StringRef* out) {
        if (type.id() == TypeId::kJson) {
          *out = MakeString(context, text);
          return IsJson(text) ? Parsed::kOk : Parsed::kInvalid;
        }
        std::string bytes(16, '\0');
        const Parsed parsed = type.id() == TypeId::kUuid ? ParseUuid(text, bytes.data()) : ParseBlob(text, &bytes);
        *out = MakeString(context, bytes);
        return parsed;
      });
}

// `format(const CastState&, value, char* out) → end`.
template <typename In, typename Format>
void FormatRows(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                MutableVector& result, Format format) {
  const auto& state = *static_cast<const CastState*>(call_state);
  const In* in = arguments[0].data<In>();
  StringRef* out = result.data<StringRef>();
  char buffer[kFormattedSize];
  for (uint32_t i = 0; i < rows; ++i) {
    const char* end = format(state, in[i], buffer);
    out[i] = MakeString(context, {buffer, static_cast<size_t>(end - buffer)});
  }
}

#define LAMINAR_FORMAT_KERNEL(Name, In, expression)                                                                 \
  void Name(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,  \
            MutableVector& result) {                                                                                \
    FormatRows<In>(context, call_state, arguments, rows, result,                                                    \
                   []([[maybe_unused]] const CastState& state, const In& value, char* out) { return expression; }); \
  }
LAMINAR_FORMAT_KERNEL(FormatDecimalKernel, int128_t, FormatDecimal(out, value, state.from.scale()))
LAMINAR_FORMAT_KERNEL(FormatDateKernel, int32_t, FormatDate(out, value))
LAMINAR_FORMAT_KERNEL(FormatTimeKernel, int64_t, FormatTime(out, value, state.from.unit()))
LAMINAR_FORMAT_KERNEL(FormatTimestampKernel, int64_t,
                      FormatTimestamp(out, value, state.from.unit(), state.from.with_zone()))
LAMINAR_FORMAT_KERNEL(FormatIntervalKernel, Interval, FormatInterval(out, value))
LAMINAR_FORMAT_KERNEL(FormatUuidKernel, StringRef, FormatUuid(out, value.view()))
#undef LAMINAR_FORMAT_KERNEL

template <typename In>
void FormatIntegerKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments,
                         uint32_t rows, MutableVector& result) {
  FormatRows<In>(context, state, arguments, rows, result,
                 [](const CastState&, In value, char* out) { return std::to_chars(out, out + 24, value).ptr; });
}

template <typename In>
void FormatFloatKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  FormatRows<In>(context, state, arguments, rows, result,
                 [](const CastState&, In value, char* out) { return FormatFloat(out, value); });
}

void FormatBooleanKernel(KernelContext&, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                         MutableVector& result) {
  const StringRef words[2] = {StringRef("false"), StringRef("true")};
  const uint8_t* in = arguments[0].data<uint8_t>();
  for (uint32_t i = 0; i < rows; ++i) result.data<StringRef>()[i] = words[in[i] & 1];
}

void FormatBlobKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                      MutableVector& result) {
  for (uint32_t i = 0; i < rows; ++i) {
    result.data<StringRef>()[i] = MakeString(context, FormatBlob(arguments[0].data<StringRef>()[i].view()));
  }
}

}  // namespace

CastKernel FindParsingCast(const DataType& to) {
  switch (to.id()) {
    case TypeId::kBoolean:
      return {ParseKernel<BooleanReader>, true};
    case TypeId::kInt8:
      return {ParseKernel<IntegerReader<int8_t>>, true};
    case TypeId::kInt16:
      return {ParseKernel<IntegerReader<int16_t>>, true};
    case TypeId::kInt32:
      return {ParseKernel<IntegerReader<int32_t>>, true};
    case TypeId::kInt64:
      return {ParseKernel<IntegerReader<int64_t>>, true};
    case TypeId::kUInt8:
      return {ParseKernel<IntegerReader<uint8_t>>, true};
    case TypeId::kUInt16:
      return {ParseKernel<IntegerReader<uint16_t>>, true};
    case TypeId::kUInt32:
      return {ParseKernel<IntegerReader<uint32_t>>, true};
    case TypeId::kUInt64:
      return {ParseKernel<IntegerReader<uint64_t>>, true};
    case TypeId::kFloat:
      return {ParseKernel<FloatReader<float>>, true};
    case TypeId::kDouble:
      return {ParseKernel<FloatReader<double>>, true};
    case TypeId::kDecimal:
      return {ParseKernel<DecimalReader>, true};
    case TypeId::kDate:
      return {ParseKernel<DateReader>, true};
    case TypeId::kTime:
      return {ParseKernel<TimeReader>, true};
    case TypeId::kTimestamp:
      return {ParseKernel<TimestampReader>, true};
    case TypeId::kInterval:
      return {ParseKernel<IntervalReader>, true};
    case TypeId::kBlob:
    case TypeId::kUuid:
    case TypeId::kJson:
      return {ParseStringKernel, true};
    default:
      return {};
  }
}

CastKernel FindFormattingCast(const DataType& from) {
  switch (from.id()) {
    case TypeId::kBoolean:
      return {FormatBooleanKernel, false};
    case TypeId::kInt8:
      return {FormatIntegerKernel<int8_t>, false};
    case TypeId::kInt16:
      return {FormatIntegerKernel<int16_t>, false};
    case TypeId::kInt32:
      return {FormatIntegerKernel<int32_t>, false};
    case TypeId::kInt64:
      return {FormatIntegerKernel<int64_t>, false};
    case TypeId::kUInt8:
      return {FormatIntegerKernel<uint8_t>, false};
    case TypeId::kUInt16:
      return {FormatIntegerKernel<uint16_t>, false};
    case TypeId::kUInt32:
      return {FormatIntegerKernel<uint32_t>, false};
    case TypeId::kUInt64:
      return {FormatIntegerKernel<uint64_t>, false};
    case TypeId::kFloat:
      return {FormatFloatKernel<float>, false};
    case TypeId::kDouble:
      return {FormatFloatKernel<double>, false};
    case TypeId::kDecimal:
      return {FormatDecimalKernel, false};
    case TypeId::kDate:
      return {FormatDateKernel, false};
    case TypeId::kTime:
      return {FormatTimeKernel, false};
    case TypeId::kTimestamp:
      return {FormatTimestampKernel, false};
    case TypeId::kInterval:
      return {FormatIntervalKernel, false};
    case TypeId::kUuid:
      return {FormatUuidKernel, false};
    case TypeId::kBlob:
      return {FormatBlobKernel, false};
    default:
      return {};
  }
}

}  // namespace laminar
