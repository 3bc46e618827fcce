// Files in memory that fail as disks do: full, broken, cut from the power.
#pragma once

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/file.h"

namespace laminar {

/// What is written is there at once; what a power cut leaves is what was synced, and of the rest any pages and names.
/// Many threads may use the files; what is asked for by the test is set while none does.
class FaultyFiles final : public FileSystem {
 public:
  // Faults, asked for by the test.

  uint64_t room = uint64_t{1} << 40;  // bytes that may still be written or set aside
  bool short_writes = true;           // a write that finds no room leaves what fits
  int fail_writes_after = -1;         // so many writes succeed, then EIO; -1: never
  int fail_syncs_after = -1;          // likewise
  int fail_reads_after = -1;          // likewise
  bool reserves = true;               // Reserve is answered, not refused as unknown
  int dies_after = -1;                // likewise of all that changes anything: nothing is changed any more, all is EIO
  bool nameless = true;               // files without a name can be made

  /// The power goes: every file keeps its synced bytes, and of those written since any 512-byte sectors; its length is
  /// somewhere between. Names that were made or removed since the folder was synced are there or not.
  void CutPower(std::mt19937_64& random) {
    std::map<std::string, std::shared_ptr<Node>> after = durable_names_;
    for (const auto& [name, node] : names_) {
      const auto before = durable_names_.find(name);
      if ((before == durable_names_.end() || before->second != node) && random() % 2 == 0) after[name] = node;
    }
    for (const auto& [name, node] : durable_names_) {
      if (!names_.contains(name) && random() % 2 == 0) after.erase(name);
    }
    names_ = durable_names_ = after;
    for (auto& [name, node] : names_) {
      const size_t durable = node->durable.size();
      const size_t now = node->bytes.size();
      std::string left = node->durable;
      if (now > durable) left.resize(durable + random() % (now - durable + 1), '\0');
      for (size_t sector = 0; sector < left.size(); sector += 512) {
        if (random() % 2 == 0) continue;
        const size_t end = std::min({sector + 512, left.size(), now});
        if (end > sector) std::memcpy(left.data() + sector, node->bytes.data() + sector, end - sector);
      }
      node->bytes = node->durable = left;
    }
  }
  /// The process is killed: everything written stays.
  std::string& BytesOf(const std::string& path) { return names_.at(path)->bytes; }
  /// Bytes of the files without a name, in the order they were made, however long they live.
  std::vector<std::string*> NamelessBytes() {
    std::vector<std::string*> bytes;
    for (const std::shared_ptr<Node>& node : nameless_) bytes.push_back(&node->bytes);
    return bytes;
  }
  std::vector<std::string> Paths() const {
    std::vector<std::string> paths;
    for (const auto& [name, node] : names_) paths.push_back(name);
    return paths;
  }
  int syncs = 0;

  int OpenFile(const std::string& path, Open how, std::unique_ptr<File>* file) override {
    std::lock_guard guard(mutex_);
    if (how == Open::kCreate && Dead()) return EIO;
    const auto found = names_.find(path);
    if (how == Open::kCreate && found != names_.end()) return EEXIST;
    if (how != Open::kCreate && found == names_.end()) return ENOENT;
    std::shared_ptr<Node>& node = names_[path];
    if (node == nullptr) node = std::make_shared<Node>();
    *file = std::make_unique<Handle>(*this, node);
    return 0;
  }
  int OpenNameless(const std::string& folder, std::unique_ptr<File>* file) override {
    std::lock_guard guard(mutex_);
    if (!nameless) return ENOENT;
    *file = std::make_unique<Handle>(*this, nameless_.emplace_back(std::make_shared<Node>()));
    static_cast<void>(folder);
    return 0;
  }
  int Rename(const std::string& from, const std::string& to) override {
    std::lock_guard guard(mutex_);
    if (Dead()) return EIO;
    const auto found = names_.find(from);
    if (found == names_.end()) return ENOENT;
    names_[to] = found->second;
    names_.erase(from);
    return 0;
  }
  int Remove(const std::string& path) override {
    std::lock_guard guard(mutex_);
    if (!names_.contains(path)) return ENOENT;
    if (Dead()) return EIO;
    names_.erase(path);
    return 0;
  }
  int MakeFolder(const std::string& path) override {
    std::lock_guard guard(mutex_);
    return folders_.insert(path).second ? 0 : EEXIST;
  }
  int List(const std::string& path, std::vector<std::string>* names) override {
    std::lock_guard guard(mutex_);
    names->clear();
    for (const auto& [name, node] : names_) {
      if (IsIn(path, name)) names->push_back(name.substr(path.size() + 1));
    }
    return 0;
  }
  int SyncFolder(const std::string& path) override {
    std::lock_guard guard(mutex_);
    if (Dead()) return EIO;
    if (fail_syncs_after == 0) return EIO;
    if (fail_syncs_after > 0) --fail_syncs_after;
    std::erase_if(durable_names_, [&](const auto& entry) { return IsIn(path, entry.first); });
    for (const auto& [name, node] : names_) {
      if (IsIn(path, name)) durable_names_[name] = node;
    }
    return 0;
  }

 private:
  struct Node {
    std::string bytes;    // as a reader sees them
    std::string durable;  // as of the last sync
    uint64_t reserved = 0;
  };

  class Handle final : public File {
   public:
    Handle(FaultyFiles& files, std::shared_ptr<Node> node) : files_(files), node_(std::move(node)) {}

    int Write(uint64_t offset, std::span<const Piece> pieces) override {
      std::lock_guard guard(files_.mutex_);
      if (files_.Dead()) return EIO;
      if (files_.fail_writes_after == 0) return EIO;
      if (files_.fail_writes_after > 0) --files_.fail_writes_after;
      for (const Piece& piece : pieces) {
        const uint64_t have = std::max<uint64_t>(node_->bytes.size(), node_->reserved);
        const uint64_t more = offset + piece.size > have ? offset + piece.size - have : 0;
        uint64_t size = piece.size;
        const bool full = more > files_.room;
        if (full) size = files_.short_writes && piece.size > more - files_.room ? piece.size - (more - files_.room) : 0;
        if (node_->bytes.size() < offset + size) node_->bytes.resize(offset + size, '\0');
        if (size != 0) std::memcpy(node_->bytes.data() + offset, piece.data, size);
        files_.room -= full ? files_.room : more;
        if (full) return ENOSPC;
        offset += size;
      }
      return 0;
    }
    int Read(uint64_t offset, void* to, size_t size, size_t* got) override {
      std::lock_guard guard(files_.mutex_);
      *got = 0;
      if (files_.fail_reads_after == 0) return EIO;
      if (files_.fail_reads_after > 0) --files_.fail_reads_after;
      if (offset >= node_->bytes.size()) return 0;
      *got = std::min<size_t>(size, node_->bytes.size() - offset);
      std::memcpy(to, node_->bytes.data() + offset, *got);
      return 0;
    }
    int Reserve(uint64_t offset, uint64_t size) override {
      std::lock_guard guard(files_.mutex_);
      if (!files_.reserves) return EOPNOTSUPP;
      const uint64_t have = std::max<uint64_t>(node_->bytes.size(), node_->reserved);
      const uint64_t more = offset + size > have ? offset + size - have : 0;
      if (more > files_.room) return ENOSPC;
      files_.room -= more;
      node_->reserved = std::max(node_->reserved, offset + size);
      return 0;
    }
    int Truncate(uint64_t size) override {
      std::lock_guard guard(files_.mutex_);
      if (files_.Dead()) return EIO;
      const uint64_t have = std::max<uint64_t>(node_->bytes.size(), node_->reserved);
      if (have > size) files_.room += have - size;
      node_->bytes.resize(size, '\0');
      node_->reserved = 0;
      return 0;
    }
    int Sync() override {
      std::lock_guard guard(files_.mutex_);
      if (files_.Dead()) return EIO;
      if (files_.fail_syncs_after == 0) return EIO;
      if (files_.fail_syncs_after > 0) --files_.fail_syncs_after;
      node_->durable = node_->bytes;
      ++files_.syncs;
      return 0;
    }
    int Size(uint64_t* size) override {
      std::lock_guard guard(files_.mutex_);
      *size = node_->bytes.size();
      return 0;
    }
    void Discard(uint64_t offset, uint64_t size) override {
      // What is given back reads as anything.
      const uint64_t end = std::min<uint64_t>(offset + size, node_->bytes.size());
      for (; offset < end; ++offset) node_->bytes[offset] = '\x5a';
    }

   private:
    FaultyFiles& files_;
    const std::shared_ptr<Node> node_;
  };

  /// A file of the folder itself.
  static bool IsIn(const std::string& folder, const std::string& name) {
    return name.starts_with(folder + "/") && name.find('/', folder.size() + 1) == std::string::npos;
  }
  /// Counts one change down.
  bool Dead() {
    if (dies_after > 0) --dies_after;
    return dies_after == 0;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Node>> names_;
  std::map<std::string, std::shared_ptr<Node>> durable_names_;
  std::vector<std::shared_ptr<Node>> nameless_;
  std::set<std::string> folders_;
};

}  // namespace laminar
