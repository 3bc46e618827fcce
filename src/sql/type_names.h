// The names of types, SQL's and Arrow's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast_type.h"
#include "sql/parser.h"

namespace laminar::sql {

struct TypeNameEntry {
  std::string_view name;
  TypeKind kind;
  std::optional<int64_t> precision = std::nullopt;
  /// See TypeName::layout.
  std::string_view layout = {};
};

/// Null when the word starts no type. Case does not matter.
const TypeNameEntry* FindTypeName(std::string_view word, TypeNames names);

bool IsTypeWord(std::string_view word);

/// All of them, for suggestions.
std::vector<std::string> AllTypeNames();

}  // namespace laminar::sql
