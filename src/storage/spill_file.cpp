#include "storage/spill_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace laminar {

namespace {

std::string TemporaryFolder() {
  if (const char* chosen = std::getenv("TMPDIR"); chosen != nullptr && *chosen != '\0') return chosen;
  return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

uint64_t NextNumber() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

SpillFile::SpillFile(std::unique_ptr<File> file, std::string folder, ErrorCode failure)
    : file_(std::move(file)), folder_(std::move(folder)), failure_(failure), number_(NextNumber()) {}

Result<std::shared_ptr<SpillFile>> SpillFile::Create(FileSystem& files, const std::string& folder, ErrorCode failure) {
  std::string chosen = folder.empty() ? TemporaryFolder() : folder;
  std::unique_ptr<File> file;
  if (const int error = files.OpenNameless(chosen, &file)) {
    return Status(failure, fmt::format("no file can be made in {}: {}", chosen, ErrnoText(error)));
  }
  return std::shared_ptr<SpillFile>(new SpillFile(std::move(file), std::move(chosen), failure));
}

std::string SpillFile::Describe() const { return fmt::format("spill file {} in {}", number_, folder_); }

Status SpillFile::Append(std::span<const uint8_t> bytes) {
  const Piece piece{bytes.data(), bytes.size()};
  return Append({&piece, 1});
}

Status SpillFile::Append(std::span<const Piece> pieces) {
  const uint64_t end = size();
  if (const int error = file_->Write(end, pieces)) {
    return {failure_, fmt::format("{} cannot be written at byte {}: {}", Describe(), end, ErrnoText(error))};
  }
  uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.size;
  size_.store(end + bytes, std::memory_order_release);
  return Status::OK();
}

Result<size_t> SpillFile::Read(uint64_t offset, void* to, size_t size) const {
  size_t got = 0;
  if (const int error = file_->Read(offset, to, size, &got)) {
    return Status(failure_, fmt::format("{} cannot be read at byte {}: {}", Describe(), offset, ErrnoText(error)));
  }
  return got;
}

}  // namespace laminar
