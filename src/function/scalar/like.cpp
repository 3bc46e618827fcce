// LIKE, ILIKE and SIMILAR TO.
#include <memory>
#include <optional>

#include "common/utf8.h"
#include "function/scalar/like_pattern.h"
#include "function/scalar/regexp_engine.h"
#include "function/scalar/register.h"
#include "function/scalar/simple_function.h"

namespace laminar {
namespace {

// The pattern and escape are nearly always constants: compiled when the call is bound.
template <typename Pattern>
struct PatternState final : CallState {
  std::optional<Pattern> pattern;
};

char32_t EscapeOf(std::string_view escape) {
  if (escape.empty()) return 0;
  if (CodePointSize(escape) != escape.size()) {
    throw Error(ErrorCode::kQueryFailed,
                "the escape must be one character or empty, not '" + std::string(escape) + "'");
  }
  return DecodeCodePoint(escape);
}

class SimilarPattern {
 public:
  SimilarPattern(std::string_view pattern, char32_t escape) : expression_(SimilarToRegexp(pattern, escape), {}) {}
  Result<bool> Matches(std::string_view text) const { return expression_.Matches(text, true); }

 private:
  Regexp expression_;
};

// ILIKE compares both sides in small letters.
class FoldedLikePattern {
 public:
  FoldedLikePattern(std::string_view pattern, char32_t escape) : pattern_(Folded(pattern), LowerCodePoint(escape)) {}
  Result<bool> Matches(std::string_view text) const { return pattern_.Matches(Folded(text)); }

 private:
  static std::string Folded(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
      const size_t size = CodePointSize(text.substr(i));
      const char32_t c = DecodeCodePoint(text.substr(i));
      if (size == 1 && c >= 0x80) {
        folded.push_back(text[i]);
      } else {
        AppendCodePoint(LowerCodePoint(c), &folded);
      }
      i += size;
    }
    return folded;
  }
  LikePattern pattern_;
};

template <typename Pattern>
Pattern MakePattern(std::string_view pattern, std::string_view escape) {
  return Pattern(pattern, EscapeOf(escape));
}

template <typename Pattern>
std::unique_ptr<CallState> BindPattern(std::span<const ExpressionPtr> arguments, DataType*) {
  auto state = std::make_unique<PatternState<Pattern>>();
  const Value* pattern = ConstantArgument(arguments, 1);
  const Value* escape = ConstantArgument(arguments, 2);
  if (pattern != nullptr && (arguments.size() < 3 || escape != nullptr)) {
    state->pattern.emplace(
        MakePattern<Pattern>(pattern->get<std::string>(), escape != nullptr ? escape->get<std::string>() : "\\"));
  }
  return state;
}

// Whether a text matches; a pattern that takes too long over it fails.
bool Test(const LikePattern& pattern, std::string_view text) { return pattern.Matches(text); }
template <typename Pattern>
bool Test(const Pattern& pattern, std::string_view text) {
  return ValueOrThrow(pattern.Matches(text));
}

template <typename Pattern>
void PatternKernel(KernelContext& context, const CallState* call_state, std::span<const Vector> arguments,
                   uint32_t rows, MutableVector& result) {
  const auto& state = *static_cast<const PatternState<Pattern>*>(call_state);
  uint8_t* out = result.data<uint8_t>();
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = 0;
    if (result.has_nulls && !GetBit(result.validity, i)) continue;
    const std::string_view text = TextAt(arguments[0], i);
    try {
      if (state.pattern) {
        out[i] = Test(*state.pattern, text);
      } else {
        const std::string_view escape = arguments.size() > 2 ? TextAt(arguments[2], i) : "\\";
        out[i] = Test(MakePattern<Pattern>(TextAt(arguments[1], i), escape), text);
      }
    } catch (const Error& error) {
      context.Fail(i, error.code(), error.what());
    }
  }
}

template <typename Pattern>
void Add(RegistryBuilder& builder, const char* name) {
  const DataType text = TypeId::kVarchar;
  AddFunction(builder, name, {text, text}, TypeId::kBoolean, PatternKernel<Pattern>,
              {.traits = kFallible, .bind = BindPattern<Pattern>});
  AddFunction(builder, name, {text, text, text}, TypeId::kBoolean, PatternKernel<Pattern>,
              {.traits = kFallible, .bind = BindPattern<Pattern>});
}

}  // namespace

void RegisterLike(RegistryBuilder& builder) {
  builder.Describe({"like",
                    "operator",
                    "text LIKE pattern [ESCAPE c] → BOOLEAN",
                    "Does the whole text match, % standing for any text and _ for any character?",
                    "'N14228' LIKE 'N1%'",
                    "true",
                    {}});
  builder.Describe({"ilike",
                    "operator",
                    "text ILIKE pattern [ESCAPE c] → BOOLEAN",
                    "LIKE, whatever the case of letters.",
                    "'Newark' ILIKE 'NEW%'",
                    "true",
                    {}});
  builder.Describe({"similar to",
                    "operator",
                    "text SIMILAR TO pattern [ESCAPE c] → BOOLEAN",
                    "LIKE with the alternatives, repetitions and sets of regular expressions.",
                    "'abc' SIMILAR TO '%(b|d)%'",
                    "true",
                    {}});
  Add<LikePattern>(builder, "like");
  Add<FoldedLikePattern>(builder, "ilike");
  Add<SimilarPattern>(builder, "similar to");
}

}  // namespace laminar
