// What every part of the syntax tree shares: its place in the text, identifiers, and how trees are walked.
//
// The tree is plain data owned by `unique_ptr` from the statement down. The parser makes it, nobody changes it after;
// reading it from several threads is safe. Each struct lists its members once, in `Fields`; the JSON dump, the
// structural equality and the bound on height are generated from that list, so a new member is added in two places
// only: its declaration and `Fields` (and the printer, if it has a spelling).
//
// Four families are polymorphic: Expression, Table, Body, Statement. Each has an `enum class` of kinds
// with one struct per kind, and is taken apart with
//
//     switch (expression.kind) {
//       case ExpressionKind::kBinary: return BindBinary(expression.As<BinaryExpression>());
//       ...
//     }
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/source_span.h"

namespace laminar::sql {

/// No tree is higher than this (a leaf has height 1), nor does the parser recurse deeper: a walk that recurses over
/// the tree needs no guard of its own. Longer inputs are refused with a syntax error.
inline constexpr uint32_t kMaxNesting = 500;

struct Node {
  SourceSpan span;
  /// 1 + the height of the highest child; set by the parser.
  uint32_t height = 1;
};

/// A name as the user spelled it (without quotes). Names compare case-insensitively, quoted or not; `quoted` only
/// tells a name from a keyword.
struct Identifier : Node {
  std::string name;
  bool quoted = false;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("name", name);
    visit("quoted", quoted);
  }
};

/// `schema.table`, `t.column`: one part at least.
struct QualifiedName : Node {
  std::vector<Identifier> parts;

  const Identifier& last() const { return parts.back(); }
  /// The spelling with dots, for messages.
  std::string ToString() const;

  template <typename Visitor>
  void Fields(Visitor& visit) const {
    visit("parts", parts);
  }
};

/// Base of the four families; `Derived` has `kKind` of the family's enum.
template <typename KindEnum>
struct KindNode : Node {
  using Kind = KindEnum;
  const Kind kind;  // which struct this is

  explicit KindNode(Kind node_kind) : kind(node_kind) {}
  virtual ~KindNode() = default;
  KindNode(const KindNode&) = delete;
  KindNode& operator=(const KindNode&) = delete;

  /// `T::kKind` must be `kind`.
  template <typename T>
  const T& As() const {
    assert(kind == T::kKind);
    return static_cast<const T&>(*this);
  }
  template <typename T>
  T& As() {
    assert(kind == T::kKind);
    return static_cast<T&>(*this);
  }
  /// The node as a `T`, or null when it is another kind.
  template <typename T>
  const T* If() const {
    return kind == T::kKind ? static_cast<const T*>(this) : nullptr;
  }
};

}  // namespace laminar::sql
