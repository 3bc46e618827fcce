// Rows that lie outside the database: in files, as FROM 'trades.parquet' and read_csv(…) read them, or in the memory of
// the program. The planner binds against a table, an ad-hoc query pulls its rows; which formats there are, and how
// bytes become rows, is known to whoever implements these alone.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ref.h"
#include "common/source_span.h"
#include "common/status.h"
#include "common/type.h"
#include "exec/step.h"
#include "state/row_batch.h"

namespace laminar {

/// One pass over the rows. One thread at a time.
class FileRows {
 public:
  virtual ~FileRows() = default;
  /// The next rows, of the columns asked for, without weights; a null reference at the end. Holds memory for a batch,
  /// never for a file. Errors name the file and the place in it; kQueryCancelled soon after `cancel` is set.
  virtual Result<Ref<RowBatch>> Next(const CancelToken& cancel) = 0;
  /// What was left out so far because the reader was told to: counts, and where the first ones are.
  virtual std::vector<std::string> warnings() const { return {}; }
};

/// Files, or a table of the program, whose schema is known. Immutable; may be opened any number of times, from any
/// thread.
class FileTable {
 public:
  FileTable(Schema schema, std::string name, std::string description)
      : schema_(std::move(schema)), name_(std::move(name)), description_(std::move(description)) {}
  virtual ~FileTable() = default;
  FileTable(const FileTable&) = delete;
  FileTable& operator=(const FileTable&) = delete;

  const Schema& schema() const { return schema_; }
  /// What its columns are qualified with when the query gives no alias: the file's name without folder and extension.
  const std::string& name() const { return name_; }
  /// "CSV 'trades/*.csv' (3 files)", for EXPLAIN.
  const std::string& description() const { return description_; }

  /// Whether all of it is in memory already; of what is not there may be more than memory holds.
  virtual bool in_memory() const { return false; }

  /// `columns`: positions in the schema, ascending, at least one.
  virtual Result<std::unique_ptr<FileRows>> Open(const std::vector<int>& columns) const = 0;

 private:
  Schema schema_;
  std::string name_;
  std::string description_;
};

/// What a program has under names of its own beside the catalog's, looked up before a statement is planned.
struct ProgramNames {
  std::map<std::string, std::shared_ptr<const FileTable>, std::less<>> tables;  // by the name as the SQL spells it
  std::map<std::string, std::string, std::less<>> others;  // what is there under a name, but is no table: "an int"
  std::vector<std::string> names;                          // of tables, for "did you mean"
};

/// `delim = ';'`, `types = {'a': 'INTEGER'}`, `names = ['a', 'b']`: literals, each with its place.
struct FileOption {
  struct Item {
    std::string name;  // of a pair; empty otherwise
    std::string text;
    SourceSpan span;
  };
  enum class Shape : uint8_t { kSingle, kList, kPairs };

  std::string key;  // lower-cased
  SourceSpan span;
  Shape shape = Shape::kSingle;
  std::vector<Item> items;  // exactly one of a single value
};

/// What a statement says about the files it reads.
struct FileRequest {
  std::string format;               // "csv", "json", "parquet"; empty: by the path's extension
  std::vector<std::string> paths;   // local paths, URIs, globs
  std::vector<FileOption> options;  // as written, unknown ones included
  std::string_view sql;             // what the places point into
  SourceSpan span;                  // of the paths
};

/// Opens files. Thread-safe.
class FileTables {
 public:
  virtual ~FileTables() = default;
  /// Finds the files and reads as much of them as their schema takes. Throws Error kQueryFailed with the place: a
  /// missing file names its nearest neighbour, an unknown option the nearest one.
  virtual std::shared_ptr<const FileTable> Open(const FileRequest& request) const = 0;
};

}  // namespace laminar
