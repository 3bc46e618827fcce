#include "main/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "common/decimal.h"
#include "common/sql_error.h"
#include "common/text_cast.h"
#include "sql/statement_contents.h"

namespace laminar {

namespace {

std::shared_ptr<const ParameterValue::Rep> Single(Value value) {
  return std::make_shared<const ParameterValue::Rep>(
      ParameterValue::Rep{{.value = std::move(value), .list = std::nullopt}});
}

std::string_view TextOf(const sql::Node& node, std::string_view sql) {
  return sql.substr(node.span.begin, node.span.end - node.span.begin);
}

/// Hands out the values for one text, and knows which are still to be asked for.
class Handout {
 public:
  Handout(std::string_view sql, const Parameters& parameters)
      : sql_(sql),
        parameters_(parameters),
        used_(parameters.positional.size(), false),
        named_used_(parameters.named.size(), false) {}

  void GiveTo(const std::vector<const sql::ParameterExpression*>& asked) {
    size_t marks = 0;
    for (const sql::ParameterExpression* parameter : asked) {
      const bool mark = TextOf(*parameter, sql_) == "?";
      if (mark) ++marks;
      const size_t before = mark ? marks_before_ : 0;
      const ParameterValue& value =
          parameter->name ? Named(*parameter) : Positional(*parameter, static_cast<size_t>(*parameter->index) + before);
      parameter->given = {value.rep(), &value.rep()->given};
    }
    marks_before_ += marks;
  }

  void CheckAllUsed() const {
    if (const auto unused = std::ranges::find(used_, false); unused != used_.end()) {
      Refuse(fmt::format("{} value{} given, but no parameter takes number {}", used_.size(),
                         used_.size() == 1 ? " is" : "s are", unused - used_.begin() + 1));
    }
    for (size_t i = 0; i < named_used_.size(); ++i) {
      if (named_used_[i]) continue;
      const std::string& name = parameters_.named[i].first;
      Refuse(fmt::format("a value is given for \"{}\", but no parameter is called ${}", name, name),
             NearestNames(name, asked_));
    }
  }

 private:
  [[noreturn]] void Refuse(std::string message, std::vector<std::string> candidates = {}) const {
    const auto end = static_cast<uint32_t>(sql_.size());
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, {end, end}, message, std::move(candidates));
  }
  [[noreturn]] void RefuseAt(const sql::ParameterExpression& parameter, std::string message,
                             std::vector<std::string> candidates = {}) const {
    throw MakeSqlError(ErrorCode::kQueryFailed, sql_, parameter.span, message, std::move(candidates));
  }

  const ParameterValue& Positional(const sql::ParameterExpression& parameter, size_t number) {
    if (number <= used_.size()) {
      used_[number - 1] = true;
      return parameters_.positional[number - 1];
    }
    // A dict may give positions by number: {1: …} and {'1': …}.
    if (const ParameterValue* value = FindName(std::to_string(number))) return *value;
    const std::string_view text = TextOf(parameter, sql_);
    if (!parameters_.named.empty()) {
      RefuseAt(parameter, fmt::format("the parameter {} has no value: values are given by name, where {} is its name",
                                      text, number));
    }
    if (used_.empty()) {
      RefuseAt(parameter, fmt::format("the parameter {} has no value: give it beside the SQL text", text));
    }
    RefuseAt(parameter, fmt::format("the parameter {} has no value: it is number {}, and {} value{} given", text,
                                    number, used_.size(), used_.size() == 1 ? " is" : "s are"));
  }

  const ParameterValue& Named(const sql::ParameterExpression& parameter) {
    asked_.push_back(*parameter.name);
    if (const ParameterValue* value = FindName(*parameter.name)) return *value;
    const std::string_view text = TextOf(parameter, sql_);
    if (!used_.empty()) {
      RefuseAt(parameter, fmt::format("the parameter {} has no value: it has a name, and values are given in order; "
                                      "give all by name, those of ? by the names 1, 2, …",
                                      text));
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : parameters_.named) names.push_back(name);
    RefuseAt(parameter, fmt::format("the parameter {} has no value", text), NearestNames(*parameter.name, names));
  }

  /// The name as it is spelled, or one that differs in case alone.
  const ParameterValue* FindName(std::string_view wanted) {
    const auto& named = parameters_.named;
    size_t found = named.size();
    for (size_t i = 0; i < named.size(); ++i) {
      if (named[i].first == wanted) {
        found = i;
        break;
      }
      if (found == named.size() && NamesEqual(named[i].first, wanted)) found = i;
    }
    if (found == named.size()) return nullptr;
    named_used_[found] = true;
    return &named[found].second;
  }

  const std::string_view sql_;
  const Parameters& parameters_;
  std::vector<bool> used_;
  std::vector<bool> named_used_;
  std::vector<std::string> asked_;
  size_t marks_before_ = 0;  // ? in the statements so far
};

void CheckPlaces(const sql::Statement& statement, const std::vector<const sql::ParameterExpression*>& parameters,
                 std::string_view sql) {
  if (parameters.empty()) return;
  using Kind = sql::StatementKind;
  std::string_view what;
  switch (statement.kind) {
    case Kind::kCreateSource:
      what = "a source";
      break;
    case Kind::kCreateStream:
      what = statement.As<sql::CreateStreamStatement>().materialized_view ? "a materialized view" : "a stream";
      break;
    case Kind::kCreateView:
      what = "a view";
      break;
    case Kind::kCreateSink:
      what = "a sink";
      break;
    case Kind::kCreateFunction:
      what = "a function";
      break;
    case Kind::kCreateLookupTable:
      what = "a lookup table";
      break;
    case Kind::kAlter:
      what = "a column";
      break;
    case Kind::kExplain:
      if (const auto& explain = statement.As<sql::ExplainStatement>(); explain.statement != nullptr) {
        CheckPlaces(*explain.statement, parameters, sql);
      }
      return;
    case Kind::kCreateTable: {
      // The query is asked once; what there is from then on is a table.
      const auto& create = statement.As<sql::CreateTableStatement>();
      const auto outside = [&](const sql::ParameterExpression* parameter) {
        return create.query == nullptr || parameter->span.begin < create.query->span.begin ||
               parameter->span.end > create.query->span.end;
      };
      const auto found = std::ranges::find_if(parameters, outside);
      if (found == parameters.end()) return;
      throw MakeSqlError(ErrorCode::kQueryFailed, sql, (*found)->span,
                         "a parameter is not allowed in the columns of a table: their text is kept, and would have no "
                         "value for it; write the value itself");
    }
    default:
      return;
  }
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, parameters.front()->span,
                     fmt::format("a parameter is not allowed in the definition of {}: its text is kept, and would have "
                                 "no value for it; write the value itself",
                                 what));
}

}  // namespace

ParameterValue::ParameterValue() : rep_(Single(Value())) {}
ParameterValue::ParameterValue(bool value) : rep_(Single(Value::Boolean(value))) {}
ParameterValue::ParameterValue(double value) : rep_(Single(Value::Double(value))) {}
ParameterValue::ParameterValue(std::string_view value) : rep_(Single(Value::Varchar(std::string(value)))) {}

ParameterValue ParameterValue::Int(int64_t value) {
  const bool small = value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
  return ParameterValue(Single(Value(small ? TypeId::kInt32 : TypeId::kInt64, value)));
}

ParameterValue ParameterValue::UInt(uint64_t value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return Int(static_cast<int64_t>(value));
  return Decimal(std::to_string(value), 0);
}

ParameterValue ParameterValue::Bytes(std::string_view value) {
  return ParameterValue(Single(Value(TypeId::kBlob, std::string(value))));
}

ParameterValue ParameterValue::Decimal(std::string_view digits, int scale) {
  const bool negative = !digits.empty() && digits.front() == '-';
  std::string_view plain = negative ? digits.substr(1) : digits;
  const bool is_number = !plain.empty() && std::ranges::all_of(plain, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || scale < 0) {
    throw Error(ErrorCode::kQueryFailed, fmt::format("\"{}\" with scale {} is no decimal number", digits, scale));
  }
  plain.remove_prefix(std::min(plain.find_first_not_of('0'), plain.size()));
  const size_t precision = std::max({plain.size(), static_cast<size_t>(scale), size_t{1}});
  if (precision > kMaxDecimalPrecision) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("a number of {} digits is given for a parameter; DECIMAL has at most {}", precision,
                            kMaxDecimalPrecision));
  }
  int128_t value = 0;
  for (const char digit : plain) value = value * 10 + (digit - '0');
  return ParameterValue(
      Single(Value(DataType::Decimal(static_cast<int>(precision), scale), negative ? -value : value)));
}

ParameterValue ParameterValue::Date(int32_t days) {
  return ParameterValue(Single(Value(TypeId::kDate, static_cast<int64_t>(days))));
}

ParameterValue ParameterValue::TimeOfDay(int64_t micros) {
  return ParameterValue(Single(Value(DataType::Time(TimeUnit::kMicro), micros)));
}

ParameterValue ParameterValue::Timestamp(int64_t micros, bool utc) {
  return ParameterValue(Single(Value(DataType::Timestamp(TimeUnit::kMicro, utc, utc ? "UTC" : ""), micros)));
}

ParameterValue ParameterValue::TimestampNanos(int64_t nanos, bool utc) {
  return ParameterValue(Single(Value(DataType::Timestamp(TimeUnit::kNano, utc, utc ? "UTC" : ""), nanos)));
}

ParameterValue ParameterValue::Interval(int32_t months, int32_t days, int64_t nanos) {
  const laminar::Interval interval{.months = months, .days = days, .nanos = nanos};
  return ParameterValue(Single(Value(TypeId::kInterval, interval)));
}

ParameterValue ParameterValue::Uuid(std::string_view text) {
  std::string bytes(16, '\0');
  if (ParseUuid(text, bytes.data()) != Parsed::kOk) {
    throw Error(ErrorCode::kQueryFailed, fmt::format("\"{}\" is no UUID", text));
  }
  return ParameterValue(Single(Value(TypeId::kUuid, std::move(bytes))));
}

ParameterValue ParameterValue::List(const std::vector<ParameterValue>& values) {
  sql::ParameterExpression::Given given{.value = Value(), .list = std::vector<Value>()};
  for (const ParameterValue& value : values) {
    if (value.rep_->given.list) {
      throw Error(ErrorCode::kQueryFailed, "a list in a list as the value of a parameter is not supported yet");
    }
    given.list->push_back(value.rep_->given.value);
  }
  return ParameterValue(std::make_shared<const Rep>(Rep{std::move(given)}));
}

void GiveParameters(const std::vector<sql::StatementPtr>& statements, std::string_view sql,
                    const Parameters& parameters) {
  Handout handout(sql, parameters);
  for (const sql::StatementPtr& statement : statements) {
    const auto asked = sql::ContentsOf(*statement).parameters;
    CheckPlaces(*statement, asked, sql);
    handout.GiveTo(asked);
  }
  handout.CheckAllUsed();
}

void GiveParameters(const sql::Statement& statement, std::string_view sql, const Parameters& parameters) {
  Handout handout(sql, parameters);
  const auto asked = sql::ContentsOf(statement).parameters;
  CheckPlaces(statement, asked, sql);
  handout.GiveTo(asked);
  handout.CheckAllUsed();
}

}  // namespace laminar
