// Lists: made, taken apart, searched and joined.
#include <algorithm>
#include <limits>
#include <vector>

#include "function/scalar/nested_kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

constexpr FunctionTraits kHandled{.nulls = NullBehaviour::kHandled};

// list_value

bool CoerceElements(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  DataType common;
  if (!CommonTypeOf(arguments, &common)) return false;
  types->assign(arguments.size(), common);
  return true;
}

std::unique_ptr<CallState> BindListValue(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = std::make_unique<NestedState>();
  state->element = arguments.empty() ? DataType() : arguments[0]->type;
  *result = DataType::List(state->element);
  return state;
}

void ListValueKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                     uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::string bytes;
  for (uint32_t i = 0; i < rows; ++i) {
    bytes.clear();
    for (const Vector& argument : arguments) AppendPart(state.element, argument, i, &bytes);
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  }
}

// list_extract, list_slice

/// Place of element `index`, which counts from 1, or from the end when it is negative; nothing outside.
std::optional<int64_t> PlaceOf(int64_t index, int64_t count) {
  if (index < 0) index += count + 1;
  if (index < 1 || index > count) return std::nullopt;
  return index - 1;
}

void ExtractKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  ClearCells(state.element, rows, result);
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    const std::string_view list = TextAt(arguments[0], i);
    const int64_t index = At<int64_t>(arguments[1], i);
    // From the front there is no need to count.
    const auto place = index > 0 ? std::optional(index - 1) : PlaceOf(index, CountNested(state.list, list));
    NestedReader reader(list);
    bool found = place && reader.Next();
    for (int64_t at = 0; found && at < *place; ++at) {
      reader.TakePartBytes(state.element);
      found = reader.Next();
    }
    if (found) {
      PutPart(context, reader, state.element, result, i);
    } else {
      SetNull(result, i);
    }
  }
}

/// Elements from..to, both of them in it; NULL: from the first, to the last.
void SliceKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = StringRef();
    if (!arguments[0].IsValid(i)) {
      SetNull(result, i);
      continue;
    }
    const std::string_view list = TextAt(arguments[0], i);
    const int64_t count = CountNested(state.list, list);
    const auto bound = [&](const Vector& argument, int64_t open) {
      if (!argument.IsValid(i)) return open;
      const int64_t index = At<int64_t>(argument, i);
      return index < 0 ? index + count + 1 : index;
    };
    const int64_t from = std::max<int64_t>(bound(arguments[1], 1), 1);
    const int64_t to = bound(arguments[2], count);
    std::string bytes;
    NestedReader reader(list);
    for (int64_t at = 1; reader.Next() && at <= to; ++at) {
      const std::string_view part = reader.TakePartBytes(state.element);
      if (at >= from) bytes.append(part);
    }
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  }
}

bool CoerceSlice(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 3 || !IsList(*arguments[0])) return false;
  for (size_t i = 1; i < 3; ++i) {
    if (!arguments[i]->type.is_integer() && arguments[i]->type.id() != TypeId::kNull) return false;
  }
  *types = {arguments[0]->type, TypeId::kInt64, TypeId::kInt64};
  return true;
}

// length

std::unique_ptr<CallState> BindLength(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<NestedState>();
  state->list = arguments[0]->type;
  return state;
}

void LengthKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  int64_t* const out = result.data<int64_t>();
  std::fill_n(out, rows, 0);
  ForEachValid(result, rows, [&](uint32_t i) { out[i] = CountNested(state.list, TextAt(arguments[0], i)); });
}

// list_contains, list_position: parts are equal when their bytes are.

/// The list and the element get the type they have in common.
template <size_t kList, size_t kElement>
bool CoerceWithElement(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 2 || !IsList(*arguments[kList])) return false;
  DataType common = ElementOf(arguments[kList]->type);
  const Expression& element = *arguments[kElement];
  const bool literal = element.is_constant() && element.type.is_string() && common.id() != TypeId::kNull;
  if (!literal && !CommonType(common, element.type, &common)) return false;
  types->resize(2);
  (*types)[kList] = DataType::List(common);
  (*types)[kElement] = common;
  return true;
}

/// Calls visit(row, place from 1, or 0) for each row.
template <typename Visit>
void ForEachPosition(const CallState* call_state, std::span<const Vector> arguments, const MutableVector& result,
                     uint32_t rows, Visit visit) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  std::string wanted;
  ForEachValid(result, rows, [&](uint32_t i) {
    wanted.clear();
    AppendPart(state.element, arguments[1], i, &wanted);
    NestedReader reader(TextAt(arguments[0], i));
    int64_t found = 0;
    for (int64_t at = 1; found == 0 && reader.Next(); ++at) {
      if (reader.TakePartBytes(state.element) == wanted) found = at;
    }
    visit(i, found);
  });
}

void ContainsKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  uint8_t* const out = result.data<uint8_t>();
  std::fill_n(out, rows, uint8_t{0});
  ForEachPosition(call_state, arguments, result, rows, [&](uint32_t i, int64_t found) { out[i] = found != 0; });
}

void PositionKernel(KernelContext&, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  int64_t* const out = result.data<int64_t>();
  std::fill_n(out, rows, 0);
  ForEachPosition(call_state, arguments, result, rows, [&](uint32_t i, int64_t found) {
    out[i] = found;
    if (found == 0) SetNull(result, i);
  });
}

// list_concat, list_append, list_prepend: NULL counts as a list without elements.

bool CoerceLists(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  const auto fits = [](const ExpressionPtr& a) { return IsList(*a) || a->type.id() == TypeId::kNull; };
  DataType common;
  if (!std::ranges::all_of(arguments, fits) || !CommonTypeOf(arguments, &common) || common.id() != TypeId::kList) {
    return false;
  }
  types->assign(arguments.size(), common);
  return true;
}

void ConcatKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                  MutableVector& result) {
  StringRef* const out = result.data<StringRef>();
  std::string bytes;
  for (uint32_t i = 0; i < rows; ++i) {
    bytes.clear();
    bool any = false;
    for (const Vector& argument : arguments) {
      if (!argument.IsValid(i)) continue;
      any = true;
      bytes.append(WithoutEnd(TextAt(argument, i)));
    }
    AppendNestedEnd(&bytes);
    out[i] = any ? MakeString(context, bytes) : StringRef();
    if (!any) SetNull(result, i);
  }
}

template <size_t kList, size_t kElement>
std::unique_ptr<CallState> BindWithElement(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = std::make_unique<NestedState>();
  state->list = arguments[kList]->type;
  state->element = ElementOf(state->list);
  *result = state->list;
  return state;
}

template <size_t kList, size_t kElement>
void AddElementKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                      uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::string bytes;
  for (uint32_t i = 0; i < rows; ++i) {
    bytes.clear();
    const auto list = [&] {
      if (arguments[kList].IsValid(i)) bytes.append(WithoutEnd(TextAt(arguments[kList], i)));
    };
    if (kList == 0) list();
    AppendPart(state.element, arguments[kElement], i, &bytes);
    if (kList == 1) list();
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  }
}

template <size_t kList, size_t kElement>
void AddGrowing(RegistryBuilder& builder, const char* name) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {kAny, kAny},
                             .result = TypeId::kNull,
                             .traits = {.nulls = NullBehaviour::kHandled, .never_null = true},
                             .kernel = AddElementKernel<kList, kElement>,
                             .coerce = CoerceWithElement<kList, kElement>,
                             .bind = BindWithElement<kList, kElement>});
}

bool CoerceListAndIndex(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 2 || !IsList(*arguments[0]) || !ImplicitlyCastable(arguments[1]->type, TypeId::kInt64)) {
    return false;
  }
  *types = {arguments[0]->type, TypeId::kInt64};
  return true;
}

// string_split

/// Without a separator: into characters.
void SplitKernel(KernelContext& context, const CallState*, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string bytes;
  const auto add = [&bytes](std::string_view part) {
    bytes.push_back(kNestedValue);
    AppendOrderedText(part, &bytes);
  };
  ForEachValid(result, rows, [&](uint32_t i) {
    bytes.clear();
    std::string_view text = TextAt(arguments[0], i);
    const std::string_view separator = TextAt(arguments[1], i);
    if (separator.empty()) {
      while (!text.empty()) {
        size_t size = 1;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
        add(text.substr(0, size));
        text.remove_prefix(size);
      }
    } else {
      for (size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
        add(text.substr(0, at));
        text.remove_prefix(at + separator.size());
      }
      add(text);
    }
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  });
}

void AddConcat(RegistryBuilder& builder, const char* name, bool variadic) {
  ScalarFunction function{.name = name,
                          .parameters = {kAny, kAny},
                          .variadic = variadic,
                          .result = TypeId::kNull,
                          .traits = kHandled,
                          .kernel = ConcatKernel,
                          .coerce = CoerceLists,
                          .bind = SameTypeAsFirst};
  builder.Add(std::move(function));
}

}  // namespace

void RegisterList(RegistryBuilder& builder) {
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "list", signature, help, example, example_result, std::move(aliases)});
  };
  describe("list_value", "list_value(x, …) → LIST", "A list of values, which get a common type; also written [x, …].",
           "list_value(1, 2.5)", "[1.0, 2.5]", {"list_pack"});
  builder.Add(ScalarFunction{.name = "list_value",
                             .parameters = {kAny},
                             .variadic = true,
                             .result = TypeId::kNull,
                             .traits = {.nulls = NullBehaviour::kHandled, .never_null = true},
                             .kernel = ListValueKernel,
                             .coerce = CoerceElements,
                             .bind = BindListValue});
  describe("list_extract", "list_extract(list, index BIGINT) → element",
           "The element at a place, counted from 1, or with a negative index from the end; NULL where there is none. "
           "Also written list[index].",
           "list_extract([10, 20, 30], -1)", "30", {"list_element", "array_extract"});
  builder.Add(ScalarFunction{.name = "list_extract",
                             .parameters = {kAny, TypeId::kInt64},
                             .result = TypeId::kNull,
                             .traits = {},
                             .kernel = ExtractKernel,
                             .coerce = CoerceListAndIndex,
                             .bind = ResultIsElement});
  describe("list_slice", "list_slice(list, from BIGINT, to BIGINT) → LIST",
           "The elements from one place to another, both in it; NULL leaves a side open. Also written list[from:to].",
           "list_slice([10, 20, 30], 2, 3)", "[20, 30]", {"array_slice"});
  builder.Add(ScalarFunction{.name = "list_slice",
                             .parameters = {kAny, TypeId::kInt64, TypeId::kInt64},
                             .result = TypeId::kNull,
                             .traits = kHandled,
                             .kernel = SliceKernel,
                             .coerce = CoerceSlice,
                             .bind = BindList<true>});
  describe("cardinality", "cardinality(list or map) → BIGINT", "Number of elements or entries.",
           "cardinality(MAP {'a': 1})", "1", {"array_length"});
  const DataType list = DataType::List(kAny);
  AddFunction(builder, "cardinality", {list}, TypeId::kInt64, LengthKernel, {.bind = BindLength});
  AddFunction(builder, "cardinality", {DataType::Map(kAny, kAny)}, TypeId::kInt64, LengthKernel, {.bind = BindLength});
  AddFunction(builder, "length", {list}, TypeId::kInt64, LengthKernel, {.bind = BindLength});
  describe("list_contains", "list_contains(list, x) → BOOLEAN", "Is x among the elements?",
           "list_contains([1, 2, NULL], 2)", "true", {"list_has", "array_contains", "array_has"});
  builder.Add(ScalarFunction{.name = "list_contains",
                             .parameters = {kAny, kAny},
                             .result = TypeId::kBoolean,
                             .traits = {},
                             .kernel = ContainsKernel,
                             .coerce = CoerceWithElement<0, 1>,
                             .bind = BindList<false>});
  describe("list_position", "list_position(list, x) → BIGINT",
           "Place of the first element equal to x, counted from 1; NULL when there is none.",
           "list_position(['a', 'b'], 'b')", "2", {"list_indexof", "array_position", "array_indexof"});
  builder.Add(ScalarFunction{.name = "list_position",
                             .parameters = {kAny, kAny},
                             .result = TypeId::kInt64,
                             .traits = {},
                             .kernel = PositionKernel,
                             .coerce = CoerceWithElement<0, 1>,
                             .bind = BindList<false>});
  describe("list_concat", "list_concat(list, …) → LIST",
           "Lists behind one another, NULL counting as an empty one; NULL when all are. Also written list || list.",
           "list_concat([1], [2, 3])", "[1, 2, 3]", {"list_cat", "array_concat", "array_cat"});
  AddConcat(builder, "list_concat", true);
  AddConcat(builder, "||", false);
  describe("string_split", "string_split(text VARCHAR, separator VARCHAR) → VARCHAR[]",
           "The parts between separators; without one, the characters.", "string_split('a-b-c', '-')", "[a, b, c]",
           {"str_split", "string_to_array"});
  AddFunction(builder, "string_split", {TypeId::kVarchar, TypeId::kVarchar}, DataType::List(TypeId::kVarchar),
              SplitKernel);
  describe("list_append", "list_append(list, x) → LIST", "A list with x behind it.", "list_append([1, 2], 3)",
           "[1, 2, 3]", {"array_append", "array_push_back"});
  AddGrowing<0, 1>(builder, "list_append");
  describe("list_prepend", "list_prepend(x, list) → LIST", "A list with x before it.", "list_prepend(1, [2, 3])",
           "[1, 2, 3]", {"array_prepend"});
  AddGrowing<1, 0>(builder, "list_prepend");
}

}  // namespace laminar
