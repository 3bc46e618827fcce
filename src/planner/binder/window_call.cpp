#include "planner/binder/window_call.h"

#include <fmt/format.h>

#include <limits>

#include "catalog/time_column.h"
#include "planner/binder/bind_error.h"
#include "planner/binder/coercion.h"
#include "planner/binder/expression_binder.h"
#include "planner/binder/features.h"

namespace laminar {

namespace {

std::string TextOf(const WindowLength& length) {
  return length.value.type().id() == TypeId::kInterval ? length.value.ToString() : length.value.ToString() + " ms";
}

std::string UnitName(int64_t nanos_per_unit) {
  switch (nanos_per_unit) {
    case kNanosPerDay:
      return "day";
    case kNanosPerSecond:
      return "second";
    case kNanosPerMilli:
      return "millisecond";
    case 1'000:
      return "microsecond";
    default:
      return "nanosecond";
  }
}

int64_t IntegerOf(const Value& value) {
  if (!value.type().is_signed_integer()) return static_cast<int64_t>(value.get<uint64_t>());
  return value.get<int64_t>();
}

/// Raw units of a length without months.
int64_t RawUnits(const WindowLength& length, int64_t nanos_per_unit, std::string_view what, std::string_view sql) {
  int128_t nanos = 0;
  if (length.value.type().id() == TypeId::kInterval) {
    const Interval& interval = length.value.get<Interval>();
    if (interval.months != 0) {
      ThrowAt(sql, length.span, fmt::format("{} cannot be months; only the size of a TUMBLE can", what));
    }
    nanos = int128_t{interval.days} * kNanosPerDay + interval.nanos;
  } else {
    nanos = int128_t{IntegerOf(length.value)} * kNanosPerMilli;
  }
  const int128_t units = nanos / nanos_per_unit;
  if (nanos % nanos_per_unit != 0) {
    ThrowAt(sql, length.span,
            fmt::format("{} of {} does not fit the event time, which counts whole {}s", what, TextOf(length),
                        UnitName(nanos_per_unit)));
  }
  // Half the range is left for start + size not to overflow.
  constexpr int128_t kMost = std::numeric_limits<int64_t>::max() / 4;
  if (units > kMost || units < -kMost) {
    ThrowAt(sql, length.span, fmt::format("{} of {} is too long", what, TextOf(length)));
  }
  return static_cast<int64_t>(units);
}

int64_t PositiveUnits(const WindowLength& length, int64_t nanos_per_unit, std::string_view what, std::string_view sql) {
  const int64_t units = RawUnits(length, nanos_per_unit, what, sql);
  if (units <= 0) ThrowAt(sql, length.span, fmt::format("{} of a window must be positive", what));
  return units;
}

/// INTERVAL '1' MONTH: a calendar TUMBLE.
std::optional<WindowSpec> CalendarWindow(const WindowArguments& arguments, const DataType& time_type,
                                         std::string_view sql) {
  const WindowLength& size = *arguments.size;
  if (size.value.type().id() != TypeId::kInterval) return std::nullopt;
  const Interval& interval = size.value.get<Interval>();
  if (interval.months == 0 || arguments.kind != sql::WindowKind::kTumble) return std::nullopt;
  if (interval.days != 0 || interval.nanos != 0) {
    ThrowAt(sql, size.span, "a window is either months or days and hours, not both");
  }
  if (interval.months < 0) ThrowAt(sql, size.span, "the size of a window must be positive");
  if (time_type.is_integer()) {
    ThrowAt(sql, size.span, "windows of months need an event time of type TIMESTAMP or DATE");
  }
  if (arguments.offset) ThrowNotSupported("an offset of windows of months", sql, arguments.offset->span);
  WindowSpec spec;
  spec.months = interval.months;
  return spec;
}

}  // namespace

std::optional<sql::WindowKind> WindowKindOf(std::string_view function) {
  if (function == "tumble") return sql::WindowKind::kTumble;
  if (function == "hop" || function == "hopping" || function == "slide") return sql::WindowKind::kHop;
  if (function == "session") return sql::WindowKind::kSession;
  if (function == "cumulate") return sql::WindowKind::kCumulate;
  return std::nullopt;
}

std::string_view WindowKindName(sql::WindowKind kind) {
  switch (kind) {
    case sql::WindowKind::kTumble:
      return "TUMBLE";
    case sql::WindowKind::kHop:
      return "HOP";
    case sql::WindowKind::kSession:
      return "SESSION";
    case sql::WindowKind::kCumulate:
      return "CUMULATE";
  }
  return "";
}

std::optional<WindowBound> WindowBoundOf(std::string_view function) {
  const size_t underscore = function.rfind('_');
  if (underscore == std::string_view::npos) return std::nullopt;
  const std::optional<sql::WindowKind> kind = WindowKindOf(function.substr(0, underscore));
  if (!kind) return std::nullopt;
  const std::string_view bound = function.substr(underscore + 1);
  if (bound == "start") return WindowBound{*kind, 0};
  if (bound == "end") return WindowBound{*kind, 1};
  if (bound == "rowtime") return WindowBound{*kind, 2};
  return std::nullopt;
}

void CheckWindowKind(sql::WindowKind kind, std::string_view sql, SourceSpan span) {
  if (kind == sql::WindowKind::kSession) ThrowNotSupported(Feature::kSessionWindows, sql, span);
  if (kind == sql::WindowKind::kCumulate) ThrowNotSupported(Feature::kCumulateWindows, sql, span);
}

WindowLength BindWindowLength(const sql::Expression& expression, std::string_view sql) {
  static const Scope kNoColumns;
  const std::string_view what = "the length of a window";
  const ExpressionPtr bound = ExpressionBinder(kNoColumns, sql, std::string(what)).Bind(expression);
  WindowLength length{ConstantValue(*bound, sql, what), expression.span};
  const DataType& type = length.value.type();
  if (length.value.is_null() || (type.id() != TypeId::kInterval && !type.is_integer())) {
    ThrowAt(sql, expression.span,
            fmt::format("{} is an INTERVAL or an integer of milliseconds, not {}", what, type.ToString()));
  }
  return length;
}

WindowArguments BindWindowCall(const sql::CallExpression& call, sql::WindowKind kind, ExpressionBinder& binder,
                               std::string_view sql, ExpressionPtr* time) {
  CheckWindowKind(kind, sql, call.span);
  const size_t lengths = kind == sql::WindowKind::kHop ? 2 : 1;
  if (call.arguments.size() < 1 + lengths || call.arguments.size() > 2 + lengths) {
    ThrowAt(sql, call.span,
            kind == sql::WindowKind::kHop ? "HOP takes a column, a slide, a size and possibly an offset"
                                          : "TUMBLE takes a column, a size and possibly an offset");
  }
  for (const sql::CallArgument& argument : call.arguments) {
    if (argument.name) ThrowNotSupported(Feature::kNamedArguments, sql, argument.span);
  }
  const auto length = [&](size_t i) { return BindWindowLength(*call.arguments[i].value, sql); };
  WindowArguments arguments{.kind = kind, .span = call.span, .size = length(lengths), .slide = {}, .offset = {}};
  if (kind == sql::WindowKind::kHop) arguments.slide = length(1);
  if (call.arguments.size() > 1 + lengths) arguments.offset = length(1 + lengths);
  *time = binder.Bind(*call.arguments[0].value);
  return arguments;
}

int64_t EventTimeUnit(const LogicalNode& input, const Expression& time, std::string_view sql) {
  const std::optional<int64_t> nanos = NanosPerUnit(time.type, TimeUnit::kMilli);
  if (!nanos || IsUntyped(time)) {
    ThrowAt(sql, time.span,
            fmt::format("an event time is a TIMESTAMP, a DATE, an INTEGER or a BIGINT, not {}", time.type.ToString()));
  }
  const TimeColumn* column = time.is_column() ? input.properties.FindTime(time.column) : nullptr;
  return column != nullptr ? column->nanos_per_unit : *nanos;
}

WindowSpec ResolveWindow(const WindowArguments& arguments, const DataType& time_type, int64_t nanos_per_unit,
                         std::string_view sql) {
  if (std::optional<WindowSpec> calendar = CalendarWindow(arguments, time_type, sql)) return *calendar;
  WindowSpec spec;
  spec.size = PositiveUnits(*arguments.size, nanos_per_unit, "the size", sql);
  int64_t step = spec.size;
  if (arguments.kind == sql::WindowKind::kHop) {
    spec.kind = WindowSpec::Kind::kHop;
    spec.slide = step = PositiveUnits(*arguments.slide, nanos_per_unit, "the slide", sql);
    if (spec.slide > spec.size) {
      ThrowAt(sql, arguments.slide->span, "the slide of a HOP may not be longer than its size");
    }
  }
  if (arguments.offset) {
    spec.offset = RawUnits(*arguments.offset, nanos_per_unit, "the offset", sql) % step;
    if (spec.offset < 0) spec.offset += step;
  }
  return spec;
}

int64_t NonNegativeUnits(const WindowLength& length, int64_t nanos_per_unit, std::string_view what,
                         std::string_view sql) {
  const int64_t units = RawUnits(length, nanos_per_unit, what, sql);
  if (units < 0) ThrowAt(sql, length.span, fmt::format("{} must not be negative", what));
  return units;
}

bool SameWindow(const WindowSpec& a, const WindowSpec& b) {
  return a.kind == b.kind && a.size == b.size && a.slide == b.slide && a.offset == b.offset && a.months == b.months;
}

std::string WindowText(const WindowArguments& arguments, std::string_view time) {
  std::string text = fmt::format("{}({}", WindowKindName(arguments.kind), time);
  for (const auto* length : {&arguments.slide, &arguments.size, &arguments.offset}) {
    if (*length) text += ", " + TextOf(**length);
  }
  return text + ")";
}

}  // namespace laminar
