// Lists, structs and maps of an Arrow column: what is inside is imported as columns of its own, coerced and checked
// like any other, and then written behind one another row by row.
#include <arrow/type.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "common/nested.h"
#include "main/column_importer.h"

namespace laminar {
namespace {

/// Elements [begin, end) of a row.
struct Range {
  int64_t begin;
  int64_t end;
};

/// Where the elements of a row lie in the child array; `position` as of ArrowSource::At. False when it is no list.
template <typename Visit>
bool VisitRanges(const arrow::ArrayData& array, Visit visit) {
  const auto by_offsets = [&](const auto* offsets) {
    visit([=](int64_t position) { return Range{offsets[position], offsets[position + 1]}; });
  };
  const auto by_sizes = [&](const auto* offsets, const auto* sizes) {
    visit([=](int64_t position) { return Range{offsets[position], int64_t{offsets[position]} + sizes[position]}; });
  };
  switch (array.type->id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      by_offsets(array.GetValues<int32_t>(1));
      return true;
    case arrow::Type::LARGE_LIST:
      by_offsets(array.GetValues<int64_t>(1));
      return true;
    case arrow::Type::LIST_VIEW:
      by_sizes(array.GetValues<int32_t>(1), array.GetValues<int32_t>(2));
      return true;
    case arrow::Type::LARGE_LIST_VIEW:
      by_sizes(array.GetValues<int64_t>(1), array.GetValues<int64_t>(2));
      return true;
    case arrow::Type::FIXED_SIZE_LIST: {
      const int64_t size = static_cast<const arrow::FixedSizeListType&>(*array.type).list_size();
      visit([size, first = array.offset](int64_t position) {
        return Range{(first + position) * size, (first + position + 1) * size};
      });
      return true;
    }
    default:
      return false;
  }
}

/// A part of a nested column, imported.
struct Child {
  const DataType* type;
  Column column;
};

}  // namespace

// Writes the rows by `append(position, std::string*)`, which answers a Refusal, into one block.
template <typename Append>
bool ColumnImporter::WriteNested(Append append) {
  const int64_t rows = source_.rows();
  std::string bytes;
  std::vector<size_t> ends(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    const size_t begin = bytes.size();
    if (source_.IsValid(row)) {
      const Refusal refusal = append(source_.At(row), &bytes);
      if (refusal != Refusal::kNone) return Refuse(row, refusal);
      if (bytes.size() - begin > std::numeric_limits<uint32_t>::max()) return Refuse(row, Refusal::kOutOfRange);
    }
    ends[static_cast<size_t>(row)] = bytes.size();
  }
  char* const block = memory_->Allocate<char>(static_cast<int64_t>(bytes.size()));
  std::memcpy(block, bytes.data(), bytes.size());
  StringRef* const out = memory_->Allocate<StringRef>(rows);
  size_t begin = 0;
  for (size_t row = 0; row < ends.size(); ++row) {
    out[row] = StringRef(std::string_view(block + begin, ends[row] - begin));
    begin = ends[row];
  }
  values_ = out;
  return true;
}

bool ColumnImporter::ImportChild(const std::shared_ptr<arrow::ArrayData>& array, const DataType& type, Column* column,
                                 int64_t* refused_at, Refusal* refusal) {
  RefusedRow refused;
  if (ImportColumn(array, {"", type, true}, false, memory_, column, &refused)) return true;
  *refused_at = refused.row;
  *refusal = refused.refusal;
  return false;
}

// The row whose elements hold element `element`.
template <typename RangeOf>
bool ColumnImporter::RefuseElement(const RangeOf& range_of, int64_t element, Refusal refusal) {
  for (int64_t row = 0; row < source_.rows(); ++row) {
    if (!source_.IsValid(row)) continue;
    const Range range = range_of(source_.At(row));
    if (element >= range.begin && element < range.end) return Refuse(row, refusal);
  }
  return Refuse(0, refusal);
}

bool ColumnImporter::ImportList() {
  if (source_.type().id() == arrow::Type::MAP) return ImportNothing();
  const DataType& element = type_.children()[0].type;
  const bool fixed = type_.arrow_form() == ArrowForm::kFixedSize;
  bool done = false;
  const bool visited = VisitRanges(*source_.values(), [&](const auto& range_of) {
    Column elements;
    int64_t refused_at = 0;
    Refusal refusal = Refusal::kNone;
    if (!ImportChild(source_.values()->child_data[0], element, &elements, &refused_at, &refusal)) {
      done = RefuseElement(range_of, refused_at, refusal);
      return;
    }
    done = WriteNested([&](int64_t position, std::string* out) {
      const Range range = range_of(position);
      if (fixed && range.end - range.begin != type_.fixed_size()) return Refusal::kWrongSize;
      for (int64_t i = range.begin; i < range.end; ++i) {
        AppendNestedPart(element, elements, static_cast<size_t>(i), out);
      }
      AppendNestedEnd(out);
      return Refusal::kNone;
    });
  });
  return visited ? done : ImportNothing();
}

bool ColumnImporter::ImportStruct() {
  if (source_.type().id() != arrow::Type::STRUCT) return ImportNothing();
  const arrow::ArrayData& array = *source_.values();
  const auto& given = static_cast<const arrow::StructType&>(*array.type);
  // A field that is missing is NULL; one that is not declared is no value of the type.
  std::vector<int> places(type_.children().size(), -1);
  for (int i = 0; i < given.num_fields(); ++i) {
    size_t place = 0;
    while (place < places.size() && !NamesEqual(type_.children()[place].name, given.field(i)->name())) ++place;
    if (place == places.size() || places[place] >= 0) return ImportNothing();
    places[place] = i;
  }
  std::vector<Child> children;
  for (size_t place = 0; place < places.size(); ++place) {
    const DataType& type = type_.children()[place].type;
    Child& child = children.emplace_back(Child{places[place] < 0 ? nullptr : &type, {}});
    if (places[place] < 0) continue;
    // A struct's fields begin where it does.
    const auto values = array.child_data[static_cast<size_t>(places[place])]->Slice(array.offset, array.length);
    int64_t refused_at = 0;
    Refusal refusal = Refusal::kNone;
    if (ImportChild(values, type, &child.column, &refused_at, &refusal)) continue;
    for (int64_t row = 0; row < source_.rows(); ++row) {
      if (source_.IsValid(row) && source_.At(row) == refused_at) return Refuse(row, refusal);
    }
    return Refuse(0, refusal);
  }
  return WriteNested([&](int64_t position, std::string* out) {
    for (const Child& child : children) {
      if (child.type == nullptr) {
        AppendNestedNull(out);
      } else {
        AppendNestedPart(*child.type, child.column, static_cast<size_t>(position), out);
      }
    }
    return Refusal::kNone;
  });
}

bool ColumnImporter::ImportMap() {
  if (source_.type().id() != arrow::Type::MAP) return ImportNothing();
  const DataType& key = type_.children()[0].type;
  const DataType& value = type_.children()[1].type;
  bool done = false;
  VisitRanges(*source_.values(), [&](const auto& range_of) {
    const arrow::ArrayData& entries = *source_.values()->child_data[0];
    Column keys;
    Column values;
    int64_t refused_at = 0;
    Refusal refusal = Refusal::kNone;
    if (!ImportChild(entries.child_data[0]->Slice(entries.offset, entries.length), key, &keys, &refused_at, &refusal) ||
        !ImportChild(entries.child_data[1]->Slice(entries.offset, entries.length), value, &values, &refused_at,
                     &refusal)) {
      done = RefuseElement(range_of, refused_at, refusal);
      return;
    }
    std::string entry;
    std::vector<std::string> seen;
    done = WriteNested([&](int64_t position, std::string* out) {
      const Range range = range_of(position);
      seen.clear();
      for (int64_t i = range.begin; i < range.end; ++i) {
        entry.clear();
        AppendNestedPart(key, keys, static_cast<size_t>(i), &entry);
        if (entry.front() == kNestedNull) return Refusal::kWrongType;
        seen.push_back(entry);
        out->append(entry);
        AppendNestedPart(value, values, static_cast<size_t>(i), out);
      }
      AppendNestedEnd(out);
      std::sort(seen.begin(), seen.end());
      return std::adjacent_find(seen.begin(), seen.end()) == seen.end() ? Refusal::kNone : Refusal::kWrongType;
    });
  });
  return done;
}

}  // namespace laminar
