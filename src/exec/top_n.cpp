#include "exec/top_n.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "exec/ranked_bags.h"
#include "state/store.h"

namespace laminar {

namespace {

class BagStore final : public Store {
 public:
  explicit BagStore(RankedBags* bags) : Store("top-n"), bags_(bags) {}
  int64_t rows() const override { return bags_->rows().size(); }
  size_t memory_bytes() const override { return bags_->memory_bytes(); }
  std::vector<ChunkList*> chunk_lists() override {
    std::vector<ChunkList*> lists{&bags_->keys().chunks(), &bags_->rows().chunks()};
    if (bags_->arrays() != nullptr) lists.push_back(bags_->arrays());
    return lists;
  }
  void SaveRest(ImageWriter& out) const override { bags_->SaveRest(out); }
  void LoadRest(ImageReader& in) override { bags_->LoadRest(in); }
  void Restore() override { bags_->Restore(); }

 private:
  RankedBags* bags_;
};

class BagSnapshot final : public OperatorSnapshot {
 public:
  explicit BagSnapshot(RankedBags& bags) : pinned_(bags) {}
  Status Contents(Output& output, const CancelToken* cancel) override { return pinned_.Emit(output, cancel); }

 private:
  RankedBags::Pinned pinned_;
};

}  // namespace

struct TopN::Rep {
  explicit Rep(TopNSpec specification) : spec(std::move(specification)), bags(spec), store(&bags) {}

  TopNSpec spec;
  RankedBags bags;
  BagStore store;
};

TopN::TopN(TopNSpec spec) : rep_(std::make_unique<Rep>(std::move(spec))) { RegisterStore(&rep_->store); }

TopN::~TopN() = default;

Status TopN::Push(Step& step, int, const Delta& delta, Output& output) {
  const bool tracked = step.mode() == StepMode::kContinuous && output.wanted();
  rep_->bags.Update(delta, tracked ? RankedBags::Tracking::kChanges : RankedBags::Tracking::kNothing);
  return Status::OK();
}

Status TopN::Flush(Step& step, Output& output) {
  return step.mode() == StepMode::kContinuous ? rep_->bags.EndStep(output) : rep_->bags.ShowAll(output);
}

std::unique_ptr<Operator> TopN::Clone() const { return std::make_unique<TopN>(rep_->spec); }

std::unique_ptr<OperatorSnapshot> TopN::Snapshot() { return std::make_unique<BagSnapshot>(rep_->bags); }

std::string TopN::Describe() const {
  const TopNSpec& spec = rep_->spec;
  std::vector<std::string> order;
  for (const SortKey& key : spec.order) {
    order.push_back(
        fmt::format("#{}{}{}", key.column, key.descending ? " desc" : "", key.nulls_first ? " nulls first" : ""));
  }
  std::string text = fmt::format("TopN keys=[{}] order=[{}]", fmt::join(spec.partition, ", "), fmt::join(order, ", "));
  if (spec.limit >= 0) text += fmt::format(" limit={}", spec.limit);
  if (spec.offset > 0) text += fmt::format(" offset={}", spec.offset);
  return text;
}

}  // namespace laminar
