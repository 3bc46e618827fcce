// Every aggregate that can forget, over rows that come and go, against itself over the rows that are left.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>

#include "exec/aggregate_test_support.h"
#include "exec/collecting_output.h"
#include "exec/hash_aggregate.h"
#include "state/row_batch.h"
#include "state/store.h"

namespace laminar {
namespace {

using testing::CollectingOutput;

struct Row {
  int64_t key;
  std::optional<double> x;
  std::optional<double> y;
  std::optional<int64_t> n;
  std::optional<std::string> text;
  bool flag;
};
const std::vector<DataType> kInput{TypeId::kInt64,   TypeId::kDouble,  TypeId::kDouble, TypeId::kInt64,
                                   TypeId::kVarchar, TypeId::kBoolean, TypeId::kBlob};

const AggregateFunction* Find(const std::string& name, std::vector<TypeId> parameters) {
  static RegistryBuilder builder = [] {
    RegistryBuilder filled;
    RegisterAggregateFunctions(filled);
    return filled;
  }();
  for (const AggregateFunction& function : builder.aggregates()) {
    if (function.name != name || function.parameters.size() < parameters.size()) continue;
    bool same = true;
    for (size_t i = 0; i < parameters.size(); ++i) {
      const TypeId id = function.parameters[i].id();
      same &= id == parameters[i] || id == TypeId::kNull;
    }
    if (same) return &function;
  }
  throw std::invalid_argument("no aggregate " + name);
}

/// Over columns x and y (1, 2), n (3), text (4), flag (5); column 6 is a sort key made of the text.
HashAggregateSpec Everything() {
  HashAggregateSpec spec;
  spec.keys = {0};
  spec.input_types = kInput;
  spec.input_append_only = false;
  const auto add = [&](const char* name, std::vector<int> columns, std::vector<Value> constants = {},
                       bool distinct = false, int filter = -1, bool keyed = false) {
    std::vector<TypeId> types;
    for (const int column : columns) types.push_back(kInput[static_cast<size_t>(column)].id());
    if (keyed) types.pop_back();
    const AggregateFunction* function = Find(name, types);
    DataType result = function->result;
    if (function->result_of != nullptr) result = kInput[static_cast<size_t>(columns[0])];
    spec.aggregates.push_back({.function = function,
                               .arguments = std::move(columns),
                               .distinct = distinct,
                               .filter = filter,
                               .result = result,
                               .constants = std::move(constants),
                               .descending = false,
                               .keyed = keyed});
  };
  for (const char* name : {"var_pop", "var_samp", "stddev_pop", "stddev_samp", "sem", "skewness", "kurtosis",
                           "kurtosis_pop", "median", "mad", "entropy", "product", "mode"}) {
    add(name, {1});
    add(name, {1}, {}, true);
    add(name, {1}, {}, false, 5);
  }
  for (const char* name : {"covar_pop", "covar_samp", "corr", "regr_count", "regr_avgx", "regr_avgy", "regr_sxx",
                           "regr_syy", "regr_sxy", "regr_slope", "regr_intercept", "regr_r2"}) {
    add(name, {2, 1});
    add(name, {2, 1}, {}, true);
  }
  for (const char* name : {"bit_and", "bit_or", "bit_xor"}) {
    add(name, {3});
    add(name, {3}, {}, true, 5);
  }
  add("count_if", {5});
  add("approx_count_distinct", {4});
  add("mode", {4});
  add("entropy", {4});
  for (const double fraction : {0.0, 0.3, 0.5, 1.0}) {
    add("quantile_cont", {1}, {Value::Double(fraction)});
    add("quantile_disc", {4}, {Value::Double(fraction)}, false, 5);
    add("approx_quantile", {3}, {Value::Double(fraction)}, true);
  }
  add("string_agg", {4}, {Value::Varchar(", ")});
  add("string_agg", {4}, {Value::Varchar("")}, true);
  add("string_agg", {4, 6}, {Value::Varchar("|")}, false, 5, true);
  add("first_value", {1, 6}, {}, false, -1, true);
  add("last_value", {4, 6}, {}, false, 5, true);
  add("arg_min", {3, 6});
  add("arg_max", {4, 6}, {}, false, 5);
  return spec;
}

std::vector<DataType> OutputTypes(const HashAggregateSpec& spec) {
  std::vector<DataType> types{TypeId::kInt64};
  for (const AggregateSpec& aggregate : spec.aggregates) types.push_back(aggregate.result);
  return types;
}

class Runner {
 public:
  explicit Runner(bool listened_to) : spec_(Everything()), aggregate_(spec_), output_(OutputTypes(spec_)) {
    output_.is_wanted = listened_to;
  }

  void Push(const std::vector<std::pair<Row, int64_t>>& changes) {
    RowBatchBuilder builder(kInput);
    for (const auto& [row, weight] : changes) {
      builder.SetInt(0, row.key);
      if (row.x) builder.SetDouble(1, *row.x);
      if (row.y) builder.SetDouble(2, *row.y);
      if (row.n) builder.SetInt(3, *row.n);
      if (row.text) builder.SetString(4, *row.text);
      builder.SetBool(5, row.flag);
      if (row.text) builder.SetString(6, std::string(row.text->rbegin(), row.text->rend()));
      builder.FinishRow(weight);
    }
    const Ref<RowBatch> batch = builder.Finish();
    ASSERT_TRUE(aggregate_.Push(step_, 0, batch->delta(), output_).ok());
  }
  void Flush() {
    ASSERT_TRUE(aggregate_.Flush(step_, output_).ok());
    output_.EndStep();
  }
  std::map<std::string, int64_t> Contents() {
    CollectingOutput contents(OutputTypes(spec_));
    EXPECT_TRUE(aggregate_.Snapshot()->Contents(contents, nullptr).ok());
    return contents.total;
  }
  const std::map<std::string, int64_t>& summed() const { return output_.total; }
  int64_t groups() { return aggregate_.stores()[0]->rows(); }

 private:
  HashAggregateSpec spec_;
  HashAggregate aggregate_;
  CollectingOutput output_;
  std::vector<WatermarkLine> lines_;
  Step step_{1, 0, StepMode::kContinuous, lines_, nullptr};
};

/// Cells that are numbers may differ in their last digits.
void ExpectSame(const std::map<std::string, int64_t>& expected, const std::map<std::string, int64_t>& found, int step) {
  ASSERT_EQ(expected.size(), found.size()) << "step " << step;
  auto other = found.begin();
  for (const auto& [row, weight] : expected) {
    ASSERT_EQ(weight, other->second);
    std::istringstream a(row);
    std::istringstream b(other->first);
    std::string x;
    std::string y;
    for (int column = 0; std::getline(a, x, '|') && std::getline(b, y, '|'); ++column) {
      char* end = nullptr;
      const double left = std::strtod(x.c_str(), &end);
      const bool number = end != x.c_str() && *end == '\0';
      const double right = std::strtod(y.c_str(), nullptr);
      const bool close = number && std::fabs(left - right) <= 1e-9 * std::max({1.0, std::fabs(left), std::fabs(right)});
      ASSERT_TRUE(x == y || close) << "step " << step << ", column " << column << ": " << x << " and " << y;
    }
    ++other;
  }
}

void Check(uint64_t seed, bool listened_to) {
  std::mt19937_64 random(seed);
  Runner runner(listened_to);
  std::vector<Row> rows;
  const auto random_row = [&] {
    Row row{
        .key = static_cast<int64_t>(random() % 4), .x = {}, .y = {}, .n = {}, .text = {}, .flag = random() % 2 == 0};
    if (random() % 6 != 0) row.x = static_cast<double>(random() % 24) / 4 - 2;
    if (random() % 6 != 0) row.y = 1e9 + static_cast<double>(random() % 10);
    if (random() % 20 == 0) row.x = 1e9;  // an outlier that must leave nothing behind
    if (random() % 6 != 0) row.n = static_cast<int64_t>(random() % 64) - 32;
    if (random() % 6 != 0)
      row.text = (random() % 2 == 0 ? "t" : "a text too long for a cell ") + std::to_string(random() % 5);
    return row;
  };
  constexpr int kSteps = 40;
  for (int step = 0; step <= kSteps; ++step) {
    std::vector<std::pair<Row, int64_t>> changes;
    const size_t removed = step == kSteps ? rows.size() : std::min<size_t>(rows.size(), random() % 12);
    for (size_t i = 0; i < removed; ++i) {
      const size_t at = random() % rows.size();
      changes.emplace_back(rows[at], -1);
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (size_t i = 0; step < kSteps && i < random() % 20; ++i) {
      rows.push_back(random_row());
      changes.emplace_back(rows.back(), 1);
    }
    // Deletions may come before what they delete, and in several batches.
    std::shuffle(changes.begin(), changes.end(), random);
    const auto half = changes.begin() + static_cast<std::ptrdiff_t>(changes.size() / 2);
    runner.Push({changes.begin(), half});
    runner.Push({half, changes.end()});
    runner.Flush();
    Runner fresh(true);
    std::vector<std::pair<Row, int64_t>> all;
    for (const Row& row : rows) all.emplace_back(row, 1);
    fresh.Push(all);
    fresh.Flush();
    ExpectSame(fresh.Contents(), runner.Contents(), step);
    if (listened_to) ExpectSame(runner.Contents(), runner.summed(), step);
  }
  EXPECT_EQ(runner.groups(), 0);
}

TEST(AggregateFunctions, ForgetWhatIsTakenBack) {
  for (uint64_t seed = 1; seed <= 8; ++seed) Check(seed, true);
}

TEST(AggregateFunctions, AreRightWhenNobodyListens) { Check(99, false); }

}  // namespace
}  // namespace laminar
