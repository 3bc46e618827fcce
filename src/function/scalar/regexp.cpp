// Functions and operators over regular expressions.
#include <algorithm>
#include <optional>

#include "function/scalar/regexp_engine.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

struct RegexpState final : CallState {
  std::optional<Regexp> expression;  // nothing: pattern or flags are no constants
  RegexpFlags flags;
};

// Where a call's pattern and flags stand among its arguments; `kFlags` past the end: there are none.
template <size_t kPattern, size_t kFlags, bool kIgnoreCase>
std::unique_ptr<CallState> BindRegexp(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<RegexpState>();
  const Value* pattern = ConstantArgument(arguments, kPattern);
  const Value* flags = ConstantArgument(arguments, kFlags);
  if (flags != nullptr) state->flags = ParseRegexpFlags(flags->get<std::string>());
  state->flags.ignore_case |= kIgnoreCase;
  if (pattern != nullptr && (arguments.size() <= kFlags || flags != nullptr)) {
    state->expression.emplace(pattern->get<std::string>(), state->flags);
  }
  return state;
}

// `visit(row, expression) → Status` for every row with a value; a pattern that does not compile fails its row.
template <size_t kPattern, size_t kFlags, typename Visit>
void ForEachExpression(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                       uint32_t rows, MutableVector& result, Visit visit) {
  const auto& state = *static_cast<const RegexpState*>(call_state);
  const auto run = [&](uint32_t i, const Regexp& expression) {
    if (const Status status = visit(i, expression); !status.ok())
      context.Fail(i, status.error().code(), status.message());
  };
  ForEachValid(result, rows, [&](uint32_t i) {
    if (state.expression) return run(i, *state.expression);
    try {
      RegexpFlags flags = state.flags;
      if (arguments.size() > kFlags) {
        flags = ParseRegexpFlags(TextAt(arguments[kFlags], i));
        flags.ignore_case |= state.flags.ignore_case;
      }
      run(i, Regexp(TextAt(arguments[kPattern], i), flags));
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
    }
  });
}

template <bool kWhole, bool kNegated>
void MatchKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                 MutableVector& result) {
  uint8_t* out = result.data<uint8_t>();
  std::fill_n(out, rows, uint8_t{0});
  ForEachExpression<1, 2>(context, state, arguments, rows, result, [&](uint32_t i, const Regexp& expression) -> Status {
    LAMINAR_ASSIGN_OR_RETURN(const bool matches, expression.Matches(TextAt(arguments[0], i), kWhole));
    out[i] = matches != kNegated;
    return Status::OK();
  });
}

void ReplaceKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  ForEachExpression<1, 3>(context, state, arguments, rows, result, [&](uint32_t i, const Regexp& expression) -> Status {
    LAMINAR_ASSIGN_OR_RETURN(const std::string text,
                             expression.Replace(TextAt(arguments[0], i), TextAt(arguments[2], i)));
    out[i] = MakeString(context, text);
    return Status::OK();
  });
}

void ExtractKernel(KernelContext& context, const CallState* state, std::span<const Vector> arguments, uint32_t rows,
                   MutableVector& result) {
  StringRef* out = result.data<StringRef>();
  std::fill_n(out, rows, StringRef());
  ForEachExpression<1, 3>(context, state, arguments, rows, result, [&](uint32_t i, const Regexp& expression) -> Status {
    const int32_t group = arguments.size() > 2 ? At<int32_t>(arguments[2], i) : 0;
    if (group < 0 || group > expression.groups()) {
      return Status(ErrorCode::kQueryFailed, "the pattern has no group " + std::to_string(group));
    }
    LAMINAR_ASSIGN_OR_RETURN(const std::string_view found, expression.Extract(TextAt(arguments[0], i), group));
    out[i] = StringRef(found);
    return Status::OK();
  });
}

}  // namespace

void RegisterRegexp(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const DataType boolean = TypeId::kBoolean;
  const auto add = [&](const char* name, std::vector<DataType> parameters, const DataType& result, ScalarKernel kernel,
                       std::unique_ptr<CallState> (*bind)(std::span<const ExpressionPtr>, DataType*)) {
    AddFunction(builder, name, std::move(parameters), result, kernel, {.traits = kFallible, .bind = bind});
  };
  builder.Describe({"regexp_matches",
                    "string",
                    "regexp_matches(text VARCHAR, pattern VARCHAR [, flags VARCHAR]) → BOOLEAN",
                    "Does the regular expression match a part of the text? Flags: i, c, m, s.",
                    "regexp_matches('N14228', '^N[0-9]+$')",
                    "true",
                    {"regexp_like"}});
  add("regexp_matches", {text, text}, boolean, MatchKernel<false, false>, BindRegexp<1, 2, false>);
  add("regexp_matches", {text, text, text}, boolean, MatchKernel<false, false>, BindRegexp<1, 2, false>);
  builder.Describe({"regexp_full_match",
                    "string",
                    "regexp_full_match(text VARCHAR, pattern VARCHAR [, flags VARCHAR]) → BOOLEAN",
                    "Does the regular expression match the whole text?",
                    "regexp_full_match('abc', 'a.')",
                    "false",
                    {}});
  add("regexp_full_match", {text, text}, boolean, MatchKernel<true, false>, BindRegexp<1, 2, false>);
  add("regexp_full_match", {text, text, text}, boolean, MatchKernel<true, false>, BindRegexp<1, 2, false>);
  builder.Describe({"regexp_replace",
                    "string",
                    "regexp_replace(text VARCHAR, pattern VARCHAR, replacement VARCHAR [, flags VARCHAR]) → VARCHAR",
                    "The first match replaced, with flag g all; \\1 is the first group.",
                    "regexp_replace('a1b22', '[0-9]+', '#', 'g')",
                    "a#b#",
                    {}});
  add("regexp_replace", {text, text, text}, text, ReplaceKernel, BindRegexp<1, 3, false>);
  add("regexp_replace", {text, text, text, text}, text, ReplaceKernel, BindRegexp<1, 3, false>);
  builder.Describe({"regexp_extract",
                    "string",
                    "regexp_extract(text VARCHAR, pattern VARCHAR [, group INTEGER]) → VARCHAR",
                    "The part that matches, or a group of it; empty when nothing does.",
                    "regexp_extract('flight UA1545', '([A-Z]+)([0-9]+)', 2)",
                    "1545",
                    {}});
  add("regexp_extract", {text, text}, text, ExtractKernel, BindRegexp<1, 3, false>);
  add("regexp_extract", {text, text, TypeId::kInt32}, text, ExtractKernel, BindRegexp<1, 3, false>);

  builder.Describe({"~*",
                    "operator",
                    "text ~* pattern → BOOLEAN",
                    "Like ~, whatever the case of letters.",
                    "'JFK' ~* 'jf'",
                    "true",
                    {}});
  builder.Describe({"!~", "operator", "text !~ pattern → BOOLEAN", "The opposite of ~.", "'JFK' !~ '^L'", "true", {}});
  builder.Describe(
      {"!~*", "operator", "text !~* pattern → BOOLEAN", "The opposite of ~*.", "'JFK' !~* '^j'", "false", {}});
  add("~", {text, text}, boolean, MatchKernel<false, false>, BindRegexp<1, 2, false>);
  add("~*", {text, text}, boolean, MatchKernel<false, false>, BindRegexp<1, 2, true>);
  add("!~", {text, text}, boolean, MatchKernel<false, true>, BindRegexp<1, 2, false>);
  add("!~*", {text, text}, boolean, MatchKernel<false, true>, BindRegexp<1, 2, true>);
}

}  // namespace laminar
