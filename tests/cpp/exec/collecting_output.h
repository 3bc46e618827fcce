// An output that sums what operators emit, for tests of stateful operators.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/value.h"
#include "exec/aggregate_test_support.h"

namespace laminar::testing {

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
