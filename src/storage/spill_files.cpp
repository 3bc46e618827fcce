#include "storage/spill_files.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "common/crc32c.h"

namespace laminar {

namespace {

constexpr uint64_t kFileBytes = uint64_t{1} << 28;
constexpr size_t kAlignment = 4096;  // what holes are made of

/// Before the bytes of a block, which are padded to kAlignment.
struct BlockHead {
  uint32_t magic;
  uint32_t checksum;  // of the fields below and the bytes
  uint64_t offset;    // in the file: a block in another place is no block
  uint64_t size;
  uint64_t unused;
};
constexpr uint32_t kMagic = 0x4b4c4253u;
constexpr size_t kBehindChecksum = offsetof(BlockHead, checksum) + sizeof(uint32_t);

uint32_t ChecksumOf(const BlockHead& head, const uint8_t* bytes) {
  const uint32_t of_head =
      Crc32c(reinterpret_cast<const uint8_t*>(&head) + kBehindChecksum, sizeof(head) - kBehindChecksum);
  return Crc32c(bytes, head.size, of_head);
}

size_t Padded(size_t size) { return (size + kAlignment - 1) & ~(kAlignment - 1); }

}  // namespace

/// What blocks need when the space is gone.
struct SpillFiles::Shared {
  explicit Shared(size_t pool_bytes) : pool(pool_bytes) {}
  BufferPool pool;
  std::atomic<int64_t> disk_bytes{0};
};

class SpillFiles::Block final : public SpilledBlock {
 public:
  Block(std::shared_ptr<const SpillFile> file, std::shared_ptr<Shared> shared, uint64_t offset, size_t size)
      : file_(std::move(file)), shared_(std::move(shared)), offset_(offset), size_(size) {
    shared_->disk_bytes.fetch_add(static_cast<int64_t>(Room()), std::memory_order_relaxed);
  }
  ~Block() override {
    shared_->pool.Forget(*this);
    file_->Discard(offset_, Room());
    shared_->disk_bytes.fetch_sub(static_cast<int64_t>(Room()), std::memory_order_relaxed);
  }

  size_t size() const override { return size_; }
  BufferPool& pool() const override { return shared_->pool; }

  Result<Ref<Buffer>> Read() const override {
    BlockHead head{};
    Ref<Buffer> bytes = Buffer::Allocate(size_);
    LAMINAR_ASSIGN_OR_RETURN(const size_t got_head, file_->Read(offset_, &head, sizeof(head)));
    LAMINAR_ASSIGN_OR_RETURN(const size_t got, file_->Read(offset_ + sizeof(head), bytes->data(), size_));
    const bool sound = got_head == sizeof(head) && got == size_ && head.magic == kMagic && head.offset == offset_ &&
                       head.size == size_ && head.checksum == ChecksumOf(head, bytes->data());
    if (sound) return bytes;
    return Status(ErrorCode::kQueryFailed,
                  fmt::format("rows that had left memory cannot be read back: {} is damaged in the block at byte {}",
                              file_->Describe(), offset_));
  }

 private:
  size_t Room() const { return Padded(sizeof(BlockHead) + size_); }

  const std::shared_ptr<const SpillFile> file_;
  const std::shared_ptr<Shared> shared_;
  const uint64_t offset_;
  const size_t size_;
};

SpillFiles::SpillFiles(FileSystem& files, std::string folder, size_t pool_bytes)
    : files_(files), folder_(std::move(folder)), shared_(std::make_shared<Shared>(pool_bytes)) {}

SpillFiles::~SpillFiles() = default;

Result<Ref<SpilledBlock>> SpillFiles::Write(std::span<const uint8_t> bytes) {
  if (!current_ || current_->size() >= kFileBytes) {
    current_ = nullptr;
    LAMINAR_ASSIGN_OR_RETURN(current_, SpillFile::Create(files_, folder_, ErrorCode::kQueryFailed));
  }
  BlockHead head{kMagic, 0, current_->size(), bytes.size(), 0};
  head.checksum = ChecksumOf(head, bytes.data());
  static constexpr std::array<uint8_t, kAlignment> kZeros{};
  const size_t used = sizeof(head) + bytes.size();
  const std::array pieces{Piece{&head, sizeof(head)}, Piece{bytes.data(), bytes.size()},
                          Piece{kZeros.data(), Padded(used) - used}};
  Status status = current_->Append(pieces);
  if (!status.ok()) {
    // What part of it is there is nobody's; the next attempt begins afresh.
    current_ = nullptr;
    return status;
  }
  return Ref<SpilledBlock>(new Block(current_, shared_, head.offset, bytes.size()));
}

int64_t SpillFiles::disk_bytes() const { return shared_->disk_bytes.load(std::memory_order_relaxed); }
BufferPool& SpillFiles::pool() const { return shared_->pool; }

}  // namespace laminar
