// The disk behind storage/file.h.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "storage/file.h"

namespace laminar {

namespace {

constexpr size_t kPiecesAtOnce = 512;  // below every system's IOV_MAX

class PosixFile final : public File {
 public:
  explicit PosixFile(int fd) : fd_(fd) {}
  ~PosixFile() override { ::close(fd_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  int Write(uint64_t offset, std::span<const Piece> pieces) override {
    iovec vectors[kPiecesAtOnce];
    size_t next = 0;
    size_t skipped = 0;  // bytes of pieces[next] that are in the file already
    while (next < pieces.size()) {
      size_t count = 0;
      for (size_t i = next; i < pieces.size() && count < kPiecesAtOnce; ++i, ++count) {
        const size_t skip = i == next ? skipped : 0;
        const char* data = static_cast<const char*>(pieces[i].data) + skip;
        vectors[count] = {const_cast<char*>(data), pieces[i].size - skip};
      }
      const ssize_t written = ::pwritev(fd_, vectors, static_cast<int>(count), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        return errno;
      }
      offset += static_cast<uint64_t>(written);
      skipped += static_cast<size_t>(written);
      while (next < pieces.size() && skipped >= pieces[next].size) skipped -= pieces[next++].size;
    }
    return 0;
  }

  int Read(uint64_t offset, void* to, size_t size, size_t* got) override {
    *got = 0;
    while (*got < size) {
      const ssize_t read = ::pread(fd_, static_cast<char*>(to) + *got, size - *got, static_cast<off_t>(offset + *got));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return errno;
      if (read == 0) break;
      *got += static_cast<size_t>(read);
    }
    return 0;
  }

  int Reserve(uint64_t offset, uint64_t size) override {
#if defined(__linux__)
    while (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return errno;
    }
    return 0;
#else
    (void)offset, (void)size;
    return EOPNOTSUPP;
#endif
  }

  int Truncate(uint64_t size) override { return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? 0 : errno; }

  int Sync() override {
#if defined(__APPLE__)
    return ::fcntl(fd_, F_FULLFSYNC) == 0 ? 0 : errno;
#else
    return ::fdatasync(fd_) == 0 ? 0 : errno;
#endif
  }

  int Size(uint64_t* size) override {
    struct stat facts;
    if (::fstat(fd_, &facts) != 0) return errno;
    *size = static_cast<uint64_t>(facts.st_size);
    return 0;
  }

  void Discard(uint64_t offset, uint64_t size) override {
#if defined(__linux__)
    // An answer would change nothing: what cannot be given back now goes with the file.
    static_cast<void>(::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                                  static_cast<off_t>(size)));
#else
    (void)offset, (void)size;
#endif
  }

 private:
  const int fd_;
};

/// Where the file system cannot make a file without a name, one is made and unlinked.
int MakeNameless(const std::string& folder) {
#ifdef O_TMPFILE
  if (const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600); fd >= 0) return fd;
#endif
  std::string path = folder + "/laminardb-spill-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) ::unlink(path.c_str());
  return fd;
}

class PosixFileSystem final : public FileSystem {
 public:
  int OpenFile(const std::string& path, Open how, std::unique_ptr<File>* file) override {
    const int flags = how == Open::kRead ? O_RDONLY : how == Open::kWrite ? O_RDWR : O_RDWR | O_CREAT | O_EXCL;
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (fd < 0) return errno;
    *file = std::make_unique<PosixFile>(fd);
    return 0;
  }
  int OpenNameless(const std::string& folder, std::unique_ptr<File>* file) override {
    const int fd = MakeNameless(folder);
    if (fd < 0) return errno;
    *file = std::make_unique<PosixFile>(fd);
    return 0;
  }
  int Rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  }
  int Remove(const std::string& path) override { return ::unlink(path.c_str()) == 0 ? 0 : errno; }
  int MakeFolder(const std::string& path) override { return ::mkdir(path.c_str(), 0755) == 0 ? 0 : errno; }

  int List(const std::string& path, std::vector<std::string>* names) override {
    names->clear();
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) return errno;
    int error = 0;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder);
      if (entry == nullptr) {
        error = errno;
        break;
      }
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
        names->push_back(entry->d_name);
    }
    ::closedir(folder);
    std::sort(names->begin(), names->end());
    return error;
  }

  int SyncFolder(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    return error;
  }
};

}  // namespace

FileSystem& FileSystem::Posix() {
  static PosixFileSystem disk;
  return disk;
}

std::string ErrnoText(int error) { return std::error_code(error, std::generic_category()).message(); }

bool IsNoSpace(int error) { return error == ENOSPC || error == EDQUOT; }

}  // namespace laminar
