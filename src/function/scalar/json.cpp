// Functions and operators over JSON, as type JSON or as text.
#include <algorithm>

#include "common/sql_error.h"
#include "common/text_cast.h"
#include "function/cast.h"
#include "function/scalar/json_path.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

constexpr char kNoJson[] = "this text is not JSON";

struct PathState final : CallState {
  std::optional<JsonPath> path;  // nothing: no constant
  bool checked = true;           // the argument is of type JSON, so that every value is
};

std::unique_ptr<CallState> BindPath(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<PathState>();
  state->checked = arguments[0]->type.id() == TypeId::kJson;
  const Value* path = ConstantArgument(arguments, 1);
  if (path == nullptr) return state;
  if (path->type().id() == TypeId::kInt64) {
    state->path = JsonPath{{.key = "", .index = path->get<int64_t>(), .is_key = false}};
  } else {
    state->path = ParseJsonPath(path->get<std::string>());
  }
  return state;
}

/// Calls visit(row, value found) for the rows that have a path which leads to a value; the others become NULL.
template <typename Path, typename Visit>
void ForEachFound(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result, Visit visit) {
  const auto& state = *static_cast<const PathState*>(call_state);
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    const std::string_view json = TextAt(arguments[0], i);
    if (!state.checked && !IsJson(json)) {
      context.Fail(i, ErrorCode::kQueryFailed, kNoJson);
      continue;
    }
    std::optional<std::string_view> found;
    try {
      if (state.path) {
        found = FindJson(json, *state.path);
      } else if constexpr (std::is_same_v<Path, int64_t>) {
        found = FindJson(json, JsonStep{.key = "", .index = At<int64_t>(arguments[1], i), .is_key = false});
      } else {
        found = FindJson(json, ParseJsonPath(TextAt(arguments[1], i)));
      }
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
      continue;
    }
    visit(i, found);
  }
}

template <typename Path>
void ExtractKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  ForEachFound<Path>(context, state, arguments, rows, result,
                     [&](uint32_t i, const std::optional<std::string_view>& found) {
                       if (!found) return SetNull(result, i);
                       out[i] = MakeString(context, *found);
                     });
}

/// JSON's null becomes NULL; `kScalar`: objects and arrays too.
template <typename Path, bool kScalar>
void TextOfKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string scratch;
  ForEachFound<Path>(context, state, arguments, rows, result,
                     [&](uint32_t i, const std::optional<std::string_view>& found) {
                       const char kind = found ? KindOfJson(*found) : 'n';
                       if (kind == 'n' || (kScalar && (kind == '{' || kind == '['))) return SetNull(result, i);
                       scratch.clear();
                       AppendJsonText(*found, &scratch);
                       out[i] = MakeString(context, scratch);
                     });
}

void ExistsKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  std::fill_n(out, rows, uint8_t{0});
  ForEachFound<StringRef>(
      context, state, arguments, rows, result,
      [&](uint32_t i, const std::optional<std::string_view>& found) { out[i] = found.has_value(); });
}

bool IsValid(std::span<const Vector> arguments, uint32_t i) { return IsJson(TextAt(arguments[0], i)); }

const char* Length(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const std::string_view json = TextAt(arguments[0], i);
  if (!IsJson(json)) return kNoJson;
  *result = CountJsonElements(json);
  return nullptr;
}

const char* TypeOf(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  const std::string_view json = TextAt(arguments[0], i);
  if (!IsJson(json)) return kNoJson;
  switch (KindOfJson(json)) {
    case '{':
      out->append("object");
      break;
    case '[':
      out->append("array");
      break;
    case '"':
      out->append("string");
      break;
    case 't':
    case 'f':
      out->append("boolean");
      break;
    case 'n':
      out->append("null");
      break;
    default:
      out->append("number");
  }
  return nullptr;
}

void QuoteText(std::span<const Vector> arguments, uint32_t i, std::string* out) {
  AppendJsonString(TextAt(arguments[0], i), out);
}

template <typename Path>
void AddGetters(RegistryBuilder& builder, TypeId path) {
  for (const TypeId json : {TypeId::kJson, TypeId::kVarchar}) {
    const SimpleOptions options{.traits = kFallible, .bind = BindPath};
    AddFunction(builder, "->", {json, path}, TypeId::kJson, ExtractKernel<Path>, options);
    AddFunction(builder, "->>", {json, path}, TypeId::kVarchar, TextOfKernel<Path, false>, options);
    AddFunction(builder, "json_extract", {json, path}, TypeId::kJson, ExtractKernel<Path>, options);
    AddFunction(builder, "json_extract_string", {json, path}, TypeId::kVarchar, TextOfKernel<Path, false>, options);
  }
}

}  // namespace

void RegisterJson(RegistryBuilder& builder) {
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    const bool is_operator = name[0] == '-';
    builder.Describe(
        {name, is_operator ? "operator" : "json", signature, help, example, example_result, std::move(aliases)});
  };
  describe("->", "json -> path VARCHAR or index BIGINT → JSON", "json_extract.", "'{\"a\": [1, 2]}'::JSON -> 'a'",
           "[1, 2]");
  describe("->>", "json ->> path VARCHAR or index BIGINT → VARCHAR", "json_extract_string.",
           "'{\"a\": \"x\"}'::JSON ->> 'a'", "x");
  describe("json_extract", "json_extract(json JSON or VARCHAR, path VARCHAR or BIGINT) → JSON",
           "The value at a path like '$.key[0]' or '/key/0', a key or an index; NULL when there is none.",
           "json_extract('{\"a\": [1, {\"b\": 2}]}', '$.a[1].b')", "2", {"json_extract_path"});
  describe("json_extract_string", "json_extract_string(json JSON or VARCHAR, path VARCHAR or BIGINT) → VARCHAR",
           "The value at a path as text, a string without its quotes; JSON's null is NULL.",
           "json_extract_string('{\"a\": \"x\"}', '$.a')", "x", {"json_extract_path_text"});
  AddGetters<StringRef>(builder, TypeId::kVarchar);
  AddGetters<int64_t>(builder, TypeId::kInt64);
  describe("json_value", "json_value(json JSON or VARCHAR, path VARCHAR) → VARCHAR",
           "The scalar at a path as text; NULL for null, objects and arrays.", "json_value('{\"a\": 1.50}', '$.a')",
           "1.50");
  describe("json_exists", "json_exists(json JSON or VARCHAR, path VARCHAR) → BOOLEAN", "Is there a value at a path?",
           "json_exists('{\"a\": null}', '$.a')", "true");
  describe("json_valid", "json_valid(text VARCHAR) → BOOLEAN", "Is it JSON?", "json_valid('{\"a\": 1')", "false");
  describe("json_array_length", "json_array_length(json JSON or VARCHAR) → BIGINT",
           "Number of elements; 0 of what is no array.", "json_array_length('[1, [2, 3]]')", "2");
  describe("json_typeof", "json_typeof(json JSON or VARCHAR) → VARCHAR",
           "object, array, string, number, boolean or null.", "json_typeof('[1, 2]')", "array");
  describe("json_quote", "json_quote(text VARCHAR) → JSON", "A text as a string of JSON.", "json_quote('say \"hi\"')",
           "\"say \\\"hi\\\"\"");
  for (const TypeId json : {TypeId::kJson, TypeId::kVarchar}) {
    const SimpleOptions options{.traits = kFallible, .bind = BindPath};
    AddFunction(builder, "json_value", {json, TypeId::kVarchar}, TypeId::kVarchar, TextOfKernel<StringRef, true>,
                options);
    AddFunction(builder, "json_exists", {json, TypeId::kVarchar}, TypeId::kBoolean, ExistsKernel, options);
    AddFunction(builder, "json_valid", {json}, TypeId::kBoolean, RowKernel<uint8_t, IsValid>);
    AddFunction(builder, "json_array_length", {json}, TypeId::kInt64, FallibleRowKernel<int64_t, Length>,
                {.traits = kFallible});
    AddFunction(builder, "json_typeof", {json}, TypeId::kVarchar, FallibleTextKernel<TypeOf>, {.traits = kFallible});
  }
  AddFunction(builder, "json_quote", {TypeId::kVarchar}, TypeId::kJson, TextKernel<QuoteText>);
}

}  // namespace laminar
