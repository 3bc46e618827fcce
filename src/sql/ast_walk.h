// Generic walks over the tree, made from the `Fields` of each struct. Private to src/sql.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "sql/ast.h"

namespace laminar::sql {

/// Calls `visitor` with the node as what it is.
template <typename Visitor>
decltype(auto) Dispatch(const Expression& node, Visitor&& visitor) {
#define LAMINAR_SQL_CASE(Name)  \
  case ExpressionKind::k##Name: \
    return visitor(node.As<Name##Expression>());
  switch (node.kind) { LAMINAR_SQL_EXPRESSION_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

template <typename Visitor>
decltype(auto) Dispatch(const Table& node, Visitor&& visitor) {
#define LAMINAR_SQL_CASE(Name) \
  case TableKind::k##Name:     \
    return visitor(node.As<Name##Table>());
  switch (node.kind) { LAMINAR_SQL_TABLE_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

template <typename Visitor>
decltype(auto) Dispatch(const Body& node, Visitor&& visitor) {
#define LAMINAR_SQL_CASE(Name) \
  case QueryBodyKind::k##Name: \
    return visitor(node.As<Name##Body>());
  switch (node.kind) { LAMINAR_SQL_BODY_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

template <typename Visitor>
decltype(auto) Dispatch(const Statement& node, Visitor&& visitor) {
#define LAMINAR_SQL_CASE(Name) \
  case StatementKind::k##Name: \
    return visitor(node.As<Name##Statement>());
  switch (node.kind) { LAMINAR_SQL_STATEMENT_KINDS(LAMINAR_SQL_CASE) }
#undef LAMINAR_SQL_CASE
  __builtin_unreachable();
}

/// One of the four bases.
template <typename T>
concept PolymorphicNode = std::is_same_v<T, Expression> || std::is_same_v<T, Table> || std::is_same_v<T, Body> ||
    std::is_same_v<T, Statement>;

template <typename T>
concept PlainNode = std::is_base_of_v<Node, T> && !PolymorphicNode<T>;

/// Calls `visit(name, member)` for every member that is part of the syntax.
template <PlainNode T, typename Visitor>
void VisitFields(const T& node, Visitor& visit) {
  if constexpr (std::is_base_of_v<Table, T>) {
    visit("alias", node.alias);
    visit("column_aliases", node.column_aliases);
  }
  node.Fields(visit);
}

/// The greatest height among the children. Children that the parser finishes on their own (the four families, Query,
/// TypeName) know theirs; the structs between are looked through.
class ChildHeight {
 public:
  template <typename T>
  static uint32_t Of(const T& node) {
    ChildHeight walk;
    VisitFields(node, walk);
    return walk.height_;
  }

  template <typename T>
  void operator()(const char*, const T& value) {
    Add(value);
  }

 private:
  template <typename T>
  void Add(const T& value) {
    if constexpr (PlainNode<T>) VisitFields(value, *this);
  }
  template <typename T>
  void Add(const std::vector<T>& values) {
    for (const T& value : values) Add(value);
  }
  template <typename T>
  void Add(const std::optional<T>& value) {
    if (value) Add(*value);
  }
  template <typename T>
  void Add(const std::unique_ptr<T>& child) {
    if (!child) return;
    if constexpr (PolymorphicNode<T> || std::is_same_v<T, Query> || std::is_same_v<T, TypeName>) {
      height_ = std::max(height_, child->height);
    } else {
      Add(*child);
    }
  }

  uint32_t height_ = 0;
};

}  // namespace laminar::sql
