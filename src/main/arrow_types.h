// Arrow types and schemas from and to the types of SQL.
#pragma once

#include <memory>
#include <string_view>

#include "common/status.h"
#include "common/type.h"

namespace arrow {
class DataType;
class Schema;
class Status;
}  // namespace arrow

namespace laminar {

/// Large, view, dictionary, date64 and fixed-size forms are kept as the type's ArrowForm. Half floats become REAL,
/// decimals of any width DECIMAL, durations and intervals INTERVAL, run-end encoded types their value type. Nested
/// types and decimals that do not fit DECIMAL(38) are kInvalidSchema.
Result<DataType> TypeFromArrow(const arrow::DataType& type);
/// Total. The reverse, with the declared form.
std::shared_ptr<arrow::DataType> TypeToArrow(const DataType& type);

/// Errors name the column. Two names that are equal ignoring case are an error as well.
Result<Schema> SchemaFromArrow(const arrow::Schema& schema);
std::shared_ptr<arrow::Schema> SchemaToArrow(const Schema& schema);

/// An error of Arrow's as one of ours: "<doing>: <message>".
Status FromArrowStatus(const arrow::Status& status, ErrorCode code, std::string_view doing);

}  // namespace laminar
