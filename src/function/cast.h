// CAST between any two types: which there are, which may fail, and the loops.
#pragma once

#include <memory>

#include "common/status.h"
#include "common/value.h"
#include "function/scalar_function.h"

namespace laminar {

/// A conversion, ready to run as a unary kernel that propagates NULL.
struct CastFunction {
  ScalarKernel kernel = nullptr;  // null: there is no such cast
  bool fallible = false;
  std::shared_ptr<const CallState> state;
};

/// The conversion from one type to another, different one; also from NULL, which is the caller's affair (every value is
/// NULL), and between types of equal physical form and meaning.
CastFunction FindCast(const DataType& from, const DataType& to);
/// May CAST(x AS to) be written at all?
bool Castable(const DataType& from, const DataType& to);
bool CastIsFallible(const DataType& from, const DataType& to);

/// One value: what the kernels would make of it. For literals, defaults and options, not for rows.
Result<Value> CastValue(const Value& value, const DataType& to);

}  // namespace laminar
