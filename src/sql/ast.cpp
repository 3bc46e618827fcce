#include "sql/ast.h"

#include <type_traits>

#include "sql/ast_walk.h"

namespace laminar::sql {
namespace {

/// Writes a tree without spans into a string that is the same exactly for equal trees: every value carries its
/// length or is of fixed size, every variant its tag.
class StructureWriter {
 public:
  template <typename T>
  void operator()(const char*, const T& value) {
    Write(value);
  }

  template <PolymorphicNode T>
  void Write(const T& node) {
    Number(static_cast<uint64_t>(node.kind));
    Dispatch(node, [this](const auto& concrete) { VisitFields(concrete, *this); });
  }

  template <PlainNode T>
  void Write(const T& node) {
    VisitFields(node, *this);
  }
  /// Quoted or not, it is the same name.
  void Write(const Identifier& identifier) { Write(identifier.name); }

  template <typename T>
  void Write(const std::vector<T>& values) {
    Number(values.size());
    for (const T& value : values) Write(value);
  }
  template <typename T>
  void Write(const std::optional<T>& value) {
    Write(value.has_value());
    if (value) Write(*value);
  }
  template <typename T>
  void Write(const std::unique_ptr<T>& value) {
    Write(value != nullptr);
    if (value) Write(*value);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void Write(T value) { Number(static_cast<uint64_t>(value)); }
  void Write(bool value) { out_.push_back(value ? '1' : '0'); }
  void Write(int64_t value) { Number(static_cast<uint64_t>(value)); }
  void Write(const std::string& text) {
    Number(text.size());
    out_ += text;
  }

  const std::string& text() const { return out_; }

 private:
  void Number(uint64_t number) { out_.append(reinterpret_cast<const char*>(&number), sizeof(number)); }

  std::string out_;
};

template <typename T>
bool SameStructure(const T& a, const T& b) {
  StructureWriter left;
  StructureWriter right;
  left.Write(a);
  right.Write(b);
  return left.text() == right.text();
}

}  // namespace

std::string QualifiedName::ToString() const {
  std::string text;
  for (const Identifier& part : parts) {
    if (!text.empty()) text += '.';
    text += part.name;
  }
  return text;
}

bool Equal(const Expression& a, const Expression& b) { return SameStructure(a, b); }
bool Equal(const TypeName& a, const TypeName& b) { return SameStructure(a, b); }
bool Equal(const Query& a, const Query& b) { return SameStructure(a, b); }
bool Equal(const Statement& a, const Statement& b) { return SameStructure(a, b); }

}  // namespace laminar::sql
