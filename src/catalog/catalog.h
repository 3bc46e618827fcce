// The names of a database: one namespace for sources, tables, streams, materialized views and views.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "catalog/functions.h"
#include "catalog/system_tables.h"
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
  const TableEntry* FindTable(std::string_view name) const;
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
  /// Throws kQueryFailed naming the dependants, when there are any: "cannot rename table "t": …".
  void CheckUnread(std::string_view name, std::string_view verb) const;
  /// Puts an entry, which may have another name, in the place of one, among what was created when too. The old one.
  std::unique_ptr<CatalogEntry> Replace(std::string_view name, std::unique_ptr<CatalogEntry> entry);
  /// Whether OR REPLACE of `kind` `name` may take away what has that name, which must exist: throws kTableExists when
  /// it is of another kind, and kQueryFailed naming the dependants when something reads it.
  void CheckReplace(std::string_view name, RelationKind kind) const;
  /// The name must exist; dependants are not looked at.
  void Erase(std::string_view name);

  const FunctionCatalog& functions() const { return functions_; }
  FunctionCatalog& functions() { return functions_; }
  /// What DROP FUNCTION takes away: relations, dependants first, and functions. Nothing is changed yet.
  struct FunctionDrop {
    std::vector<std::string> relations;
    std::vector<std::string> functions;
  };
  /// Throws kTableNotFound, and kQueryFailed naming who uses the function unless `cascade`.
  FunctionDrop PlanDropFunction(std::string_view name, bool cascade) const;
  /// Throws kQueryFailed naming who uses the function: "cannot replace function "f": …".
  void CheckUncalled(std::string_view name, std::string_view verb) const;

  /// All of a kind, by name.
  std::vector<const CatalogEntry*> List(RelationKind kind) const;
  /// In order of creation: an entry comes after all it reads.
  std::vector<const CatalogEntry*> All() const;
  /// For "did you mean".
  std::vector<std::string> Names() const;

  /// Null: there are none. Outlives the catalog; set before anything is bound.
  const SystemTables* system_tables() const { return system_tables_; }
  void SetSystemTables(const SystemTables* tables) { system_tables_ = tables; }

  /// What the names of files mean; null: there are none. Set once, before the catalog is used.
  const FileTables* files() const { return files_; }
  void SetFiles(const FileTables* files) { files_ = files; }

 private:
  struct Slot {
    uint64_t created;
    std::unique_ptr<CatalogEntry> entry;
  };
  void Link(const Slot& slot);
  void Unlink(const Slot& slot);
  /// Who calls the function directly, as messages name them.
  std::vector<std::string> UsersOf(std::string_view function) const;
  Error NotFound(std::string_view what, std::string_view name, const std::vector<std::string>& known) const;

  std::map<std::string, Slot, std::less<>> entries_;  // by lower-cased name
  // Kept beside them, so that dropping one of ten thousand streams looks at its readers alone.
  std::map<uint64_t, const CatalogEntry*> by_creation_;
  std::map<std::string, std::set<uint64_t>, std::less<>>
      readers_;  // by lower-cased name: when its readers were created
  std::map<std::string, std::set<uint64_t>, std::less<>> callers_;  // likewise, of a function
  FunctionCatalog functions_;
  uint64_t next_created_ = 0;
  const SystemTables* system_tables_ = nullptr;
  const FileTables* files_ = nullptr;
};

}  // namespace laminar
