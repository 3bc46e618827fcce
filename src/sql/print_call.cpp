#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/printer_impl.h"

namespace laminar::sql {
namespace {

/// Lower-case words of the frame, in upper case with blanks.
std::string Spell(std::string_view name) {
  std::string words = UpperAscii(name);
  for (char& c : words) c = c == '_' ? ' ' : c;
  return words;
}

}  // namespace

/// A function's name may be a word that is special elsewhere: `left(…)`, `map(…)`, `values(…)`.
void Printer::PutFunctionName(const QualifiedName& name) {
  const Identifier& first = name.parts.front();
  const bool join_function = SameWord(first.name, "LEFT") || SameWord(first.name, "RIGHT");
  const bool callable =
      name.parts.size() == 1 && !first.quoted && IsWord(first.name) && (!IsReserved(first.name) || join_function);
  if (callable) {
    Put(first.name);
  } else {
    Put(name);
  }
}

void Printer::PutCall(const CallExpression& call) {
  PutFunctionName(call.function);
  Put("(");
  if (call.distinct) Put("DISTINCT ");
  const Identifier& name = call.function.parts.back();
  bool of_position = call.function.parts.size() == 1 && !name.quoted && SameWord(name.name, "position");
  PutList(call.arguments, [&](const CallArgument& argument) {
    if (argument.name) {
      Put(*argument.name);
      Put(" => ");
    }
    // An IN here would be POSITION's own.
    Print(*argument.value, of_position ? kPrecedenceRange + 1 : kPrecedenceOr);
    of_position = false;
  });
  if (!call.order_by.empty()) {
    Put(" ORDER BY ");
    PutOrder(call.order_by);
  }
  Put(")");
  if (!call.within_group.empty()) {
    Put(" WITHIN GROUP (ORDER BY ");
    PutOrder(call.within_group);
    Put(")");
  }
  if (call.filter) {
    Put(" FILTER (WHERE ");
    Print(*call.filter);
    Put(")");
  }
  if (call.nulls == NullTreatment::kIgnore) Put(" IGNORE NULLS");
  if (call.nulls == NullTreatment::kRespect) Put(" RESPECT NULLS");
  if (call.over) PutOver(*call.over);
}

void Printer::PutOver(const WindowSpecification& window) {
  Put(" OVER ");
  const bool only_base = window.base && window.partition_by.empty() && window.order_by.empty() && !window.frame;
  if (only_base) {
    Put(*window.base);
  } else {
    PutWindow(window);
  }
}

void Printer::PutWindow(const WindowSpecification& window) {
  Put("(");
  std::string_view separator;
  const auto part = [&] {
    Put(separator);
    separator = " ";
  };
  if (window.base) {
    part();
    Put(*window.base);
  }
  if (!window.partition_by.empty()) {
    part();
    Put("PARTITION BY ");
    PutExpressions(window.partition_by);
  }
  if (!window.order_by.empty()) {
    part();
    Put("ORDER BY ");
    PutOrder(window.order_by);
  }
  if (window.frame) {
    part();
    PutFrame(*window.frame);
  }
  Put(")");
}

void Printer::PutFrame(const WindowFrame& frame) {
  Put(EnumName(frame.unit));
  Put(" BETWEEN ");
  PutFrameBound(frame.start);
  Put(" AND ");
  PutFrameBound(frame.end);
  if (frame.exclusion != FrameExclusion::kNoOthers) Put(" EXCLUDE " + Spell(EnumName(frame.exclusion)));
}

void Printer::PutFrameBound(const FrameBound& bound) {
  if (bound.offset) {
    Print(*bound.offset, kPrecedenceAnd + 1);
    Put(" ");
  }
  Put(Spell(EnumName(bound.bound)));
}

void Printer::PutOrder(const std::vector<OrderItem>& items) {
  PutList(items, [this](const OrderItem& item) {
    Print(*item.value);
    if (item.descending) Put(" DESC");
    PutNulls(item.nulls);
  });
}

void Printer::PutNulls(NullsOrder nulls) {
  if (nulls == NullsOrder::kFirst) Put(" NULLS FIRST");
  if (nulls == NullsOrder::kLast) Put(" NULLS LAST");
}

}  // namespace laminar::sql
