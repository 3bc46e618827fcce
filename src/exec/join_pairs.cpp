#include "exec/join_pairs.h"

#include "exec/expression/error_context.h"

namespace laminar {

JoinPairs::JoinPairs(std::shared_ptr<const JoinPlan> plan)
    : plan_(std::move(plan)), weights_(kMost), coming_(kMost), fresh_(kMost) {
  for (const int side : {0, 1}) {
    slots_[side].resize(kMost);
    rows_[side].resize(kMost);
  }
  if (!plan_->spec().residual) return;
  residual_ = Program::Compile({&plan_->spec().residual, 1});
  scratch_.resize(plan_->residual_columns().size());
  kept_.resize(kMost);
}

JoinedSides JoinPairs::Sides() const {
  return {{&arranged_[0], &arranged_[1]}, {rows_[0].data(), rows_[1].data()}, count_};
}

void JoinPairs::Match(const ArrangedRows& left, const ArrangedRows& right, int64_t now, Output* errors) {
  arranged_[0] = left;
  arranged_[1] = right;
  for (const int side : {0, 1}) {
    for (uint32_t i = 0; i < count_; ++i) rows_[side][i] = arranged_[side].At(slots_[side][i]);
  }
  if (!residual_ || count_ == 0) return;
  const JoinedSides sides = Sides();
  Delta candidates;
  candidates.rows = count_;
  candidates.columns.resize(plan_->all().size());
  for (size_t i = 0; i < scratch_.size(); ++i) {
    const size_t column = static_cast<size_t>(plan_->residual_columns()[i]);
    candidates.columns[column] = ReadJoinedColumn(plan_->all()[column], sides, &scratch_[i]);
  }
  errors_.entries.clear();
  const uint32_t kept = residual_->RunFilter(candidates, now, kept_.data(), &errors_);
  if (errors != nullptr && !errors_.entries.empty()) ReportErrors(candidates, errors_, *errors);
  if (kept != count_) Keep(kept_.data(), kept);
}

void JoinPairs::Keep(const uint32_t* kept, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t from = kept[i];
    for (const int side : {0, 1}) {
      slots_[side][i] = slots_[side][from];
      rows_[side][i] = rows_[side][from];
    }
    weights_[i] = weights_[from];
    coming_[i] = coming_[from];
    fresh_[i] = fresh_[from];
  }
  count_ = count;
}

void JoinPairs::ReportErrors(const Delta& candidates, const RowErrors& errors, Output& output) {
  std::vector<const uint8_t*> rows[2];
  std::vector<int64_t> weights;
  RowErrors failed;
  for (const RowErrors::Entry& entry : errors.entries) {
    if (weights_[entry.row] == 0) continue;
    failed.entries.push_back({static_cast<uint32_t>(weights.size()), entry.code,
                              WithContext(entry.message, *plan_->spec().residual, candidates, entry.row)});
    for (const int side : {0, 1}) rows[side].push_back(rows_[side][entry.row]);
    weights.push_back(weights_[entry.row]);
  }
  if (weights.empty()) return;
  const JoinedSides sides{
      {&arranged_[0], &arranged_[1]}, {rows[0].data(), rows[1].data()}, static_cast<uint32_t>(weights.size())};
  output.EmitErrors(MakeJoinedRows(plan_->all(), sides, weights.data()), failed);
}

Answer JoinPairs::Emit(Output& output) {
  uint32_t weighing = 0;
  for (uint32_t i = 0; i < count_; ++i) weighing += weights_[i] != 0;
  if (weighing != count_) {
    kept_.clear();
    for (uint32_t i = 0; i < count_; ++i) {
      if (weights_[i] != 0) kept_.push_back(i);
    }
    Keep(kept_.data(), weighing);
    kept_.resize(kMost);
  }
  if (count_ == 0) return Answer::kMore;
  return output.Emit(MakeJoinedRows(plan_->output(), Sides(), weights_.data()));
}

}  // namespace laminar
