// The names of a database: one namespace for sources, streams, materialized views and views.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "laminar/error.h"

namespace laminar {

class FileTables;

/// Names match without regard to case and are kept as spelled.
///
/// Thread: the caller serialises writers and keeps readers out while one writes (the façade's catalog lock). Entries
/// are immutable and stay where they are until erased, so a pointer may be used as long as the lock is held.
class Catalog {
 public:
  /// Null when there is none.
  const CatalogEntry* Find(std::string_view name) const;
  const SourceEntry* FindSource(std::string_view name) const;
  const StreamEntry* FindStream(std::string_view name) const;
  /// The entry, or SchemaError kTableNotFound "there is no … named "x"" with the nearest names.
  const CatalogEntry& Get(std::string_view name) const;
  const SourceEntry& GetSource(std::string_view name) const;
  const StreamEntry& GetStream(std::string_view name) const;

  /// Throws kTableExists when the name is taken.
  void CheckFree(std::string_view name) const;
  /// As CheckFree, then adds. Returns the entry.
  const CatalogEntry& Add(std::unique_ptr<CatalogEntry> entry);

  /// Entries that read `name`, directly or through a view, in order of creation.
  std::vector<const CatalogEntry*> DependantsOf(std::string_view name) const;
  /// What DROP `kind` `name` takes away, dependants first, `name` last; nothing is changed yet. Throws kTableNotFound
  /// (also when the name is of another kind, saying so), and kQueryFailed naming the dependants unless `cascade`.
  std::vector<std::string> PlanDrop(std::string_view name, RelationKind kind, bool cascade) const;
  /// The name must exist; dependants are not looked at.
  void Erase(std::string_view name);

  /// All of a kind, by name.
  std::vector<const CatalogEntry*> List(RelationKind kind) const;
  /// In order of creation: an entry comes after all it reads.
  std::vector<const CatalogEntry*> All() const;
  /// For "did you mean".
  std::vector<std::string> Names() const;

  /// What the names of files mean; null: there are none. Set once, before the catalog is used.
  const FileTables* files() const { return files_; }
  void SetFiles(const FileTables* files) { files_ = files; }

 private:
  struct Slot {
    uint64_t created;
    std::unique_ptr<CatalogEntry> entry;
  };
  Error NotFound(std::string_view what, std::string_view name, const std::vector<std::string>& known) const;

  std::map<std::string, Slot, std::less<>> entries_;  // by lower-cased name
  uint64_t next_created_ = 0;
  const FileTables* files_ = nullptr;
};

}  // namespace laminar
