#include "sql/ast_walk.h"

namespace laminar::sql {

namespace {

/// Goes into everything.
class TableFunctions {
 public:
  explicit TableFunctions(const std::function<void(const FunctionTable&)>& visit) : visit_(visit) {}

  template <typename T>
  void operator()(const char*, const T& value) {
    Walk(value);
  }

 private:
  template <typename T>
  void Walk(const T& node) {
    if constexpr (PolymorphicNode<T>) {
      Dispatch(node, [this](const auto& concrete) { Enter(concrete); });
    } else if constexpr (PlainNode<T>) {
      VisitFields(node, *this);
    }
  }
  template <typename T>
  void Walk(const std::vector<T>& values) {
    for (const T& value : values) Walk(value);
  }
  template <typename T>
  void Walk(const std::optional<T>& value) {
    if (value) Walk(*value);
  }
  template <typename T>
  void Walk(const std::unique_ptr<T>& child) {
    if (child) Walk(*child);
  }
  template <typename T>
  void Enter(const T& node) {
    if constexpr (std::is_same_v<T, FunctionTable>) visit_(node);
    VisitFields(node, *this);
  }

  const std::function<void(const FunctionTable&)>& visit_;
};

}  // namespace

void ForEachTableFunction(const Query& query, const std::function<void(const FunctionTable&)>& visit) {
  TableFunctions walk(visit);
  VisitFields(query, walk);
}

}  // namespace laminar::sql
