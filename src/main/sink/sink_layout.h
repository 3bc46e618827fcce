// Where the rows of a file sink go: one file, or the files of a folder, numbered, in partitions, each up to a size.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/type.h"
#include "exec/file_table.h"
#include "main/file/file_location.h"
#include "main/file/read_options.h"

namespace laminar {

struct SinkLayout {
  bool many = false;              // a folder of files; otherwise the rest means nothing
  std::string before, after;      // of the number in a file's name: "part-" and ".csv"
  std::vector<int> partition_by;  // columns, which then stand in the folders' names and not in the files
  // A file is complete with so many rows, about so many bytes, or so long after its first row; 0: whatever it has.
  int64_t roll_rows = 0;
  int64_t roll_bytes = 0;
  std::chrono::microseconds roll_interval{0};

  /// "part-00007.csv"
  std::string NameOf(uint64_t number) const;
  /// Nothing for a name that is none of these.
  std::optional<uint64_t> NumberOf(std::string_view name) const;
};

/// Whether a path means a folder of files: it ends in '/', has {n} in its last part, or is a folder that is there.
bool MeansManyFiles(const FileLocation& path);
/// One option of the layout; false when there is none of that name. Throws with the place for a value that is none.
bool SetLayoutOption(const FileOption& option, const Schema& schema, std::string_view sql, SinkLayout* layout);
std::vector<std::string> KnownLayoutOptions();
/// The rest of a layout of many files: names from the path, which is left with the folder alone, and when a file is
/// complete if nothing says so: with 128 MB, or a minute after its first row.
void CompleteLayout(FileFormat format, FileCompression compression, FileLocation* path, SinkLayout* layout);

/// "a=1/b=x%2Fy/" of a row, as Hive writes it: NULL and '' are __HIVE_DEFAULT_PARTITION__, what cannot stand in a name
/// is percent-encoded. Appends.
void AppendPartition(const Schema& schema, const std::vector<int>& columns, const Delta& delta, uint32_t row,
                     std::string* out);

}  // namespace laminar
