#include "exec/hash_aggregate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <set>

#include "common/hash.h"
#include "exec/aggregate_test_support.h"
#include "exec/collecting_output.h"
#include "exec/saved_operator.h"
#include "state/row_batch.h"
#include "state/store.h"

namespace laminar {
namespace {

using testing::CollectingOutput;
using testing::CountingOutput;
using testing::FindAggregate;

/// The input relation of the tests.
struct Row {
  std::optional<int64_t> key;
  std::optional<std::string> name;
  std::optional<int32_t> number;
  std::optional<double> real;
  int64_t cents = 0;  // DECIMAL(10,2)
  bool flag = false;
  int64_t time = 0;
  uint64_t arrival = 0;
};
const DataType kCents = DataType::Decimal(10, 2);
const std::vector<DataType> kInput{TypeId::kInt64, TypeId::kVarchar, TypeId::kInt32, TypeId::kDouble,
                                   kCents,         TypeId::kBoolean, TypeId::kInt64};

void AppendRow(RowBatchBuilder* builder, const Row& row, int64_t weight) {
  if (row.key) builder->SetInt(0, *row.key);
  if (row.name) builder->SetString(1, *row.name);
  if (row.number) builder->SetInt(2, *row.number);
  if (row.real) builder->SetDouble(3, *row.real);
  builder->SetDecimal(4, row.cents);
  builder->SetBool(5, row.flag);
  builder->SetInt(6, row.time);
  builder->FinishRow(weight);
}

HashAggregateSpec AllAggregates(bool append_only, std::vector<int> keys) {
  HashAggregateSpec spec;
  spec.keys = std::move(keys);
  spec.input_types = kInput;
  spec.input_append_only = append_only;
  spec.event_time = 6;
  const auto add = [&](const char* name, TypeId type, int column, DataType result, bool distinct = false,
                       int filter = -1) {
    AggregateSpec aggregate;
    aggregate.function = FindAggregate(name, type);
    if (column >= 0) aggregate.arguments = {column};
    aggregate.distinct = distinct;
    aggregate.filter = filter;
    aggregate.result = result;
    spec.aggregates.push_back(aggregate);
  };
  add("count", TypeId::kNull, -1, TypeId::kInt64);
  add("count", TypeId::kNull, -1, TypeId::kInt64, false, 5);
  add("count", TypeId::kInt32, 2, TypeId::kInt64);
  add("sum", TypeId::kInt32, 2, TypeId::kInt64);
  add("sum", TypeId::kDecimal, 4, DataType::Decimal(38, 2));
  add("avg", TypeId::kDecimal, 4, TypeId::kDouble, false, 5);
  add("sum", TypeId::kDouble, 3, TypeId::kDouble);
  add("min", TypeId::kDouble, 3, TypeId::kDouble);
  add("max", TypeId::kVarchar, 1, TypeId::kVarchar);
  add("min", TypeId::kVarchar, 1, TypeId::kVarchar, true, 5);
  add("first_value", TypeId::kVarchar, 1, TypeId::kVarchar);
  add("last_value", TypeId::kInt32, 2, TypeId::kInt32, false, 5);
  add("count", TypeId::kVarchar, 1, TypeId::kInt64, true);
  add("sum", TypeId::kInt32, 2, TypeId::kInt64, true);
  add("avg", TypeId::kInt32, 2, TypeId::kDouble, true, 5);
  add("bool_and", TypeId::kBoolean, 5, TypeId::kBoolean);
  add("bool_or", TypeId::kBoolean, 5, TypeId::kBoolean);
  return spec;
}

std::vector<DataType> OutputTypes(const HashAggregateSpec& spec) {
  std::vector<DataType> types;
  for (const int key : spec.keys) types.push_back(spec.input_types[static_cast<size_t>(key)]);
  for (const AggregateSpec& aggregate : spec.aggregates) types.push_back(aggregate.result);
  return types;
}

template <typename T>
std::string Show(const std::optional<T>& value) {
  if (!value) return "NULL";
  if constexpr (std::is_same_v<T, std::string>) {
    return *value;
  } else if constexpr (std::is_same_v<T, bool>) {
    return *value ? "true" : "false";
  } else if constexpr (std::is_floating_point_v<T>) {
    return Value::Double(*value).ToString();
  } else {
    return std::to_string(*value);
  }
}

/// The answer for one group, straight from its rows (each with weight 1).
std::string Answer(const std::vector<Row>& rows) {
  int64_t flagged = 0, numbers = 0, sum = 0, cents = 0, flagged_cents = 0;
  std::optional<int64_t> total;
  double real_sum = 0;
  bool any_real = false;
  std::optional<double> least_real;
  std::optional<std::string> greatest_name, least_flagged_name, first_name;
  std::optional<int32_t> last_number;
  std::set<std::string> names;
  std::set<int32_t> distinct_numbers, distinct_flagged;
  bool all = true, any = false;
  const auto rank = [](const Row& row) { return std::pair(row.time, row.arrival); };
  const Row* first_row = nullptr;
  const Row* last_row = nullptr;
  for (const Row& row : rows) {
    flagged += row.flag;
    cents += row.cents;
    if (row.flag) flagged_cents += row.cents;
    all &= row.flag;
    any |= row.flag;
    if (row.number) {
      ++numbers;
      sum += *row.number;
      distinct_numbers.insert(*row.number);
      if (row.flag) {
        distinct_flagged.insert(*row.number);
        if (last_row == nullptr || rank(row) > rank(*last_row) ||
            (rank(row) == rank(*last_row) && *row.number > *last_row->number)) {
          last_row = &row;
        }
      }
    }
    if (row.real) {
      any_real = true;
      real_sum += *row.real;
      const bool less = !least_real || std::isnan(*least_real) || *row.real < *least_real;
      if (less && !(least_real && std::isnan(*row.real))) least_real = row.real;
    }
    if (row.name) {
      names.insert(*row.name);
      if (!greatest_name || *row.name > *greatest_name) greatest_name = row.name;
      if (row.flag && (!least_flagged_name || *row.name < *least_flagged_name)) least_flagged_name = row.name;
      if (first_row == nullptr || rank(row) < rank(*first_row) ||
          (rank(row) == rank(*first_row) && *row.name < *first_row->name)) {
        first_row = &row;
      }
    }
  }
  if (numbers != 0) total = sum;
  if (first_row != nullptr) first_name = first_row->name;
  if (last_row != nullptr) last_number = last_row->number;
  const auto sum_of = [](const std::set<int32_t>& values) {
    int64_t result = 0;
    for (const int32_t value : values) result += value;
    return result;
  };
  std::optional<double> flagged_average, distinct_average, reals;
  if (flagged != 0) flagged_average = static_cast<double>(flagged_cents) / static_cast<double>(flagged) / 100.0;
  if (!distinct_flagged.empty()) {
    distinct_average = static_cast<double>(sum_of(distinct_flagged)) / static_cast<double>(distinct_flagged.size());
  }
  if (any_real) reals = real_sum;
  std::optional<int64_t> distinct_sum;
  if (!distinct_numbers.empty()) distinct_sum = sum_of(distinct_numbers);
  std::string text = std::to_string(rows.size());
  for (const std::string& cell :
       {std::to_string(flagged), std::to_string(numbers), Show(total),
        Value(DataType::Decimal(38, 2), static_cast<int128_t>(cents)).ToString(), Show(flagged_average), Show(reals),
        Show(least_real), Show(greatest_name), Show(least_flagged_name), Show(first_name), Show(last_number),
        std::to_string(names.size()), Show(distinct_sum), Show(distinct_average), Show<bool>(all), Show<bool>(any)}) {
    text += "|" + cell;
  }
  return text;
}

std::map<std::string, int64_t> Expected(const std::vector<Row>& rows, const std::vector<int>& keys) {
  std::map<std::string, std::vector<Row>> groups;
  for (const Row& row : rows) {
    std::string key;
    for (const int column : keys) key += (column == 0 ? Show(row.key) : Show(row.name)) + "|";
    groups[key].push_back(row);
  }
  if (keys.empty()) groups[""];
  std::map<std::string, int64_t> result;
  if (keys.empty() && rows.empty()) {
    return {{"0|0|0|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|0|NULL|NULL|NULL|NULL", 1}};
  }
  for (const auto& [key, members] : groups) result[key + Answer(members)] = 1;
  return result;
}

struct Run {
  bool append_only;
  std::vector<int> keys;
  bool extreme_reals = false;
  bool listened_to = true;
};

/// Random rows come and (unless append-only) go, in random batchings and selections; after every step the summed
/// changes and the contents are what the rows give from scratch. At the end everything goes that can.
void CheckAgainstModel(const Run& run, uint64_t seed) {
  std::mt19937_64 random(seed);
  const HashAggregateSpec spec = AllAggregates(run.append_only, run.keys);
  std::unique_ptr<Operator> aggregate = std::make_unique<HashAggregate>(spec);
  SavingRehearsal rehearsal(seed);
  CollectingOutput output(OutputTypes(spec));
  output.is_wanted = run.listened_to;
  std::vector<Row> rows;
  const std::vector<WatermarkLine> lines;
  uint64_t arrivals = 0;
  const auto random_row = [&] {
    Row row;
    if (random() % 8 != 0) row.key = static_cast<int64_t>(random() % 6);
    if (random() % 8 != 0)
      row.name = (random() % 2 == 0 ? "n" : "a name too long to be inline ") + std::to_string(random() % 4);
    if (random() % 4 != 0) row.number = static_cast<int32_t>(random() % 20) - 10;
    if (random() % 4 != 0) row.real = static_cast<double>(random() % 40) / 4;
    if (run.extreme_reals && row.real && random() % 4 == 0) {
      row.real = random() % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    }
    row.cents = static_cast<int64_t>(random() % 1000);
    row.flag = random() % 2 == 0;
    row.time = static_cast<int64_t>(random() % 5);
    return row;
  };
  constexpr int kSteps = 60;
  for (int step_number = 0; step_number <= kSteps; ++step_number) {
    const bool last = step_number == kSteps && !run.append_only;
    Step step(static_cast<uint64_t>(step_number), 0, StepMode::kContinuous, lines, nullptr);
    for (uint64_t push = 0; push < (last ? 1 : random() % 4); ++push) {
      RowBatchBuilder builder(kInput);
      if (run.append_only) builder.AppendMark(arrivals, 0, arrivals);
      std::vector<std::pair<Row, int64_t>> changes;
      if (last) {
        for (const Row& row : rows) changes.emplace_back(row, -1);
      } else {
        for (uint64_t i = 0; i < random() % 60; ++i) {
          const bool remove = !run.append_only && !rows.empty() && random() % 5 < 2;
          changes.emplace_back(remove ? rows[random() % rows.size()] : random_row(), remove ? -1 : 1);
          const bool chosen = random() % 8 != 0;  // the others are not selected
          if (!chosen) changes.back().second *= 100;
        }
      }
      std::vector<uint32_t> selection;
      selection.reserve(changes.size() + 1);  // an empty one is still a selection: its address is not null
      for (auto& [row, weight] : changes) {
        AppendRow(&builder, row, weight);
        const uint64_t number = arrivals++;
        if (std::abs(weight) == 100) continue;
        selection.push_back(builder.rows() - 1);
        row.arrival = run.append_only ? number : RowOrder::kNoNumber;
        if (weight > 0) {
          rows.push_back(row);
        } else {
          const auto same = [&](const Row& other) {
            const auto bits = [](const std::optional<double>& value) { return value ? KeyBits(*value) : 1; };
            return other.key == row.key && other.name == row.name && other.number == row.number &&
                   bits(other.real) == bits(row.real) && other.cents == row.cents && other.flag == row.flag &&
                   other.time == row.time;
          };
          const auto found = std::find_if(rows.begin(), rows.end(), same);
          if (found == rows.end()) {
            selection.pop_back();  // taken back already in this batch
          } else {
            rows.erase(found);
          }
        }
      }
      const Ref<RowBatch> batch = builder.Finish();
      Delta delta = batch->delta();
      if (run.append_only) delta.weights = nullptr;
      delta.Select(selection.data(), static_cast<uint32_t>(selection.size()));
      ASSERT_TRUE(aggregate->Push(step, 0, delta, output).ok());
    }
    ASSERT_TRUE(aggregate->Flush(step, output).ok());
    output.EndStep();
    rehearsal.After(&aggregate);
    const std::map<std::string, int64_t> expected = Expected(rows, run.keys);
    if (run.listened_to) {
      ASSERT_EQ(output.total, expected) << "step " << step_number;
    }
    CollectingOutput contents(OutputTypes(spec));
    ASSERT_TRUE(aggregate->Snapshot()->Contents(contents, nullptr).ok());
    ASSERT_EQ(contents.total, expected) << "step " << step_number;
  }
  if (run.append_only) return;
  EXPECT_EQ(aggregate->stores()[0]->rows(), run.keys.empty() ? 1 : 0);
}

TEST(HashAggregate, AppendOnlyAgreesWithFromScratch) {
  CheckAgainstModel({true, {0}}, 1);
  CheckAgainstModel({true, {0, 1}}, 2);
  CheckAgainstModel({true, {}}, 3);
}

TEST(HashAggregate, RetractingAgreesWithFromScratchAndEndsEmpty) {
  CheckAgainstModel({false, {0}}, 4);
  CheckAgainstModel({false, {1, 0}}, 5);
  CheckAgainstModel({false, {}}, 6);
}

TEST(HashAggregate, NanAndInfinityComeAndGo) { CheckAgainstModel({false, {0}, true}, 7); }

TEST(HashAggregate, StateIsRightWhenNobodyListens) {
  CheckAgainstModel({true, {0, 1}, false, false}, 8);
  CheckAgainstModel({false, {0, 1}, false, false}, 9);
}

TEST(HashAggregate, WorksWhenAllHashesAreEqual) {
  HashForTesting::all_equal = true;
  CheckAgainstModel({false, {0}}, 10);
  CheckAgainstModel({false, {0, 1}}, 11);
  HashForTesting::all_equal = false;
}

/// sum(BIGINT) by one key.
struct Sums {
  Sums(bool append_only) {
    spec.keys = {0};
    spec.input_types = {TypeId::kInt64, TypeId::kInt64};
    spec.input_append_only = append_only;
    spec.aggregates = {{FindAggregate("sum", TypeId::kInt64), {1}, false, -1, TypeId::kInt64}};
    aggregate = std::make_unique<HashAggregate>(spec);
  }
  void Add(int64_t key, int64_t value, int64_t weight) {
    const Column columns[] = {{&key, nullptr}, {&value, nullptr}};
    Delta delta;
    delta.rows = 1;
    delta.columns = {columns[0], columns[1]};
    if (!spec.input_append_only) delta.weights = &weight;
    EXPECT_TRUE(aggregate->Push(step, 0, delta, output).ok());
  }
  Status Flush() {
    Status status = aggregate->Flush(step, output);
    output.EndStep();
    return status;
  }

  HashAggregateSpec spec;
  std::unique_ptr<HashAggregate> aggregate;
  std::vector<WatermarkLine> lines;
  Step step{1, 0, StepMode::kContinuous, lines, nullptr};
  CollectingOutput output{{TypeId::kInt64, TypeId::kInt64}};
};

TEST(HashAggregate, ASumThatDoesNotFitIsAnErrorUntilItFitsAgain) {
  using Total = std::map<std::string, int64_t>;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  for (const bool listened_to : {true, false}) {
    Sums sums(false);
    sums.output.is_wanted = listened_to;
    sums.Add(1, kMost, 1);
    sums.Add(2, 5, 1);
    ASSERT_TRUE(sums.Flush().ok());
    EXPECT_EQ(sums.output.errors, 0);
    sums.Add(1, 1, 1);
    ASSERT_TRUE(sums.Flush().ok());
    EXPECT_EQ(sums.output.errors, 1);
    if (listened_to) {
      EXPECT_EQ(sums.output.total, (Total{{"2|5", 1}}));
    }
    CollectingOutput contents({TypeId::kInt64, TypeId::kInt64});
    ASSERT_TRUE(sums.aggregate->Snapshot()->Contents(contents, nullptr).ok());
    EXPECT_EQ(contents.total, (Total{{"2|5", 1}}));
    sums.Add(1, 7, 1);
    ASSERT_TRUE(sums.Flush().ok());
    EXPECT_EQ(sums.output.errors, 1) << "reported once";
    sums.Add(1, 1, -1);
    sums.Add(1, 7, -1);
    ASSERT_TRUE(sums.Flush().ok());
    EXPECT_EQ(sums.output.errors, 0) << "taken back";
    if (listened_to) {
      EXPECT_EQ(sums.output.total, (Total{{"1|9223372036854775807", 1}, {"2|5", 1}}));
    }
  }
}

TEST(HashAggregate, NothingIsEmittedWhenTheRowIsAsBefore) {
  Sums sums(false);
  sums.Add(1, 5, 1);
  ASSERT_TRUE(sums.Flush().ok());
  const int64_t emitted = sums.output.rows;
  sums.Add(1, 3, 1);
  sums.Add(1, 3, -1);
  sums.Add(7, 3, 1);
  sums.Add(7, 3, -1);
  ASSERT_TRUE(sums.Flush().ok());
  EXPECT_EQ(sums.output.rows, emitted);
}

TEST(HashAggregate, RowsMayGoBeforeTheyComeWithinAStep) {
  Sums sums(false);
  sums.Add(1, 5, -1);
  sums.Add(1, 5, 1);
  sums.Add(1, 6, 1);
  ASSERT_TRUE(sums.Flush().ok());
  EXPECT_EQ(sums.output.total, (std::map<std::string, int64_t>{{"1|6", 1}}));
  sums.Add(2, 5, -1);
  EXPECT_FALSE(sums.Flush().ok()) << "a negative count after the step is a bug upstream";
}

TEST(HashAggregate, BatchModeEmitsEverythingOnce) {
  Sums sums(true);
  Step step(1, 0, StepMode::kBatch, sums.lines, nullptr);
  std::vector<int64_t> keys(20'000);
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<int64_t>(i % 6'000);
  Delta delta;
  delta.rows = static_cast<uint32_t>(keys.size());
  delta.columns = {{keys.data(), nullptr}, {keys.data(), nullptr}};
  ASSERT_TRUE(sums.aggregate->Push(step, 0, delta, sums.output).ok());
  ASSERT_TRUE(sums.aggregate->Flush(step, sums.output).ok());
  EXPECT_EQ(sums.output.rows, 6'000);
  EXPECT_EQ(sums.output.total.at("7|28"), 1);
}

TEST(HashAggregate, ASnapshotIsReadWhileStepsGoOn) {
  Sums sums(false);
  for (int64_t key = 0; key < 10'000; ++key) sums.Add(key, key, 1);
  ASSERT_TRUE(sums.Flush().ok());
  std::unique_ptr<OperatorSnapshot> snapshot = sums.aggregate->Snapshot();
  for (int64_t key = 0; key < 10'000; ++key) sums.Add(key, key, -1);
  ASSERT_TRUE(sums.Flush().ok());
  for (int64_t key = 0; key < 500; ++key) sums.Add(key, 1, 1);
  ASSERT_TRUE(sums.Flush().ok());
  sums.aggregate = nullptr;
  CollectingOutput contents({TypeId::kInt64, TypeId::kInt64});
  ASSERT_TRUE(snapshot->Contents(contents, nullptr).ok());
  EXPECT_EQ(contents.rows, 10'000);
  EXPECT_EQ(contents.total.at("9999|9999"), 1);
}

TEST(HashAggregate, StringsAreCompactedWithoutHarm) {
  HashAggregateSpec spec;
  spec.keys = {0};
  spec.input_types = {TypeId::kVarchar};
  spec.input_append_only = false;
  spec.aggregates = {{FindAggregate("max", TypeId::kVarchar), {0}, false, -1, TypeId::kVarchar},
                     {FindAggregate("count", TypeId::kVarchar), {0}, true, -1, TypeId::kInt64}};
  HashAggregate aggregate(spec);
  const std::vector<DataType> types{TypeId::kVarchar, TypeId::kVarchar, TypeId::kInt64};
  CollectingOutput output(types);
  const std::vector<WatermarkLine> lines;
  const std::string padding(200, 'p');
  size_t most = 0;
  for (int round = 0; round < 40; ++round) {
    Step step(1, 0, StepMode::kContinuous, lines, nullptr);
    RowBatchBuilder builder(spec.input_types);
    for (int i = 0; i < 2000; ++i) {
      const auto text = [&](int r) { return padding + std::to_string(r) + "/" + std::to_string(i); };
      builder.SetString(0, text(round));
      builder.FinishRow(1);
      if (round == 0 || i < 2) continue;
      builder.SetString(0, text(round - 1));
      builder.FinishRow(-1);
    }
    ASSERT_TRUE(aggregate.Push(step, 0, builder.Finish()->delta(), output).ok());
    ASSERT_TRUE(aggregate.Flush(step, output).ok());
    output.EndStep();
    most = std::max(most, aggregate.stores()[0]->memory_bytes());
  }
  EXPECT_EQ(output.total.size(), 2000u + 2 * 39);
  EXPECT_EQ(output.total.count(padding + "0/1|" + padding + "0/1|1"), 1u);
  EXPECT_LT(most, 20'000'000u);
  CollectingOutput contents(types);
  ASSERT_TRUE(aggregate.Snapshot()->Contents(contents, nullptr).ok());
  EXPECT_EQ(contents.total, output.total);
}

TEST(HashAggregate, DescribesItself) {
  EXPECT_EQ(Sums(true).aggregate->Describe(), "HashAggregate keys=[0] aggregates=[sum(1)]");
}

}  // namespace
}  // namespace laminar
