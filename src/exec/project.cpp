#include "exec/project.h"

#include <algorithm>
#include <utility>

#include "exec/expression/error_context.h"

namespace laminar {

Project::Project(std::vector<ExpressionPtr> expressions) : expressions_(std::move(expressions)) {
  columns_only_ = std::all_of(expressions_.begin(), expressions_.end(),
                              [](const ExpressionPtr& expression) { return expression->is_column(); });
  if (!columns_only_) program_ = Program::Compile(expressions_);
}

Status Project::Push(Step& step, int, const Delta& delta, Output& output) {
  if (delta.empty()) return Status::OK();
  if (columns_only_) {
    Delta projected = delta;
    projected.columns.clear();
    for (const ExpressionPtr& expression : expressions_) {
      projected.columns.push_back(delta.columns[static_cast<size_t>(expression->column)]);
    }
    output.Emit(projected);
    return Status::OK();
  }

  const std::span<const Vector> results = program_->Run(delta, step.now());
  Delta projected;
  projected.rows = delta.size();
  for (const Vector& result : results) projected.columns.push_back({result.values, result.validity});
  if (delta.selection == nullptr) {
    projected.weights = delta.weights;
    projected.marks = delta.marks;
  } else {
    FollowSelection(delta, &projected);
  }
  if (TakeErrors(delta, results, &projected, output)) output.Emit(projected);
  return Status::OK();
}

// The i-th selected row is row i of the result; weights and marks move along.
void Project::FollowSelection(const Delta& delta, Delta* projected) {
  if (delta.weights != nullptr) {
    weights_.resize(delta.size());
    for (uint32_t i = 0; i < delta.size(); ++i) weights_[i] = delta.weights[delta.selection[i]];
    projected->weights = weights_.data();
  }
  if (delta.marks.empty()) return;
  marks_.clear();
  uint32_t i = 0;
  for (size_t m = 0; m < delta.marks.size(); ++m) {
    const uint32_t end = m + 1 < delta.marks.size() ? delta.marks[m + 1].row : delta.rows;
    const uint32_t first = i;
    while (i < delta.size() && delta.selection[i] < end) ++i;
    if (i == first) continue;
    // Numbers inside a call close up over rows that were left out; their order stays.
    const Mark& mark = delta.marks[m];
    marks_.push_back({first, mark.sequence, mark.time, mark.first_number + (delta.selection[first] - mark.row)});
  }
  projected->marks = marks_;
}

// Sets failed rows aside; false when no others are left.
bool Project::TakeErrors(const Delta& delta, std::span<const Vector> results, Delta* projected, Output& output) {
  const bool any =
      std::any_of(results.begin(), results.end(), [](const Vector& result) { return result.errors != nullptr; });
  if (!any) return true;
  errors_.entries.clear();
  selection_.clear();
  for (uint32_t i = 0; i < projected->rows; ++i) {
    const RowErrors::Entry* error = nullptr;
    size_t failed = 0;
    for (size_t e = 0; e < results.size() && error == nullptr; ++e) {
      if (results[e].errors != nullptr) error = results[e].errors->Find(i);
      failed = e;
    }
    if (error != nullptr) {
      const uint32_t row = delta.RowAt(i);
      errors_.entries.push_back({row, error->code, WithContext(error->message, *expressions_[failed], delta, row)});
    } else {
      selection_.push_back(i);
    }
  }
  output.EmitErrors(delta, errors_);
  projected->Select(selection_.data(), static_cast<uint32_t>(selection_.size()));
  return !selection_.empty();
}

bool Project::may_fail() const {
  return std::any_of(expressions_.begin(), expressions_.end(), [](const ExpressionPtr& e) { return e->fallible(); });
}

std::unique_ptr<Operator> Project::Clone() const {
  std::vector<ExpressionPtr> expressions;
  for (const ExpressionPtr& expression : expressions_) expressions.push_back(expression->Clone());
  return std::make_unique<Project>(std::move(expressions));
}

std::string Project::Describe() const {
  std::string text = "Project [";
  for (const ExpressionPtr& expression : expressions_) {
    if (text.back() != '[') text += ", ";
    text += expression->ToString();
  }
  return text + "]";
}

}  // namespace laminar
