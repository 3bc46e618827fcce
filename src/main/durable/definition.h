// What CREATE, DROP and ALTER came to, as the log has it (docs/storage.md, "Definitions").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "catalog/entry.h"
#include "common/status.h"
#include "main/source/file_position.h"
#include "storage/byte_reader.h"

namespace laminar {

/// Relations that rows go into are written down with their columns and rules, for they may have been made without SQL;
/// what has a query as its statement.
enum class DefinitionVerb : uint8_t {
  kCreateSource = 1,
  kCreateTable = 2,
  kCreateStream = 3,  // or materialized view
  kCreateView = 4,
  kCreateSink = 5,
  kDrop = 6,
  kRename = 7,
  kAddColumn = 8,
  kCreateFunction = 9,
  kDropFunction = 10,
  kFileRead = 11,
};

// Each is one definition; several make one record when they are strung together, and then all of them hold or none.
std::string SourceCreated(const SourceEntry& source, uint32_t id);
std::string TableCreated(const TableEntry& table, uint32_t id);
std::string StreamCreated(const StreamEntry& stream);
std::string ViewCreated(const ViewEntry& view);
std::string SinkCreated(const SinkEntry& sink);
std::string Dropped(std::string_view name);
std::string Renamed(std::string_view from, std::string_view to);
/// `sql`: the CREATE FUNCTION statement of a macro; functions of the program are not in the log.
std::string FunctionCreated(std::string_view sql);
std::string FunctionDropped(std::string_view name);
std::string FileRead(const FilePosition& position);
/// `sql`: the ALTER statement. `now`: what now() was to the rows that were there.
std::string ColumnAdded(std::string_view sql, int64_t now);

/// Who carries definitions out, in the order they were logged.
class DefinitionReader {
 public:
  virtual ~DefinitionReader() = default;

  virtual void CreateSource(std::unique_ptr<SourceEntry> source, uint32_t id) = 0;
  virtual void CreateTable(std::unique_ptr<TableEntry> table, uint32_t id) = 0;
  /// An entry as it was; `query_sql` and what follows from planning alone are not in it.
  virtual void CreateStream(std::unique_ptr<StreamEntry> stream) = 0;
  virtual void CreateView(const std::string& sql) = 0;
  virtual void CreateSink(std::unique_ptr<SinkEntry> sink) = 0;
  virtual void Drop(const std::string& name) = 0;
  virtual void Rename(const std::string& from, const std::string& to) = 0;
  virtual void AddColumn(const std::string& sql, int64_t now) = 0;
  virtual void CreateFunction(const std::string& sql) = 0;
  virtual void DropFunction(const std::string& name) = 0;
  virtual void ReadFile(FilePosition position) = 0;
};
/// One, behind which `in` is left. Throws kConnectionFailed for bytes that are no definition.
void ReadDefinition(ByteReader* in, DefinitionReader& reader);
/// All that there are.
void ReadDefinitions(std::string_view bytes, DefinitionReader& reader);

}  // namespace laminar
