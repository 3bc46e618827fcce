#include "main/source/file_source_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include "common/date_time.h"
#include "common/sql_error.h"
#include "planner/binder/file_table_binder.h"
#include "planner/ddl.h"

namespace laminar {

namespace {

[[noreturn]] void Throw(std::string_view sql, SourceSpan span, std::string_view message,
                        std::vector<std::string> candidates = {}) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

/// The options of the connector, whichever of the two forms they are given in.
std::vector<FileOption> ConnectorOptions(const sql::CreateSourceStatement& statement, std::string_view sql) {
  std::vector<FileOption> bound;
  const auto bind = [&](const sql::Option& option) {
    bound.push_back(BindFileOption(option.key, *option.value, option.span, sql));
  };
  if (statement.connector != nullptr) {
    for (const sql::Option& option : statement.connector->options) bind(option);
    return bound;
  }
  for (const sql::Option& option : statement.options) {
    const std::string key = LowerCased(option.key);
    if (!IsSourceOption(key)) bind(option);
  }
  return bound;
}

/// True: one of the source's own.
bool SetSourceOption(const FileOption& option, std::string_view sql, FileSourceOptions* source) {
  if (option.key == "watch") {
    source->watch = BooleanOption(option, sql);
  } else if (option.key == "tail") {
    source->tail = BooleanOption(option, sql);
  } else if (option.key == "order") {
    const std::string order = LowerCased(TextOption(option, sql));
    if (order != "modified" && order != "name") Throw(sql, option.span, "\"order\" is 'modified' or 'name'");
    source->order = order == "name" ? FileSourceOptions::Order::kName : FileSourceOptions::Order::kModified;
  } else if (option.key == "on_error") {
    const std::string value = LowerCased(TextOption(option, sql));
    if (value != "skip" && value != "stop") {
      Throw(sql, option.span, "on_error is 'skip', which sets a record in error aside, or 'stop'");
    }
    source->stop_on_error = value == "stop";
  } else if (option.key == "poll_interval") {
    Interval interval;
    if (ParseInterval(TextOption(option, sql), &interval) != Parsed::kOk || interval.Normalized() < 1000) {
      Throw(sql, option.span, "poll_interval is a time such as '1 second'");
    }
    source->poll_interval = std::chrono::microseconds(static_cast<int64_t>(interval.Normalized() / 1000));
  } else {
    return false;
  }
  return true;
}

}  // namespace

FileSourceOptions CheckFileSource(const sql::CreateSourceStatement& statement, const Schema& given,
                                  std::string_view sql) {
  static const std::vector<std::string> kOwn = {"path",  "format",   "watch",        "tail",
                                                "order", "on_error", "poll_interval"};
  // The source's columns are the file's.
  static const std::vector<std::string> kOfTheColumns = {"columns",     "types",       "dtypes",       "column_types",
                                                         "sample_size", "all_varchar", "ignore_errors"};
  FileSourceOptions source;
  FileRequest request;
  request.sql = sql;
  request.span = statement.connector != nullptr ? statement.connector->span : statement.span;
  for (FileOption& option : ConnectorOptions(statement, sql)) {
    if (SetSourceOption(option, sql, &source)) continue;
    if (option.key == "path") {
      request.paths = {TextOption(option, sql)};
      request.span = option.items[0].span;
    } else if (option.key == "format") {
      request.format = TextOption(option, sql);
    } else if (std::ranges::find(kOfTheColumns, option.key) != kOfTheColumns.end()) {
      Throw(sql, option.span,
            fmt::format("a file source has no option \"{}\": names and types are those of its columns, and on_error "
                        "says what is done with a record that does not fit",
                        option.key));
    } else {
      request.options.push_back(std::move(option));
    }
  }
  if (request.paths.empty()) {
    Throw(sql, request.span, "a file source needs a path: FROM FILE (path = 'in/*.csv', watch = true)");
  }
  source.format = FormatOf(request);
  try {
    source.read = CheckReadOptions(request, source.format);
  } catch (const Error& error) {
    // An option that no reader knows may be meant as one of the source.
    for (const FileOption& option : request.options) {
      const std::vector<std::string> near = NearestNames(option.key, kOwn);
      if (!near.empty() && std::string_view(error.what()).find(option.key) != std::string_view::npos) {
        Throw(sql, option.span, fmt::format("a file source has no option \"{}\"", option.key), near);
      }
    }
    throw;
  }
  source.read.columns = given.fields();
  source.read.ignore_errors = !source.stop_on_error;
  source.pattern = request.paths.front();
  const bool local = source.pattern.find("://") == std::string::npos;
  if (local) source.pattern = std::filesystem::absolute(source.pattern).string();
  if (!source.tail) return source;
  const FileCompression compression = source.read.compression.value_or(CompressionOf(source.pattern));
  if (source.format == FileFormat::kParquet || compression != FileCompression::kNone || !local) {
    Throw(
        sql, request.span,
        "only local CSV and JSON files that are not compressed are read while they grow: without tail = true each file "
        "is read once, as a whole");
  }
  return source;
}

}  // namespace laminar
