#include "exec/expression/column_test.h"

#include <string_view>

#include "function/compare.h"
#include "function/scalar_function.h"
#include "function/visit_physical.h"

namespace laminar {
namespace {

// Without a branch on the outcome: every row is written, and kept by moving on.
template <typename Test>
uint32_t SelectRows(const Column& column, const uint32_t* rows, uint32_t begin, uint32_t count, uint32_t* out,
                    Test test) {
  uint32_t kept = 0;
  if (column.validity != nullptr) {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = rows != nullptr ? rows[i] : begin + i;
      out[kept] = row;
      kept += static_cast<uint32_t>(test(row)) & static_cast<uint32_t>(GetBit(column.validity, row));
    }
  } else if (rows != nullptr) {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = rows[i];
      out[kept] = row;
      kept += static_cast<uint32_t>(test(row));
    }
  } else {
    for (uint32_t row = begin; row < begin + count; ++row) {
      out[kept] = row;
      kept += static_cast<uint32_t>(test(row));
    }
  }
  return kept;
}

template <typename Compare, typename T>
uint32_t SelectCompared(const Column& column, const void* constant, const uint32_t* rows, uint32_t begin,
                        uint32_t count, uint32_t* out) {
  const T* values = column.data<T>();
  const T wanted = *static_cast<const T*>(constant);
  return SelectRows(column, rows, begin, count, out,
                    [values, wanted](uint32_t row) { return Compare::Apply(values[row], wanted); });
}

// Equality with a short text is that of two words.
template <bool kEqual>
uint32_t SelectShortText(const Column& column, const void* constant, const uint32_t* rows, uint32_t begin,
                         uint32_t count, uint32_t* out) {
  const StringRef* values = column.data<StringRef>();
  const uint64_t head = static_cast<const StringRef*>(constant)->head();
  const uint64_t tail = static_cast<const StringRef*>(constant)->tail();
  return SelectRows(column, rows, begin, count, out, [values, head, tail](uint32_t row) {
    return (((values[row].head() ^ head) | (values[row].tail() ^ tail)) == 0) == kEqual;
  });
}

template <typename T>
ColumnTest::Select FindSelect(std::string_view symbol, bool flipped, const ConstantCell& constant) {
  if constexpr (std::is_same_v<T, StringRef>) {
    if (constant.vector().data<StringRef>()->is_inline()) {
      if (symbol == "=") return SelectShortText<true>;
      if (symbol == "<>") return SelectShortText<false>;
    }
  }
  if (symbol == "=") return SelectCompared<Equal, T>;
  if (symbol == "<>") return SelectCompared<NotEqual, T>;
  if (symbol == "<") return flipped ? SelectCompared<Greater, T> : SelectCompared<Less, T>;
  if (symbol == "<=") return flipped ? SelectCompared<GreaterOrEqual, T> : SelectCompared<LessOrEqual, T>;
  if (symbol == ">") return flipped ? SelectCompared<Less, T> : SelectCompared<Greater, T>;
  if (symbol == ">=") return flipped ? SelectCompared<LessOrEqual, T> : SelectCompared<GreaterOrEqual, T>;
  return nullptr;
}

}  // namespace

std::optional<ColumnTest> AsColumnTest(const Expression& expression) {
  if (expression.kind != ExpressionKind::kCall || expression.children.size() != 2) return std::nullopt;
  const bool flipped = expression.children[0]->is_constant();
  const Expression& column = *expression.children[flipped ? 1 : 0];
  const Expression& constant = *expression.children[flipped ? 0 : 1];
  if (!column.is_column() || !constant.is_constant() || constant.value.is_null()) return std::nullopt;
  ColumnTest test;
  test.column = column.column;
  test.constant = MakeRef<ConstantCell>(constant.value);
  test.select = VisitPhysical(constant.type.physical(), [&](auto tag) {
    return FindSelect<typename decltype(tag)::type>(expression.function->name, flipped, *test.constant);
  });
  if (test.select == nullptr) return std::nullopt;
  return test;
}

}  // namespace laminar
