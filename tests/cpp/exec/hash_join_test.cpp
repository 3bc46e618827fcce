// The join operator against the join worked out pair by pair, whatever comes in whatever order; and what a session
// would notice: hot keys, snapshots that are read late, memory.
#include "exec/hash_join.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <limits>
#include <random>

#include "exec/join_test_support.h"
#include "exec/saved_operator.h"
#include "function/registry.h"
#include "state/chunk_list.h"
#include "state/store.h"

namespace laminar {
namespace {

using namespace testing;

template <typename... Arguments>
ExpressionPtr Call(const char* name, Arguments... arguments) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(arguments)), ...);
  return FunctionRegistry::Get().BindScalar(name, std::move(list), "", {});
}

ExpressionPtr ColumnOf(size_t column, const char* name) {
  return Expression::MakeColumn(static_cast<int>(column), TypeId::kInt64, true, name);
}

ExpressionPtr Number(int64_t value) { return Expression::MakeConstant(Value::BigInt(value)); }

JoinSpec CopyOf(const JoinSpec& spec) {
  JoinSpec copy;
  copy.kind = spec.kind;
  copy.left_types = spec.left_types;
  copy.right_types = spec.right_types;
  copy.left_keys = spec.left_keys;
  copy.right_keys = spec.right_keys;
  copy.null_safe = spec.null_safe;
  if (spec.residual) copy.residual = spec.residual->Clone();
  copy.output = spec.output;
  copy.left_append_only = spec.left_append_only;
  copy.right_append_only = spec.right_append_only;
  return copy;
}

constexpr JoinKind kKinds[] = {JoinKind::kInner, JoinKind::kLeft, JoinKind::kRight,
                               JoinKind::kFull,  JoinKind::kSemi, JoinKind::kAnti};

class JoinTrial {
 public:
  explicit JoinTrial(uint32_t seed) : random_(seed) {
    MakeSpec();
    join_ = std::make_unique<HashJoin>(CopyOf(spec_));
    output_ = std::make_unique<JoinOutput>(spec_);
  }

  void Run() {
    SCOPED_TRACE(join_->Describe());
    const int steps = 3 + Pick(8);
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) OneStep();
    if (spec_.left_append_only || spec_.right_append_only) return;
    RetractEverything();
    for (Store* store : join_->stores()) {
      EXPECT_EQ(store->rows(), 0);
      EXPECT_LT(store->memory_bytes(), size_t{2} << 20);
    }
    OneStep();  // and starts over
  }

 private:
  struct Change {
    int side;
    ValueRow row;
    int64_t weight;
  };

  int Pick(int below) { return std::uniform_int_distribution<>(0, below - 1)(random_); }

  Value RandomValue(const DataType& type) {
    if (Pick(6) == 0) return Value(type);
    switch (type.id()) {
      case TypeId::kDouble: {
        const double some[] = {0.0, -0.0, 1.5, std::numeric_limits<double>::quiet_NaN()};
        return Value::Double(some[Pick(4)]);
      }
      case TypeId::kVarchar: {
        const char* some[] = {"", "a", "exactly 12 b", "rather longer than that", "rather longer than THAT"};
        return Value::Varchar(some[Pick(5)]);
      }
      case TypeId::kDecimal:
        return {type, int128_t{Pick(3)} << 70};
      default:
        return {type, int64_t{Pick(domain_)} - 1};
    }
  }

  void MakeSpec() {
    const DataType types[] = {TypeId::kInt64, TypeId::kInt32, TypeId::kDouble, TypeId::kVarchar,
                              DataType::Decimal(38, 0)};
    domain_ = 2 + Pick(5);
    spec_.kind = kKinds[Pick(6)];
    const int keys = Pick(8) == 0 ? 0 : 1 + Pick(3);
    std::vector<DataType> extra[2] = {{TypeId::kInt64}, {TypeId::kInt64}};  // the residual's
    self_ = Pick(5) == 0;
    for (std::vector<DataType>& side : extra) {
      for (int i = Pick(3); i > 0; --i) side.push_back(types[Pick(5)]);
    }
    if (self_) extra[1] = extra[0];
    std::vector<DataType>* sides[] = {&spec_.left_types, &spec_.right_types};
    for (const int side : {0, 1}) *sides[side] = extra[side];
    for (int i = 0; i < keys; ++i) {
      const DataType type = types[Pick(5)];
      spec_.left_keys.push_back(static_cast<int>(spec_.left_types.size()));
      spec_.right_keys.push_back(static_cast<int>(spec_.right_types.size()));
      spec_.left_types.push_back(type);
      spec_.right_types.push_back(type);
      spec_.null_safe.push_back(Pick(3) == 0);
    }
    const size_t split = spec_.left_types.size();
    switch (Pick(5)) {
      case 0:
        spec_.residual = Call("<", ColumnOf(0, "l"), ColumnOf(split, "r"));
        break;
      case 1:  // fails where r is 0
        spec_.residual = Call("=", Call("%", ColumnOf(0, "l"), ColumnOf(split, "r")), Number(0));
        break;
      case 2:
        spec_.residual = Call(">", ColumnOf(split, "r"), Number(0));
        break;
      default:
        break;
    }
    const bool left_only = spec_.kind == JoinKind::kSemi || spec_.kind == JoinKind::kAnti;
    const int columns = static_cast<int>(left_only ? split : split + spec_.right_types.size());
    for (int i = Pick(columns + 2); i > 0; --i) spec_.output.push_back(Pick(columns));
    spec_.left_append_only = Pick(3) == 0;
    spec_.right_append_only = self_ ? spec_.left_append_only : Pick(3) == 0;
    size_ = Pick(4) == 0 ? 300 : 1 + Pick(40);
  }

  bool AppendOnly(int side) const { return side == 0 ? spec_.left_append_only : spec_.right_append_only; }
  const std::vector<DataType>& TypesOf(int side) const { return side == 0 ? spec_.left_types : spec_.right_types; }

  ValueRow RandomRow(int side) {
    ValueRow row;
    for (const DataType& type : TypesOf(side)) row.push_back(RandomValue(type));
    return row;
  }

  void OneStep() {
    std::vector<Change> changes;
    for (int i = Pick(size_) + (Pick(5) != 0); i > 0; --i) {
      const int side = Pick(2);
      Relation& relation = relations_[self_ ? 0 : side];
      if (AppendOnly(side) || relation.rows().empty() || Pick(2) == 0) {
        changes.push_back({side, RandomRow(side), Pick(4) == 0 ? 3 : 1});
        // What comes and goes in one step, the going perhaps first.
        if (!AppendOnly(side) && Pick(4) == 0) {
          changes.push_back({side, changes.back().row, -changes.back().weight});
          continue;
        }
      } else {
        auto entry = relation.rows().begin();
        std::advance(entry, Pick(static_cast<int>(relation.rows().size())));
        changes.push_back({side, entry->second.row, Pick(2) == 0 ? -1 : -entry->second.weight});
      }
      const Change& change = changes.back();
      relation.Add(change.row, change.weight);
    }
    std::shuffle(changes.begin(), changes.end(), random_);
    TakeStep(changes);
  }

  void RetractEverything() {
    std::vector<Change> changes;
    for (const int side : {0, 1}) {
      if (self_ && side == 1) break;
      for (const auto& [text, entry] : relations_[side].rows()) changes.push_back({side, entry.row, -entry.weight});
      relations_[side] = {};
    }
    TakeStep(changes);
    EXPECT_TRUE(Contents(*join_->Snapshot()).empty());
  }

  void TakeStep(const std::vector<Change>& changes) {
    rehearsal_.After(&join_);
    output_->is_wanted = Pick(5) != 0;
    Step step(1, 0, StepMode::kContinuous, lines_, nullptr);
    size_t begin = 0;
    while (begin < changes.size()) {
      const size_t end = std::min(changes.size(), begin + 1 + static_cast<size_t>(Pick(size_)));
      for (const int side : {0, 1}) PushPart(*join_, step, *output_, side, {&changes[begin], end - begin});
      begin = end;
    }
    ASSERT_TRUE(join_->Flush(step, *output_).ok());
    Check();
  }

  void PushPart(Operator& join, Step& step, JoinOutput& output, int side, std::span<const Change> changes) {
    std::vector<ValueRow> rows;
    std::vector<int64_t> weights;
    for (const Change& change : changes) {
      // Some physical rows are not selected.
      if (change.side != side && !self_) continue;
      rows.push_back(change.row);
      weights.push_back(change.weight);
    }
    if (rows.empty()) return;
    std::vector<uint32_t> selection;
    for (uint32_t i = 0; i < rows.size(); ++i) selection.push_back(i);
    const bool with_gaps = Pick(2) == 0;
    if (with_gaps) {
      rows.insert(rows.begin(), RandomRow(side));
      weights.insert(weights.begin(), 17);
      for (uint32_t& row : selection) ++row;
    }
    TestBatch batch(TypesOf(side), rows);
    if (with_gaps) batch.delta().Select(selection.data(), static_cast<uint32_t>(selection.size()));
    const bool plain = std::all_of(weights.begin() + with_gaps, weights.end(), [](int64_t w) { return w == 1; });
    if (!plain) batch.delta().weights = weights.data();
    ASSERT_TRUE(join.Push(step, side, batch.delta(), output).ok());
  }

  Weights Contents(OperatorSnapshot& snapshot) {
    JoinOutput output(spec_);
    EXPECT_TRUE(snapshot.Contents(output, nullptr).ok());
    EXPECT_TRUE(output.errors.empty());
    return output.total;
  }

  void Check() {
    Weights errors;
    const Relation& right = relations_[self_ ? 0 : 1];
    const Weights expected = NaiveJoin(spec_, relations_[0], right, &errors);
    if (output_->is_wanted) {
      EXPECT_EQ(output_->total, expected);
    } else {
      output_->total = expected;
    }
    EXPECT_EQ(output_->errors, errors);
    EXPECT_EQ(Contents(*join_->Snapshot()), expected);
    output_->CheckKept();
    if (late_) {
      EXPECT_EQ(Contents(*late_), late_contents_);
      late_ = nullptr;
    } else if (Pick(2) == 0) {
      late_ = join_->Snapshot();
      late_contents_ = expected;
    }
    if (Pick(3) == 0) CheckBatchMode(expected, errors);
  }

  void CheckBatchMode(const Weights& expected, const Weights& errors) {
    std::vector<Change> changes;
    for (const int side : {0, 1}) {
      if (self_ && side == 1) break;
      for (const auto& [text, entry] : relations_[side].rows()) changes.push_back({side, entry.row, entry.weight});
    }
    const std::unique_ptr<Operator> clone = join_->Clone();
    HashJoin& join = static_cast<HashJoin&>(*clone);
    JoinOutput output(spec_);
    Step step(1, 0, StepMode::kBatch, lines_, nullptr);
    for (const int side : {0, 1}) PushPart(join, step, output, side, changes);
    ASSERT_TRUE(join.Flush(step, output).ok());
    EXPECT_EQ(output.total, expected);
    EXPECT_EQ(output.errors, errors);
  }

  std::mt19937 random_;
  const std::vector<WatermarkLine> lines_;
  JoinSpec spec_;
  bool self_ = false;
  int domain_ = 4;
  int size_ = 20;
  Relation relations_[2];
  std::unique_ptr<Operator> join_;
  SavingRehearsal rehearsal_{7};
  std::unique_ptr<JoinOutput> output_;
  std::unique_ptr<OperatorSnapshot> late_;
  Weights late_contents_;
};

// Instrumented code is ten times slower and looks for other things.
#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t kTrials = 200;
#else
constexpr uint32_t kTrials = 1500;
#endif

TEST(HashJoinTest, EqualsTheJoinOfItsInputs) {
  for (uint32_t seed = 0; seed < kTrials && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    JoinTrial(seed).Run();
  }
}

TEST(HashJoinTest, ComparesWhatHashesAlike) {
  HashForTesting::all_equal = true;
  for (uint32_t seed = 10'000; seed < 10'000 + kTrials / 8 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    JoinTrial(seed).Run();
  }
  HashForTesting::all_equal = false;
}

/// Two BIGINT columns a side, joined on the first.
JoinSpec Numbers(JoinKind kind, bool append_only = false) {
  JoinSpec spec;
  spec.kind = kind;
  spec.left_types = spec.right_types = {TypeId::kInt64, TypeId::kInt64};
  spec.left_keys = spec.right_keys = {0};
  spec.null_safe = {false};
  spec.output = kind == JoinKind::kSemi || kind == JoinKind::kAnti ? std::vector<int>{0, 1} : std::vector<int>{0, 1, 3};
  spec.left_append_only = spec.right_append_only = append_only;
  return spec;
}

/// Counts what it gets.
class Counter final : public Output {
 public:
  Answer Emit(const Delta& delta) override {
    for (uint32_t i = 0; i < delta.size(); ++i) weight += delta.WeightAt(delta.RowAt(i));
    rows += delta.size();
    return rows < enough ? Answer::kMore : Answer::kDone;
  }
  Answer EmitPartition(int, const Delta&) override { return Answer::kMore; }
  void EmitLate(const Delta&) override {}
  void EmitErrors(const Delta&, const RowErrors&) override {}

  int64_t rows = 0;
  int64_t weight = 0;
  int64_t enough = std::numeric_limits<int64_t>::max();
};

struct NumberRows {
  NumberRows(uint32_t count, int64_t key, int64_t first, int64_t weight)
      : keys(count, key), values(count), weights(count, weight) {
    for (uint32_t i = 0; i < count; ++i) values[i] = first + i;
    delta.rows = count;
    delta.columns = {{keys.data(), nullptr}, {values.data(), nullptr}};
    delta.weights = weights.data();
  }
  std::vector<int64_t> keys;
  std::vector<int64_t> values;
  std::vector<int64_t> weights;
  Delta delta;
};

const std::vector<WatermarkLine> kNoLines;

void TakeStep(HashJoin& join, int port, const Delta& delta, Output& output) {
  Step step(1, 0, StepMode::kContinuous, kNoLines, nullptr);
  ASSERT_TRUE(join.Push(step, port, delta, output).ok());
  ASSERT_TRUE(join.Flush(step, output).ok());
}

// 200,000 rows of one key on both sides: were each to meet each, this would not end.
TEST(HashJoinTest, AHotKeyCostsNoMoreThanItsOutput) {
  constexpr uint32_t kRows = 200'000;
  for (const JoinKind kind : {JoinKind::kSemi, JoinKind::kAnti}) {
    HashJoin join(Numbers(kind));
    Counter output;
    TakeStep(join, 0, NumberRows(kRows, 7, 0, 1).delta, output);
    TakeStep(join, 1, NumberRows(kRows, 7, 0, 1).delta, output);
    EXPECT_EQ(output.weight, kind == JoinKind::kSemi ? int64_t{kRows} : 0);
    const int64_t rows = output.rows;
    TakeStep(join, 1, NumberRows(kRows - 1, 7, 0, -1).delta, output);
    EXPECT_EQ(output.rows, rows);  // one match is left
    TakeStep(join, 1, NumberRows(1, 7, kRows - 1, -1).delta, output);
    EXPECT_EQ(output.weight, kind == JoinKind::kSemi ? 0 : int64_t{kRows});
    TakeStep(join, 0, NumberRows(kRows, 7, 0, -1).delta, output);
    EXPECT_EQ(output.weight, 0);
    for (Store* store : join.stores()) EXPECT_LT(store->memory_bytes(), size_t{1} << 20);
  }
  HashJoin join(Numbers(JoinKind::kInner));
  Counter output;
  TakeStep(join, 0, NumberRows(kRows, 7, 0, 1).delta, output);
  for (int i = 0; i < 10; ++i) {
    TakeStep(join, 1, NumberRows(1, 7, i, 1).delta, output);
    EXPECT_EQ(output.weight, (i + 1) * int64_t{kRows});
  }
  // Rows of a hot key go in the order they came, in the other, and in between.
  TakeStep(join, 0, NumberRows(kRows / 2, 7, kRows / 4, -1).delta, output);
  EXPECT_EQ(output.weight, 10 * int64_t{kRows} / 2);
  TakeStep(join, 0, NumberRows(kRows / 4, 7, 0, -1).delta, output);
  TakeStep(join, 0, NumberRows(kRows / 4, 7, 3 * kRows / 4, -1).delta, output);
  EXPECT_EQ(output.weight, 0);
  EXPECT_EQ(join.stores()[0]->rows(), 0);
}

TEST(HashJoinTest, KeepsOnlyTheColumnsThatAreNeeded) {
  JoinSpec spec = Numbers(JoinKind::kSemi, true);
  HashJoin join(std::move(spec));
  Counter output;
  TakeStep(join, 1, NumberRows(100'000, 7, 0, 1).delta, output);
  EXPECT_EQ(join.stores()[1]->rows(), 1);  // of the right side, keys alone count
}

TEST(HashJoinTest, GivesBackZerosAsTheyCame) {
  JoinSpec spec;
  spec.left_types = spec.right_types = {TypeId::kDouble};
  spec.left_keys = spec.right_keys = {0};
  spec.null_safe = {false};
  spec.output = {0, 1};
  HashJoin join(CopyOf(spec));
  JoinOutput output(spec);
  TestBatch minus({TypeId::kDouble}, {{Value::Double(-0.0)}});
  TestBatch plus({TypeId::kDouble}, {{Value::Double(0.0)}});
  TakeStep(join, 0, minus.delta(), output);
  TakeStep(join, 1, plus.delta(), output);
  EXPECT_EQ(output.total, (Weights{{ShowValues({Value::Double(-0.0), Value::Double(0.0)}), 1}}));
}

// Run under a thread sanitizer this is more than it seems.
TEST(HashJoinTest, ContentsAreReadWhileStepsGoOn) {
  HashJoin join(Numbers(JoinKind::kFull));
  Counter output;
  std::vector<std::future<int64_t>> readers;
  std::vector<int64_t> expected;
  for (int i = 0; i < 60; ++i) {
    TakeStep(join, 0, NumberRows(500, i % 7, i, 1).delta, output);
    TakeStep(join, 1, NumberRows(3, i % 11, i, 1).delta, output);
    if (i % 3 == 0) TakeStep(join, 0, NumberRows(250, i % 7, i, -1).delta, output);
    expected.push_back(output.weight);
    readers.push_back(std::async(std::launch::async, [snapshot = join.Snapshot()] {
      Counter contents;
      EXPECT_TRUE(snapshot->Contents(contents, nullptr).ok());
      return contents.weight;
    }));
  }
  for (size_t i = 0; i < readers.size(); ++i) EXPECT_EQ(readers[i].get(), expected[i]);
}

TEST(HashJoinTest, StopsWhenNothingMoreIsWanted) {
  HashJoin join(Numbers(JoinKind::kInner));
  Counter output;
  output.enough = 1;
  Step step(1, 0, StepMode::kBatch, kNoLines, nullptr);
  ASSERT_TRUE(join.Push(step, 0, NumberRows(1000, 7, 0, 1).delta, output).ok());
  ASSERT_TRUE(join.Push(step, 1, NumberRows(1000, 7, 0, 1).delta, output).ok());
  EXPECT_LE(output.rows, 4096);
}

TEST(HashJoinTest, CanBeCancelled) {
  HashJoin join(Numbers(JoinKind::kInner));
  Counter output;
  CancelToken cancel;
  Step step(1, 0, StepMode::kBatch, kNoLines, &cancel);
  const NumberRows rows(1000, 7, 0, 1);
  ASSERT_TRUE(join.Push(step, 0, rows.delta, output).ok());
  cancel.Cancel();
  EXPECT_EQ(join.Push(step, 1, rows.delta, output).error().code(), ErrorCode::kQueryCancelled);
  TakeStep(join, 1, rows.delta, output);
  EXPECT_EQ(join.Snapshot()->Contents(output, &cancel).error().code(), ErrorCode::kQueryCancelled);
}

TEST(HashJoinTest, RefusesARowThatGoesWithoutHavingCome) {
  HashJoin join(Numbers(JoinKind::kLeft));
  Counter output;
  Step step(1, 0, StepMode::kContinuous, kNoLines, nullptr);
  ASSERT_TRUE(join.Push(step, 0, NumberRows(1, 7, 0, -1).delta, output).ok());
  EXPECT_FALSE(join.Flush(step, output).ok());
}

TEST(HashJoinTest, Describes) {
  JoinSpec spec = Numbers(JoinKind::kLeft);
  spec.residual = Call("<", ColumnOf(1, "v"), ColumnOf(3, "w"));
  EXPECT_EQ(HashJoin(CopyOf(spec)).Describe(), "HashJoin LEFT [0 = 0] residual (v < w)");
  spec.null_safe = {true};
  spec.residual = nullptr;
  EXPECT_EQ(HashJoin(std::move(spec)).Describe(), "HashJoin LEFT [0 IS NOT DISTINCT FROM 0]");
}

}  // namespace
}  // namespace laminar
