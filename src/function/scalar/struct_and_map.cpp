// Structs and maps: made and taken apart.
#include <algorithm>
#include <vector>

#include "function/scalar/nested_kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

// struct_pack

std::string NameArgument(std::span<const ExpressionPtr> arguments, size_t i) {
  const Value* name = ConstantArgument(arguments, i);
  if (name == nullptr || !name->type().is_string()) {
    throw Error(ErrorCode::kQueryFailed, "the name of a field is a constant text");
  }
  return name->get<std::string>();
}

struct StructState final : CallState {
  std::vector<DataType> fields;
};

bool CoerceFields(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.empty() || arguments.size() % 2 != 0) return false;
  types->clear();
  for (const ExpressionPtr& argument : arguments) types->push_back(argument->type);
  return true;
}

std::unique_ptr<CallState> BindStructPack(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = std::make_unique<StructState>();
  std::vector<TypeChild> fields;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    std::string name = NameArgument(arguments, i);
    for (const TypeChild& other : fields) {
      if (NamesEqual(other.name, name)) throw Error(ErrorCode::kQueryFailed, "field \"" + name + "\" is there twice");
    }
    state->fields.push_back(arguments[i + 1]->type);
    fields.push_back({std::move(name), arguments[i + 1]->type});
  }
  *result = DataType::Struct(std::move(fields));
  return state;
}

void StructPackKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                      uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const StructState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::string bytes;
  for (uint32_t i = 0; i < rows; ++i) {
    bytes.clear();
    for (size_t f = 0; f < state.fields.size(); ++f) AppendPart(state.fields[f], arguments[2 * f + 1], i, &bytes);
    out[i] = MakeString(context, bytes);
  }
}

// struct_extract

struct FieldState final : CallState {
  std::vector<DataType> before;  // fields that are passed over
  DataType field;
};

bool CoerceStructExtract(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 2 || arguments[0]->type.id() != TypeId::kStruct || !arguments[1]->type.is_string()) {
    return false;
  }
  *types = {arguments[0]->type, TypeId::kVarchar};
  return true;
}

std::unique_ptr<CallState> BindStructExtract(std::span<const ExpressionPtr> arguments, DataType* result) {
  const std::string name = NameArgument(arguments, 1);
  auto state = std::make_unique<FieldState>();
  std::vector<std::string> names;
  for (const TypeChild& child : arguments[0]->type.children()) {
    if (NamesEqual(child.name, name)) {
      state->field = *result = child.type;
      return state;
    }
    state->before.push_back(child.type);
    names.push_back(child.name);
  }
  std::vector<std::string> near = NearestNames(name, names);
  std::string message = arguments[0]->type.ToString() + " has no field \"" + name + "\"";
  if (!near.empty()) message += "; did you mean \"" + near.front() + "\"?";
  throw Error(ErrorCode::kQueryFailed, message).WithCandidates(std::move(near));
}

void StructExtractKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                         uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const FieldState*>(call_state);
  ClearCells(state.field, rows, result);
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    NestedReader reader(TextAt(arguments[0], i));
    for (const DataType& type : state.before) reader.TakePartBytes(type);
    PutPart(context, reader, state.field, result, i);
  }
}

// map

struct MapState final : CallState {
  DataType key;
  DataType value;
};

std::unique_ptr<MapState> StateOf(const DataType& map) {
  auto state = std::make_unique<MapState>();
  state->key = map.children()[0].type;
  state->value = map.children()[1].type;
  return state;
}

std::unique_ptr<CallState> BindMap(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = DataType::Map(ElementOf(arguments[0]->type), ElementOf(arguments[1]->type));
  return StateOf(*result);
}

void MapKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
               MutableVector& result) {
  const auto& state = *static_cast<const MapState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string bytes;
  std::vector<std::string_view> seen;
  const auto fill = [&](uint32_t i) -> const char* {
    NestedReader keys(TextAt(arguments[0], i));
    NestedReader values(TextAt(arguments[1], i));
    while (keys.Next()) {
      if (!values.Next()) return "a map needs as many values as keys";
      const std::string_view key = keys.TakePartBytes(state.key);
      if (key.front() == kNestedNull) return "a key of a map is NULL";
      seen.push_back(key);
      bytes.append(key);
      bytes.append(values.TakePartBytes(state.value));
    }
    if (values.Next()) return "a map needs as many keys as values";
    std::sort(seen.begin(), seen.end());
    return std::adjacent_find(seen.begin(), seen.end()) == seen.end() ? nullptr : "a map has a key twice";
  };
  ForEachValid(result, rows, [&](uint32_t i) {
    bytes.clear();
    seen.clear();
    if (const char* problem = fill(i)) {
      context.Fail(i, ErrorCode::kQueryFailed, problem);
      return;
    }
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  });
}

// map_extract_value, map_contains

bool CoerceMapAndKey(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 2 || arguments[0]->type.id() != TypeId::kMap) return false;
  const DataType& key = arguments[0]->type.children()[0].type;
  const Expression& given = *arguments[1];
  const bool literal = given.is_constant() && (given.type.is_string() || given.type.is_numeric());
  if (!literal && !ImplicitlyCastable(given.type, key)) return false;
  *types = {arguments[0]->type, key};
  return true;
}

/// Stands before the value of the key, or answers false.
bool Find(const MapState& state, std::string_view key, NestedReader* reader) {
  while (reader->Next()) {
    if (reader->TakePartBytes(state.key) == key) return true;
    reader->TakePartBytes(state.value);
  }
  return false;
}

std::unique_ptr<CallState> BindMapValue(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = arguments[0]->type.children()[1].type;
  return StateOf(arguments[0]->type);
}

void MapValueKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                    uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const MapState*>(call_state);
  ClearCells(state.value, rows, result);
  std::string key;
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    key.clear();
    AppendPart(state.key, arguments[1], i, &key);
    NestedReader reader(TextAt(arguments[0], i));
    if (Find(state, key, &reader)) {
      PutPart(context, reader, state.value, result, i);
    } else {
      SetNull(result, i);
    }
  }
}

std::unique_ptr<CallState> BindMapContains(std::span<const ExpressionPtr> arguments, DataType*) {
  return StateOf(arguments[0]->type);
}

void MapContainsKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                       MutableVector& result) {
  const auto& state = *static_cast<const MapState*>(call_state);
  uint8_t* const out = result.data<uint8_t>();
  std::fill_n(out, rows, uint8_t{0});
  std::string key;
  ForEachValid(result, rows, [&](uint32_t i) {
    key.clear();
    AppendPart(state.key, arguments[1], i, &key);
    NestedReader reader(TextAt(arguments[0], i));
    out[i] = Find(state, key, &reader);
  });
}

// map_keys, map_values

template <bool kKeys>
std::unique_ptr<CallState> BindMapSide(std::span<const ExpressionPtr> arguments, DataType* result) {
  *result = DataType::List(arguments[0]->type.children()[kKeys ? 0 : 1].type);
  return StateOf(arguments[0]->type);
}

template <bool kKeys>
void MapSideKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const MapState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string bytes;
  ForEachValid(result, rows, [&](uint32_t i) {
    bytes.clear();
    NestedReader reader(TextAt(arguments[0], i));
    while (reader.Next()) {
      const std::string_view key = reader.TakePartBytes(state.key);
      const std::string_view value = reader.TakePartBytes(state.value);
      bytes.append(kKeys ? key : value);
    }
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  });
}

}  // namespace

void RegisterStructAndMap(RegistryBuilder& builder) {
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result) {
    builder.Describe({name, "nested", signature, help, example, example_result, {}});
  };
  describe("struct_pack", "struct_pack(name VARCHAR, x, …) → STRUCT",
           "A struct of named values; also written {'name': x, …}.", "struct_pack('a', 1, 'b', 'x')",
           "{'a': 1, 'b': x}");
  builder.Add(ScalarFunction{.name = "struct_pack",
                             .parameters = {TypeId::kVarchar, kAny},
                             .variadic = true,
                             .result = TypeId::kNull,
                             .traits = {.nulls = NullBehaviour::kHandled, .never_null = true},
                             .kernel = StructPackKernel,
                             .coerce = CoerceFields,
                             .bind = BindStructPack});
  describe("struct_extract", "struct_extract(struct, name VARCHAR) → field",
           "The value of a field; also written struct.name or struct['name'].", "struct_extract({'a': 1, 'b': 2}, 'b')",
           "2");
  builder.Add(ScalarFunction{.name = "struct_extract",
                             .parameters = {kAny, TypeId::kVarchar},
                             .result = TypeId::kNull,
                             .traits = {},
                             .kernel = StructExtractKernel,
                             .coerce = CoerceStructExtract,
                             .bind = BindStructExtract});
  describe("map", "map(keys LIST, values LIST) → MAP",
           "A map from keys to values, place by place; also written MAP {key: value, …}.", "map(['a', 'b'], [1, 2])",
           "{a=1, b=2}");
  const DataType list = DataType::List(kAny);
  AddFunction(builder, "map", {list, list}, TypeId::kNull, MapKernel, {.traits = kFallible, .bind = BindMap});
  describe("map_extract_value", "map_extract_value(map, key) → value",
           "The value of a key, NULL when it is not there; also written map[key].",
           "map_extract_value(MAP {'a': 1}, 'a')", "1");
  builder.Add(ScalarFunction{.name = "map_extract_value",
                             .parameters = {kAny, kAny},
                             .result = TypeId::kNull,
                             .traits = {},
                             .kernel = MapValueKernel,
                             .coerce = CoerceMapAndKey,
                             .bind = BindMapValue});
  describe("map_contains", "map_contains(map, key) → BOOLEAN", "Has the map this key?",
           "map_contains(MAP {'a': 1}, 'b')", "false");
  builder.Add(ScalarFunction{.name = "map_contains",
                             .parameters = {kAny, kAny},
                             .result = TypeId::kBoolean,
                             .traits = {},
                             .kernel = MapContainsKernel,
                             .coerce = CoerceMapAndKey,
                             .bind = BindMapContains});
  describe("map_keys", "map_keys(map) → LIST", "The keys, in the order of the map.", "map_keys(MAP {'a': 1, 'b': 2})",
           "[a, b]");
  const DataType map = DataType::Map(kAny, kAny);
  AddFunction(builder, "map_keys", {map}, TypeId::kNull, MapSideKernel<true>, {.bind = BindMapSide<true>});
  describe("map_values", "map_values(map) → LIST", "The values, in the order of the map.",
           "map_values(MAP {'a': 1, 'b': 2})", "[1, 2]");
  AddFunction(builder, "map_values", {map}, TypeId::kNull, MapSideKernel<false>, {.bind = BindMapSide<false>});
}

}  // namespace laminar
