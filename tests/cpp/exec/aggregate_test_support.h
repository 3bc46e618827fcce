// What tests and benchmarks of the aggregate operators share: functions by name, an output that remembers, deltas from rows.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/value.h"
#include "exec/operator.h"
#include "function/aggregate/register.h"
#include "function/registry_builder.h"
#include "state/row_batch.h"

namespace laminar::testing {

/// The overload of `name` for the given argument type, or the one without arguments for kNull.
inline const AggregateFunction* FindAggregate(const std::string& name, TypeId argument = TypeId::kNull) {
  static const RegistryBuilder& builder = [&]() -> const RegistryBuilder& {
    static RegistryBuilder filled;
    RegisterAggregateFunctions(filled);
    return filled;
  }();
  for (const AggregateFunction& function : builder.aggregates()) {
    if (function.name != name) continue;
    if (argument == TypeId::kNull ? function.parameters.empty()
                                  : function.parameters.size() == 1 && (function.parameters[0].id() == argument ||
                                                                        function.parameters[0].id() == TypeId::kNull)) {
      return &function;
    }
  }
  throw std::invalid_argument("no aggregate " + name);
}

/// Counts rows, keeps nothing.
class CountingOutput : public Output {
 public:
  Answer Emit(const Delta& delta) override {
    rows += delta.size();
    return Answer::kMore;
  }
  Answer EmitPartition(int, const Delta&) override { return Answer::kMore; }
  void EmitLate(const Delta& delta) override { late += delta.size(); }
  void EmitErrors(const Delta& input, const RowErrors& rows_in_error) override {
    for (const RowErrors::Entry& entry : rows_in_error.entries) errors += input.WeightAt(entry.row);
  }
  bool wanted() const override { return is_wanted; }

  bool is_wanted = true;
  int64_t rows = 0;
  int64_t late = 0;
  int64_t errors = 0;
};

/// Cells of a row, "NULL" or as a query result shows them, separated by '|'.
inline std::string ShowRow(const Delta& delta, const std::vector<DataType>& types, uint32_t row) {
  std::string text;
  for (size_t c = 0; c < types.size(); ++c) {
    const Column& column = delta.columns[c];
    if (c != 0) text += '|';
    text += column.IsValid(row) ? ReadValue(types[c], column.values, column.validity, row).ToString() : "NULL";
  }
  return text;
}

/// Sums what is emitted, row by row, and checks that a step's changes are a net change: deletions first, nothing twice.
class CollectingOutput final : public CountingOutput {
 public:
  explicit CollectingOutput(std::vector<DataType> types) : types_(std::move(types)) {}

  Answer Emit(const Delta& delta) override {
    CountingOutput::Emit(delta);
    EXPECT_FALSE(delta.empty());
    EXPECT_TRUE(delta.owner);
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      const int64_t weight = delta.WeightAt(row);
      const std::string text = ShowRow(delta, types_, row);
      EXPECT_NE(weight, 0);
      if (weight < 0) {
        EXPECT_FALSE(inserted_) << "a deletion after an insertion: " << text;
      }
      inserted_ |= weight > 0;
      EXPECT_TRUE(step_.emplace(text, weight).second) << "twice in one step: " << text;
      if ((total[text] += weight) == 0) total.erase(text);
    }
    return Answer::kMore;
  }
  void EndStep() {
    step_.clear();
    inserted_ = false;
  }

  std::map<std::string, int64_t> total;

 private:
  std::vector<DataType> types_;
  std::map<std::string, int64_t> step_;
  bool inserted_ = false;
};

}  // namespace laminar::testing
