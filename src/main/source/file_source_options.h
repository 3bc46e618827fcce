// FROM FILE (…): what a source reads, checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/entry.h"
#include "main/file/read_options.h"
#include "sql/ast_statement.h"

namespace laminar {

struct FileSourceOptions {
  enum class Order : uint8_t { kModified, kName };

  std::string pattern;  // a path, a URI, or a glob; absolute where it is local
  FileFormat format = FileFormat::kCsv;
  ReadOptions read;
  bool watch = false;  // files that come later are read, too
  bool tail = false;   // what is appended to a file is read, too
  bool stop_on_error = false;
  Order order = Order::kModified;
  std::chrono::microseconds poll_interval{1'000'000};
};

/// Throws kQueryFailed with the place. `given`: the columns that rows are made of.
FileSourceOptions CheckFileSource(const sql::CreateSourceStatement& statement, const Schema& given,
                                  std::string_view sql);

}  // namespace laminar
