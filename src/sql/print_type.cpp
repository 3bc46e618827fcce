#include "sql/ast_names.h"
#include "sql/printer_impl.h"

namespace laminar::sql {
namespace {

std::string_view UnitOfDigits(int64_t digits) {
  switch (digits) {
    case 0:
      return "s";
    case 3:
      return "ms";
    case 6:
      return "us";
    default:
      return "ns";
  }
}

std::string InParentheses(const std::optional<int64_t>& number) {
  return number ? "(" + std::to_string(*number) + ")" : std::string();
}

}  // namespace

void Printer::PutQualifier(const IntervalQualifier& qualifier) {
  Put(EnumName(qualifier.first));
  if (qualifier.last) {
    Put(" TO ");
    Put(EnumName(*qualifier.last));
  }
  Put(InParentheses(qualifier.precision));
}

void Printer::Print(const TypeName& type) {
  switch (type.kind) {
    case TypeKind::kTimestampTz:
      if (type.time_zone) {
        Put("TIMESTAMP[");
        Put(UnitOfDigits(type.precision.value_or(6)));
        Put(", tz=" + *type.time_zone + "]");
        return;
      }
      Put("TIMESTAMP" + InParentheses(type.precision) + " WITH TIME ZONE");
      return;
    case TypeKind::kDuration:
      Put("DURATION[");
      Put(UnitOfDigits(type.precision.value_or(6)));
      Put("]");
      return;
    case TypeKind::kDecimal:
      Put(type.layout ? *type.layout : "DECIMAL");
      if (type.precision)
        Put("(" + std::to_string(*type.precision) + ", " + std::to_string(type.scale.value_or(0)) + ")");
      return;
    case TypeKind::kBlob:
      Put(type.layout ? *type.layout : "BLOB");
      if (type.precision) Put("[" + std::to_string(*type.precision) + "]");
      return;
    case TypeKind::kInterval:
      Put("INTERVAL");
      if (type.qualifier) {
        Put(" ");
        PutQualifier(*type.qualifier);
      }
      return;
    case TypeKind::kStruct:
      Put("STRUCT(");
      PutList(type.fields, [this](const StructFieldType& field) {
        PutLabel(field.name);
        Put(" ");
        Print(*field.type);
      });
      Put(")");
      return;
    case TypeKind::kMap:
      Put("MAP(");
      Print(*type.arguments[0]);
      Put(", ");
      Print(*type.arguments[1]);
      Put(")");
      return;
    case TypeKind::kDictionary:
      Put("dictionary<values=");
      Print(*type.arguments[0]);
      Put(", indices=");
      Print(*type.arguments[1]);
      Put(">");
      return;
    case TypeKind::kArray:
      if (type.layout) {
        Put(*type.layout + "<");
        Print(*type.arguments[0]);
        Put(">");
        return;
      }
      Print(*type.arguments[0]);
      Put(type.size ? "[" + std::to_string(*type.size) + "]" : "[]");
      return;
    default:
      Put(type.layout ? *type.layout : EnumName(type.kind));
      Put(InParentheses(type.precision));
      return;
  }
}

}  // namespace laminar::sql
