#include "main/durable/definition.h"

#include <utility>

#include "storage/byte_reader.h"
#include "storage/byte_writer.h"
#include "storage/type_codec.h"

namespace laminar {

namespace {

constexpr uint8_t kLastKind = static_cast<uint8_t>(RelationKind::kSink);

std::string Begin(DefinitionVerb verb) { return std::string(1, static_cast<char>(verb)); }

void PutTexts(const std::vector<std::string>& texts, ByteWriter* out) {
  out->Put(static_cast<uint32_t>(texts.size()));
  for (const std::string& text : texts) out->PutText(text);
}

std::vector<std::string> GetTexts(ByteReader* in) {
  const uint32_t count = in->Get<uint32_t>();
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < count && in->ok(); ++i) texts.emplace_back(in->GetText());
  return texts;
}

void PutEntry(const CatalogEntry& entry, ByteWriter* out) {
  out->PutText(entry.name);
  out->PutText(entry.sql);
  EncodeSchema(entry.schema, out);
  PutTexts(entry.reads, out);
}

void GetEntry(ByteReader* in, CatalogEntry* entry) {
  entry->name = in->GetText();
  entry->sql = in->GetText();
  entry->schema = DecodeSchema(in);
  entry->reads = GetTexts(in);
}

void PutWritable(const WritableEntry& entry, uint32_t id, ByteWriter* out) {
  out->Put(id);
  PutEntry(entry, out);
  out->Put(static_cast<uint32_t>(entry.rules.size()));
  for (const ColumnRule& rule : entry.rules) {
    out->PutText(rule.default_value);
    out->PutText(rule.generated_as);
    out->Put(rule.max_length);
  }
}

uint32_t GetWritable(ByteReader* in, WritableEntry* entry) {
  const uint32_t id = in->Get<uint32_t>();
  GetEntry(in, entry);
  const uint32_t rules = in->Get<uint32_t>();
  for (uint32_t i = 0; i < rules && in->ok(); ++i) {
    ColumnRule rule;
    rule.default_value = in->GetText();
    rule.generated_as = in->GetText();
    rule.max_length = in->Get<int64_t>();
    entry->rules.push_back(std::move(rule));
  }
  return id;
}

void ThrowUnlessOk(const ByteReader& in) {
  if (!in.ok()) throw Error(ErrorCode::kConnectionFailed, "a definition in the log does not make sense");
}

}  // namespace

std::string SourceCreated(const SourceEntry& source, uint32_t id) {
  std::string bytes = Begin(DefinitionVerb::kCreateSource);
  ByteWriter out(&bytes);
  PutWritable(source, id, &out);
  out.Put(source.watermark ? source.watermark->column : -1);
  out.Put(source.watermark ? source.watermark->slack : int64_t{0});
  out.Put(source.time_unit);
  out.Put(static_cast<uint32_t>(source.options.size()));
  for (const auto& [key, value] : source.options) {
    out.PutText(key);
    out.PutText(value);
  }
  out.PutText(source.connector);
  return bytes;
}

std::string TableCreated(const TableEntry& table, uint32_t id) {
  std::string bytes = Begin(DefinitionVerb::kCreateTable);
  ByteWriter out(&bytes);
  PutWritable(table, id, &out);
  out.Put(static_cast<uint32_t>(table.primary_key.size()));
  for (const int column : table.primary_key) out.Put(column);
  return bytes;
}

std::string StreamCreated(const StreamEntry& stream) {
  std::string bytes = Begin(DefinitionVerb::kCreateStream);
  ByteWriter out(&bytes);
  out.Put(stream.kind);
  PutEntry(stream, &out);
  out.Put(static_cast<uint8_t>(stream.append_only ? 1 : 0));
  out.PutText(stream.retracts_because);
  return bytes;
}

std::string ViewCreated(const ViewEntry& view) {
  std::string bytes = Begin(DefinitionVerb::kCreateView);
  ByteWriter(&bytes).PutText(view.sql);
  return bytes;
}

std::string FunctionCreated(std::string_view sql) {
  std::string bytes = Begin(DefinitionVerb::kCreateFunction);
  ByteWriter(&bytes).PutText(sql);
  return bytes;
}

std::string FunctionDropped(std::string_view name) {
  std::string bytes = Begin(DefinitionVerb::kDropFunction);
  ByteWriter(&bytes).PutText(name);
  return bytes;
}

std::string SinkCreated(const SinkEntry& sink) {
  std::string bytes = Begin(DefinitionVerb::kCreateSink);
  ByteWriter out(&bytes);
  PutEntry(sink, &out);
  out.PutText(sink.connector);
  out.Put(sink.id);
  return bytes;
}

std::string Dropped(std::string_view name) {
  std::string bytes = Begin(DefinitionVerb::kDrop);
  ByteWriter(&bytes).PutText(name);
  return bytes;
}

std::string Renamed(std::string_view from, std::string_view to) {
  std::string bytes = Begin(DefinitionVerb::kRename);
  ByteWriter out(&bytes);
  out.PutText(from);
  out.PutText(to);
  return bytes;
}

std::string FileRead(const FilePosition& position) {
  std::string bytes = Begin(DefinitionVerb::kFileRead);
  ByteWriter out(&bytes);
  out.PutText(position.source);
  out.PutText(position.path);
  out.Put(position.device);
  out.Put(position.inode);
  out.Put(position.place.position);
  out.Put(position.place.lines);
  out.Put(static_cast<uint8_t>(position.done ? 1 : 0));
  return bytes;
}

std::string ColumnAdded(std::string_view sql, int64_t now) {
  std::string bytes = Begin(DefinitionVerb::kAddColumn);
  ByteWriter out(&bytes);
  out.PutText(sql);
  out.Put(now);
  return bytes;
}

namespace {

void ReadSource(ByteReader* in, DefinitionReader& reader) {
  auto source = std::make_unique<SourceEntry>();
  const uint32_t id = GetWritable(in, source.get());
  SourceWatermark watermark;
  watermark.column = in->Get<int>();
  watermark.slack = in->Get<int64_t>();
  if (watermark.column >= source->schema.size()) in->Fail();
  if (watermark.column >= 0) source->watermark = watermark;
  source->time_unit = in->Get<TimeUnit>();
  const uint32_t options = in->Get<uint32_t>();
  for (uint32_t i = 0; i < options && in->ok(); ++i) {
    std::string key(in->GetText());
    source->options.emplace_back(std::move(key), in->GetText());
    const auto& [name, value] = source->options.back();
    if (name == "retention") source->retention = ParseRetention(value).value_or(Retention{});
  }
  source->connector = in->GetText();
  ThrowUnlessOk(*in);
  reader.CreateSource(std::move(source), id);
}

void ReadTable(ByteReader* in, DefinitionReader& reader) {
  auto table = std::make_unique<TableEntry>();
  const uint32_t id = GetWritable(in, table.get());
  const uint32_t columns = in->Get<uint32_t>();
  for (uint32_t i = 0; i < columns && in->ok(); ++i) {
    table->primary_key.push_back(in->Get<int>());
    if (table->primary_key.back() < 0 || table->primary_key.back() >= table->schema.size()) in->Fail();
  }
  ThrowUnlessOk(*in);
  reader.CreateTable(std::move(table), id);
}

void ReadFilePosition(ByteReader* in, DefinitionReader& reader) {
  FilePosition position;
  position.source = in->GetText();
  position.path = in->GetText();
  position.device = in->Get<uint64_t>();
  position.inode = in->Get<uint64_t>();
  position.place.position = in->Get<uint64_t>();
  position.place.lines = in->Get<int64_t>();
  position.done = in->Get<uint8_t>() != 0;
  ThrowUnlessOk(*in);
  reader.ReadFile(std::move(position));
}

void ReadStream(ByteReader* in, DefinitionReader& reader) {
  const uint8_t kind = in->Get<uint8_t>();
  if (kind > kLastKind) in->Fail();
  auto stream = std::make_unique<StreamEntry>(static_cast<RelationKind>(kind));
  GetEntry(in, stream.get());
  stream->append_only = in->Get<uint8_t>() != 0;
  stream->retracts_because = in->GetText();
  if (!stream->is_stream()) in->Fail();
  ThrowUnlessOk(*in);
  reader.CreateStream(std::move(stream));
}

}  // namespace

void ReadDefinition(ByteReader* in, DefinitionReader& reader) {
  switch (in->Get<DefinitionVerb>()) {
    case DefinitionVerb::kCreateSource:
      ReadSource(in, reader);
      break;
    case DefinitionVerb::kCreateTable:
      ReadTable(in, reader);
      break;
    case DefinitionVerb::kCreateStream:
      ReadStream(in, reader);
      break;
    case DefinitionVerb::kCreateView: {
      const std::string sql(in->GetText());
      ThrowUnlessOk(*in);
      reader.CreateView(sql);
      break;
    }
    case DefinitionVerb::kCreateSink: {
      auto sink = std::make_unique<SinkEntry>();
      GetEntry(in, sink.get());
      sink->connector = in->GetText();
      sink->id = in->Get<uint64_t>();
      ThrowUnlessOk(*in);
      reader.CreateSink(std::move(sink));
      break;
    }
    case DefinitionVerb::kDrop: {
      const std::string name(in->GetText());
      ThrowUnlessOk(*in);
      reader.Drop(name);
      break;
    }
    case DefinitionVerb::kRename: {
      const std::string from(in->GetText());
      const std::string to(in->GetText());
      ThrowUnlessOk(*in);
      reader.Rename(from, to);
      break;
    }
    case DefinitionVerb::kAddColumn: {
      const std::string sql(in->GetText());
      const int64_t now = in->Get<int64_t>();
      ThrowUnlessOk(*in);
      reader.AddColumn(sql, now);
      break;
    }
    case DefinitionVerb::kCreateFunction: {
      const std::string sql(in->GetText());
      ThrowUnlessOk(*in);
      reader.CreateFunction(sql);
      break;
    }
    case DefinitionVerb::kDropFunction: {
      const std::string name(in->GetText());
      ThrowUnlessOk(*in);
      reader.DropFunction(name);
      break;
    }
    case DefinitionVerb::kFileRead:
      ReadFilePosition(in, reader);
      break;
    default:
      throw Error(ErrorCode::kConnectionFailed, "a definition in the log is of a kind that this release does not know");
  }
}

void ReadDefinitions(std::string_view bytes, DefinitionReader& reader) {
  ByteReader in(bytes);
  while (in.left() != 0) ReadDefinition(&in, reader);
}

}  // namespace laminar
