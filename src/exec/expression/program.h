// A bound expression compiled once into a flat program over columns, and run many times.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/delta.h"
#include "function/expression.h"
#include "function/vector.h"

namespace laminar {

/// Thread: one thread at a time per Program; `Clone` gives another thread its own scratch memory.
///
/// Running works in slices of at most kSliceRows physical positions so that registers stay in cache; results are dense
/// (position i of the result belongs to the i-th *selected* row of the delta), in scratch buffers that stay valid until
/// the next Run.
class Program {
 public:
  static constexpr uint32_t kSliceRows = 2048;

  /// Compiles expressions that share common subexpressions. Expressions must outlive nothing: they are copied as
  /// needed.
  static std::unique_ptr<Program> Compile(std::span<const ExpressionPtr> expressions);
  ~Program();

  std::unique_ptr<Program> Clone() const;

  /// Evaluates all expressions over the selected rows of `input`; one Vector per expression, valid until the next call.
  /// A result that is an input column comes back as a view of it when there is no selection. Row errors are in the
  /// vectors, never in a Status. `now` is used for rows without a mark.
  std::span<const Vector> Run(const Delta& input, int64_t now);

  /// Runs a one-expression boolean program as a filter: writes the physical rows where it is true to `selection` (room
  /// for input.size()), returns how many. Errors are appended to `errors` with `row` being the physical row.
  uint32_t RunFilter(const Delta& input, int64_t now, uint32_t* selection, RowErrors* errors);

 private:
  Program();
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace laminar
