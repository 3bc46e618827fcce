// TUMBLE and HOP: their arguments, in GROUP BY and in FROM, to a window in raw units of the event time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/value.h"
#include "exec/window_assign.h"
#include "function/expression.h"
#include "planner/logical_plan.h"
#include "sql/ast_query.h"

namespace laminar {

class ExpressionBinder;

/// A length as it was given: an INTERVAL, or an integer of milliseconds.
struct WindowLength {
  Value value;
  SourceSpan span;
};

struct WindowArguments {
  sql::WindowKind kind = sql::WindowKind::kTumble;
  SourceSpan span;
  std::optional<WindowLength> size;
  std::optional<WindowLength> slide;
  std::optional<WindowLength> offset;
};

/// By lower-case function name: "tumble", "hop", "hopping", "slide", "session", "cumulate".
std::optional<sql::WindowKind> WindowKindOf(std::string_view function);
std::string_view WindowKindName(sql::WindowKind kind);

/// tumble_start, hop_end, tumble_rowtime, …: the kind, and which of window_start, window_end, window_time.
struct WindowBound {
  sql::WindowKind kind;
  int column;  // 0, 1 or 2
};
std::optional<WindowBound> WindowBoundOf(std::string_view function);

/// Refuses kinds that are not supported yet.
void CheckWindowKind(sql::WindowKind kind, std::string_view sql, SourceSpan span);

/// TUMBLE(ts, size [, offset]), HOP(ts, slide, size [, offset]): binds the lengths, and the event time into `time`.
WindowArguments BindWindowCall(const sql::CallExpression& call, sql::WindowKind kind, ExpressionBinder& binder,
                               std::string_view sql, ExpressionPtr* time);
/// A length must be a constant INTERVAL or integer.
WindowLength BindWindowLength(const sql::Expression& expression, std::string_view sql);

/// Length of one raw unit of `time`, an expression over `input`; throws when its type cannot be an event time.
int64_t EventTimeUnit(const LogicalNode& input, const Expression& time, std::string_view sql);

/// Throws at the length that is not positive, does not fit the unit, or is longer than it may be.
WindowSpec ResolveWindow(const WindowArguments& arguments, const DataType& time_type, int64_t nanos_per_unit,
                         std::string_view sql);
/// Raw units of a length that may be zero.
int64_t NonNegativeUnits(const WindowLength& length, int64_t nanos_per_unit, std::string_view what,
                         std::string_view sql);
bool SameWindow(const WindowSpec& a, const WindowSpec& b);

/// "TUMBLE(ts, 00:01:00)", for messages and EXPLAIN.
std::string WindowText(const WindowArguments& arguments, std::string_view time);

}  // namespace laminar
