// TUMBLE, HOP, SESSION and CUMULATE as tables, in Flink's form and in the short one.
#include <array>

#include "sql/ast_names.h"
#include "sql/keywords.h"
#include "sql/parser_impl.h"

namespace laminar::sql {
namespace {

struct WindowName {
  std::string_view name;
  WindowKind kind;
};

constexpr std::array kWindowNames = std::to_array<WindowName>({
    {"TUMBLE", WindowKind::kTumble},
    {"HOP", WindowKind::kHop},
    {"HOPPING", WindowKind::kHop},
    {"SLIDE", WindowKind::kHop},
    {"SESSION", WindowKind::kSession},
    {"CUMULATE", WindowKind::kCumulate},
});

using Slot = ExpressionPtr WindowTable::*;

struct WindowArgument {
  std::string_view name;
  Slot slot;
  bool optional = false;
};

/// What follows the input and its time column, in order.
std::vector<WindowArgument> ArgumentsOf(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTumble:
      return {{"SIZE", &WindowTable::size}, {"OFFSET", &WindowTable::offset, true}};
    case WindowKind::kHop:
      return {{"SLIDE", &WindowTable::slide}, {"SIZE", &WindowTable::size}, {"OFFSET", &WindowTable::offset, true}};
    case WindowKind::kSession:
      return {{"GAP", &WindowTable::gap}};
    case WindowKind::kCumulate:
      return {{"STEP", &WindowTable::slide}, {"SIZE", &WindowTable::size}, {"OFFSET", &WindowTable::offset, true}};
  }
  __builtin_unreachable();
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

bool Parser::AtWindowTable() {
  if (!AtSymbol("(", 1)) return false;
  for (const WindowName& entry : kWindowNames) {
    if (AtWord(entry.name)) return true;
  }
  return false;
}

TablePtr Parser::ParseWindowTable() {
  const uint32_t begin = Begin();
  auto window = std::make_unique<WindowTable>();
  const Token& name = Advance();
  for (const WindowName& entry : kWindowNames) {
    if (SameWord(entry.name, name.text)) window->window = entry.kind;
  }
  const std::vector<WindowArgument> arguments = ArgumentsOf(window->window);
  const std::string kind(EnumName(window->window));
  ExpectSymbol("(");
  const auto take_name = [&](std::string_view label) {
    const bool named = AtWord(label) && (AtSymbol("=>", 1) || AtSymbol(":=", 1));
    if (named) {
      Advance();
      Advance();
    }
    return named;
  };
  take_name("DATA");
  window->input = ParseWindowInput(*window);
  ExpectSymbol(",");
  take_name("TIMECOL");
  window->time = ParseWindowTime();
  std::size_t next = 0;
  while (AcceptSymbol(",")) {
    const SourceSpan span = Peek().span;
    const WindowArgument* argument = nullptr;
    for (const WindowArgument& candidate : arguments) {
      if (take_name(candidate.name)) argument = &candidate;
    }
    if (argument == nullptr && next < arguments.size()) argument = &arguments[next++];
    if (argument == nullptr)
      Fail(span, kind + " takes no more than " + std::to_string(arguments.size() + 2) + " arguments");
    ExpressionPtr& slot = (*window).*(argument->slot);
    if (slot) Fail(span, "the " + Lower(argument->name) + " of " + kind + " is given twice");
    slot = ParseExpression();
  }
  for (const WindowArgument& argument : arguments) {
    if (!argument.optional && !((*window).*(argument.slot)))
      Unexpected("',' and the " + Lower(argument.name) + " of " + kind);
  }
  ExpectSymbol(")");
  return Finish(std::move(window), begin);
}

/// `TABLE t`, `t` or `(query)`, for a session with PARTITION BY.
TablePtr Parser::ParseWindowInput(WindowTable& window) {
  const uint32_t begin = Begin();
  TablePtr input;
  const bool flink = AtWord("TABLE");
  if (flink) Advance();
  if (AtSymbol("(")) {
    auto table = std::make_unique<SubqueryTable>();
    table->query = ParseParenthesisedQuery();
    input = Finish(std::move(table), begin);
  } else {
    auto table = std::make_unique<NamedTable>();
    table->name = ParseQualifiedName("the table to cut into windows");
    input = Finish(std::move(table), begin);
  }
  if (AtWords({"PARTITION", "BY"})) {
    if (window.window != WindowKind::kSession) Fail(Peek().span, "only SESSION takes PARTITION BY");
    AcceptWords({"PARTITION", "BY"});
    const bool parenthesised = AcceptSymbol("(");
    // Without parentheses a comma would end the argument.
    do {
      window.partition_by.push_back(ParseExpression());
    } while (parenthesised && AcceptSymbol(","));
    if (parenthesised) ExpectSymbol(")");
  }
  return input;
}

/// `DESCRIPTOR(ts)` or `ts`.
ExpressionPtr Parser::ParseWindowTime() {
  const bool descriptor = AtWord("DESCRIPTOR") && AtSymbol("(", 1);
  if (descriptor) {
    Advance();
    ExpectSymbol("(");
  }
  const SourceSpan span = Peek().span;
  ExpressionPtr time = ParseExpression();
  if (time->kind != ExpressionKind::kColumn) Fail(span, "expected the event-time column");
  if (descriptor) ExpectSymbol(")");
  return time;
}

}  // namespace laminar::sql
