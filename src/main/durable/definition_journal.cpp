#include "main/durable/definition_journal.h"

#include <utility>

#include "main/durable/definition.h"
#include "planner/ddl.h"
#include "sql/parser.h"
#include "storage/byte_reader.h"

namespace laminar {

namespace {

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

}  // namespace

/// Which relation or function a definition is about.
class JournalNames final : public DefinitionReader {
 public:
  explicit JournalNames(DefinitionJournal& journal) : journal_(journal) {}

  /// Of the last one that was read; 0: it took something away, and is done with.
  uint64_t of() const { return of_; }

 private:
  void CreateSource(std::unique_ptr<SourceEntry> source, uint32_t) override { Made(source->name); }
  void CreateTable(std::unique_ptr<TableEntry> table, uint32_t) override { Made(table->name); }
  void CreateStream(std::unique_ptr<StreamEntry> stream) override { Made(stream->name); }
  void CreateView(const std::string& sql) override {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    Made(RelationName(statement->As<sql::CreateViewStatement>().head.name, sql));
  }
  void CreateSink(std::unique_ptr<SinkEntry> sink) override { Made(sink->name); }
  void Drop(const std::string& name) override {
    journal_.Forget(&journal_.relations_, Lower(name));
    of_ = 0;
  }
  void Rename(const std::string& from, const std::string& to) override {
    auto renamed = journal_.relations_.extract(Lower(from));
    if (!renamed) return;
    of_ = renamed.mapped();
    renamed.key() = Lower(to);
    journal_.relations_.insert(std::move(renamed));
  }
  void AddColumn(const std::string& sql, int64_t) override {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    of_ = journal_.relations_[Lower(RelationName(statement->As<sql::AlterStatement>().name, sql))];
  }
  void CreateFunction(const std::string& sql) override {
    const sql::StatementPtr statement = sql::ParseStatement(sql);
    const auto& create = statement->As<sql::CreateFunctionStatement>();
    // All overloads go together.
    uint64_t& of = journal_.functions_[Lower(RelationName(create.head.name, sql))];
    if (of == 0) of = journal_.next_++;
    of_ = of;
  }
  void DropFunction(const std::string& name) override {
    journal_.Forget(&journal_.functions_, Lower(name));
    of_ = 0;
  }
  void ReadFile(FilePosition position) override {
    of_ = 0;
    const auto found = journal_.relations_.find(Lower(position.source));
    if (found != journal_.relations_.end()) journal_.files_[found->second][position.path] = FileRead(position);
  }
  void Made(std::string_view name) { of_ = journal_.relations_[Lower(name)] = journal_.next_++; }

  DefinitionJournal& journal_;
  uint64_t of_ = 0;
};

void DefinitionJournal::Append(std::string_view definitions) {
  JournalNames names(*this);
  ByteReader in(definitions);
  while (in.left() != 0) {
    const size_t before = definitions.size() - in.left();
    ReadDefinition(&in, names);
    const size_t after = definitions.size() - in.left();
    if (names.of() != 0) items_.push_back({std::string(definitions.substr(before, after - before)), names.of()});
  }
}

void DefinitionJournal::Forget(std::map<std::string, uint64_t>* names, const std::string& name) {
  const auto found = names->find(name);
  if (found == names->end()) return;
  std::erase_if(items_, [&](const Item& item) { return item.of == found->second; });
  files_.erase(found->second);
  names->erase(found);
}

std::string DefinitionJournal::Bytes() const {
  std::string bytes;
  for (const Item& item : items_) bytes += item.bytes;
  for (const auto& [of, files] : files_) {
    for (const auto& [path, position] : files) bytes += position;
  }
  return bytes;
}

}  // namespace laminar
