// For tests: an output that writes down every row it gets, as text.
#pragma once

#include <string>
#include <vector>

#include "common/value.h"
#include "exec/operator.h"

namespace laminar {

class RecordingOutput final : public Output {
 public:
  /// Types of the columns that are emitted.
  explicit RecordingOutput(std::vector<DataType> types) : types_(std::move(types)) {}

  Answer Emit(const Delta& delta) override {
    ++deltas;
    Record(delta, &rows);
    last = delta;
    return Answer::kMore;
  }
  Answer EmitPartition(int partition, const Delta& delta) override {
    partitions.resize(std::max(partitions.size(), static_cast<size_t>(partition) + 1));
    Record(delta, &partitions[static_cast<size_t>(partition)]);
    return Answer::kMore;
  }
  void EmitLate(const Delta& delta) override { Record(delta, &late); }
  void EmitErrors(const Delta&, const RowErrors& row_errors) override {
    for (const RowErrors::Entry& entry : row_errors.entries) {
      errors.push_back(std::to_string(entry.row) + ": " + entry.message);
    }
  }

  int deltas = 0;
  std::vector<std::string> rows;  // "1 a" or, unless the weight is 1, "1 a ×-1"
  std::vector<std::vector<std::string>> partitions;
  std::vector<std::string> late;
  std::vector<std::string> errors;
  Delta last;

 private:
  void Record(const Delta& delta, std::vector<std::string>* into) {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      std::string text;
      for (size_t c = 0; c < types_.size(); ++c) {
        const Column& column = delta.columns[c];
        text += (c > 0 ? " " : "") + ReadValue(types_[c], column.values, column.validity, row).ToString();
      }
      if (delta.WeightAt(row) != 1) text += " ×" + std::to_string(delta.WeightAt(row));
      into->push_back(std::move(text));
    }
  }

  std::vector<DataType> types_;
};

/// The step that an operator under test runs in.
struct TestStep {
  std::vector<WatermarkLine> lines;
  Step step{1, 0, StepMode::kBatch, lines, nullptr};
};

}  // namespace laminar
