// Operands and results of scalar kernels: a column of values, a constant standing for every row, and errors as values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/delta.h"
#include "common/status.h"

namespace laminar {

/// The rows of a vector that hold an error instead of a value. A row in error is also NULL in the validity bitmap, so
/// kernels that do not care compute nothing for it; errors of operands become errors of the result unless the function
/// masks them (AND, OR, CASE, COALESCE: an operand that is not needed cannot fail).
struct RowErrors {
  struct Entry {
    uint32_t row;
    ErrorCode code;
    std::string message;
  };
  std::vector<Entry> entries;  // ascending by row, at most one a row

  const Entry* Find(uint32_t row) const;
};

struct Vector {
  const void* values = nullptr;
  const uint64_t* validity = nullptr;  // as in Column
  const RowErrors* errors = nullptr;   // null: none, which is nearly always
  bool constant = false;               // values[0] and bit 0 of validity stand for every row

  template <typename T>
  const T* data() const {
    return static_cast<const T*>(values);
  }
  uint32_t Index(uint32_t row) const { return constant ? 0 : row; }
  bool IsValid(uint32_t row) const { return validity == nullptr || GetBit(validity, Index(row)); }
};

}  // namespace laminar
