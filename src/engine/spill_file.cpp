#include "engine/spill_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace laminar {

namespace {

std::string TemporaryDirectory() {
  if (const char* chosen = std::getenv("TMPDIR"); chosen != nullptr && *chosen != '\0') return chosen;
  return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

Status Failed(std::string_view what, int error) {
  return {ErrorCode::kSubscriptionFailed, fmt::format("{}: {}", what, std::strerror(error))};
}

/// Where the file system cannot make a file without a name, one is made and unlinked.
int OpenNameless(const std::string& directory) {
#ifdef O_TMPFILE
  if (const int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600); fd >= 0) return fd;
#endif
  std::string path = directory + "/laminardb-spill-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd >= 0) unlink(path.c_str());
  return fd;
}

}  // namespace

Result<std::shared_ptr<SpillFile>> SpillFile::Create(const std::string& directory) {
  const std::string chosen = directory.empty() ? TemporaryDirectory() : directory;
  const int fd = OpenNameless(chosen);
  if (fd < 0) return Failed(fmt::format("no file can be made in {}", chosen), errno);
  return std::shared_ptr<SpillFile>(new SpillFile(fd));
}

SpillFile::~SpillFile() { close(fd_); }

Status SpillFile::Append(std::span<const uint8_t> bytes) {
  const uint64_t end = size();
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(end + done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("a spill file cannot be written", errno);
    done += static_cast<size_t>(written);
  }
  size_.store(end + bytes.size(), std::memory_order_release);
  return Status::OK();
}

Result<size_t> SpillFile::Read(uint64_t offset, void* to, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = pread(fd_, static_cast<uint8_t*>(to) + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("a spill file cannot be read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace laminar
