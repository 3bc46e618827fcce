// Python rows into a BatchBuilder.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <vector>

#include "cell.h"
#include "laminar/batch_builder.h"

namespace laminar::python {

namespace nb = nanobind;

/// Reads dicts, and remembers the keys it has seen: programs insert the same few key objects in the same order again
/// and again, and then a key costs one comparison of pointers. Used, and destroyed, with the GIL held.
class RowBuilder {
 public:
  explicit RowBuilder(BatchBuilder batch);

  BatchBuilder& batch() { return batch_; }

  /// One row. Throws Error kBatchSchemaMismatch for an unknown or repeated column and what SetCell throws; then the
  /// rows collected are worthless, and the caller clears the batch.
  void AddRow(PyObject* dict);
  /// All rows of a dict of equally long lists.
  void AddColumns(PyObject* dict);

 private:
  struct KnownKey {
    nb::object key;
    int column;
  };

  int ColumnAt(std::size_t position, PyObject* key) {
    if (position < keys_.size() && keys_[position].key.ptr() == key) return keys_[position].column;
    return FindColumn(position, key);
  }
  int FindColumn(std::size_t position, PyObject* key);
  [[noreturn]] void ThrowUnknownColumn(PyObject* key);
  [[noreturn]] void ThrowRepeatedColumn(PyObject* key);

  BatchBuilder batch_;
  std::vector<KnownKey> keys_;    // by position in the dicts of late
  std::vector<uint64_t> row_of_;  // per column, the number of the last row that set it
  uint64_t row_ = 0;
};

}  // namespace laminar::python
