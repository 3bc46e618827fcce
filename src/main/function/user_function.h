// A function of the program's: its types, its code, and how rows are brought to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/functions.h"
#include "common/delta.h"
#include "laminar/function.h"
#include "main/arrow_column.h"
#include "state/row_batch.h"

namespace laminar {

class Database;

/// Immutable; shared by the catalog and every plan that calls it. What the body holds goes with the last of them.
struct UserFunction {
  const Database* database = nullptr;  // for UserCode alone
  std::string name;
  Schema parameters;
  Field result;  // named like the function, nullable
  bool takes_nulls = false;
  FunctionBody body;
};

/// What programs and groups keep of one.
struct UserFunctionState final : CallState {
  explicit UserFunctionState(std::shared_ptr<const UserFunction> of) : function(std::move(of)) {}
  const std::shared_ptr<const UserFunction> function;
};

/// The body gave fewer or more results than it was asked for: no other rows would make that right.
class WrongResultCount final : public AbandonedCall {
 public:
  using AbandonedCall::AbandonedCall;
};

/// Behind FunctionCall: the arguments of one call, dense, and what the body gave.
struct FunctionCall::Rep {
  Rep(const UserFunction& of, uint32_t rows_, uint32_t results_);

  /// Runs the body and takes its results. Throws what it throws, and Error for results that do not fit.
  void Run();

  const UserFunction& function;
  const uint32_t rows;
  const uint32_t results;
  std::vector<Column> arguments;                         // filled by the caller before Run
  const Ref<ImportedMemory> memory;                      // what they point to
  Column values;                                         // after Run: one a result; garbage where one failed
  std::vector<std::pair<uint32_t, std::string>> errors;  // after Run: ascending

  std::optional<BatchBuilder> appended;
  Ref<RowBatch> finished;        // owns `values` when they were appended
  Ref<ImportedMemory> imported;  // likewise when they were imported
  int64_t given_as_array = -1;
};

/// Checks the types and fills in what both kinds have of the definition.
std::shared_ptr<UserFunction> ReadSignature(const Database& database, std::string_view name,
                                            const FunctionSignature& signature, FunctionBody body,
                                            const FunctionOptions& options, FunctionDefinition* definition);
/// An overload of a name, ready for the catalog. Throws kInvalidSchema for types that cannot be.
FunctionPtr MakeUserFunction(const Database& database, std::string_view name, const FunctionSignature& signature,
                             FunctionBody body, const FunctionOptions& options);
FunctionPtr MakeUserAggregate(const Database& database, std::string_view name, const FunctionSignature& signature,
                              FunctionBody body, const FunctionOptions& options);

}  // namespace laminar
