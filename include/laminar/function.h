// Functions that a program brings into a database: what Connection::RegisterFunction and RegisterAggregate take.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/arrow_c.h"
#include "laminar/batch_builder.h"
#include "laminar/error.h"

namespace laminar {

/// Types by their names in SQL or Arrow: {"BIGINT", "VARCHAR"} and "DOUBLE".
struct FunctionSignature {
  std::vector<std::string> arguments;
  std::string returns;
};

struct FunctionOptions {
  /// The same arguments give the same result, whenever and however often it is asked. Streams refuse others.
  bool deterministic = true;
  /// false: a row with a NULL argument is NULL (an aggregate: does not count), and the function never sees one.
  bool takes_nulls = false;
  /// Put it in the place of the one of the same name and parameters, unless something uses that.
  bool replace = false;
  /// One line for SHOW FUNCTIONS.
  std::string help = {};
};

/// One call of a function: rows of arguments in, results out. It lives for the call and is used by its thread alone.
///
/// A scalar function gives one result a row, in the order of the rows; an aggregate gets all rows of a group and gives
/// one result. Results are given one by one or all at once; what does not go into the declared type without loss is
/// refused.
///
///     connection.RegisterFunction("twice", {{"BIGINT"}, "BIGINT"}, [](FunctionCall& call) {
///       for (int64_t row = 0; row < call.num_rows(); ++row) {
///         call.results().SetInt(0, 2 * call.Int(row, 0));
///         call.results().FinishRow();
///       }
///     });
class FunctionCall {
 public:
  struct Rep;
  explicit FunctionCall(Rep& rep) : rep_(rep) {}
  FunctionCall(const FunctionCall&) = delete;
  FunctionCall& operator=(const FunctionCall&) = delete;

  /// At most 2,048 for a scalar function.
  int64_t num_rows() const;
  int num_arguments() const;
  /// As many as rows; 1 for an aggregate.
  int64_t num_results() const;

  /// Which of the readers below gives all of an argument's value: of every integer type but UBIGINT, FLOAT and DOUBLE,
  /// BOOLEAN, VARCHAR and JSON. The others have a form of their own in Arrow.
  enum class Plain : uint8_t { kNo, kInteger, kFloat, kBoolean, kText };
  Plain plain(int argument) const;

  // Arguments, which must not be NULL. The integer form serves every integer type, dates (days), times and timestamps
  // (in their unit); texts and bytes are there until the call returns.
  bool IsNull(int64_t row, int argument) const;
  int64_t Int(int64_t row, int argument) const;
  double Double(int64_t row, int argument) const;
  bool Bool(int64_t row, int argument) const;
  std::string_view Text(int64_t row, int argument) const;
  /// All arguments as one Arrow struct array, a child each; the caller releases both. Its memory is its own and may be
  /// kept beyond the call.
  void ExportArguments(ArrowArray* rows, ArrowSchema* schema) const;

  /// A builder of one column, for results one by one: `SetInt(0, …)` or its siblings, then `FinishRow`.
  BatchBuilder& results();
  /// An Arrow array of all results, which is consumed, also when this throws.
  void SetResults(ArrowArray* values, ArrowSchema* type);
  /// The row has no result but an error, and is set aside (contract, Errors in data); of an aggregate, the group. The
  /// result that is given for it does not count.
  void Fail(int64_t row, std::string_view message);

 private:
  Rep& rep_;
};

/// The code of a function. Called by the thread that evaluates, which may be inside a step of the engine: it must not
/// use the database that calls it (Error kQueryFailed), nor wait for a thread that does. Several threads may call at
/// once.
///
/// What it throws is an error in the data: a scalar function is then called again for the halves of the rows, down to
/// the rows that fail, and only those are set aside; a query fails with the message.
using FunctionBody = std::function<void(FunctionCall& call)>;

/// Thrown by a body that shall not be called again for the rows of this call: all of them are in error.
class AbandonedCall : public Error {
 public:
  explicit AbandonedCall(const std::string& message) : Error(ErrorCode::kQueryFailed, message) {}
};

}  // namespace laminar
