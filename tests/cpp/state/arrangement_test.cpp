// Arrangements against a map: what a key leads to, whatever came and went; what a pin keeps.
#include "state/arrangement.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "exec/random_batch.h"

namespace laminar {
namespace {

using Key = std::pair<std::string, std::string>;  // text of the two key cells
using Rows = std::map<std::string, int64_t>;      // text of the other cells, to the weight

const std::vector<DataType> kKeys{TypeId::kInt32, TypeId::kVarchar};
const std::vector<DataType> kOthers{TypeId::kVarchar, TypeId::kDouble, TypeId::kBoolean};

std::vector<DataType> AllTypes() {
  std::vector<DataType> types = kKeys;
  types.insert(types.end(), kOthers.begin(), kOthers.end());
  return types;
}

class ArrangementTrial {
 public:
  ArrangementTrial(uint32_t seed, bool retracts) : random_(seed), retracts_(retracts) {
    ArrangementOptions options;
    options.null_keys = true;
    options.retracts = retracts;
    options.totals = true;
    arrangement_ = std::make_unique<Arrangement>(std::make_shared<ArrangementLayout>(kKeys, kOthers, options));
  }

  void Run() {
    for (int step = 0; step < 30 && !::testing::Test::HasFailure(); ++step) {
      if (Pick(5) == 0) arrangement_->Restore();
      const ArrangementPin pin(arrangement_.get());
      const std::map<Key, Rows> before = expected_;
      for (int block = Pick(4); block >= 0; --block) AddBlock();
      ASSERT_TRUE(arrangement_->FreeEmpty().ok());
      EXPECT_EQ(Found(), expected_);
      EXPECT_EQ(All(pin.rows(), pin), before);
      EXPECT_EQ(All(arrangement_->rows(), ArrangementPin(arrangement_.get())), expected_);
    }
  }

 private:
  int Pick(int below) { return std::uniform_int_distribution<>(0, below - 1)(random_); }

  Value RandomValue(const DataType& type) {
    if (Pick(5) == 0) return Value(type);
    switch (type.id()) {
      case TypeId::kVarchar: {
        const char* some[] = {"", "short", "this one is not short", "this one is not shorT"};
        return Value::Varchar(some[Pick(4)]);
      }
      case TypeId::kDouble:
        return Value::Double(Pick(2) == 0 ? 0.0 : -0.0);
      case TypeId::kBoolean:
        return Value::Boolean(Pick(2) == 0);
      default:
        return {type, int64_t{Pick(3)}};
    }
  }

  static std::string Text(const Value& value) { return value.is_null() ? "∅" : value.ToString(); }
  static std::pair<Key, std::string> Split(const std::vector<Value>& row) {
    return {{Text(row[0]), Text(row[1])}, Text(row[2]) + "|" + Text(row[3]) + "|" + Text(row[4])};
  }

  void AddBlock() {
    std::vector<std::vector<Value>> rows;
    std::vector<int64_t> weights;
    for (int i = Pick(static_cast<int>(ArrangedBlock::kRows)); i >= 0; --i) {
      if (retracts_ && !live_.empty() && Pick(2) == 0) {
        const size_t at = static_cast<size_t>(Pick(static_cast<int>(live_.size())));
        rows.push_back(live_[at]);
        weights.push_back(-1);
        live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        std::vector<Value> row;
        for (const DataType& type : AllTypes()) row.push_back(RandomValue(type));
        weights.push_back(1 + Pick(2));
        for (int64_t w = 0; w < weights.back(); ++w) live_.push_back(row);
        rows.push_back(std::move(row));
      }
      const auto [key, rest] = Split(rows.back());
      keys_.emplace(key, std::vector<Value>(rows.back().begin(), rows.back().begin() + 2));
      Rows& of_key = expected_[key];
      if ((of_key[rest] += weights.back()) == 0) of_key.erase(rest);
      if (of_key.empty()) expected_.erase(key);
    }
    TestBatch batch(AllTypes(), rows);
    ArrangedBlock block;
    AddedRows added;
    arrangement_->Load(batch.delta().columns, RowRange::Of(batch.delta()), &block);
    arrangement_->Add(block, weights.data(), &added);
  }

  std::vector<Value> Read(const ArrangedRows& rows, uint32_t slot) {
    const uint8_t* row = rows.At(slot);
    std::vector<Value> values;
    for (uint32_t c = 0; c < rows.layout->types().size(); ++c) {
      uint64_t cell[2];
      uint64_t validity;
      rows.layout->ReadValues(c, &row, 1, cell);
      rows.layout->ReadValidity(c, &row, 1, &validity);
      values.push_back(ReadValue(rows.layout->types()[c], cell, &validity, 0));
    }
    return values;
  }

  Rows Chain(const ArrangedRows& rows, uint32_t first, Key* key) {
    Rows found;
    int64_t total = 0;
    for (uint32_t slot = first; slot != Arrangement::kNoSlot;) {
      const ArrangedRow& header = ArrangementLayout::Header(rows.At(slot));
      std::string rest;
      std::tie(*key, rest) = Split(Read(rows, slot));
      found[rest] += header.weight;
      total += header.weight;
      slot = header.next;
    }
    EXPECT_EQ(rows.layout->Total(rows.At(first)), total);
    return found;
  }

  /// Every key that ever was, looked up.
  std::map<Key, Rows> Found() {
    std::map<Key, Rows> found;
    for (const auto& [key, cells] : keys_) {
      std::vector<Value> row = cells;
      for (const DataType& type : kOthers) row.emplace_back(type);
      TestBatch batch(AllTypes(), {row});
      ArrangedBlock block;
      arrangement_->Load(batch.delta().columns, RowRange::Of(batch.delta()), &block);
      uint32_t first;
      arrangement_->Find(block, &first);
      Key read;
      if (first == Arrangement::kNoSlot) continue;
      found[key] = Chain(arrangement_->rows(), first, &read);
      EXPECT_EQ(read, key);
    }
    return found;
  }

  std::map<Key, Rows> All(const ArrangedRows& rows, const ArrangementPin& pin) {
    std::map<Key, Rows> found;
    pin.ForEachFirst([&](uint32_t first) {
      Key key;
      Rows of_key = Chain(rows, first, &key);
      EXPECT_TRUE(found.emplace(key, std::move(of_key)).second);
      return true;
    });
    return found;
  }

  std::mt19937 random_;
  bool retracts_;
  std::unique_ptr<Arrangement> arrangement_;
  std::vector<std::vector<Value>> live_;
  std::map<Key, std::vector<Value>> keys_;
  std::map<Key, Rows> expected_;
};

// Instrumented code is ten times slower and looks for other things.
#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t kTrials = 12;
#else
constexpr uint32_t kTrials = 60;
#endif

TEST(ArrangementTest, HoldsWhatCameAndDidNotGo) {
  for (uint32_t seed = 0; seed < kTrials && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ArrangementTrial(seed, seed % 2 == 0).Run();
  }
}

TEST(ArrangementTest, NarrowRowsFitHalfACacheLine) {
  const ArrangementLayout layout({TypeId::kInt32}, {TypeId::kInt32, TypeId::kInt32}, {});
  EXPECT_EQ(layout.stride(), 32u);
}

TEST(ArrangementTest, LongStringsThatWentGiveTheirBytesBack) {
  ArrangementOptions options;
  options.retracts = true;
  Arrangement arrangement(std::make_shared<ArrangementLayout>(std::vector<DataType>{TypeId::kInt64},
                                                              std::vector<DataType>{TypeId::kVarchar}, options));
  const std::string text(100'000, 'x');
  for (int64_t i = 0; i < 500; ++i) {
    for (const int64_t weight : {1, -1}) {
      // One row stays.
      if (i == 0 && weight < 0) continue;
      TestBatch batch({TypeId::kInt64, TypeId::kVarchar}, {{Value::BigInt(i), Value::Varchar(text)}});
      ArrangedBlock block;
      AddedRows added;
      arrangement.Load(batch.delta().columns, RowRange::Of(batch.delta()), &block);
      arrangement.Add(block, &weight, &added);
      ASSERT_TRUE(arrangement.FreeEmpty().ok());
    }
  }
  EXPECT_EQ(arrangement.size(), 1u);
  EXPECT_LT(arrangement.memory_bytes(), size_t{3} << 20);
}

}  // namespace
}  // namespace laminar
