// Brings a database back: reads its log from the beginning and does everything again, in order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "main/database.h"
#include "main/durable/definition.h"
#include "storage/folder.h"
#include "storage/log.h"
#include "storage/log_reader.h"

namespace laminar {

/// Used once, before anybody else knows the database. Statements are not run again: what they came to is (definitions,
/// rows as they were accepted, ends of epochs), so that nothing depends on a clock, on chance, or on other calls.
class Recovery final : private DefinitionReader {
 public:
  Recovery(Database& database, Folder& folder) : database_(database), folder_(folder) {}

  /// The log, ready to be written behind its last good record; the engine is told to use it. Throws kConnectionFailed.
  std::unique_ptr<Log> Run(const LogOptions& options);
  /// Likewise without touching anything: what the log holds.
  DirectoryCheck Check();

 private:
  void CreateSource(std::unique_ptr<SourceEntry> source, uint32_t id) override;
  void CreateTable(std::unique_ptr<TableEntry> table, uint32_t id) override;
  void CreateStream(std::unique_ptr<StreamEntry> stream) override;
  void CreateView(const std::string& sql) override;
  void CreateSink(std::unique_ptr<SinkEntry> sink) override;
  void Drop(const std::string& name) override;
  void Rename(const std::string& from, const std::string& to) override;
  void AddColumn(const std::string& sql, int64_t now) override;
  void CreateFunction(const std::string& sql) override;
  void DropFunction(const std::string& name) override;
  void ReadFile(FilePosition position) override;

  void ReadLog(LogReader& reader);
  /// What a crash left behind the end goes.
  LogEnd Clean(const LogReader& reader);
  /// Sources that are fed from files go on where they were, once start() is called.
  void ResumeFileSources();
  /// Sinks, which have seen go by what they had carried out, go on.
  void ReleaseSinks();

  Database& database_;
  Folder& folder_;
  DirectoryCheck found_;
  bool checking_ = false;  // and touching nothing
};

}  // namespace laminar
