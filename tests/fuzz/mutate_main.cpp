// Drives a fuzz target without libFuzzer: random mutations of its samples.
//
//     mutate [rounds = 200000] [seed = 1]
//
// Same arguments, same inputs. A finding aborts after printing its input.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_target.h"

namespace {

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {
    for (const std::string& sample : samples_) {
      for (std::string& piece : Pieces(sample)) pieces_.push_back(std::move(piece));
    }
  }

  std::string Next() {
    std::string text = Sample();
    for (std::size_t count = 1 + Below(4); count > 0; --count) Mutate(text);
    return text;
  }

 private:
  std::size_t Below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& Sample() { return samples_[Below(samples_.size())]; }
  const std::string& Piece() { return pieces_[Below(pieces_.size())]; }

  /// Words, numbers and single characters: what a mutation moves around most usefully.
  static std::vector<std::string> Pieces(std::string_view text) {
    std::vector<std::string> pieces;
    const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (std::size_t i = 0; i < text.size();) {
      std::size_t end = i + 1;
      if (text[i] == '\'') {
        end = std::min(text.find('\'', end), text.size() - 1) + 1;
      } else {
        while (is_word(text[i]) && end < text.size() && is_word(text[end])) ++end;
      }
      pieces.emplace_back(text.substr(i, end - i));
      i = end;
    }
    return pieces;
  }

  static std::string Join(const std::vector<std::string>& pieces) {
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    return text;
  }

  void Mutate(std::string& text) {
    std::vector<std::string> pieces = Pieces(text);
    if (pieces.empty()) return;
    const std::size_t at = Below(pieces.size());
    switch (Below(10)) {
      case 0:
        text.resize(Below(text.size() + 1));
        return;
      case 1:
        text[Below(text.size())] = static_cast<char>(Below(256));
        return;
      case 2:
        text.insert(Below(text.size()), 1, static_cast<char>(Below(256)));
        return;
      case 3:
        pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 4:
        pieces[at] = Piece();
        break;
      case 5:
        pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), " " + Piece() + " ");
        break;
      case 6:
        std::swap(pieces[at], pieces[Below(pieces.size())]);
        break;
      case 7: {
        const std::vector<std::string> other = Pieces(Sample());
        const std::size_t first = Below(other.size());
        const std::size_t count = std::min(other.size() - first, 1 + Below(8));
        pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at),
                      other.begin() + static_cast<std::ptrdiff_t>(first),
                      other.begin() + static_cast<std::ptrdiff_t>(first + count));
        break;
      }
      case 8:
        pieces[at] = '"' + pieces[at] + '"';
        break;
      default:
        pieces[at] = "(" + pieces[at] + ")";
        break;
    }
    text = Join(pieces);
  }

  std::mt19937_64 random_;
  const std::vector<std::string> samples_ = FuzzSamples();
  std::vector<std::string> pieces_;
};

}  // namespace

int main(int argc, char** argv) {
  const uint64_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  Mutator mutator(seed);
  for (uint64_t round = 0; round < rounds; ++round) {
    const std::string input = mutator.Next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::printf("%llu inputs, no finding\n", static_cast<unsigned long long>(rounds));
  return 0;
}
