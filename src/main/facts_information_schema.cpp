// The views that the SQL standard calls information_schema, with its column names.
#include "main/database.h"
#include "main/facts.h"

namespace laminar {

namespace {

constexpr std::string_view kCatalogName = "laminardb";

/// The standard's character data and cardinal numbers.
Field TextColumn(std::string name, bool nullable = true) { return {std::move(name), TypeId::kVarchar, nullable}; }
Field NumberColumn(std::string name, bool nullable = true) { return {std::move(name), TypeId::kInt32, nullable}; }

Value Number(int64_t number) { return {TypeId::kInt32, number}; }
Value NoText() { return Value(TypeId::kVarchar); }
Value NoNumber() { return Value(TypeId::kInt32); }
Value YesOrNo(bool yes) { return Text(yes ? "YES" : "NO"); }

struct Precision {
  Value digits = NoNumber();
  Value radix = NoNumber();
  Value scale = NoNumber();
  Value of_time = NoNumber();
};

int BitsOf(TypeId id) {
  switch (id) {
    case TypeId::kInt8:
    case TypeId::kUInt8:
      return 8;
    case TypeId::kInt16:
    case TypeId::kUInt16:
      return 16;
    case TypeId::kInt32:
    case TypeId::kUInt32:
      return 32;
    case TypeId::kFloat:
      return 24;
    case TypeId::kDouble:
      return 53;
    default:
      return 64;
  }
}

int DigitsOf(TimeUnit unit) {
  return unit == TimeUnit::kSecond ? 0 : unit == TimeUnit::kMilli ? 3 : unit == TimeUnit::kMicro ? 6 : 9;
}

Precision PrecisionOf(const DataType& type) {
  Precision precision;
  if (type.id() == TypeId::kDecimal) {
    precision.digits = Number(type.precision());
    precision.radix = Number(10);
    precision.scale = Number(type.scale());
  } else if (type.is_numeric()) {
    precision.digits = Number(BitsOf(type.id()));
    precision.radix = Number(2);
    if (type.is_integer()) precision.scale = Number(0);
  } else if (type.id() == TypeId::kTimestamp || type.id() == TypeId::kTime) {
    precision.of_time = Number(DigitsOf(type.unit()));
  } else if (type.id() == TypeId::kDate) {
    precision.of_time = Number(0);
  }
  return precision;
}

/// `lengths` as SourceEntry has them.
void AddColumns(std::string_view schema, std::string_view table, const Schema& columns,
                const std::vector<int64_t>& lengths, Facts::Rows& rows) {
  for (int i = 0; i < columns.size(); ++i) {
    const Field& field = columns.field(i);
    Precision precision = PrecisionOf(field.type);
    const int64_t length = lengths.empty() ? 0 : lengths[static_cast<size_t>(i)];
    rows.push_back({Text(std::string(kCatalogName)), Text(std::string(schema)), Text(std::string(table)),
                    Text(field.name), Number(i + 1), NoText(), YesOrNo(field.nullable), Text(field.type.ToString()),
                    length == 0 ? NoNumber() : Number(length), NoNumber(), std::move(precision.digits),
                    std::move(precision.radix), std::move(precision.scale), std::move(precision.of_time)});
  }
}

/// What a relation is in the standard's words: a query under a name is a view, however its rows are kept.
std::string_view TableType(const CatalogEntry& entry) {
  return entry.is_source() || entry.is_table() ? "BASE TABLE" : "VIEW";
}

}  // namespace

std::vector<Facts::Definition> Facts::InformationSchema() {
  constexpr std::string_view kSchema = "information_schema";
  return {
      {kSchema, "schemata",
       Schema({TextColumn("catalog_name", false), TextColumn("schema_name", false), TextColumn("schema_owner"),
               TextColumn("default_character_set_catalog"), TextColumn("default_character_set_schema"),
               TextColumn("default_character_set_name"), TextColumn("sql_path")}),
       &Facts::FillSchemata},
      {kSchema, "tables",
       Schema({TextColumn("table_catalog", false), TextColumn("table_schema", false), TextColumn("table_name", false),
               TextColumn("table_type", false), TextColumn("self_referencing_column_name"),
               TextColumn("reference_generation"), TextColumn("user_defined_type_catalog"),
               TextColumn("user_defined_type_schema"), TextColumn("user_defined_type_name"),
               TextColumn("is_insertable_into", false), TextColumn("is_typed", false), TextColumn("commit_action")}),
       &Facts::FillTables},
      {kSchema, "columns",
       Schema({TextColumn("table_catalog", false), TextColumn("table_schema", false), TextColumn("table_name", false),
               TextColumn("column_name", false), NumberColumn("ordinal_position", false), TextColumn("column_default"),
               TextColumn("is_nullable", false), TextColumn("data_type", false),
               NumberColumn("character_maximum_length"), NumberColumn("character_octet_length"),
               NumberColumn("numeric_precision"), NumberColumn("numeric_precision_radix"),
               NumberColumn("numeric_scale"), NumberColumn("datetime_precision")}),
       &Facts::FillColumns},
  };
}

void Facts::FillSchemata(Rows& rows) const {
  const auto add = [&](std::string name) {
    rows.push_back(
        {Text(std::string(kCatalogName)), Text(std::move(name)), NoText(), NoText(), NoText(), NoText(), NoText()});
  };
  for (std::string& name : SchemaNames()) add(std::move(name));
  add(std::string(kDefaultSchema));
}

void Facts::FillTables(Rows& rows) const {
  const auto add = [&](std::string_view schema, std::string_view name, std::string_view type, bool insertable) {
    rows.push_back({Text(std::string(kCatalogName)), Text(std::string(schema)), Text(std::string(name)),
                    Text(std::string(type)), NoText(), NoText(), NoText(), NoText(), NoText(), YesOrNo(insertable),
                    YesOrNo(false), NoText()});
  };
  for (const CatalogEntry* entry : database_.catalog().All()) {
    if (entry->is_sink()) continue;  // nothing that rows are read from
    add(kDefaultSchema, entry->name, TableType(*entry), entry->is_source() || entry->is_table());
  }
  for (const Definition& definition : Definitions()) add(definition.schema, definition.name, "VIEW", false);
}

void Facts::FillColumns(Rows& rows) const {
  for (const CatalogEntry* entry : database_.catalog().All()) {
    if (entry->is_sink()) continue;
    const bool writable = entry->is_source() || entry->is_table();
    AddColumns(kDefaultSchema, entry->name, entry->schema,
               writable ? static_cast<const WritableEntry*>(entry)->max_lengths() : std::vector<int64_t>(), rows);
  }
  for (const Definition& definition : Definitions()) {
    AddColumns(definition.schema, definition.name, definition.columns, {}, rows);
  }
}

}  // namespace laminar
