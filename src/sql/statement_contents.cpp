#include "sql/statement_contents.h"

#include <algorithm>
#include <type_traits>

#include "sql/ast_walk.h"

namespace laminar::sql {

namespace {

class Collector {
 public:
  explicit Collector(StatementContents* contents) : contents_(contents) {}

  template <typename T>
  void operator()(const char*, const T& value) {
    Visit(value);
  }

  template <PolymorphicNode T>
  void Visit(const T& node) {
    if constexpr (std::is_same_v<T, Expression>) {
      if (const auto* parameter = node.template If<ParameterExpression>()) contents_->parameters.push_back(parameter);
    } else if constexpr (std::is_same_v<T, Table>) {
      if (const auto* named = node.template If<NamedTable>()) contents_->tables.push_back(named);
    }
    Dispatch(node, [this](const auto& concrete) { VisitFields(concrete, *this); });
  }
  template <PlainNode T>
  void Visit(const T& node) {
    VisitFields(node, *this);
  }
  template <typename T>
  void Visit(const std::vector<T>& values) {
    for (const T& value : values) Visit(value);
  }
  template <typename T>
  void Visit(const std::optional<T>& value) {
    if (value) Visit(*value);
  }
  template <typename T>
  void Visit(const std::unique_ptr<T>& child) {
    if (child) Visit(*child);
  }
  template <typename T>
  requires(std::is_enum_v<T> || std::is_arithmetic_v<T>) void Visit(T) {}
  void Visit(const std::string&) {}

 private:
  StatementContents* contents_;
};

}  // namespace

StatementContents ContentsOf(const Statement& statement) {
  StatementContents contents;
  Collector(&contents).Visit(statement);
  const auto by_place = [](const auto* a, const auto* b) { return a->span.begin < b->span.begin; };
  std::ranges::stable_sort(contents.parameters, by_place);
  std::ranges::stable_sort(contents.tables, by_place);
  return contents;
}

}  // namespace laminar::sql
