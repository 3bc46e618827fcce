// Brings a database back: loads its last checkpoint, and does again what the log says behind it, in order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "main/database.h"
#include "main/durable/definition.h"
#include "main/durable/manifest.h"
#include "main/sink/sink_runner.h"
#include "storage/folder.h"
#include "storage/log.h"
#include "storage/log_reader.h"

namespace laminar {

/// Used once, before anybody else knows the database. Statements are not run again: what they came to is (definitions,
/// rows as they were accepted, ends of epochs), so that nothing depends on a clock, on chance, or on other calls.
class Recovery final : private DefinitionReader {
 public:
  Recovery(Database& database, Folder& folder) : database_(database), folder_(folder) {}

  struct Recovered {
    std::unique_ptr<Log> log;  // ready to be written behind its last good record; the engine uses it
    std::optional<Manifest> manifest;
    bool news = false;  // the log had something behind it
  };
  /// Throws kConnectionFailed.
  Recovered Run(const LogOptions& options);
  /// Likewise without the log, and without touching anything: the checkpoints that there were.
  std::vector<CheckpointInfo> Load();
  /// Likewise without touching anything: what the directory holds.
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

  /// A stretch of a file of images, open.
  struct ImagePart {
    std::unique_ptr<File> file;
    std::unique_ptr<FrameReader> reader;
  };
  Result<ImagePart> OpenImage(const ImageSection& section);
  void LoadCheckpoint();
  void LoadHistory(const Manifest::OfSource& source);
  Status LoadStream(const Manifest::OfStream& saved, Stream& stream);
  /// Of a section of changes, in order.
  Status ReadChanges(const ImageSection& section, std::span<const DataType> types,
                     const std::function<void(Change change)>& visit);
  /// Those that the checkpoint has begin where it stands, with what they had not made durable by then.
  void RestoreSinks();
  void ResumeSink(const SinkEntry& sink, SinkMissed missed);
  void ReadLog(LogReader& reader);
  /// What a crash left behind the end goes.
  LogEnd Clean(const LogReader& reader);
  /// Sources that are fed from files go on where they were, once start() is called.
  void ResumeFileSources();
  /// Sinks, which have seen go by what they had carried out, go on.
  void ReleaseSinks();

  Database& database_;
  Folder& folder_;
  std::optional<Manifest> manifest_;
  bool news_ = false;
  DirectoryCheck found_;
  bool checking_ = false;   // and touching nothing
  bool restoring_ = false;  // the definitions that are read are those of the checkpoint
};

}  // namespace laminar
