#include "catalog/entry.h"

#include <algorithm>

namespace laminar {

std::string_view RelationKindName(RelationKind kind) {
  switch (kind) {
    case RelationKind::kSource:
      return "source";
    case RelationKind::kStream:
      return "stream";
    case RelationKind::kMaterializedView:
      return "materialized view";
    case RelationKind::kView:
      return "view";
    case RelationKind::kTable:
      return "table";
    case RelationKind::kSink:
      return "sink";
  }
  return "";
}

std::vector<int64_t> WritableEntry::max_lengths() const {
  std::vector<int64_t> lengths;
  if (std::ranges::any_of(rules, [](const ColumnRule& rule) { return rule.max_length != 0; })) {
    for (const ColumnRule& rule : rules) lengths.push_back(rule.max_length);
  }
  return lengths;
}

std::vector<TimeColumn> SourceEntry::TimeColumns() const {
  std::vector<TimeColumn> columns;
  for (int i = 0; i < schema.size(); ++i) {
    const DataType& type = schema.field(i).type;
    const std::optional<int64_t> nanos = NanosPerUnit(type, time_unit);
    if (!nanos) continue;
    TimeColumn column;
    column.column = i;
    column.nanos_per_unit = *nanos;
    const bool followed = watermark ? watermark->column == i : *nanos == kNanosPerMilli;
    if (followed) {
      column.declared = watermark.has_value();
      column.sources = {name};
    } else if (!type.is_integer() || *nanos == kNanosPerMilli) {
      continue;  // the type alone says the unit
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace laminar
