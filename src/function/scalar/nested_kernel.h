// What functions of nested values have in common: cells in, parts out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/nested.h"
#include "common/sql_error.h"
#include "function/scalar/simple_function.h"

namespace laminar {

/// The types a call was bound with.
struct NestedState final : CallState {
  DataType list;     // of the nested argument
  DataType element;  // of its elements; of a map, its values
};

inline const DataType& ElementOf(const DataType& list) { return list.children()[0].type; }
inline bool IsList(const Expression& argument) { return argument.type.id() == TypeId::kList; }

/// Writes row `i` of `vector` behind `bytes` as a part of `type`.
inline void AppendPart(const DataType& type, const Vector& vector, uint32_t i, std::string* bytes) {
  AppendNestedPart(type, {vector.values, vector.validity}, vector.Index(i), bytes);
}

/// The bytes of a list without its end, so that more can follow.
inline std::string_view WithoutEnd(std::string_view list) { return list.substr(0, list.size() - 1); }

/// Reads one part into row `i` of the result, which is of that type.
inline void PutPart(KernelContext& context, NestedReader& reader, const DataType& type, MutableVector& result,
                    uint32_t i) {
  if (!reader.TakeMark()) return SetNull(result, i);
  VisitPhysical(type.physical(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_same_v<T, StringRef>) {
      std::string scratch;
      result.data<T>()[i] = MakeString(context, reader.TakeString(type, &scratch));
    } else {
      result.data<T>()[i] = reader.Take<T>();
    }
  });
}

/// Every cell of the result has initialised bits, whatever is put there later.
inline void ClearCells(const DataType& type, uint32_t rows, MutableVector& result) {
  std::memset(result.values, 0, size_t{rows} * static_cast<size_t>(PhysicalWidth(type.physical())));
}

/// `bind` for functions of a list, whose result is of the element's type.
inline std::unique_ptr<CallState> ResultIsElement(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = std::make_unique<NestedState>();
  state->list = arguments[0]->type;
  state->element = ElementOf(state->list);
  *result = state->element;
  return state;
}

/// For functions whose result is a list like the first argument, or of a type of its own.
template <bool kSameType>
std::unique_ptr<CallState> BindList(std::span<const ExpressionPtr> arguments, DataType* result) {
  auto state = std::make_unique<NestedState>();
  state->list = arguments[0]->type;
  state->element = ElementOf(state->list);
  if (kSameType) *result = state->list;
  return state;
}

}  // namespace laminar
