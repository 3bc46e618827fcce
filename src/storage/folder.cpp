#include "storage/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "common/crc32c.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

constexpr char kIdentity[] = "laminar.db";
constexpr char kUnfinished[] = "laminar.db.new";
constexpr char kLock[] = "lock";
constexpr char kMagic[] = "LAMINARD";
constexpr size_t kIdentityBytes = 64;

struct Identity {
  uint32_t version;
  DatabaseId id;
};

void WriteTo(const Identity& identity, char* to) {
  std::memset(to, 0, kIdentityBytes);
  std::memcpy(to, kMagic, 8);
  std::memcpy(to + 8, &identity.version, 4);
  std::memcpy(to + 16, identity.id.data(), identity.id.size());
  const uint32_t checksum = Crc32c(to, 60);
  std::memcpy(to + 60, &checksum, 4);
}

/// Version 0: not an identity.
Identity ReadFrom(const char* from) {
  Identity identity{};
  uint32_t checksum;
  std::memcpy(&checksum, from + 60, 4);
  if (std::memcmp(from, kMagic, 8) != 0 || checksum != Crc32c(from, 60)) return identity;
  std::memcpy(&identity.version, from + 8, 4);
  std::memcpy(identity.id.data(), from + 16, identity.id.size());
  return identity;
}

/// The number in the lock file, if it can be read.
std::string HolderOf(int lock) {
  char text[32] = {};
  const ssize_t got = ::pread(lock, text, sizeof text - 1, 0);
  std::string holder(text, got > 0 ? static_cast<size_t>(got) : 0);
  while (!holder.empty() && (holder.back() == '\n' || holder.back() == ' ')) holder.pop_back();
  return holder.empty() ? "unknown" : holder;
}

}  // namespace

Status Folder::Refuse(const std::string& why) const {
  return {ErrorCode::kConnectionFailed, fmt::format("cannot open \"{}\": {}", path_, why)};
}

Result<std::unique_ptr<Folder>> Folder::Open(FileSystem& files, const std::string& path) {
  std::unique_ptr<Folder> folder(new Folder(files, path));
  const int made = files.MakeFolder(path);
  if (made != 0 && made != EEXIST) {
    return folder->Refuse(fmt::format("the directory cannot be made: {}", ErrnoText(made)));
  }
  if (made == 0) KillPoint("folder.made");
  std::vector<std::string> names;
  if (const int error = files.List(path, &names)) {
    return folder->Refuse(error == ENOTDIR ? "it is a file; a database is a directory" : ErrnoText(error));
  }
  const bool has_identity = std::ranges::find(names, kIdentity) != names.end();
  // What the making of a database leaves behind when it is interrupted.
  const auto is_ours = [](const std::string& name) { return name == kLock || name == kUnfinished; };
  if (!has_identity && !std::ranges::all_of(names, is_ours)) {
    const auto foreign = std::ranges::find_if_not(names, is_ours);
    return folder->Refuse(
        fmt::format("the directory is not a laminardb database (it holds \"{}\"): it is left as it is; give another "
                    "path, or an empty directory",
                    *foreign));
  }
  LAMINAR_RETURN_NOT_OK(folder->Lock());
  bool there = false;
  LAMINAR_RETURN_NOT_OK(folder->ReadIdentity(&there));
  if (!there) LAMINAR_RETURN_NOT_OK(folder->WriteIdentity());
  const int log = files.MakeFolder(folder->log());
  if (log != 0 && log != EEXIST) return folder->Refuse(fmt::format("{}: {}", folder->log(), ErrnoText(log)));
  if (log == 0) {
    if (const int error = files.SyncFolder(path)) return folder->Refuse(ErrnoText(error));
  }
  LAMINAR_RETURN_NOT_OK(folder->EmptySpill());
  return folder;
}

Status Folder::EmptySpill() {
  spill_ = path_ + "/spill";
  const int made = files_.MakeFolder(spill_);
  if (made != 0 && made != EEXIST) return Refuse(fmt::format("{}: {}", spill_, ErrnoText(made)));
  std::vector<std::string> names;
  if (const int error = files_.List(spill_, &names)) return Refuse(fmt::format("{}: {}", spill_, ErrnoText(error)));
  for (const std::string& name : names) {
    const std::string path = spill_ + "/" + name;
    if (const int error = files_.Remove(path)) return Refuse(fmt::format("{}: {}", path, ErrnoText(error)));
  }
  return Status::OK();
}

Result<std::unique_ptr<Folder>> Folder::LookAt(FileSystem& files, const std::string& path) {
  std::unique_ptr<Folder> folder(new Folder(files, path));
  bool there = false;
  LAMINAR_RETURN_NOT_OK(folder->ReadIdentity(&there));
  if (!there) return folder->Refuse("there is no laminardb database");
  return folder;
}

Result<std::unique_ptr<Folder>> Folder::OpenExisting(FileSystem& files, const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<Folder> folder, LookAt(files, path));
  LAMINAR_RETURN_NOT_OK(folder->Lock());
  return folder;
}

Folder::~Folder() {
  if (lock_ >= 0) ::close(lock_);
}

Status Folder::Lock() {
  const std::string path = path_ + "/" + kLock;
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) return Refuse(fmt::format("{}: {}", path, ErrnoText(errno)));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = HolderOf(lock_);
    if (error != EWOULDBLOCK) return Refuse(fmt::format("{}: {}", path, ErrnoText(error)));
    return {ErrorCode::kConnectionInUse,
            fmt::format("cannot open \"{}\": process {} has it open; one process at a time may", path_, holder)};
  }
  // Only whoever is refused reads this, so that it cannot be written is no reason to stop.
  const std::string number = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock_, 0) == 0) static_cast<void>(!::pwrite(lock_, number.data(), number.size(), 0));
  return Status::OK();
}

Status Folder::ReadIdentity(bool* there) {
  std::unique_ptr<File> file;
  const std::string path = path_ + "/" + kIdentity;
  const int error = files_.OpenFile(path, FileSystem::Open::kRead, &file);
  *there = error == 0;
  if (error == ENOENT) return Status::OK();
  if (error != 0) return Refuse(fmt::format("{}: {}", path, ErrnoText(error)));
  char bytes[kIdentityBytes] = {};
  size_t got = 0;
  if (const int read = file->Read(0, bytes, sizeof bytes, &got)) {
    return Refuse(fmt::format("{}: {}", path, ErrnoText(read)));
  }
  const Identity identity = ReadFrom(bytes);
  if (got != sizeof bytes || identity.version == 0) {
    return Refuse(fmt::format("{} is damaged, or not of a laminardb database", path));
  }
  if (identity.version != kFormatVersion) {
    return Refuse(fmt::format("its files are of format version {}; this release reads version {}", identity.version,
                              kFormatVersion));
  }
  id_ = identity.id;
  return Status::OK();
}

Status Folder::WriteIdentity() {
  std::random_device random;
  for (uint8_t& byte : id_) byte = static_cast<uint8_t>(random());
  char bytes[kIdentityBytes];
  WriteTo({kFormatVersion, id_}, bytes);
  const std::string unfinished = path_ + "/" + kUnfinished;
  const Piece piece{bytes, sizeof bytes};
  std::unique_ptr<File> file;
  int error = files_.Remove(unfinished);
  if (error == ENOENT) error = 0;
  if (error == 0) error = files_.OpenFile(unfinished, FileSystem::Open::kCreate, &file);
  if (error == 0) error = file->Write(0, {&piece, 1});
  KillPoint("folder.identity_unfinished");
  if (error == 0) error = file->Sync();
  if (error == 0) error = files_.Rename(unfinished, path_ + "/" + kIdentity);
  if (error == 0) error = files_.SyncFolder(path_);
  KillPoint("folder.identity_made");
  return error == 0 ? Status::OK() : Refuse(fmt::format("{}: {}", unfinished, ErrnoText(error)));
}

bool FolderIdentity(const std::string& path, std::pair<uint64_t, uint64_t>* identity) {
  struct stat facts;
  if (::stat(path.c_str(), &facts) != 0) return false;
  *identity = {static_cast<uint64_t>(facts.st_dev), static_cast<uint64_t>(facts.st_ino)};
  return true;
}

}  // namespace laminar
