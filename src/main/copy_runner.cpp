// COPY: files into relations, relations and queries into files.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <utility>

#include "common/sql_error.h"
#include "main/file/file_writer.h"
#include "main/file/open_files.h"
#include "main/file/read_options.h"
#include "main/listed_query.h"
#include "main/statement_runner.h"
#include "planner/binder/file_table_binder.h"
#include "sql/parser.h"

namespace laminar {

namespace {

std::string QuotedName(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

std::string QuotedLiteral(std::string_view value) {
  std::string text = "'";
  for (const char c : value) text.append(c == '\'' ? 2 : 1, c);
  return text + '\'';
}

/// `delim => ';'`
std::string OptionSql(const FileOption& option) {
  std::vector<std::string> values;
  for (const FileOption::Item& item : option.items) values.push_back(QuotedLiteral(item.text));
  const bool list = option.shape == FileOption::Shape::kList;
  return fmt::format("{} => {}{}{}", QuotedName(option.key), list ? "[" : "", fmt::join(values, ", "), list ? "]" : "");
}

/// The statement that COPY stands for is made as text: its places mean nothing to who wrote the COPY.
Error AtStatement(const Error& error, std::string_view sql, SourceSpan span) {
  if (!error.position()) return error;
  const std::string message = error.what();
  return MakeSqlError(error.code(), sql, span, message.substr(0, message.find("\nLINE ")));
}

/// COPY chooses types and names by its target; the options that would are not for it.
void RefuseSchemaOptions(const std::vector<FileOption>& options, std::string_view sql) {
  static const std::vector<std::string> kOfTheTarget = {"columns",     "types",       "dtypes", "column_types",
                                                        "sample_size", "all_varchar", "names"};
  for (const FileOption& option : options) {
    if (std::find(kOfTheTarget.begin(), kOfTheTarget.end(), option.key) == kOfTheTarget.end()) continue;
    throw MakeSqlError(ErrorCode::kQueryFailed, sql, option.span,
                       fmt::format("COPY has no option \"{}\": names and types are those of its target", option.key));
  }
}

/// The columns that COPY writes of a relation without being told: those that COPY would give it again.
std::vector<std::string> GivenColumns(const CatalogEntry* entry) {
  if (entry == nullptr || (!entry->is_source() && !entry->is_table())) return {};
  return GivenSchema(static_cast<const WritableEntry&>(*entry)).names();
}

std::vector<std::string> GeneratedColumns(const WritableEntry& relation) {
  std::vector<std::string> names;
  for (int i = 0; i < relation.schema.size(); ++i) {
    if (relation.is_generated(i)) names.push_back(relation.schema.field(i).name);
  }
  return names;
}

struct CopyOptions {
  std::string format;
  std::vector<FileOption> options;  // but for the format
};

CopyOptions BindOptions(const sql::CopyStatement& statement, std::string_view sql) {
  CopyOptions bound;
  for (const sql::Option& option : statement.options) {
    FileOption single = BindFileOption(option.key, *option.value, option.span, sql);
    if (single.key == "format") {
      bound.format = TextOption(single, sql);
    } else {
      bound.options.push_back(std::move(single));
    }
  }
  return bound;
}

/// A file under another name until it is complete.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const FileLocation& target) : target_(target), written_(target) {
    // Object stores show a file when it is closed, and not before.
    if (!is_local()) return;
    static std::atomic<uint64_t> counter{0};
    written_.path = fmt::format("{}.{}-{}.tmp", target.path, getpid(), counter.fetch_add(1));
  }
  ~UnfinishedFile() {
    std::error_code ignored;
    if (!finished_ && is_local()) std::filesystem::remove(written_.path, ignored);
  }
  const FileLocation& location() const { return written_; }
  Status Finish() {
    std::error_code failure;
    if (is_local()) std::filesystem::rename(written_.path, target_.path, failure);
    finished_ = !failure;
    if (finished_) return Status::OK();
    return {ErrorCode::kQueryFailed, fmt::format("'{}' cannot be written: {}", target_.shown, failure.message())};
  }

 private:
  bool is_local() const { return target_.shown == target_.path; }

  const FileLocation target_;
  FileLocation written_;
  bool finished_ = false;
};

}  // namespace

ExecuteResult StatementRunner::Copy(const sql::CopyStatement& statement) {
  return statement.to_file ? CopyTo(statement) : CopyFrom(statement);
}

ExecuteResult StatementRunner::CopyFrom(const sql::CopyStatement& statement) {
  const std::string& name = RelationName(*statement.table, sql_);
  std::vector<Field> targets;
  std::vector<std::string> generated;
  {
    std::shared_lock catalog(database_.catalog_mutex_);
    const CatalogEntry* entry = database_.catalog_.Find(name);
    if (entry == nullptr) {
      throw MakeSqlError(ErrorCode::kTableNotFound, sql_, statement.table->span,
                         fmt::format("table \"{}\" does not exist", name),
                         NearestNames(name, database_.catalog_.Names()));
    }
    if (!entry->is_source() && !entry->is_table()) {
      throw MakeSqlError(ErrorCode::kQueryFailed, sql_, statement.table->span,
                         fmt::format("\"{}\" is a {}; rows are copied into sources and tables", entry->name,
                                     RelationKindName(entry->kind)));
    }
    for (const sql::Identifier& column : statement.columns) {
      const int index = entry->schema.IndexOf(column.name);
      if (index < 0) {
        throw MakeSqlError(ErrorCode::kQueryFailed, sql_, column.span,
                           fmt::format("column \"{}\" does not exist in \"{}\"", column.name, entry->name),
                           NearestNames(column.name, entry->schema.names()));
      }
      targets.push_back(entry->schema.field(index));
    }
    if (statement.columns.empty()) {
      targets = entry->schema.fields();
      generated = GeneratedColumns(static_cast<const WritableEntry&>(*entry));
    }
  }
  CopyOptions copy = BindOptions(statement, sql_);
  RefuseSchemaOptions(copy.options, sql_);
  FileRequest request{
      .format = copy.format, .paths = {statement.path}, .options = copy.options, .sql = sql_, .span = statement.span};
  const FileFormat format = FormatOf(request);
  const bool by_name =
      format == FileFormat::kParquet || (format == FileFormat::kCsv && CheckReadOptions(request, format).header);
  if (by_name) {
    // The header says which columns there are; the others get what an INSERT gives them that does not name them.
    if (format == FileFormat::kCsv) {
      request.options.push_back(
          {"sample_size", statement.span, FileOption::Shape::kSingle, {{"", "0", statement.span}}});
    }
    const Schema given = OpenFiles::Get().Open(request)->schema();
    const Schema known(std::move(targets));
    targets.clear();
    for (const Field& field : given.fields()) {
      const int index = known.IndexOf(field.name);
      if (index < 0) {
        throw MakeSqlError(
            ErrorCode::kBatchSchemaMismatch, sql_, statement.span,
            fmt::format("'{}' has a column \"{}\", which \"{}\" has not", statement.path, field.name, name),
            NearestNames(field.name, known.names()));
      }
      targets.push_back(known.field(index));
      targets.back().name = field.name;
    }
  } else {
    // By place: a generated column has none.
    std::erase_if(targets,
                  [&](const Field& field) { return std::ranges::find(generated, field.name) != generated.end(); });
  }
  std::vector<std::string> names, types;
  for (const Field& field : targets) {
    names.push_back(QuotedName(field.name));
    types.push_back(fmt::format("{}: {}", QuotedLiteral(field.name), QuotedLiteral(field.type.ToString())));
  }
  std::string options;
  for (const FileOption& option : copy.options) options += ", " + OptionSql(option);
  if (format == FileFormat::kJson) {
    const auto is_given = [](const FileOption& option) { return option.key == "ignore_unknown"; };
    if (std::none_of(copy.options.begin(), copy.options.end(), is_given)) options += ", ignore_unknown => false";
  }
  const std::string text = fmt::format("INSERT INTO {} ({}) SELECT * FROM read_{}({}, columns => {{{}}}{})",
                                       QuotedName(name), fmt::join(names, ", "), LowerCased(FileFormatName(format)),
                                       QuotedLiteral(statement.path), fmt::join(types, ", "), options);
  try {
    return StatementRunner(database_, text, within_).Run(sql::ParseStatement(text));
  } catch (const Error& error) {
    throw AtStatement(error, sql_, statement.span);
  }
}

ExecuteResult StatementRunner::CopyTo(const sql::CopyStatement& statement) {
  const CopyOptions copy = BindOptions(statement, sql_);
  const FileRequest request{
      .format = copy.format, .paths = {statement.path}, .options = copy.options, .sql = sql_, .span = statement.span};
  const FileFormat format = FormatOf(request);
  const FileLocation target = ValueOrThrow(LocateFile(statement.path));
  WriteOptions options;
  options.compression = CompressionOf(target.path);
  for (const FileOption& option : copy.options) {
    if (SetWriteOption(option, format, sql_, &options)) continue;
    ThrowUnknownFileOption(option, fmt::format("COPY … TO a {} file", FileFormatName(format)),
                           KnownWriteOptions(format), sql_);
  }
  std::shared_ptr<QueryRun> run;
  if (statement.query != nullptr) {
    run = OpenQuery(*statement.query);
  } else {
    std::vector<std::string> names;
    for (const sql::Identifier& column : statement.columns) names.push_back(QuotedName(column.name));
    if (names.empty()) {
      std::shared_lock catalog(database_.catalog_mutex_);
      for (const std::string& name : GivenColumns(database_.catalog_.Find(RelationName(*statement.table, sql_)))) {
        names.push_back(QuotedName(name));
      }
    }
    const std::string text =
        fmt::format("SELECT {} FROM {}", names.empty() ? std::string("*") : fmt::format("{}", fmt::join(names, ", ")),
                    QuotedName(RelationName(*statement.table, sql_)));
    try {
      const sql::StatementPtr select = sql::ParseStatement(text);
      run = StatementRunner(database_, text, within_).OpenQuery(*select->As<sql::QueryStatement>().query);
    } catch (const Error& error) {
      throw AtStatement(error, sql_, statement.table->span);
    }
  }
  const ListedQuery listed(database_.queries_,
                           std::string(sql_.substr(statement.span.begin, statement.span.end - statement.span.begin)),
                           [run] { run->Cancel(); });
  UnfinishedFile file(target);
  ExecuteResult result;
  result.type = ExecuteResult::Type::kRowsAffected;
  {
    const auto writer = ValueOrThrow(OpenWriter(format, file.location(), options, run->schema()));
    while (const Ref<RowBatch> batch = ValueOrThrow(run->NextBatch())) {
      ThrowIfError(writer->Write(batch));
      result.rows_affected += batch->rows();
    }
    ThrowIfError(writer->Close());
  }
  ThrowIfError(file.Finish());
  result.warnings = run->warnings();
  return result;
}

}  // namespace laminar
