// The sources of a database that are fed from files, running ones and those that are being stopped.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "main/source/file_source.h"

namespace laminar {

/// Thread-safe. Names are the catalog's spelling.
class FileSources {
 public:
  /// Stops what runs.
  ~FileSources();

  /// Reading begins with StartAll, or at once when that has been.
  void Add(const std::string& name, std::unique_ptr<FileSource> source);
  /// One that could not go on after the database was opened again.
  void AddFailed(const std::string& name, std::string why);
  void StartAll();
  /// Takes a source off the list and tells it to stop. Does not wait: may be called with any lock.
  void Retire(const std::string& name);
  /// Waits for the retired ones, with no lock of the database held: they may want it.
  void FinishRetired();
  /// Nothing more is read.
  void StopAll();

  /// From the log, or from an insert that has been logged: what holds from here on.
  void SetPosition(const FilePosition& position);
  std::vector<FilePosition> PositionsOf(const std::string& name) const;
  /// Of all sources, for a checkpoint (see FilePosition).
  std::vector<FilePosition> Positions() const;

  std::optional<FileSourceFacts> FactsOf(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  bool started_ = false;
  std::map<std::string, std::unique_ptr<FileSource>> running_;
  std::map<std::string, FileSourceFacts> failed_;
  std::vector<std::unique_ptr<FileSource>> retired_;
  std::map<std::string, std::map<std::string, FilePosition>> positions_;  // by source, by path
};

}  // namespace laminar
