#include <arrow/array/array_base.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "function/visit_physical.h"
#include "laminar/function.h"
#include "main/arrow_types.h"
#include "main/batch_builder_rep.h"
#include "main/export_column.h"
#include "main/function/user_function.h"

namespace laminar {

namespace {

const Column& ArgumentOf(const FunctionCall::Rep& call, int64_t row, int argument) {
  if (row < 0 || row >= call.rows || argument < 0 || argument >= static_cast<int>(call.arguments.size())) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("{} has no argument {} of row {}", call.function.name, argument + 1, row + 1));
  }
  return call.arguments[static_cast<size_t>(argument)];
}

[[noreturn]] void RefuseRead(const FunctionCall::Rep& call, int argument, std::string_view as) {
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("argument {} of {} is of type {}: it cannot be read as {}", argument + 1, call.function.name,
                          call.function.parameters.field(argument).type.ToString(), as));
}

/// The value through `convert`, called with a value of its physical type; null where convert has no use for it.
template <typename Out, typename Convert>
std::optional<Out> Read(const FunctionCall::Rep& call, int64_t row, int argument, Convert convert) {
  const Column& column = ArgumentOf(call, row, argument);
  std::optional<Out> read;
  VisitPhysical(call.function.parameters.field(argument).type.physical(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    read = convert(column.data<T>()[row]);
  });
  return read;
}

}  // namespace

FunctionCall::Rep::Rep(const UserFunction& of, uint32_t rows_, uint32_t results_)
    : function(of), rows(rows_), results(results_), memory(MakeRef<ImportedMemory>()) {}

void FunctionCall::Rep::Run() {
  FunctionCall call(*this);
  function.body(call);
  const int64_t given = given_as_array >= 0 ? given_as_array : appended ? appended->num_rows() : 0;
  if (given != results || (given_as_array >= 0 && appended)) {
    throw WrongResultCount(fmt::format("{} gave {} result{} for {} {}", function.name, given, given == 1 ? "" : "s",
                                       results == rows ? rows : 1,
                                       results == rows ? (rows == 1 ? "row" : "rows") : "group"));
  }
  if (appended) {
    finished = appended->rep().Finish();
    values = finished->delta().columns[0];
  }
  std::ranges::stable_sort(errors, {}, &std::pair<uint32_t, std::string>::first);
  const auto same = std::ranges::unique(errors, {}, &std::pair<uint32_t, std::string>::first);
  errors.erase(same.begin(), same.end());
}

int64_t FunctionCall::num_rows() const { return rep_.rows; }
int FunctionCall::num_arguments() const { return static_cast<int>(rep_.arguments.size()); }
int64_t FunctionCall::num_results() const { return rep_.results; }

FunctionCall::Plain FunctionCall::plain(int argument) const {
  const DataType& type = rep_.function.parameters.field(argument).type;
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Plain::kFloat;
    case TypeId::kBoolean:
      return Plain::kBoolean;
    case TypeId::kVarchar:
    case TypeId::kJson:
      return Plain::kText;
    default:
      return type.is_integer() && type.id() != TypeId::kUInt64 ? Plain::kInteger : Plain::kNo;
  }
}

bool FunctionCall::IsNull(int64_t row, int argument) const {
  return !ArgumentOf(rep_, row, argument).IsValid(static_cast<uint32_t>(row));
}

int64_t FunctionCall::Int(int64_t row, int argument) const {
  const auto read = Read<int64_t>(rep_, row, argument, [](const auto& value) -> std::optional<int64_t> {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) return static_cast<int64_t>(value);
    return std::nullopt;
  });
  if (!read) RefuseRead(rep_, argument, "an integer");
  return *read;
}

double FunctionCall::Double(int64_t row, int argument) const {
  const auto read = Read<double>(rep_, row, argument, [](const auto& value) -> std::optional<double> {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_floating_point_v<T>) return static_cast<double>(value);
    return std::nullopt;
  });
  if (!read) RefuseRead(rep_, argument, "a float");
  return *read;
}

bool FunctionCall::Bool(int64_t row, int argument) const {
  const Column& column = ArgumentOf(rep_, row, argument);
  if (rep_.function.parameters.field(argument).type.id() != TypeId::kBoolean) RefuseRead(rep_, argument, "a BOOLEAN");
  return column.data<uint8_t>()[row] != 0;
}

std::string_view FunctionCall::Text(int64_t row, int argument) const {
  const Column& column = ArgumentOf(rep_, row, argument);
  if (rep_.function.parameters.field(argument).type.physical() != PhysicalType::kString) {
    RefuseRead(rep_, argument, "text");
  }
  return column.data<StringRef>()[row].view();
}

void FunctionCall::ExportArguments(ArrowArray* rows, ArrowSchema* schema) const {
  const std::shared_ptr<arrow::Schema> types = SchemaToArrow(rep_.function.parameters);
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  for (size_t i = 0; i < rep_.arguments.size(); ++i) {
    const int argument = static_cast<int>(i);
    arrays.push_back(
        ValueOrThrow(ExportColumn(rep_.arguments[i], rep_.rows, rep_.function.parameters.field(argument).type,
                                  types->field(argument)->type(), rep_.memory)));
  }
  const auto batch = arrow::RecordBatch::Make(types, rep_.rows, std::move(arrays));
  ThrowIfError(FromArrowStatus(arrow::ExportRecordBatch(*batch, rows, schema), ErrorCode::kInternalError,
                               "handing out the arguments of a function failed"));
}

BatchBuilder& FunctionCall::results() {
  if (!rep_.appended) {
    // Of no relation: what is refused is called by the name of the column alone.
    rep_.appended.emplace(std::make_unique<BatchBuilder::Rep>("", Schema({rep_.function.result})));
  }
  return *rep_.appended;
}

void FunctionCall::Fail(int64_t row, std::string_view message) {
  if (row < 0 || row >= rep_.results) {
    throw AbandonedCall(fmt::format("{} failed row {} of {}", rep_.function.name, row, rep_.results));
  }
  rep_.errors.emplace_back(static_cast<uint32_t>(row), message);
}

void FunctionCall::SetResults(ArrowArray* values, ArrowSchema* type) {
  auto array = arrow::ImportArray(values, type);
  if (!array.ok()) {
    if (values->release != nullptr) values->release(values);
    if (type->release != nullptr) type->release(type);
    ThrowIfError(FromArrowStatus(array.status(), ErrorCode::kQueryFailed,
                                 fmt::format("the result of {} cannot be read", rep_.function.name)));
  }
  rep_.given_as_array = (*array)->length();
  if (rep_.given_as_array != rep_.results) return;  // Run says so
  RefusedRow refused;
  rep_.imported = MakeRef<ImportedMemory>();
  const Field& field = rep_.function.result;
  if (!ImportColumn((*array)->data(), field, false, rep_.imported.get(), &rep_.values, &refused)) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("{}: {}", field.name, RefusalText(field, refused.refusal, refused.value)));
  }
}

}  // namespace laminar
