#include "sql/ast_json.h"

#include <cstdio>
#include <type_traits>

#include "sql/ast_names.h"
#include "sql/ast_walk.h"

namespace laminar::sql {
namespace {

class JsonWriter {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    out_ += ", \"";
    out_ += name;
    out_ += "\": ";
    Write(value);
  }

  template <PolymorphicNode T>
  void Write(const T& node) {
    out_ += "{\"kind\": \"";
    out_ += KindName(node.kind);
    out_ += "\", ";
    Span(node.span);
    Dispatch(node, [this](const auto& concrete) { VisitFields(concrete, *this); });
    out_ += '}';
  }

  template <PlainNode T>
  void Write(const T& node) {
    out_ += '{';
    Span(node.span);
    VisitFields(node, *this);
    out_ += '}';
  }

  template <typename T>
  void Write(const std::vector<T>& values) {
    out_ += '[';
    const char* separator = "";
    for (const T& value : values) {
      out_ += separator;
      separator = ", ";
      Write(value);
    }
    out_ += ']';
  }

  template <typename T>
  void Write(const std::optional<T>& value) {
    if (value) {
      Write(*value);
    } else {
      out_ += "null";
    }
  }

  template <typename T>
  void Write(const std::unique_ptr<T>& value) {
    if (value) {
      Write(*value);
    } else {
      out_ += "null";
    }
  }

  template <typename T>
  requires std::is_enum_v<T>
  void Write(T value) {
    out_ += '"';
    out_ += EnumName(value);
    out_ += '"';
  }

  void Write(bool value) { out_ += value ? "true" : "false"; }
  void Write(int64_t value) { out_ += std::to_string(value); }

  void Write(const std::string& text) {
    out_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escape[8];
        std::snprintf(escape, sizeof(escape), "\\u%04x", static_cast<unsigned>(c));
        out_ += escape;
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string Take() { return std::move(out_); }

 private:
  void Span(SourceSpan span) {
    out_ += "\"span\": [" + std::to_string(span.begin) + ", " + std::to_string(span.end) + "]";
  }

  std::string out_;
};

template <typename T>
std::string Dump(const T& value) {
  JsonWriter writer;
  writer.Write(value);
  return writer.Take();
}

}  // namespace

std::string DumpJson(const Statement& statement) { return Dump(statement); }
std::string DumpJson(const std::vector<StatementPtr>& statements) { return Dump(statements); }
std::string DumpJson(const Expression& expression) { return Dump(expression); }
std::string DumpJson(const TypeName& type) { return Dump(type); }

}  // namespace laminar::sql
