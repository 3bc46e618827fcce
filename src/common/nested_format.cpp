// Nested values as text, for people and as SQL.
#include <cctype>

#include "common/nested.h"

namespace laminar {
namespace {

using Show = std::string (*)(const Value& value);

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

/// Text that could be taken for something else stands between quotes.
bool IsPlain(std::string_view text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())) != 0 ||
      std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    return false;
  }
  return text.find_first_of("[]{}()'\",:=\\") == std::string_view::npos && !NamesEqual(text, "null");
}

std::string ShowPart(const Value& value) {
  const TypeId id = value.type().id();
  const bool text = !value.is_null() && (id == TypeId::kVarchar || id == TypeId::kJson);
  return text && !IsPlain(value.get<std::string>()) ? Quoted(value.get<std::string>()) : value.ToString();
}

std::string PartToSql(const Value& value) { return value.ToSql(); }

/// The parts of `bytes`, each by `show`, between the brackets of their kind.
std::string Write(const DataType& type, std::string_view bytes, Show show, std::string_view between_key_and_value) {
  NestedReader reader(bytes);
  std::string text = type.id() == TypeId::kList ? "[" : "{";
  const auto separate = [&text] {
    if (text.size() > 1) text += ", ";
  };
  switch (type.id()) {
    case TypeId::kStruct:
      for (const TypeChild& child : type.children()) {
        separate();
        text += Quoted(child.name) + ": " + show(reader.TakePart(child.type));
      }
      break;
    case TypeId::kMap:
      while (reader.Next()) {
        separate();
        text += show(reader.TakePart(type.children()[0].type));
        text += between_key_and_value;
        text += show(reader.TakePart(type.children()[1].type));
      }
      break;
    default:
      while (reader.Next()) {
        separate();
        text += show(reader.TakePart(type.children()[0].type));
      }
  }
  return text + (type.id() == TypeId::kList ? "]" : "}");
}

}  // namespace

std::string FormatNested(const DataType& type, std::string_view bytes) { return Write(type, bytes, ShowPart, "="); }

std::string NestedToSql(const DataType& type, std::string_view bytes) {
  const std::string text = Write(type, bytes, PartToSql, ": ");
  return type.id() == TypeId::kMap ? "MAP " + text : text;
}

}  // namespace laminar
