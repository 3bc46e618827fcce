#include "catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "common/sql_error.h"

namespace laminar {

namespace {

std::string Quoted(std::string_view name) { return fmt::format("\"{}\"", name); }

std::string Named(const CatalogEntry& entry) {
  return fmt::format("{} {}", RelationKindName(entry.kind), Quoted(entry.name));
}

/// "a", "a and b", "a, b and 3 more".
std::string Enumerate(const std::vector<std::string>& names) {
  std::string text;
  const size_t shown = names.size() <= 4 ? names.size() : 3;
  for (size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == names.size();
    if (i != 0) text += last ? " and " : ", ";
    text += names[i];
  }
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string Enumerate(const std::vector<const CatalogEntry*>& entries) {
  std::vector<std::string> names;
  for (const CatalogEntry* entry : entries) names.push_back(Named(*entry));
  return Enumerate(names);
}

void EraseFrom(std::map<std::string, std::set<uint64_t>, std::less<>>& users, const std::string& name,
               uint64_t created) {
  const auto found = users.find(LowerCased(name));
  if (found == users.end()) return;  // named twice
  found->second.erase(created);
  if (found->second.empty()) users.erase(found);
}

}  // namespace

bool IsDefaultSchema(std::string_view schema) {
  return NamesEqual(schema, kDefaultSchema) || NamesEqual(schema, "main");
}

const CatalogEntry* Catalog::Find(std::string_view name) const {
  const auto found = entries_.find(LowerCased(name));
  return found == entries_.end() ? nullptr : found->second.entry.get();
}

const SourceEntry* Catalog::FindSource(std::string_view name) const {
  const CatalogEntry* entry = Find(name);
  return entry != nullptr && entry->is_source() ? static_cast<const SourceEntry*>(entry) : nullptr;
}

const StreamEntry* Catalog::FindStream(std::string_view name) const {
  const CatalogEntry* entry = Find(name);
  return entry != nullptr && entry->is_stream() ? static_cast<const StreamEntry*>(entry) : nullptr;
}

const TableEntry* Catalog::FindTable(std::string_view name) const {
  const CatalogEntry* entry = Find(name);
  return entry != nullptr && entry->is_table() ? static_cast<const TableEntry*>(entry) : nullptr;
}

Error Catalog::NotFound(std::string_view what, std::string_view name, const std::vector<std::string>& known) const {
  std::vector<std::string> candidates = NearestNames(name, known);
  std::string message = fmt::format("there is no {} named {}", what, Quoted(name));
  if (const CatalogEntry* entry = Find(name)) {
    message += fmt::format("; {} is a {}", Quoted(entry->name), RelationKindName(entry->kind));
  } else if (!candidates.empty()) {
    message += fmt::format("; did you mean {}?", Quoted(candidates.front()));
  }
  return Error(ErrorCode::kTableNotFound, message).WithCandidates(std::move(candidates));
}

const CatalogEntry& Catalog::Get(std::string_view name) const {
  const CatalogEntry* entry = Find(name);
  if (entry == nullptr) throw NotFound("table", name, Names());
  return *entry;
}

const SourceEntry& Catalog::GetSource(std::string_view name) const {
  const SourceEntry* entry = FindSource(name);
  if (entry != nullptr) return *entry;
  std::vector<std::string> known;
  for (const CatalogEntry* source : List(RelationKind::kSource)) known.push_back(source->name);
  throw NotFound("source", name, known);
}

const StreamEntry& Catalog::GetStream(std::string_view name) const {
  const StreamEntry* entry = FindStream(name);
  if (entry != nullptr) return *entry;
  std::vector<std::string> known;
  for (const auto& [key, slot] : entries_) {
    if (slot.entry->is_stream()) known.push_back(slot.entry->name);
  }
  throw NotFound("stream", name, known);
}

void Catalog::CheckFree(std::string_view name) const {
  if (const CatalogEntry* entry = Find(name)) {
    throw Error(ErrorCode::kTableExists,
                fmt::format("{} {} already exists", RelationKindName(entry->kind), Quoted(entry->name)));
  }
}

void Catalog::Link(const Slot& slot) {
  by_creation_[slot.created] = slot.entry.get();
  for (const std::string& read : slot.entry->reads) readers_[LowerCased(read)].insert(slot.created);
  for (const std::string& call : slot.entry->calls) callers_[LowerCased(call)].insert(slot.created);
}

void Catalog::Unlink(const Slot& slot) {
  by_creation_.erase(slot.created);
  for (const std::string& read : slot.entry->reads) EraseFrom(readers_, read, slot.created);
  for (const std::string& call : slot.entry->calls) EraseFrom(callers_, call, slot.created);
}

const CatalogEntry& Catalog::Add(std::unique_ptr<CatalogEntry> entry) {
  CheckFree(entry->name);
  Slot& slot = entries_[LowerCased(entry->name)];
  slot = {next_created_++, std::move(entry)};
  Link(slot);
  return *slot.entry;
}

std::vector<const CatalogEntry*> Catalog::DependantsOf(std::string_view name) const {
  std::vector<const CatalogEntry*> dependants;
  const auto found = readers_.find(LowerCased(name));
  if (found == readers_.end()) return dependants;
  for (const uint64_t created : found->second) dependants.push_back(by_creation_.at(created));
  return dependants;
}

std::vector<std::string> Catalog::PlanDrop(std::string_view name, RelationKind kind, bool cascade) const {
  const CatalogEntry* entry = Find(name);
  if (entry == nullptr || entry->kind != kind) {
    std::vector<std::string> known;
    for (const CatalogEntry* other : List(kind)) known.push_back(other->name);
    throw NotFound(RelationKindName(kind), name, known);
  }
  const std::vector<const CatalogEntry*> dependants = DependantsOf(name);
  if (!dependants.empty() && !cascade) {
    throw Error(ErrorCode::kQueryFailed,
                fmt::format("cannot drop {} {}: {} {} it; drop {} first or write CASCADE", RelationKindName(kind),
                            Quoted(entry->name), Enumerate(dependants), dependants.size() == 1 ? "reads" : "read",
                            dependants.size() == 1 ? "that" : "them"));
  }
  // Creation order has every reader after what it reads; the reverse is safe to drop in.
  std::set<uint64_t> doomed;
  std::vector<std::string> names = {entry->name};
  for (size_t i = 0; i < names.size(); ++i) {
    const auto readers = readers_.find(LowerCased(names[i]));
    if (readers == readers_.end()) continue;
    for (const uint64_t created : readers->second) {
      if (doomed.insert(created).second) names.push_back(by_creation_.at(created)->name);
    }
  }
  names.clear();
  for (auto it = doomed.rbegin(); it != doomed.rend(); ++it) names.push_back(by_creation_.at(*it)->name);
  names.push_back(entry->name);
  return names;
}

void Catalog::CheckUnread(std::string_view name, std::string_view verb) const {
  const std::vector<const CatalogEntry*> dependants = DependantsOf(name);
  if (dependants.empty()) return;
  const CatalogEntry& entry = Get(name);
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("cannot {} {} {}: {} {} it by this name", verb, RelationKindName(entry.kind),
                          Quoted(entry.name), Enumerate(dependants), dependants.size() == 1 ? "reads" : "read"));
}

std::unique_ptr<CatalogEntry> Catalog::Replace(std::string_view name, std::unique_ptr<CatalogEntry> entry) {
  auto slot = entries_.extract(entries_.find(LowerCased(name)));
  slot.key() = LowerCased(entry->name);
  Unlink(slot.mapped());
  std::unique_ptr<CatalogEntry> old = std::exchange(slot.mapped().entry, std::move(entry));
  Link(slot.mapped());
  entries_.insert(std::move(slot));
  return old;
}

void Catalog::CheckReplace(std::string_view name, RelationKind kind) const {
  const CatalogEntry& entry = Get(name);
  if (entry.kind != kind) {
    throw Error(ErrorCode::kTableExists, fmt::format("{} is a {}: a {} cannot replace it", Quoted(entry.name),
                                                     RelationKindName(entry.kind), RelationKindName(kind)));
  }
  const std::vector<const CatalogEntry*> dependants = DependantsOf(name);
  if (dependants.empty()) return;
  const bool one = dependants.size() == 1;
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("cannot replace {} {}: {} {} it; drop {} first, and make {} again afterwards",
                          RelationKindName(kind), Quoted(entry.name), Enumerate(dependants), one ? "reads" : "read",
                          one ? "that" : "them", one ? "it" : "them"));
}

void Catalog::Erase(std::string_view name) {
  const auto found = entries_.find(LowerCased(name));
  Unlink(found->second);
  entries_.erase(found);
}

std::vector<const CatalogEntry*> Catalog::List(RelationKind kind) const {
  std::vector<const CatalogEntry*> entries;
  for (const auto& [key, slot] : entries_) {
    if (slot.entry->kind == kind) entries.push_back(slot.entry.get());
  }
  return entries;
}

std::vector<const CatalogEntry*> Catalog::All() const {
  std::vector<const CatalogEntry*> entries;
  entries.reserve(by_creation_.size());
  for (const auto& [created, entry] : by_creation_) entries.push_back(entry);
  return entries;
}

std::vector<std::string> Catalog::Names() const {
  std::vector<std::string> names;
  for (const auto& [key, slot] : entries_) names.push_back(slot.entry->name);
  return names;
}

std::vector<std::string> Catalog::UsersOf(std::string_view function) const {
  std::vector<std::string> users;
  for (const std::string& caller : functions_.CallersOf(function)) users.push_back("function " + Quoted(caller));
  if (const auto found = callers_.find(LowerCased(function)); found != callers_.end()) {
    for (const uint64_t created : found->second) users.push_back(Named(*by_creation_.at(created)));
  }
  return users;
}

void Catalog::CheckUncalled(std::string_view name, std::string_view verb) const {
  const std::vector<std::string> users = UsersOf(name);
  if (users.empty()) return;
  const bool one = users.size() == 1;
  throw Error(ErrorCode::kQueryFailed,
              fmt::format("cannot {} function {}: {} {} it; drop {} first, and make {} again afterwards", verb,
                          Quoted(functions_.Find(name)->front()->name), Enumerate(users), one ? "uses" : "use",
                          one ? "that" : "them", one ? "it" : "them"));
}

Catalog::FunctionDrop Catalog::PlanDropFunction(std::string_view name, bool cascade) const {
  if (functions_.Find(name) == nullptr) {
    std::vector<std::string> candidates = NearestNames(name, functions_.Names());
    std::string message = fmt::format("there is no function named {}", Quoted(name));
    if (FunctionRegistry::Get().Has(name)) {
      message = fmt::format("{} is a built-in function, which stays", LowerCased(name));
    } else if (!candidates.empty()) {
      message += fmt::format("; did you mean {}?", Quoted(candidates.front()));
    }
    throw Error(ErrorCode::kTableNotFound, message).WithCandidates(std::move(candidates));
  }
  FunctionDrop drop{.relations = {}, .functions = {functions_.Find(name)->front()->name}};
  const std::vector<std::string> users = UsersOf(name);
  if (!users.empty() && !cascade) {
    throw Error(
        ErrorCode::kQueryFailed,
        fmt::format("cannot drop function {}: {} {} it; drop {} first or write CASCADE", Quoted(drop.functions[0]),
                    Enumerate(users), users.size() == 1 ? "uses" : "use", users.size() == 1 ? "that" : "them"));
  }
  std::set<std::string> doomed_functions = {LowerCased(name)};
  for (size_t i = 0; i < drop.functions.size(); ++i) {
    for (std::string& caller : functions_.CallersOf(drop.functions[i])) {
      if (doomed_functions.insert(LowerCased(caller)).second) drop.functions.push_back(std::move(caller));
    }
  }
  // Creation order has every reader after what it reads.
  std::set<uint64_t> doomed;
  std::vector<uint64_t> queue;
  const auto add = [&](const std::map<std::string, std::set<uint64_t>, std::less<>>& users_of, std::string_view of) {
    const auto found = users_of.find(LowerCased(of));
    if (found == users_of.end()) return;
    for (const uint64_t created : found->second) {
      if (doomed.insert(created).second) queue.push_back(created);
    }
  };
  for (const std::string& function : drop.functions) add(callers_, function);
  while (!queue.empty()) {
    const uint64_t next = queue.back();
    queue.pop_back();
    add(readers_, by_creation_.at(next)->name);
  }
  for (auto it = doomed.rbegin(); it != doomed.rend(); ++it) drop.relations.push_back(by_creation_.at(*it)->name);
  return drop;
}

}  // namespace laminar
