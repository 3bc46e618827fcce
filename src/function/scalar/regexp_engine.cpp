#include "function/scalar/regexp_engine.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

namespace laminar {
namespace {

// Steps of backtracking over one text before it is given up.
constexpr uint32_t kMatchLimit = 2'000'000;

std::string MessageOf(int code) {
  PCRE2_UCHAR buffer[256];
  const int size = pcre2_get_error_message(code, buffer, sizeof buffer);
  return size < 0 ? "error " + std::to_string(code) : std::string(reinterpret_cast<const char*>(buffer));
}

// Match data is written while matching: one for each thread and number of groups in use at the moment.
class MatchData {
 public:
  explicit MatchData(const pcre2_code* code) : data_(pcre2_match_data_create_from_pattern(code, nullptr)) {}
  ~MatchData() { pcre2_match_data_free(data_); }
  MatchData(const MatchData&) = delete;
  MatchData& operator=(const MatchData&) = delete;
  pcre2_match_data* get() const { return data_; }
  const size_t* offsets() const { return pcre2_get_ovector_pointer(data_); }

 private:
  pcre2_match_data* data_;
};

pcre2_match_context* LimitedContext() {
  static pcre2_match_context* const context = [] {
    pcre2_match_context* made = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(made, kMatchLimit);
    return made;
  }();
  return context;
}

}  // namespace

RegexpFlags ParseRegexpFlags(std::string_view text) {
  RegexpFlags flags;
  for (const char c : text) {
    switch (c) {
      case 'g':
        flags.global = true;
        break;
      case 'i':
        flags.ignore_case = true;
        break;
      case 'c':
        flags.ignore_case = false;
        break;
      case 'm':
      case 'n':
        flags.multi_line = true;
        break;
      case 's':
        flags.multi_line = false;
        break;
      default:
        throw Error(ErrorCode::kQueryFailed,
                    std::string("there is no regular expression flag '") + c +
                        "'; there are g (all matches), i (ignore case), c (respect it), m (^ and $ at "
                        "lines), s (. matches a new line)");
    }
  }
  return flags;
}

struct Regexp::Compiled {
  ~Compiled() { pcre2_code_free(code); }
  pcre2_code* code = nullptr;
  uint32_t groups = 0;
};

Regexp::Regexp(std::string_view pattern, const RegexpFlags& flags)
    : flags_(flags), compiled_(std::make_unique<Compiled>()) {
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  options |= flags.ignore_case ? PCRE2_CASELESS : 0;
  options |= flags.multi_line ? PCRE2_MULTILINE : PCRE2_DOTALL;
  int error = 0;
  size_t place = 0;
  compiled_->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &place, nullptr);
  if (compiled_->code == nullptr) {
    throw Error(ErrorCode::kQueryFailed, "invalid regular expression '" + std::string(pattern) + "': " +
                                             MessageOf(error) + " (at character " + std::to_string(place + 1) + ")");
  }
  // Where the processor has no compiler behind it, matching interprets.
  static_cast<void>(pcre2_jit_compile(compiled_->code, PCRE2_JIT_COMPLETE));
  pcre2_pattern_info(compiled_->code, PCRE2_INFO_CAPTURECOUNT, &compiled_->groups);
}

Regexp::~Regexp() = default;
Regexp::Regexp(Regexp&&) noexcept = default;

int Regexp::groups() const { return static_cast<int>(compiled_->groups); }

Result<bool> Regexp::Find(std::string_view text, size_t start, bool whole, void* scratch) const {
  const uint32_t options = whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
  const char* const bytes = text.data() != nullptr ? text.data() : "";
  const int found = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(bytes), text.size(), start, options,
                                static_cast<pcre2_match_data*>(scratch), LimitedContext());
  if (found >= 0) return true;
  if (found == PCRE2_ERROR_NOMATCH) return false;
  if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_JIT_STACKLIMIT || found == PCRE2_ERROR_DEPTHLIMIT) {
    return Status(ErrorCode::kQueryFailed, "the regular expression takes too many steps over this text");
  }
  return Status(ErrorCode::kQueryFailed, "the regular expression failed: " + MessageOf(found));
}

Result<bool> Regexp::Matches(std::string_view text, bool whole) const {
  const MatchData data(compiled_->code);
  return Find(text, 0, whole, data.get());
}

Result<std::string_view> Regexp::Extract(std::string_view text, int group) const {
  const MatchData data(compiled_->code);
  LAMINAR_ASSIGN_OR_RETURN(const bool found, Find(text, 0, false, data.get()));
  const size_t begin = data.offsets()[2 * group];
  if (!found || begin == PCRE2_UNSET) return std::string_view();
  return text.substr(begin, data.offsets()[2 * group + 1] - begin);
}

Result<std::string> Regexp::Replace(std::string_view text, std::string_view replacement) const {
  const MatchData data(compiled_->code);
  const size_t* const offsets = data.offsets();
  std::string result;
  size_t copied = 0;
  size_t start = 0;
  while (start <= text.size()) {
    LAMINAR_ASSIGN_OR_RETURN(const bool found, Find(text, start, false, data.get()));
    if (!found) break;
    result.append(text.substr(copied, offsets[0] - copied));
    for (size_t i = 0; i < replacement.size(); ++i) {
      const char next = replacement[i] == '\\' && i + 1 < replacement.size() ? replacement[i + 1] : '\0';
      const int group = next >= '0' && next <= '9' ? next - '0' : next == '&' ? 0 : -1;
      if (group < 0 && next != '\\') {
        result.push_back(replacement[i]);
        continue;
      }
      ++i;
      if (group < 0) {
        result.push_back('\\');
      } else if (group <= groups() && offsets[2 * group] != PCRE2_UNSET) {
        result.append(text.substr(offsets[2 * group], offsets[2 * group + 1] - offsets[2 * group]));
      }
    }
    copied = offsets[1];
    start = offsets[1];
    if (offsets[0] == offsets[1]) {
      // After an empty match, the next one begins a character further on.
      do {
        ++start;
      } while (start < text.size() && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80);
    }
    if (!flags_.global) break;
  }
  result.append(text.substr(std::min(copied, text.size())));
  return result;
}

}  // namespace laminar
