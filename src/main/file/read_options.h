// What a statement may say about a file that is read, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/type.h"
#include "exec/file_table.h"
#include "main/file/file_location.h"

namespace laminar {

struct ReadOptions {
  std::optional<FileCompression> compression;           // otherwise by extension
  std::vector<Field> columns;                           // all of them; empty: inferred
  std::vector<std::pair<std::string, DataType>> types;  // of some, the rest inferred
  int64_t sample_size = 20'480;                         // records that types are inferred from; -1: all
  bool ignore_errors = false;                           // leave out records that cannot be read
  std::optional<bool> ignore_unknown;  // JSON: names that are no columns are passed over; as long as columns are given
  // CSV only.
  std::optional<char> delimiter;  // otherwise from the first line: the one of , tab ; | there is most of
  char quote = '"';
  char escape = '"';
  bool header = true;
  int64_t skip = 0;                       // lines before everything
  std::vector<std::string> nulls = {""};  // unquoted fields that are NULL
  std::vector<std::string> names;         // of the columns, in order, instead of the header's
  bool all_varchar = false;
};

enum class FileFormat : uint8_t { kCsv, kJson, kParquet };

std::string_view FileFormatName(FileFormat format);
/// By the request, otherwise by the extension of the first path. Throws with the place.
FileFormat FormatOf(const FileRequest& request);
/// Throws kQueryFailed at the place of an option that is unknown, with the nearest one, or whose value is none.
ReadOptions CheckReadOptions(const FileRequest& request, FileFormat format);

// Single values, checked: shared with the options of writers.
bool BooleanOption(const FileOption& option, std::string_view sql);
/// One byte, or '' for none ('\0') where `may_be_none`. '\t' may be written as backslash and t.
char ByteOption(const FileOption& option, std::string_view sql, bool may_be_none);
int64_t IntegerOption(const FileOption& option, std::string_view sql, int64_t least);
const std::string& TextOption(const FileOption& option, std::string_view sql);
FileCompression CompressionOption(const FileOption& option, std::string_view sql);
[[noreturn]] void ThrowUnknownFileOption(const FileOption& option, std::string_view of,
                                         const std::vector<std::string>& known, std::string_view sql);

/// Gives columns the types that `types` names, in place of those that were found. `shown`: the file, for messages.
Status GiveTypes(const ReadOptions& options, std::string_view shown, std::vector<Field>* fields);

}  // namespace laminar
