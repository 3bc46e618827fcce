// create_sort_key: several values as one BLOB whose byte order is the order SQL sorts them in.
#include "common/nested.h"
#include "common/ordered_bytes.h"
#include "common/sql_error.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

template <typename T>
void AppendRow(const Vector& vector, uint32_t row, std::string* key) {
  AppendOrdered(At<T>(vector, row), key);
}

struct Part {
  void (*append)(const Vector& vector, uint32_t row, std::string* key);
  bool descending = false;
  bool nulls_first = false;
};

struct SortKeyState final : CallState {
  std::vector<Part> parts;
};

Part PartOf(const Expression& value, const Value* order) {
  if (order == nullptr) throw Error(ErrorCode::kQueryFailed, "the order of a sort key is a constant, like 'ASC'");
  const std::string spelled = LowerCased(order->get<std::string>());
  Part part;
  std::string_view rest = spelled;
  if (rest.starts_with("desc")) {
    part.descending = part.nulls_first = true;
    rest.remove_prefix(4);
  } else if (rest.starts_with("asc")) {
    rest.remove_prefix(3);
  }
  if (rest.ends_with("nulls first")) {
    part.nulls_first = true;
    rest.remove_suffix(11);
  } else if (rest.ends_with("nulls last")) {
    part.nulls_first = false;
    rest.remove_suffix(10);
  }
  if (rest.find_first_not_of(' ') != std::string_view::npos) {
    throw Error(ErrorCode::kQueryFailed,
                "'" + order->get<std::string>() + "' is no order: ASC or DESC, then NULLS FIRST or NULLS LAST");
  }
  VisitPhysical(value.type.physical(), [&](auto tag) { part.append = AppendRow<typename decltype(tag)::type>; });
  return part;
}

std::unique_ptr<CallState> Bind(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<SortKeyState>();
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (!HasOrder(arguments[i]->type)) {
      throw Error(ErrorCode::kQueryFailed, arguments[i]->type.ToString() + " has no order");
    }
    state->parts.push_back(PartOf(*arguments[i], ConstantArgument(arguments, i + 1)));
  }
  return state;
}

/// NULLs stand before or after all values whatever the direction.
void Kernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments, uint32_t rows,
            MutableVector& result) {
  const auto& state = *static_cast<const SortKeyState*>(call_state);
  StringRef* out = result.data<StringRef>();
  std::string key;
  for (uint32_t i = 0; i < rows; ++i) {
    key.clear();
    for (size_t part = 0; part < state.parts.size(); ++part) {
      const Vector& vector = arguments[2 * part];
      if (!vector.IsValid(i)) {
        key.push_back(state.parts[part].nulls_first ? '\0' : '\2');
        continue;
      }
      key.push_back('\1');
      const size_t begin = key.size();
      state.parts[part].append(vector, i, &key);
      if (!state.parts[part].descending) continue;
      for (size_t byte = begin; byte < key.size(); ++byte) key[byte] = static_cast<char>(~key[byte]);
    }
    out[i] = MakeString(context, key);
  }
}

bool Coerce(std::span<const ExpressionPtr> arguments, std::vector<DataType>* types) {
  if (arguments.empty() || arguments.size() % 2 != 0) return false;
  types->clear();
  for (size_t i = 0; i < arguments.size(); ++i) {
    const DataType& type = arguments[i]->type;
    if (i % 2 != 0 && type.id() != TypeId::kVarchar) return false;
    types->push_back(type.id() == TypeId::kNull ? DataType(TypeId::kVarchar) : type);
  }
  return true;
}

}  // namespace

void RegisterSortKey(RegistryBuilder& builder) {
  builder.Describe({"create_sort_key",
                    "hash",
                    "create_sort_key(x, order VARCHAR, …) → BLOB",
                    "Values as bytes that sort as the values do, in orders like 'DESC NULLS LAST'; not for storing "
                    "elsewhere.",
                    "create_sort_key(9, 'ASC') < create_sort_key(10, 'ASC')",
                    "true",
                    {}});
  builder.Add(ScalarFunction{.name = "create_sort_key",
                             .parameters = {kAny, TypeId::kVarchar},
                             .result = TypeId::kBlob,
                             .traits = {.nulls = NullBehaviour::kHandled, .never_null = true},
                             .kernel = Kernel,
                             .coerce = Coerce,
                             .bind = Bind});
}

}  // namespace laminar
