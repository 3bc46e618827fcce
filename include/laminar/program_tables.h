// Tables in the memory of the program that SQL may name beside those of the database.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "laminar/arrow_c.h"

namespace laminar {

/// Rows that can be had as an Arrow stream of structs.
struct ProgramTable {
  /// "a pandas.DataFrame", for messages and EXPLAIN.
  std::string description;
  /// Fills the stream with all rows, from the beginning; called when a statement that names the table is planned, and
  /// again for every further time it is read. What it throws comes out of the call. Null: what has the name is no
  /// table, and `description` says what it is.
  std::function<void(ArrowArrayStream*)> open;
  /// Whether the owner of the memory may write to it later: then it is copied, otherwise results may point into it.
  bool may_change = false;
  /// Whether batches are made while they are read, so that there may be more of them than memory holds: INSERT … SELECT
  /// commits them one by one.
  bool streamed = false;
};

/// Asked in the thread of a call, without any lock of the engine, for names in FROM that the catalog does not have.
class ProgramTables {
 public:
  virtual ~ProgramTables() = default;
  virtual std::optional<ProgramTable> Find(std::string_view name) = 0;
  /// Of the tables there are, for "did you mean".
  virtual std::vector<std::string> Names() = 0;
};

}  // namespace laminar
