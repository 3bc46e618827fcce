#include "main/file/read_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/sql_error.h"
#include "common/text_cast.h"
#include "main/refusal.h"
#include "planner/binder/types.h"
#include "sql/parser.h"

namespace laminar {

namespace {

[[noreturn]] void Throw(std::string_view sql, SourceSpan span, std::string_view message,
                        std::vector<std::string> candidates = {}) {
  throw MakeSqlError(ErrorCode::kQueryFailed, sql, span, message, std::move(candidates));
}

DataType BindTypeText(const FileOption::Item& item, std::string_view sql) {
  try {
    return BindType(*sql::ParseType(item.text), item.text);
  } catch (const Error& error) {
    // Its place is within the quotes; the first line says what is wrong, and what is near.
    const std::string message = error.what();
    Throw(sql, item.span, message.substr(0, message.find('\n')));
  }
}

std::vector<Field> ColumnsOption(const FileOption& option, std::string_view sql) {
  if (option.shape != FileOption::Shape::kPairs) {
    Throw(sql, option.span,
          fmt::format("\"{}\" takes names and types: {} = {{'id': 'BIGINT', 'price': 'DOUBLE'}}", option.key,
                      option.key));
  }
  std::vector<Field> fields;
  for (const FileOption::Item& item : option.items) {
    for (const Field& other : fields) {
      if (NamesEqual(other.name, item.name)) Throw(sql, item.span, fmt::format("\"{}\" is given twice", item.name));
    }
    fields.push_back({item.name, BindTypeText(item, sql)});
  }
  return fields;
}

std::vector<std::string> TextsOption(const FileOption& option, std::string_view sql) {
  if (option.shape == FileOption::Shape::kPairs) {
    Throw(sql, option.span, fmt::format("\"{}\" takes a text or a list of them", option.key));
  }
  std::vector<std::string> texts;
  for (const FileOption::Item& item : option.items) texts.push_back(item.text);
  return texts;
}

/// One option of a text format. False: there is none of that name.
bool SetTextOption(const FileOption& option, std::string_view sql, ReadOptions* options) {
  const std::string& key = option.key;
  if (key == "compression") {
    options->compression = CompressionOption(option, sql);
  } else if (key == "types" || key == "dtypes" || key == "column_types") {
    for (Field& field : ColumnsOption(option, sql)) options->types.emplace_back(field.name, field.type);
  } else if (key == "sample_size") {
    options->sample_size = IntegerOption(option, sql, -1);
  } else if (key == "ignore_errors") {
    options->ignore_errors = BooleanOption(option, sql);
  } else {
    return false;
  }
  return true;
}

bool SetCsvOption(const FileOption& option, std::string_view sql, ReadOptions* options) {
  const std::string& key = option.key;
  if (key == "delim" || key == "sep" || key == "delimiter") {
    options->delimiter = ByteOption(option, sql, false);
  } else if (key == "quote") {
    options->quote = ByteOption(option, sql, true);
  } else if (key == "escape") {
    options->escape = ByteOption(option, sql, false);
  } else if (key == "header") {
    options->header = BooleanOption(option, sql);
  } else if (key == "skip") {
    options->skip = IntegerOption(option, sql, 0);
  } else if (key == "nullstr" || key == "null") {
    options->nulls = TextsOption(option, sql);
  } else if (key == "names") {
    options->names = TextsOption(option, sql);
  } else if (key == "all_varchar") {
    options->all_varchar = BooleanOption(option, sql);
  } else {
    return false;
  }
  return true;
}

std::vector<std::string> KnownOptions(FileFormat format) {
  if (format == FileFormat::kParquet) return {"columns"};
  std::vector<std::string> known = {"columns", "types", "compression", "sample_size", "ignore_errors"};
  if (format == FileFormat::kJson) known.push_back("ignore_unknown");
  if (format == FileFormat::kCsv) {
    known.insert(known.end(),
                 {"header", "delim", "sep", "delimiter", "quote", "escape", "nullstr", "skip", "names", "all_varchar"});
  }
  return known;
}

const FileOption* Find(const FileRequest& request, std::string_view key) {
  const auto found = std::ranges::find(request.options, key, &FileOption::key);
  return found == request.options.end() ? nullptr : &*found;
}

}  // namespace

bool BooleanOption(const FileOption& option, std::string_view sql) {
  bool value = false;
  if (option.shape != FileOption::Shape::kSingle || ParseBoolean(option.items[0].text, &value) != Parsed::kOk) {
    Throw(sql, option.span, fmt::format("\"{}\" is true or false", option.key));
  }
  return value;
}

char ByteOption(const FileOption& option, std::string_view sql, bool may_be_none) {
  const std::string& text = TextOption(option, sql);
  if (text == "\\t") return '\t';
  if (text.empty() && may_be_none) return '\0';
  const bool usable = text.size() == 1 && text != "\n" && text != "\r" && static_cast<unsigned char>(text[0]) < 0x80;
  if (!usable) Throw(sql, option.span, fmt::format("\"{}\" is one ASCII character, such as ';' or '\\t'", option.key));
  return text[0];
}

int64_t IntegerOption(const FileOption& option, std::string_view sql, int64_t least) {
  int64_t value = 0;
  const bool number =
      option.shape == FileOption::Shape::kSingle && ParseInteger(option.items[0].text, &value) == Parsed::kOk;
  if (!number || value < least) {
    Throw(sql, option.span, fmt::format("\"{}\" is a whole number, {} or more", option.key, least));
  }
  return value;
}

const std::string& TextOption(const FileOption& option, std::string_view sql) {
  if (option.shape != FileOption::Shape::kSingle) {
    Throw(sql, option.span, fmt::format("\"{}\" takes one value", option.key));
  }
  return option.items[0].text;
}

FileCompression CompressionOption(const FileOption& option, std::string_view sql) {
  const std::string text = LowerCased(TextOption(option, sql));
  if (text == "none" || text == "uncompressed") return FileCompression::kNone;
  if (text == "gzip") return FileCompression::kGzip;
  if (text == "zstd") return FileCompression::kZstd;
  Throw(sql, option.items[0].span,
        fmt::format("there is no compression '{}' here; there are none, gzip and zstd", text),
        NearestNames(text, {"none", "gzip", "zstd"}));
}

void ThrowUnknownFileOption(const FileOption& option, std::string_view of, const std::vector<std::string>& known,
                            std::string_view sql) {
  std::string message = fmt::format("{} has no option \"{}\"", of, option.key);
  std::vector<std::string> near = NearestNames(option.key, known);
  if (known.empty()) message += "; it takes none";
  if (near.empty() && !known.empty()) message += fmt::format("; there are {}", fmt::join(known, ", "));
  Throw(sql, option.span, message, std::move(near));
}

std::string_view FileFormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kCsv:
      return "CSV";
    case FileFormat::kJson:
      return "JSON";
    case FileFormat::kParquet:
      return "Parquet";
  }
  return "";
}

FileFormat FormatOf(const FileRequest& request) {
  const bool given = !request.format.empty();
  const std::string name = given ? LowerCased(request.format) : ExtensionOf(request.paths.at(0));
  if (name == "csv" || (!given && (name == "tsv" || name == "txt"))) return FileFormat::kCsv;
  if (name == "json" || name == "ndjson" || name == "jsonl") return FileFormat::kJson;
  if (name == "parquet" || (!given && name == "pq")) return FileFormat::kParquet;
  if (given) {
    Throw(request.sql, request.span, fmt::format("there is no file format '{}'; there are csv, json and parquet", name),
          NearestNames(name, {"csv", "json", "parquet"}));
  }
  Throw(request.sql, request.span,
        fmt::format("what is in '{}' cannot be told from its name; use read_csv, read_json or read_parquet",
                    request.paths.at(0)));
}

ReadOptions CheckReadOptions(const FileRequest& request, FileFormat format) {
  ReadOptions options;
  for (const FileOption& option : request.options) {
    bool known = false;
    if (option.key == "columns") {
      options.columns = ColumnsOption(option, request.sql);
      known = true;
    } else if (option.key == "ignore_unknown" && format == FileFormat::kJson) {
      options.ignore_unknown = BooleanOption(option, request.sql);
      known = true;
    }
    known = known || (format != FileFormat::kParquet && SetTextOption(option, request.sql, &options));
    known = known || (format == FileFormat::kCsv && SetCsvOption(option, request.sql, &options));
    if (!known) {
      ThrowUnknownFileOption(option, fmt::format("a {} file", FileFormatName(format)), KnownOptions(format),
                             request.sql);
    }
  }
  const auto exclude = [&](std::string_view first, std::string_view second) {
    const FileOption* option = Find(request, second);
    if (Find(request, first) == nullptr || option == nullptr) return;
    Throw(request.sql, option->span, fmt::format("\"{}\" and \"{}\" cannot be given together", first, second));
  };
  exclude("columns", "types");
  exclude("columns", "names");
  exclude("columns", "all_varchar");
  if (Find(request, "quote") != nullptr && Find(request, "escape") == nullptr) options.escape = options.quote;
  if (options.quote != '\0' && options.delimiter == options.quote) {
    Throw(request.sql, request.span, "the delimiter and the quote are the same character");
  }
  return options;
}

Status GiveTypes(const ReadOptions& options, std::string_view shown, std::vector<Field>* fields) {
  const Schema known(*fields);
  for (const auto& [name, type] : options.types) {
    const int column = known.IndexOf(name);
    if (column < 0) return UnknownColumn(fmt::format("'{}'", shown), known, name);
    (*fields)[static_cast<size_t>(column)].type = type;
  }
  return Status::OK();
}

}  // namespace laminar
