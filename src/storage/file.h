// Files as the storage sees them: the only door to the disk, so that tests can stand a failing one behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace laminar {

/// Bytes to be written, somewhere in memory.
struct Piece {
  const void* data = nullptr;
  size_t size = 0;
};

/// Operations answer 0 or an errno. One writer at a time; Sync may run beside a Write, and then covers what was written
/// before it was called.
class File {
 public:
  virtual ~File() = default;

  /// All pieces, one behind the other, from `offset` on. After an error any part of them may be in the file.
  [[nodiscard]] virtual int Write(uint64_t offset, std::span<const Piece> pieces) = 0;
  /// At most `size` bytes; `*got` fewer only at the end of the file.
  [[nodiscard]] virtual int Read(uint64_t offset, void* to, size_t size, size_t* got) = 0;
  /// Room for bytes [offset, offset + size) without changing the file's size: writing them will not find the disk full.
  /// EOPNOTSUPP where the file system makes no such promise.
  [[nodiscard]] virtual int Reserve(uint64_t offset, uint64_t size) = 0;
  /// Cuts the file, and gives back what was reserved past its end.
  [[nodiscard]] virtual int Truncate(uint64_t size) = 0;
  /// On return what was written survives a power cut; the file's name only after SyncFolder.
  [[nodiscard]] virtual int Sync() = 0;
  [[nodiscard]] virtual int Size(uint64_t* size) = 0;
  /// These bytes are not read any more: their room goes back to the disk where the file system can do that. Any thread.
  virtual void Discard(uint64_t offset, uint64_t size) = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  enum class Open : uint8_t {
    kRead,    // ENOENT when it is not there
    kWrite,   // likewise; for reading too
    kCreate,  // EEXIST when it is there
  };
  [[nodiscard]] virtual int OpenFile(const std::string& path, Open how, std::unique_ptr<File>* file) = 0;
  /// A new file, for reading and writing, that no name in `folder` leads to: it goes with its handle, and with the
  /// process.
  [[nodiscard]] virtual int OpenNameless(const std::string& folder, std::unique_ptr<File>* file) = 0;
  [[nodiscard]] virtual int Rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual int Remove(const std::string& path) = 0;
  /// EEXIST when it is there.
  [[nodiscard]] virtual int MakeFolder(const std::string& path) = 0;
  /// Names in a folder, sorted, without "." and "..".
  [[nodiscard]] virtual int List(const std::string& path, std::vector<std::string>* names) = 0;
  /// On return the names in the folder survive a power cut.
  [[nodiscard]] virtual int SyncFolder(const std::string& path) = 0;

  /// The disk.
  static FileSystem& Posix();
};

/// "No space left on device".
std::string ErrnoText(int error);
/// The disk has no room: what failed may succeed later.
bool IsNoSpace(int error);

}  // namespace laminar
