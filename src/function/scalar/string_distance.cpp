// How much two texts differ.
#include <algorithm>
#include <set>
#include <vector>

#include "common/utf8.h"
#include "function/scalar/register.h"
#include "function/scalar/row_function.h"

namespace laminar {
namespace {

using Characters = std::u32string;

Characters CharactersOf(std::string_view text) {
  Characters characters;
  while (!text.empty()) {
    characters.push_back(DecodeCodePoint(text));
    text.remove_prefix(CodePointSize(text));
  }
  return characters;
}

Characters CharactersAt(const Vector& vector, uint32_t i) { return CharactersOf(TextAt(vector, i)); }

/// Texts beyond this would take seconds: the work grows with the product of their lengths.
constexpr size_t kMostSteps = 100'000'000;
constexpr char kTooLong[] = "the texts are too long to be compared letter by letter";

/// Insertions, deletions and replacements; `kSwaps`: and exchanges of neighbours (Damerau 1964, unrestricted).
template <bool kSwaps>
const char* EditDistance(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const Characters a = CharactersAt(arguments[0], i);
  const Characters b = CharactersAt(arguments[1], i);
  if (a.size() != 0 && b.size() > kMostSteps / a.size()) return kTooLong;
  const size_t width = b.size() + 2;
  const int64_t far = static_cast<int64_t>(a.size() + b.size());
  std::vector<int64_t> table((a.size() + 2) * width, far);
  const auto at = [&](size_t x, size_t y) -> int64_t& { return table[x * width + y]; };
  for (size_t x = 0; x <= a.size(); ++x) at(x + 1, 1) = static_cast<int64_t>(x);
  for (size_t y = 0; y <= b.size(); ++y) at(1, y + 1) = static_cast<int64_t>(y);
  std::vector<std::pair<char32_t, size_t>> last_row;  // of each character of a so far
  for (size_t x = 1; x <= a.size(); ++x) {
    size_t last_column = 0;
    for (size_t y = 1; y <= b.size(); ++y) {
      const bool same = a[x - 1] == b[y - 1];
      int64_t best = at(x, y) + (same ? 0 : 1);
      best = std::min({best, at(x + 1, y) + 1, at(x, y + 1) + 1});
      if constexpr (kSwaps) {
        const auto seen =
            std::find_if(last_row.begin(), last_row.end(), [&](const auto& entry) { return entry.first == b[y - 1]; });
        if (seen != last_row.end() && last_column != 0) {
          const auto between = static_cast<int64_t>((x - seen->second - 1) + (y - last_column - 1));
          best = std::min(best, at(seen->second, last_column) + between + 1);
        }
        if (same) last_column = y;
      }
      at(x + 1, y + 1) = best;
    }
    if constexpr (kSwaps) {
      const auto seen =
          std::find_if(last_row.begin(), last_row.end(), [&](const auto& entry) { return entry.first == a[x - 1]; });
      if (seen == last_row.end()) {
        last_row.emplace_back(a[x - 1], x);
      } else {
        seen->second = x;
      }
    }
  }
  *result = at(a.size() + 1, b.size() + 1);
  return nullptr;
}

const char* Hamming(std::span<const Vector> arguments, uint32_t i, int64_t* result) {
  const Characters a = CharactersAt(arguments[0], i);
  const Characters b = CharactersAt(arguments[1], i);
  if (a.size() != b.size()) return "hamming needs texts of the same length";
  for (size_t x = 0; x < a.size(); ++x) *result += a[x] != b[x];
  return nullptr;
}

/// Of the sets of characters: how many both have, of those that any has.
const char* Jaccard(std::span<const Vector> arguments, uint32_t i, double* result) {
  const Characters a = CharactersAt(arguments[0], i);
  const Characters b = CharactersAt(arguments[1], i);
  if (a.empty() || b.empty()) return "jaccard needs texts that are not empty";
  const std::set<char32_t> first(a.begin(), a.end());
  const std::set<char32_t> second(b.begin(), b.end());
  size_t common = 0;
  for (const char32_t c : first) common += second.contains(c);
  *result = static_cast<double>(common) / static_cast<double>(first.size() + second.size() - common);
  return nullptr;
}

double JaroOf(const Characters& a, const Characters& b) {
  if (a.empty() || b.empty()) return 0;
  const size_t longest = std::max(a.size(), b.size());
  const size_t window = longest / 2 == 0 ? 0 : longest / 2 - 1;
  std::vector<bool> in_a(a.size());
  std::vector<bool> in_b(b.size());
  size_t matches = 0;
  for (size_t x = 0; x < a.size(); ++x) {
    const size_t end = std::min(b.size(), x + window + 1);
    for (size_t y = x > window ? x - window : 0; y < end; ++y) {
      if (in_b[y] || a[x] != b[y]) continue;
      in_a[x] = in_b[y] = true;
      ++matches;
      break;
    }
  }
  if (matches == 0) return 0;
  size_t out_of_place = 0;
  size_t y = 0;
  for (size_t x = 0; x < a.size(); ++x) {
    if (!in_a[x]) continue;
    while (!in_b[y]) ++y;
    out_of_place += a[x] != b[y++];
  }
  const double m = static_cast<double>(matches);
  const double transpositions = static_cast<double>(out_of_place / 2);
  return (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) + (m - transpositions) / m) / 3;
}

template <bool kWinkler>
const char* Jaro(std::span<const Vector> arguments, uint32_t i, double* result) {
  const Characters a = CharactersAt(arguments[0], i);
  const Characters b = CharactersAt(arguments[1], i);
  if (a.size() != 0 && b.size() > kMostSteps / a.size()) return kTooLong;
  *result = JaroOf(a, b);
  if (!kWinkler || *result <= 0.7) return nullptr;
  size_t prefix = 0;
  while (prefix < std::min({a.size(), b.size(), size_t{4}}) && a[prefix] == b[prefix]) ++prefix;
  *result += static_cast<double>(prefix) * 0.1 * (1 - *result);
  return nullptr;
}

}  // namespace

void RegisterStringDistance(RegistryBuilder& builder) {
  const DataType text = TypeId::kVarchar;
  const auto add = [&](const char* name, TypeId result, ScalarKernel kernel, const char* help, const char* example,
                       const char* example_result, std::vector<std::string> aliases = {}) {
    builder.Describe({name, "string", std::string(name) + "(a VARCHAR, b VARCHAR) → " + DataType(result).ToString(),
                      help, example, example_result, std::move(aliases)});
    AddFunction(builder, name, {text, text}, result, kernel, {.traits = kFallible});
  };
  add("levenshtein", TypeId::kInt64, FallibleRowKernel<int64_t, EditDistance<false>>,
      "Fewest insertions, deletions and replacements of characters that turn one text into the other.",
      "levenshtein('kitten', 'sitting')", "3", {"editdist3"});
  add("damerau_levenshtein", TypeId::kInt64, FallibleRowKernel<int64_t, EditDistance<true>>,
      "Like levenshtein, exchanging two neighbours being one step too.", "damerau_levenshtein('ab', 'ba')", "1");
  add("hamming", TypeId::kInt64, FallibleRowKernel<int64_t, Hamming>,
      "Number of places at which two texts of the same length differ.", "hamming('duck', 'luck')", "1", {"mismatches"});
  add("jaccard", TypeId::kDouble, FallibleRowKernel<double, Jaccard>,
      "Similarity of the sets of their characters, from 0 to 1.", "jaccard('duck', 'luck')", "0.6");
  add("jaro_similarity", TypeId::kDouble, FallibleRowKernel<double, Jaro<false>>, "Jaro's similarity, from 0 to 1.",
      "jaro_similarity('duck', 'duck')", "1");
  add("jaro_winkler_similarity", TypeId::kDouble, FallibleRowKernel<double, Jaro<true>>,
      "Jaro's similarity, raised for texts that begin alike.", "jaro_winkler_similarity('duck', 'duck')", "1");
}

}  // namespace laminar
