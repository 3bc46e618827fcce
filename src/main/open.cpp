// Open and its siblings: which database a path means.
#include <fmt/format.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "common/hash.h"
#include "engine/waiter.h"
#include "main/connection_rep.h"
#include "main/database.h"
#include "main/durable/manifest.h"
#include "sql/ast_json.h"
#include "sql/parser.h"
#include "storage/folder.h"

namespace laminar {

namespace {

/// The database of one directory, as long as somebody has it open.
struct OpenDirectory {
  std::mutex mutex;  // whoever opens it for the first time recovers it, and others wait
  std::weak_ptr<Database> database;
};

/// By device and file number: two paths may lead to one directory.
std::shared_ptr<OpenDirectory> DirectoryAt(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::pair<uint64_t, uint64_t>, std::shared_ptr<OpenDirectory>> directories;
  std::pair<uint64_t, uint64_t> identity;
  if (!FolderIdentity(path, &identity)) return nullptr;
  std::lock_guard guard(mutex);
  std::erase_if(directories,
                [](const auto& entry) { return entry.second.use_count() == 1 && entry.second->database.expired(); });
  std::shared_ptr<OpenDirectory>& directory = directories[identity];
  if (directory == nullptr) directory = std::make_shared<OpenDirectory>();
  return directory;
}

std::shared_ptr<Database> OpenDurable(const std::string& path, std::string_view label, const Config& config,
                                      const TestOptions& test) {
  FileSystem& files = FileSystem::Posix();
  if (const int error = files.MakeFolder(path); error != 0 && error != EEXIST) {
    throw Error(ErrorCode::kConnectionFailed,
                fmt::format("cannot open \"{}\": the directory cannot be made: {}", path, ErrnoText(error)));
  }
  const std::shared_ptr<OpenDirectory> directory = DirectoryAt(path);
  if (directory == nullptr) {
    throw Error(ErrorCode::kConnectionFailed, fmt::format("cannot open \"{}\": {}", path, ErrnoText(errno)));
  }
  std::lock_guard guard(directory->mutex);
  if (std::shared_ptr<Database> open = directory->database.lock()) {
    if (open->Enter()) {
      Config wanted = config;
      wanted.storage_dir = open->config().storage_dir;  // two ways to name one directory
      if (open->config() == wanted) return open;
      open->Leave();
      throw Error(ErrorCode::kConnectionInUse,
                  fmt::format("cannot open \"{}\": this process has it open with another config; give an equal one, or "
                              "close it first",
                              path));
    }
    open->AwaitClosed(std::chrono::duration<double>(config.backpressure_timeout));
  }
  auto database = std::make_shared<Database>(std::string(label), config, test, ValueOrThrow(Folder::Open(files, path)));
  database->Recover();
  database->Enter();
  directory->database = database;
  return database;
}

}  // namespace

namespace {

/// One more reader of the last checkpoint. A newer one may take its files away until they have been read; then that is
/// the last.
std::shared_ptr<Database> OpenReadOnly(const std::string& path, std::string_view label, const Config& config,
                                       const TestOptions& test) {
  FileSystem& files = FileSystem::Posix();
  while (true) {
    std::string before;
    std::string now;
    {
      const auto folder = ValueOrThrow(Folder::LookAt(files, path));
      ThrowIfError(ReadManifest(*folder, &before).status());
    }
    auto database =
        std::make_shared<Database>(std::string(label), config, test, ValueOrThrow(Folder::LookAt(files, path)));
    try {
      database->LoadCheckpoint();
      database->Enter();
      return database;
    } catch (const Error&) {
      const auto folder = ValueOrThrow(Folder::LookAt(files, path));
      ThrowIfError(ReadManifest(*folder, &now).status());
      if (now == before) throw;
    }
  }
}

}  // namespace

std::shared_ptr<Database> OpenDatabase(std::string_view path, const Config& config, const TestOptions& test) {
  config.Validate();
  if (path != ":memory:" || config.storage_dir) {
    if (config.read_only) return OpenReadOnly(config.storage_dir.value_or(std::string(path)), path, config, test);
    return OpenDurable(config.storage_dir.value_or(std::string(path)), path, config, test);
  }
  if (config.read_only) throw std::invalid_argument("read_only: there is nothing to be read (\":memory:\")");
  if (config.checkpoint_interval_secs) {
    throw std::invalid_argument("checkpoint_interval: there is no storage to write checkpoints to (\":memory:\")");
  }
  auto database = std::make_shared<Database>(std::string(path), config, test);
  database->Enter();
  return database;
}

Connection Open(std::string_view path, const Config& config) { return OpenForTest(path, config, {}); }

Connection OpenForTest(std::string_view path, const Config& config, const TestOptions& options) {
  return Connection(std::make_shared<Connection::Rep>(OpenDatabase(path, config, options), true));
}

void SetInterruptCheck(void (*check)()) { Waiter::SetInterruptCheck(check); }

void SetDegenerateHashing(bool on) { HashForTesting::all_equal = on; }

uint64_t StepNow(Connection& connection) { return connection.rep().database().engine().StepNow(); }

uint64_t SetTime(Connection& connection, int64_t micros) {
  return connection.rep().database().engine().SetTime(micros);
}

std::string ParseToJson(std::string_view sql) { return sql::DumpJson(sql::ParseStatements(sql)); }

}  // namespace laminar
