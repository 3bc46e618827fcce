// Lists: sums, extremes, orders. Elements are compared by their bytes, which sort as they do (common/nested.h).
#include <algorithm>
#include <vector>

#include "common/nested_elements.h"
#include "function/scalar/nested_kernel.h"
#include "function/scalar/register.h"

namespace laminar {
namespace {

std::vector<std::string_view> PartsOf(const NestedState& state, std::string_view list) {
  std::vector<std::string_view> parts;
  NestedReader reader(list);
  while (reader.Next()) parts.push_back(reader.TakePartBytes(state.element));
  return parts;
}

bool IsNullPart(std::string_view part) { return part.front() == kNestedNull; }

/// `kApply(parts)` changes which parts there are, and their order.
template <auto kApply>
void RearrangeKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                     uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string bytes;
  ForEachValid(result, rows, [&](uint32_t i) {
    std::vector<std::string_view> parts = PartsOf(state, TextAt(arguments[0], i));
    kApply(parts);
    bytes.clear();
    for (const std::string_view part : parts) bytes.append(part);
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  });
}

void Sort(std::vector<std::string_view>& parts) { std::sort(parts.begin(), parts.end()); }
void SortDescending(std::vector<std::string_view>& parts) { std::sort(parts.begin(), parts.end(), std::greater<>()); }
void Reverse(std::vector<std::string_view>& parts) { std::reverse(parts.begin(), parts.end()); }
/// The first of equal ones stays; NULLs go.
void Distinct(std::vector<std::string_view>& parts) {
  std::vector<std::string_view> seen;
  std::erase_if(parts, [&seen](std::string_view part) {
    const auto place = std::lower_bound(seen.begin(), seen.end(), part);
    if (IsNullPart(part) || (place != seen.end() && *place == part)) return true;
    seen.insert(place, part);
    return false;
  });
}

/// Extremes leave NULLs out; of nothing they are NULL.
template <bool kLeast>
void ExtremeKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  ClearCells(state.element, rows, result);
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    std::string_view best;
    NestedReader reader(TextAt(arguments[0], i));
    while (reader.Next()) {
      const std::string_view part = reader.TakePartBytes(state.element);
      if (IsNullPart(part)) continue;
      if (best.empty() || (kLeast ? part < best : part > best)) best = part;
    }
    if (best.empty()) {
      SetNull(result, i);
      continue;
    }
    NestedReader chosen(best);
    PutPart(context, chosen, state.element, result, i);
  }
}

// list_sum, list_avg

/// Calls visit(row, elements as a column, their number) for each row that has a list.
template <typename Visit>
void ForEachList(const CallState* call_state, std::span<const Vector> arguments, const MutableVector& result,
                 uint32_t rows, Visit visit) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  NestedElements elements(state.element);
  for (uint32_t i = 0; i < rows; ++i) {
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    elements.Clear();
    NestedReader reader(TextAt(arguments[0], i));
    while (reader.Next()) elements.Append(reader);
    visit(i, elements.column(), elements.size());
  }
}

/// The sum of the elements that are not NULL, and how many those are.
template <typename T, typename Sum>
int64_t AddUp(const Column& column, uint32_t count, Sum* sum) {
  int64_t values = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (!column.IsValid(i)) continue;
    *sum += static_cast<Sum>(column.data<T>()[i]);
    ++values;
  }
  return values;
}

template <typename T>
void IntegerSumKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                      MutableVector& result) {
  int64_t* const out = result.data<int64_t>();
  std::fill_n(out, rows, 0);
  ForEachList(state, arguments, result, rows, [&](uint32_t i, const Column& column, uint32_t count) {
    int128_t sum = 0;
    if (AddUp<T>(column, count, &sum) == 0) return SetNull(result, i);
    out[i] = static_cast<int64_t>(sum);
    if (out[i] != sum) context.Fail(i, ErrorCode::kQueryFailed, "the sum of a list is out of range for BIGINT");
  });
}

template <typename T, bool kMean>
void FloatSumKernel(KernelContext&, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                    MutableVector& result) {
  double* const out = result.data<double>();
  std::fill_n(out, rows, 0.0);
  ForEachList(state, arguments, result, rows, [&](uint32_t i, const Column& column, uint32_t count) {
    const int64_t values = AddUp<T>(column, count, &out[i]);
    if (values == 0) return SetNull(result, i);
    if (kMean) out[i] /= static_cast<double>(values);
  });
}

/// One overload for lists of elements of type `id`.
void AddSum(RegistryBuilder& builder, const char* name, TypeId id, DataType result, ScalarKernel kernel,
            FunctionTraits traits) {
  builder.Add(ScalarFunction{.name = name,
                             .parameters = {DataType::List(id)},
                             .result = std::move(result),
                             .traits = traits,
                             .kernel = kernel,
                             .coerce =
                                 [id](std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
                                   if (arguments.size() != 1 || !IsList(*arguments[0]) ||
                                       ElementOf(arguments[0]->type).id() != id) {
                                     return false;
                                   }
                                   *types = {arguments[0]->type};
                                   return true;
                                 },
                             .bind = BindList<false>});
}

template <typename T>
void AddIntegerSums(RegistryBuilder& builder, TypeId id) {
  AddSum(builder, "list_sum", id, TypeId::kInt64, IntegerSumKernel<T>, kFallible);
  AddSum(builder, "list_avg", id, TypeId::kDouble, FloatSumKernel<T, true>, {});
}

/// Lists whose elements have an order.
bool CoerceOrdered(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 1 || !IsList(*arguments[0]) || !HasOrder(arguments[0]->type)) return false;
  *types = {arguments[0]->type};
  return true;
}

void AddOrdered(RegistryBuilder& builder, const char* name, ScalarKernel kernel, bool element) {
  ScalarFunction function{.name = name,
                          .parameters = {DataType::List(kAny)},
                          .result = TypeId::kNull,
                          .traits = {},
                          .kernel = kernel,
                          .coerce = CoerceOrdered,
                          .bind = BindList<true>};
  if (element) function.bind = ResultIsElement;
  builder.Add(std::move(function));
}

// array_to_string, flatten

void JoinTextKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                    uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string text;
  ForEachValid(result, rows, [&](uint32_t i) {
    text.clear();
    bool first = true;
    NestedReader reader(TextAt(arguments[0], i));
    while (reader.Next()) {
      const Value value = reader.TakePart(state.element);
      if (value.is_null()) continue;
      if (!std::exchange(first, false)) text.append(TextAt(arguments[1], i));
      text.append(value.ToString());
    }
    out[i] = MakeString(context, text);
  });
}

bool CoerceListOfLists(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.size() != 1 || !IsList(*arguments[0]) || ElementOf(arguments[0]->type).id() != TypeId::kList) {
    return false;
  }
  *types = {arguments[0]->type};
  return true;
}

void FlattenKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const NestedState*>(call_state);
  StringRef* const out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  std::string bytes;
  ForEachValid(result, rows, [&](uint32_t i) {
    bytes.clear();
    NestedReader reader(TextAt(arguments[0], i));
    while (reader.Next()) {
      if (reader.TakeMark()) bytes.append(WithoutEnd(reader.TakeNested(state.element)));
    }
    AppendNestedEnd(&bytes);
    out[i] = MakeString(context, bytes);
  });
}

}  // namespace

void RegisterListMath(RegistryBuilder& builder) {
  const auto describe = [&builder](const char* name, const char* signature, const char* help, const char* example,
                                   const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "list", signature, help, example, example_result, std::move(aliases)});
  };
  describe("list_sum", "list_sum(list of numbers) → BIGINT or DOUBLE",
           "Sum of the elements; NULL when there is none but NULLs.", "list_sum([1, NULL, 3])", "4");
  describe("list_avg", "list_avg(list of numbers) → DOUBLE", "Mean of the elements that are not NULL.",
           "list_avg([1, NULL, 4])", "2.5");
  AddIntegerSums<int8_t>(builder, TypeId::kInt8);
  AddIntegerSums<int16_t>(builder, TypeId::kInt16);
  AddIntegerSums<int32_t>(builder, TypeId::kInt32);
  AddIntegerSums<int64_t>(builder, TypeId::kInt64);
  AddIntegerSums<uint8_t>(builder, TypeId::kUInt8);
  AddIntegerSums<uint16_t>(builder, TypeId::kUInt16);
  AddIntegerSums<uint32_t>(builder, TypeId::kUInt32);
  AddIntegerSums<uint64_t>(builder, TypeId::kUInt64);
  AddSum(builder, "list_sum", TypeId::kFloat, TypeId::kDouble, FloatSumKernel<float, false>, {});
  AddSum(builder, "list_sum", TypeId::kDouble, TypeId::kDouble, FloatSumKernel<double, false>, {});
  AddSum(builder, "list_avg", TypeId::kFloat, TypeId::kDouble, FloatSumKernel<float, true>, {});
  AddSum(builder, "list_avg", TypeId::kDouble, TypeId::kDouble, FloatSumKernel<double, true>, {});
  describe("list_min", "list_min(list) → element", "The least element; NULLs do not count.", "list_min([3, 1, NULL])",
           "1");
  AddOrdered(builder, "list_min", ExtremeKernel<true>, true);
  describe("list_max", "list_max(list) → element", "The greatest element; NULLs do not count.",
           "list_max([3, 1, NULL])", "3");
  AddOrdered(builder, "list_max", ExtremeKernel<false>, true);
  describe("list_sort", "list_sort(list) → LIST", "The elements in ascending order, NULLs last.",
           "list_sort([3, NULL, 1])", "[1, 3, NULL]", {"array_sort"});
  AddOrdered(builder, "list_sort", RearrangeKernel<Sort>, false);
  describe("list_reverse_sort", "list_reverse_sort(list) → LIST", "The elements in descending order, NULLs first.",
           "list_reverse_sort([1, NULL, 3])", "[NULL, 3, 1]", {"array_reverse_sort"});
  AddOrdered(builder, "list_reverse_sort", RearrangeKernel<SortDescending>, false);
  describe("list_distinct", "list_distinct(list) → LIST",
           "The elements without those that were there before, and without NULLs.", "list_distinct([2, 1, 2, NULL])",
           "[2, 1]", {"array_distinct"});
  const DataType list = DataType::List(kAny);
  AddFunction(builder, "list_distinct", {list}, TypeId::kNull, RearrangeKernel<Distinct>, {.bind = BindList<true>});
  describe("list_reverse", "list_reverse(list) → LIST", "The elements from last to first.", "list_reverse([1, 2, 3])",
           "[3, 2, 1]", {"array_reverse"});
  AddFunction(builder, "list_reverse", {list}, TypeId::kNull, RearrangeKernel<Reverse>, {.bind = BindList<true>});
  describe("array_to_string", "array_to_string(list, separator VARCHAR) → VARCHAR",
           "The elements as text with a separator between them; NULLs are left out.",
           "array_to_string([1, NULL, 2], '-')", "1-2", {"list_to_string"});
  AddFunction(builder, "array_to_string", {list, TypeId::kVarchar}, TypeId::kVarchar, JoinTextKernel,
              {.bind = BindList<false>});
  describe("flatten", "flatten(list of lists) → LIST", "The elements of the lists that are the elements of a list.",
           "flatten([[1, 2], NULL, [3]])", "[1, 2, 3]");
  builder.Add(ScalarFunction{.name = "flatten",
                             .parameters = {DataType::List(list)},
                             .result = TypeId::kNull,
                             .traits = {},
                             .kernel = FlattenKernel,
                             .coerce = CoerceListOfLists,
                             .bind = ResultIsElement});
}

}  // namespace laminar
