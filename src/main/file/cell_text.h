// Cells as text: what CSV and JSON files are written in.
#pragma once

#include <cstddef>
#include <string>

#include "common/delta.h"
#include "common/type.h"

namespace laminar {

/// The text of a value that is not NULL, as CAST shows it; reading it back gives the value.
void AppendCellText(const DataType& type, const Column& column, size_t row, std::string* out);

/// As a JSON value: numbers and booleans as they are, NaN and infinities as texts, JSON on one line, lists as arrays,
/// structs and maps as objects, the rest as texts.
void AppendJsonCell(const DataType& type, const Column& column, size_t row, std::string* out);

}  // namespace laminar
