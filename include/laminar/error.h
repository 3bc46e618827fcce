// The one exception type of the public API, and the codes it carries.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laminar {

/// Stable numbers, the same in C++, C and Python (`laminardb.codes`).
/// The hundreds name the family: 1xx connection, 2xx schema, 3xx ingestion, 4xx query, 5xx subscription, 9xx engine.
enum class ErrorCode : int {
  kConnectionFailed = 100,
  kConnectionClosed = 101,
  kConnectionInUse = 102,
  kTableNotFound = 200,
  kTableExists = 201,
  kSchemaMismatch = 202,
  kInvalidSchema = 203,
  kIngestionFailed = 300,
  kWriterClosed = 301,
  kBatchSchemaMismatch = 302,
  kQueryFailed = 400,
  kSqlParseError = 401,
  kQueryCancelled = 402,
  kSubscriptionFailed = 500,
  kSubscriptionClosed = 501,
  kSubscriptionTimeout = 502,
  kInternalError = 900,
  kShutdown = 901,
};

/// Thrown by every call of the public API that fails. A user's mistake carries where in the SQL it is and what was
/// probably meant; an error of the engine itself is `kInternalError`.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const { return code_; }

  /// Byte offset into the SQL text that was given to the call; nothing when the mistake is not in SQL.
  std::optional<std::size_t> position() const { return position_; }

  /// Existing names nearest to a misspelt one, best first.
  const std::vector<std::string>& candidates() const { return candidates_; }

  /// Rows that were accepted before the failure; only for inputs that are committed item by item.
  std::int64_t rows_inserted() const { return rows_inserted_; }

  Error&& At(std::size_t position) && {
    position_ = position;
    return std::move(*this);
  }
  Error&& WithCandidates(std::vector<std::string> candidates) && {
    candidates_ = std::move(candidates);
    return std::move(*this);
  }
  Error&& AfterRows(std::int64_t rows) && {
    rows_inserted_ = rows;
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::optional<std::size_t> position_;
  std::vector<std::string> candidates_;
  std::int64_t rows_inserted_ = 0;
};

}  // namespace laminar
