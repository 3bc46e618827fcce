#include "main/program_tables.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "main/arrow_import.h"
#include "main/arrow_types.h"
#include "main/database.h"
#include "main/file/file_rows.h"
#include "main/refusal.h"
#include "sql/statement_contents.h"

namespace laminar {

namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

/// The error as one of a query.
Status QueryFailure(const Status& status) {
  const Error& error = status.error();
  if (error.code() == ErrorCode::kQueryCancelled || error.code() == ErrorCode::kInternalError) return status.Clone();
  return {ErrorCode::kQueryFailed, error.what()};
}

Result<Reader> OpenReader(const ProgramTable& table, std::string_view name) {
  ArrowArrayStream stream{};
  table.open(&stream);
  auto reader = arrow::ImportRecordBatchReader(&stream);
  if (reader.ok()) return *reader;
  if (stream.release != nullptr) stream.release(&stream);
  return FromArrowStatus(reader.status(), ErrorCode::kQueryFailed,
                         fmt::format("\"{}\" ({}) cannot be read as a table", name, table.description));
}

class ProgramRows final : public FileRows {
 public:
  ProgramRows(Reader reader, std::string name, Schema target, std::vector<int> columns, bool copy)
      : reader_(std::move(reader)),
        name_(std::move(name)),
        target_(std::move(target)),
        columns_(std::move(columns)),
        copy_(copy) {}

  Result<Ref<RowBatch>> Next(const CancelToken& cancel) override {
    while (true) {
      if (cancel.cancelled()) return Status(ErrorCode::kQueryCancelled, "the query was cancelled");
      if (batch_ == nullptr) {
        if (const arrow::Status read = reader_->ReadNext(&batch_); !read.ok()) return Failure(read);
        if (batch_ == nullptr) return Ref<RowBatch>();
        auto selected = batch_->SelectColumns(columns_);
        if (!selected.ok()) return Failure(selected.status());
        batch_ = *selected;
        next_ = 0;
      }
      // Cut up, so that a query over one great batch can be cancelled.
      const int64_t rows = std::min(kFileBatchRows, batch_->num_rows() - next_);
      if (rows == 0) {
        batch_ = nullptr;
        continue;
      }
      Result<Ref<RowBatch>> part =
          ImportRecordBatch(*batch_->Slice(next_, rows), target_, fmt::format("\"{}\"", name_), rows_, copy_);
      if (!part.ok()) return QueryFailure(part.status());
      next_ += rows;
      rows_ += rows;
      return part;
    }
  }

 private:
  /// What a stream made in Python raises comes with its traceback behind the message.
  Status Failure(const arrow::Status& status) const {
    std::string_view text = status.message();
    text = text.substr(0, text.find(". Detail: "));
    return {ErrorCode::kQueryFailed, fmt::format("reading \"{}\" failed: {}", name_, text)};
  }

  const Reader reader_;
  const std::string name_;
  const Schema target_;
  const std::vector<int> columns_;
  const bool copy_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t next_ = 0;  // row of the batch
  int64_t rows_ = 0;  // handed out
};

class TableOfProgram final : public FileTable {
 public:
  TableOfProgram(Schema schema, std::string name, ProgramTable table, Reader first)
      : FileTable(std::move(schema), name, fmt::format("{} \"{}\"", table.description, name)),
        table_(std::move(table)),
        first_(std::move(first)) {}

  bool in_memory() const override { return !table_.streamed; }

  Result<std::unique_ptr<FileRows>> Open(const std::vector<int>& columns) const override {
    Reader reader;
    {
      std::lock_guard guard(mutex_);
      reader = std::exchange(first_, nullptr);
    }
    if (reader == nullptr) {
      LAMINAR_ASSIGN_OR_RETURN(reader, OpenReader(table_, name()));
    }
    std::vector<Field> target;
    for (const int column : columns) target.push_back(schema().field(column));
    return std::unique_ptr<FileRows>(std::make_unique<ProgramRows>(std::move(reader), name(), Schema(std::move(target)),
                                                                   columns, table_.may_change));
  }

 private:
  const ProgramTable table_;
  mutable std::mutex mutex_;
  mutable Reader first_;  // what the schema was taken from, until it is read
};

}  // namespace

std::shared_ptr<const FileTable> OpenProgramTable(std::string name, ProgramTable table) {
  Reader reader = ValueOrThrow(OpenReader(table, name));
  Result<Schema> schema = SchemaFromArrow(*reader->schema());
  if (!schema.ok()) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("\"{}\" ({}) cannot be queried: {}", name, table.description, schema.status().message()));
  }
  return std::make_shared<TableOfProgram>(schema.TakeValue(), std::move(name), std::move(table), std::move(reader));
}

ProgramNames Database::NamesOf(ProgramTables* tables, const sql::Statement& statement) {
  ProgramNames found;
  if (tables == nullptr) return found;
  std::vector<std::string> unknown;
  {
    std::shared_lock catalog(catalog_mutex_);
    for (const sql::NamedTable* table : sql::ContentsOf(statement).tables) {
      const std::string& name = table->name.last().name;
      if (table->name.parts.size() > 1 || catalog_.Find(name) != nullptr) continue;
      if (std::ranges::find(unknown, name) == unknown.end()) unknown.push_back(name);
    }
  }
  for (const std::string& name : unknown) {
    std::optional<ProgramTable> table = tables->Find(name);
    if (!table) continue;
    if (table->open) {
      found.tables.emplace(name, OpenProgramTable(name, std::move(*table)));
    } else {
      found.others.emplace(name, std::move(table->description));
    }
  }
  if (found.tables.size() < unknown.size()) found.names = tables->Names();
  return found;
}

}  // namespace laminar
