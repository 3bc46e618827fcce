// The builders of a connection, kept between inserts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "laminar/connection.h"
#include "row_builder.h"

namespace laminar::python {

/// At most one idle builder per relation. The GIL is its lock.
class BuilderCache {
 public:
  explicit BuilderCache(Connection connection) : connection_(std::move(connection)) {}
  BuilderCache(BuilderCache&&) = default;

  /// A builder, empty, for as long as the lease lives; then it goes back into the cache, empty again.
  class Lease {
   public:
    Lease(BuilderCache& cache, std::string_view relation);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    RowBuilder& operator*() { return *builder_; }
    RowBuilder* operator->() { return builder_.get(); }
    /// Whether the builder is older than the lease, so that its relation may have been dropped meanwhile.
    bool was_cached() const { return was_cached_; }
    /// The builder does not go back.
    void Discard() { builder_.reset(); }

   private:
    BuilderCache& cache_;
    std::string_view relation_;
    std::unique_ptr<RowBuilder> builder_;
    bool was_cached_;
  };

  /// Runs `insert(builder)`; once more with a new builder when the cached one may have failed only because its relation
  /// was dropped, or replaced by one with other columns, since.
  template <typename Insert>
  int64_t WithBuilder(std::string_view relation, Insert&& insert) {
    while (true) {
      Lease lease(*this, relation);
      try {
        return insert(*lease);
      } catch (const Error& error) {
        const bool may_be_stale =
            error.code() == ErrorCode::kTableNotFound || error.code() == ErrorCode::kBatchSchemaMismatch;
        if (!lease.was_cached() || !may_be_stale) throw;
        lease.Discard();
      }
    }
  }

  void Clear() { idle_.clear(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Connection connection_;
  std::unordered_map<std::string, std::unique_ptr<RowBuilder>, Hash, std::equal_to<>> idle_;
};

}  // namespace laminar::python
