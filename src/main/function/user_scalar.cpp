// Scalar functions of the program: the rows of a batch that have arguments go to its code, what it gives goes back to
// their places.
#include <fmt/format.h>

#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "common/cancel_token.h"
#include "function/scalar/kernel.h"
#include "main/function/user_code.h"
#include "main/function/user_function.h"
#include "main/table_definition.h"
#include "state/column_copy.h"

namespace laminar {

namespace {

/// One batch. `Call` answers for all its rows, in order.
class ScalarBatch {
 public:
  ScalarBatch(KernelContext& context, const UserFunction& function, std::span<const Vector> arguments,
              MutableVector& result)
      : context_(context), function_(function), arguments_(arguments), result_(result) {}

  /// What fails is tried again by halves, until the rows that fail are alone.
  void Call(std::span<const uint32_t> rows) {
    ThrowIfCancelled();
    try {
      CallOnce(rows);
      return;
    } catch (const AbandonedCall& abandoned) {
      for (const uint32_t row : rows) context_.Fail(row, ErrorCode::kQueryFailed, abandoned.what());
      return;
    } catch (const std::exception& failure) {
      if (rows.size() == 1) {
        context_.Fail(rows[0], ErrorCode::kQueryFailed, failure.what());
        return;
      }
    }
    Call(rows.first(rows.size() / 2));
    Call(rows.subspan(rows.size() / 2));
  }

 private:
  void CallOnce(std::span<const uint32_t> rows) {
    const uint32_t count = static_cast<uint32_t>(rows.size());
    FunctionCall::Rep call(function_, count, count);
    for (size_t i = 0; i < arguments_.size(); ++i) {
      const int argument = static_cast<int>(i);
      call.arguments.push_back(
          Gather(arguments_[i], function_.parameters.field(argument).type, rows, call.memory.get()));
    }
    call.Run();
    Scatter(call, rows);
  }

  /// The program may keep what it is given, so it gets a copy.
  static Column Gather(const Vector& vector, const DataType& type, std::span<const uint32_t> rows,
                       ImportedMemory* memory) {
    const size_t width = static_cast<size_t>(PhysicalWidth(type.physical()));
    uint8_t* const values = memory->Allocate<uint8_t>(static_cast<int64_t>(rows.size() * width));
    uint64_t* validity = nullptr;
    if (vector.constant) {
      for (size_t i = 0; i < rows.size(); ++i) std::memcpy(values + i * width, vector.values, width);
    } else {
      CopyValues(vector.values, static_cast<int>(width), {rows.data(), 0, static_cast<uint32_t>(rows.size())}, values);
    }
    if (vector.validity != nullptr) {
      validity = memory->AllocateBitmap(static_cast<int64_t>(rows.size()));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (vector.IsValid(rows[i])) SetBit(validity, i);
      }
    }
    return {values, validity};
  }

  void Scatter(const FunctionCall::Rep& call, std::span<const uint32_t> rows) {
    auto error = call.errors.begin();
    const size_t width = static_cast<size_t>(PhysicalWidth(function_.result.type.physical()));
    const bool strings = function_.result.type.physical() == PhysicalType::kString;
    auto* const values = static_cast<uint8_t*>(result_.values);
    for (uint32_t i = 0; i < rows.size(); ++i) {
      if (error != call.errors.end() && error->first == i) {
        context_.Fail(rows[i], ErrorCode::kQueryFailed, (error++)->second);
      } else if (!call.values.IsValid(i)) {
        SetNull(result_, rows[i]);
      } else if (strings) {
        result_.data<StringRef>()[rows[i]] = MakeString(context_, call.values.data<StringRef>()[i].view());
      } else {
        std::memcpy(values + rows[i] * width, call.values.data<uint8_t>() + i * width, width);
      }
    }
  }

  KernelContext& context_;
  const UserFunction& function_;
  const std::span<const Vector> arguments_;
  MutableVector& result_;
};

void CallUserFunction(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                      MutableVector& result) {
  const UserFunction& function = *static_cast<const UserFunctionState*>(state)->function;
  std::memset(result.values, 0, size_t{rows} * static_cast<size_t>(PhysicalWidth(function.result.type.physical())));
  uint32_t wanted[kKernelRows];
  uint32_t count = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    bool asked = !result.has_nulls || GetBit(result.validity, row);
    for (const Vector& argument : arguments) {
      asked &= argument.errors == nullptr || argument.errors->Find(argument.Index(row)) == nullptr;
    }
    wanted[count] = row;
    count += asked;
  }
  if (count == 0) return;
  const UserCode running(function.database);
  ScalarBatch(context, function, arguments, result).Call({wanted, count});
}

std::vector<ColumnInfo> Parameters(const FunctionSignature& signature) {
  std::vector<ColumnInfo> columns;
  for (const std::string& type : signature.arguments) {
    columns.push_back({fmt::format("argument {}", columns.size() + 1), type, true});
  }
  return columns;
}

}  // namespace

std::shared_ptr<UserFunction> ReadSignature(const Database& database, std::string_view name,
                                            const FunctionSignature& signature, FunctionBody body,
                                            const FunctionOptions& options, FunctionDefinition* definition) {
  if (name.empty()) throw Error(ErrorCode::kInvalidSchema, "a function needs a name");
  if (!body) throw Error(ErrorCode::kInvalidSchema, fmt::format("function {} has no code", name));
  auto function = std::make_shared<UserFunction>();
  function->database = &database;
  function->name = std::string(name);
  function->parameters = SchemaFromTypeNames(Parameters(signature));
  function->result = SchemaFromTypeNames({{"result", signature.returns, true}}).field(0);
  function->result.name = fmt::format("the result of {}", name);
  for (const Field& field : function->parameters.fields()) {
    if (field.type.is_nested()) {
      throw Error(ErrorCode::kInvalidSchema,
                  fmt::format("{} of type {} is not supported yet", field.name, field.type.ToString()));
    }
    definition->parameters.push_back(field.type);
  }
  if (function->result.type.is_nested()) {
    throw Error(ErrorCode::kInvalidSchema,
                fmt::format("a result of type {} is not supported yet", function->result.type.ToString()));
  }
  function->takes_nulls = options.takes_nulls;
  function->body = std::move(body);
  definition->name = function->name;
  definition->result = function->result.type;
  definition->help = options.help;
  definition->deterministic = options.deterministic;
  definition->takes_nulls = options.takes_nulls;
  return function;
}

FunctionPtr MakeUserFunction(const Database& database, std::string_view name, const FunctionSignature& signature,
                             FunctionBody body, const FunctionOptions& options) {
  auto definition = std::make_shared<FunctionDefinition>();
  definition->kind = FunctionKind::kScalar;
  const auto function = ReadSignature(database, name, signature, std::move(body), options, definition.get());
  auto scalar = std::make_shared<ScalarFunction>();
  scalar->name = LowerCased(name);
  scalar->parameters = definition->parameters;
  scalar->result = definition->result;
  scalar->traits = {.nulls = options.takes_nulls ? NullBehaviour::kHandled : NullBehaviour::kPropagates,
                    .fallible = true,
                    .deterministic = options.deterministic};
  scalar->kernel = CallUserFunction;
  scalar->bind = [function](std::span<const ExpressionPtr>, DataType*) {
    return std::make_unique<UserFunctionState>(function);
  };
  definition->scalar = std::move(scalar);
  return definition;
}

}  // namespace laminar
