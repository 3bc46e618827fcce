#include "exec/filter.h"

#include <utility>

#include "exec/expression/error_context.h"

namespace laminar {

Filter::Filter(ExpressionPtr predicate) : predicate_(std::move(predicate)) {
  program_ = Program::Compile({&predicate_, 1});
}

Status Filter::Push(Step& step, int, const Delta& delta, Output& output) {
  const uint32_t rows = delta.size();
  if (rows == 0) return Status::OK();
  if (selection_.size() < rows) selection_.resize(rows);
  errors_.entries.clear();
  const uint32_t kept = program_->RunFilter(delta, step.now(), selection_.data(), &errors_);
  if (!errors_.entries.empty()) {
    for (RowErrors::Entry& entry : errors_.entries) {
      entry.message = WithContext(entry.message, *predicate_, delta, entry.row);
    }
    output.EmitErrors(delta, errors_);
  }
  if (kept == 0) return Status::OK();
  if (kept == rows) {
    output.Emit(delta);
    return Status::OK();
  }
  Delta filtered = delta;
  filtered.Select(selection_.data(), kept);
  output.Emit(filtered);
  return Status::OK();
}

std::unique_ptr<Operator> Filter::Clone() const { return std::make_unique<Filter>(predicate_->Clone()); }

std::string Filter::Describe() const { return "Filter " + predicate_->ToString(); }

}  // namespace laminar
