// `column < constant` and its kin, straight from the column into a selection vector.
#pragma once

#include <cstdint>
#include <optional>

#include "common/delta.h"
#include "exec/expression/code.h"

namespace laminar {

/// Never fails, is never true for NULL.
struct ColumnTest {
  /// Writes those of `count` rows that pass to `out` (which may be `rows` itself) and returns how many. `rows` null:
  /// the rows from `begin` on.
  using Select = uint32_t (*)(const Column& column, const void* constant, const uint32_t* rows, uint32_t begin,
                              uint32_t count, uint32_t* out);

  int column = -1;
  Ref<ConstantCell> constant;
  Select select = nullptr;
};

/// The test that a bound expression is, if it is one.
std::optional<ColumnTest> AsColumnTest(const Expression& expression);

}  // namespace laminar
