#include "row_builder.h"

#include <fmt/core.h>
#include <nanobind/stl/string.h>

#include <string>
#include <utility>

#include "laminar/error.h"

namespace laminar::python {

RowBuilder::RowBuilder(BatchBuilder batch)
    : batch_(std::move(batch)), row_of_(static_cast<std::size_t>(batch_.schema().num_columns()), 0) {}

void RowBuilder::AddRow(PyObject* dict) {
  ++row_;
  Py_ssize_t at = 0;
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  for (std::size_t position = 0; PyDict_Next(dict, &at, &key, &value); ++position) {
    const int column = ColumnAt(position, key);
    uint64_t& last_row = row_of_[static_cast<std::size_t>(column)];
    if (last_row == row_) ThrowRepeatedColumn(key);
    last_row = row_;
    SetCell(batch_, column, value);
  }
  batch_.FinishRow();
}

void RowBuilder::AddColumns(PyObject* dict) {
  struct Source {
    int column;
    nb::object values;
  };
  std::vector<Source> sources;
  ++row_;
  Py_ssize_t at = 0;
  PyObject* key = nullptr;
  PyObject* values = nullptr;
  Py_ssize_t rows = 0;
  while (PyDict_Next(dict, &at, &key, &values)) {
    const int column = ColumnAt(sources.size(), key);
    if (std::exchange(row_of_[static_cast<std::size_t>(column)], row_) == row_) ThrowRepeatedColumn(key);
    sources.push_back({column, nb::borrow(values)});
    rows = PyList_GET_SIZE(values);
  }
  batch_.Reserve(rows);
  for (Py_ssize_t row = 0; row < rows; ++row) {
    for (const Source& source : sources) {
      SetCell(batch_, source.column, PyList_GET_ITEM(source.values.ptr(), row));
    }
    batch_.FinishRow();
  }
}

int RowBuilder::FindColumn(std::size_t position, PyObject* key) {
  if (!PyUnicode_Check(key)) ThrowUnknownColumn(key);
  int column = -1;
  for (const KnownKey& known : keys_) {
    if (known.key.ptr() == key || PyUnicode_Compare(known.key.ptr(), key) == 0) {
      column = known.column;
      break;
    }
  }
  if (column < 0) {
    Py_ssize_t size = 0;
    const char* name = PyUnicode_AsUTF8AndSize(key, &size);
    if (name == nullptr) PyErr_Clear();
    column = name == nullptr ? -1 : batch_.ColumnIndex({name, static_cast<std::size_t>(size)});
    if (column < 0) ThrowUnknownColumn(key);
  }
  KnownKey learned{nb::borrow(key), column};
  if (position < keys_.size()) {
    keys_[position] = std::move(learned);
  } else {
    keys_.push_back(std::move(learned));
  }
  return column;
}

void RowBuilder::ThrowUnknownColumn(PyObject* key) {
  nb::list names;
  const ResultSchema schema = batch_.schema();
  for (const ColumnInfo& column : schema.columns()) names.append(column.name);
  const nb::str wanted{nb::handle(key)};
  // Not every str is text that can be written as UTF-8.
  const nb::object printable = wanted.attr("encode")("utf-8", "replace").attr("decode")();
  std::vector<std::string> candidates;
  for (nb::handle name : nb::module_::import_("laminardb._ingest").attr("nearest")(wanted, names)) {
    candidates.push_back(nb::str(name).c_str());
  }
  const std::string advice = candidates.empty() ? "" : fmt::format("; did you mean \"{}\"?", candidates.front());
  throw Error(ErrorCode::kBatchSchemaMismatch,
              fmt::format("{} has no column \"{}\": row {}{}", batch_.relation(), nb::cast<std::string>(printable),
                          batch_.num_rows() + 1, advice))
      .WithCandidates(std::move(candidates));
}

void RowBuilder::ThrowRepeatedColumn(PyObject* key) {
  throw Error(ErrorCode::kBatchSchemaMismatch,
              fmt::format("column \"{}\" of {}: row {}: the column is given twice", nb::str(nb::handle(key)).c_str(),
                          batch_.relation(), batch_.num_rows() + 1));
}

}  // namespace laminar::python
