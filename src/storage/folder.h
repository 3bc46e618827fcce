// A database's directory: whose it is, and that nobody else writes into it.
#pragma once

#include <memory>
#include <string>

#include "common/status.h"
#include "storage/file.h"
#include "storage/log_format.h"

namespace laminar {

/// Holds the lock of the directory while it exists.
///
///     <dir>/laminar.db    what it is, the format's version, which database (docs/storage.md)
///     <dir>/lock          locked by the process that has it open; says its number
///     <dir>/log/          segments
///     <dir>/manifest      what the last checkpoint consists of, in <dir>/state/ and <dir>/history/
///     <dir>/spill/        what left memory and has no other place; empty after a crash and a power cut alike
class Folder {
 public:
  /// Makes the directory if there is none and makes an empty one a database's. kConnectionInUse at once, naming the
  /// process, when another one has it; kConnectionFailed, with nothing touched, when it is something else than a
  /// database or one of a version that this release does not read.
  static Result<std::unique_ptr<Folder>> Open(FileSystem& files, const std::string& path);
  /// Likewise of one that is there; nothing is made.
  static Result<std::unique_ptr<Folder>> OpenExisting(FileSystem& files, const std::string& path);
  /// Likewise, whoever has it open: to be read with care.
  static Result<std::unique_ptr<Folder>> LookAt(FileSystem& files, const std::string& path);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const DatabaseId& id() const { return id_; }
  const std::string& path() const { return path_; }
  std::string log() const { return path_ + "/log"; }
  /// Empty where nothing is to be made (OpenExisting).
  const std::string& spill() const { return spill_; }
  FileSystem& files() const { return files_; }

 private:
  Folder(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status Lock();
  Status ReadIdentity(bool* there);
  Status WriteIdentity();
  Status EmptySpill();
  Status Refuse(const std::string& why) const;

  FileSystem& files_;
  const std::string path_;
  std::string spill_;
  DatabaseId id_{};
  int lock_ = -1;
};

/// Device and file number of a directory: what tells that two paths are one. False when there is none.
bool FolderIdentity(const std::string& path, std::pair<uint64_t, uint64_t>* identity);

}  // namespace laminar
