#include "engine/dataflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "common/crc32c.h"
#include "state/store.h"

namespace laminar {

namespace {

using Clock = std::chrono::steady_clock;

int64_t NanosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
}

}  // namespace

/// An operator, its consumers, and the Output it writes to.
class Dataflow::Node final : public Output {
 public:
  Node(Dataflow* dataflow, std::unique_ptr<Operator> op, int line)
      : dataflow_(dataflow), op_(std::move(op)), line_(line) {}

  /// Whether the consumer keeps the rows, or counts those that fail, or hands them on to one that does.
  static bool FeedsState(const Consumer& consumer) {
    if (consumer.node == nullptr) return false;
    const Operator& op = *consumer.node->op_;
    return !op.stateless() || op.may_fail() || consumer.node->feeds_state_;
  }
  /// Once all consumers are there and know it of themselves.
  void FindOutWhatItFeeds() {
    feeds_state_ = std::any_of(consumers_.begin(), consumers_.end(), FeedsState);
    for (const std::vector<Consumer>& consumers : partitions_) {
      feeds_state_ |= std::any_of(consumers.begin(), consumers.end(), FeedsState);
    }
  }

  void AddConsumer(Consumer consumer, int partition) {
    if (partition < 0) {
      consumers_.push_back(consumer);
      return;
    }
    if (partitions_.size() <= static_cast<size_t>(partition)) partitions_.resize(static_cast<size_t>(partition) + 1);
    partitions_[static_cast<size_t>(partition)].push_back(consumer);
  }

  Answer Push(Step& step, int port, const Delta& delta) {
    if (!dataflow_->status_.ok() || done_) return Answer::kDone;
    if (step.cancelled()) {
      dataflow_->Fail({ErrorCode::kQueryCancelled, "the query was cancelled"});
      return Answer::kDone;
    }
    step_ = &step;
    facts_.rows_in += delta.size();
    Status status = Guarded([&] { return op_->Push(step, port, delta, *this); });
    if (!status.ok()) dataflow_->Fail(std::move(status));
    done_ |= op_->done();
    return done_ || !dataflow_->status_.ok() ? Answer::kDone : Answer::kMore;
  }
  Status AdvanceWatermark(Step& step, Timestamp watermark) {
    step_ = &step;
    return Guarded([&] { return op_->AdvanceWatermark(step, 0, watermark, *this); });
  }
  Status OnTimer(Step& step, int64_t time) {
    step_ = &step;
    return Guarded([&] { return op_->OnTimer(step, time, *this); });
  }
  Status Flush(Step& step) {
    step_ = &step;
    return Guarded([&] { return op_->Flush(step, *this); });
  }
  Status EndInput(Step& step) {
    step_ = &step;
    return Guarded([&] { return op_->EndInput(step, *this); });
  }

  bool wanted() const override { return feeds_state_ || dataflow_->result_->wanted(); }
  Answer Emit(const Delta& delta) override {
    facts_.rows_out += delta.size();
    return Remember(dataflow_->Deliver(*step_, consumers_, delta));
  }
  Answer EmitPartition(int partition, const Delta& delta) override {
    facts_.rows_out += delta.size();
    return dataflow_->Deliver(*step_, partitions_[static_cast<size_t>(partition)], delta);
  }
  void EmitLate(const Delta& delta) override { dataflow_->result_->OnLate(delta); }
  void EmitErrors(const Delta& input, const RowErrors& errors) override { dataflow_->result_->OnErrors(input, errors); }

  Operator& op() { return *op_; }
  const Operator& op() const { return *op_; }
  /// The operator as it was before it saw any input.
  void Renew() {
    if (!op_->stores().empty()) op_ = op_->Clone();
  }
  int line() const { return line_; }

  OperatorFacts Facts() const {
    OperatorFacts facts = facts_;
    if (facts.state_bytes != 0) return facts;
    AddState(&facts);
    return facts;
  }
  /// Keeps the size of the state as it is now, for when it is gone.
  void MeasureState() { AddState(&facts_); }

 private:
  /// Exhausted memory is thrown by containers deep below operators and receivers. It ends here as a failure of this
  /// dataflow, so that the step goes on for the others.
  template <typename Run>
  Status Guarded(Run run) {
    try {
      if (dataflow_->timer_.weight == 0) return run();
      return Timed(run);
    } catch (const Error& error) {
      return Status(Error(error));
    } catch (const std::exception& error) {
      return Status::Internal(fmt::format("{} failed: {}", op_->Describe(), error.what()));
    }
  }
  template <typename Run>
  Status Timed(Run run) {
    Timer& timer = dataflow_->timer_;
    const int64_t outer = std::exchange(timer.inner_nanos, 0);
    const Clock::time_point begin = Clock::now();
    Status status = run();
    const int64_t spent = NanosSince(begin);
    facts_.nanos += (spent - timer.inner_nanos) * timer.weight;
    timer.inner_nanos = outer + spent;
    return status;
  }
  void AddState(OperatorFacts* facts) const {
    for (const Store* store : op_->stores()) {
      facts->state_rows += store->rows();
      facts->state_bytes += static_cast<int64_t>(store->memory_bytes());
      facts->state_disk_bytes += static_cast<int64_t>(store->disk_bytes());
    }
  }
  Answer Remember(Answer answer) {
    if (answer == Answer::kDone) done_ = true;
    return answer;
  }

  Dataflow* dataflow_;
  std::unique_ptr<Operator> op_;
  int line_;
  Step* step_ = nullptr;
  OperatorFacts facts_;
  bool feeds_state_ = false;
  bool done_ = false;  // it, or every consumer of it, has had enough: one-shot queries with LIMIT
  std::vector<Consumer> consumers_;
  std::vector<std::vector<Consumer>> partitions_;
};

Dataflow::Dataflow(DataflowSpec spec, DataflowResult* result)
    : spec_(std::move(spec)),
      result_(result),
      lines_(spec_.lines.size()),
      reached_(spec_.lines.size(), kNoWatermark),
      input_consumers_(spec_.inputs.size()),
      input_rows_(spec_.inputs.size()) {
  nodes_.reserve(spec_.nodes.size());
  for (DataflowNode& node : spec_.nodes) {
    has_timer_ |= node.op->has_timer();
    nodes_.push_back(std::make_unique<Node>(this, std::move(node.op), node.line));
    for (size_t port = 0; port < node.inputs.size(); ++port) {
      const DataflowEdge edge = node.inputs[port];
      const Consumer consumer{nodes_.back().get(), static_cast<int>(port)};
      if (edge.from < 0) {
        input_consumers_[static_cast<size_t>(~edge.from)].push_back(consumer);
      } else {
        nodes_[static_cast<size_t>(edge.from)]->AddConsumer(consumer, edge.partition);
      }
    }
  }
  nodes_.back()->AddConsumer({nullptr, 0}, -1);
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) (*node)->FindOutWhatItFeeds();
  for (const std::vector<Consumer>& consumers : input_consumers_) {
    input_feeds_state_.push_back(std::any_of(consumers.begin(), consumers.end(), Node::FeedsState));
  }
}

Dataflow::~Dataflow() = default;

Answer Dataflow::Deliver(Step& step, const std::vector<Consumer>& consumers, const Delta& delta) {
  if (delta.empty()) return Answer::kMore;
  bool wanted = false;
  for (const Consumer& consumer : consumers) {
    const Answer answer =
        consumer.node != nullptr ? consumer.node->Push(step, consumer.port, delta) : DeliverResult(delta);
    wanted |= answer == Answer::kMore;
  }
  return wanted ? Answer::kMore : Answer::kDone;
}

Answer Dataflow::DeliverResult(const Delta& delta) {
  if (timer_.weight == 0) return result_->OnDelta(delta);
  const Clock::time_point begin = Clock::now();
  const Answer answer = result_->OnDelta(delta);
  timer_.inner_nanos += NanosSince(begin);
  return answer;
}

Answer Dataflow::Push(Step& step, int input, const Delta& delta) {
  input_rows_[static_cast<size_t>(input)] += delta.size();
  timer_.rows += delta.size();
  timer_.Choose(delta.size());
  return Deliver(step, input_consumers_[static_cast<size_t>(input)], delta);
}

bool Dataflow::Wants(int input) const { return input_feeds_state_[static_cast<size_t>(input)] || result_->wanted(); }

void Dataflow::Fire(Step& step, int64_t time) {
  for (const std::unique_ptr<Node>& node : nodes_) {
    if (!status_.ok()) return;
    if (!node->op().has_timer() || node->op().NextTimer() > time) continue;
    if (Status status = node->OnTimer(step, time); !status.ok()) Fail(std::move(status));
  }
}

int64_t Dataflow::NextTimer() const {
  int64_t next = Operator::kNoTimer;
  for (const std::unique_ptr<Node>& node : nodes_) {
    if (node->op().has_timer()) next = std::min(next, node->op().NextTimer());
  }
  return status_.ok() ? next : Operator::kNoTimer;
}

bool Dataflow::HasWatermarkWork() const {
  for (size_t line = 0; line < lines_.size(); ++line) {
    if (lines_[line].current() != reached_[line]) return true;
  }
  return false;
}

Status Dataflow::Finish(Step& step) {
  timer_.Choose(std::exchange(timer_.rows, 0));
  for (const std::unique_ptr<Node>& node : nodes_) {
    if (!status_.ok()) return status_.Clone();
    if (node->line() >= 0 && node->op().follows_watermark()) {
      const size_t line = static_cast<size_t>(node->line());
      if (lines_[line].current() != reached_[line]) {
        if (Status status = node->AdvanceWatermark(step, lines_[line].current()); !status.ok()) Fail(std::move(status));
      }
    }
    if (!status_.ok()) return status_.Clone();
    if (Status status = node->Flush(step); !status.ok()) Fail(std::move(status));
  }
  for (size_t line = 0; line < lines_.size(); ++line) {
    reached_[line] = lines_[line].current();
    lines_[line].Trim();
  }
  return status_.Clone();
}

Status Dataflow::End(Step& step) {
  timer_.Choose(std::exchange(timer_.rows, 0));
  for (const std::unique_ptr<Node>& node : nodes_) {
    if (timer_.everything) node->MeasureState();
    if (status_.ok() && node->line() >= 0 && node->op().follows_watermark()) {
      const Timestamp reached = lines_[static_cast<size_t>(node->line())].current();
      if (reached != kNoWatermark) {
        if (Status status = node->AdvanceWatermark(step, reached); !status.ok()) Fail(std::move(status));
      }
    }
    if (status_.ok()) {
      if (Status status = node->EndInput(step); !status.ok()) Fail(std::move(status));
    }
    if (status_.ok()) {
      if (Status status = node->Flush(step); !status.ok()) Fail(std::move(status));
    }
  }
  return status_.Clone();
}

void Dataflow::Widen(const Field& field) {
  std::vector<Field> fields = spec_.schema.fields();
  spec_.inputs[0].columns.push_back(static_cast<int>(fields.size()));
  fields.push_back(field);
  spec_.schema = Schema(std::move(fields));
}

Operator& Dataflow::OperatorAt(int node) { return nodes_[static_cast<size_t>(node)]->op(); }

DataflowFacts Dataflow::Facts() const {
  DataflowFacts facts{input_rows_, {}};
  for (const std::unique_ptr<Node>& node : nodes_) facts.operators.push_back(node->Facts());
  return facts;
}

uint64_t Dataflow::Fingerprint() const {
  std::string text;
  for (const std::unique_ptr<Node>& node : nodes_) {
    text += node->op().Describe();
    for (const Store* store : node->op().stores()) text += fmt::format(" [{}]", store->name());
    text += '\n';
  }
  return uint64_t{text.size()} << 32 | Crc32c(text.data(), text.size());
}

Status Dataflow::Spill(SpillSpace& space, int64_t threshold, size_t bytes, size_t* freed) {
  *freed = 0;
  for (const std::unique_ptr<Node>& node : nodes_) {
    for (Store* store : node->op().stores()) {
      if (*freed >= bytes) return Status::OK();
      if (store->rows() <= threshold) continue;
      size_t of_store = 0;
      LAMINAR_RETURN_NOT_OK(store->Spill(space, bytes - *freed, &of_store));
      *freed += of_store;
    }
  }
  return Status::OK();
}

DataflowImage Dataflow::TakeImage(bool whole) {
  DataflowImage image;
  for (const WatermarkLine& line : lines_) image.lines_.push_back(line.current());
  image.reached_ = reached_;
  for (const std::unique_ptr<Node>& node : nodes_) {
    for (Store* store : node->op().stores()) image.stores_.push_back(StoreImage::Take(*store, whole));
  }
  return image;
}

void DataflowImage::Write(ImageWriter& out) const {
  for (const std::vector<Timestamp>* times : {&lines_, &reached_}) {
    out.Put(static_cast<uint32_t>(times->size()));
    for (const Timestamp time : *times) out.Put(time);
  }
  out.Put(static_cast<uint32_t>(stores_.size()));
  for (const StoreImage& store : stores_) store.Write(out);
}

void DataflowImage::CopyOut() {
  for (StoreImage& store : stores_) store.CopyOut();
}

Status Dataflow::Load(std::span<ImageReader* const> images) {
  std::vector<Store*> stores;
  for (const std::unique_ptr<Node>& node : nodes_) {
    node->Renew();
    for (Store* store : node->op().stores()) stores.push_back(store);
  }
  for (ImageReader* in : images) {
    // What is older only counts for the stores.
    if (in->GetCount(sizeof(Timestamp)) != lines_.size()) in->Fail("another dataflow's watermarks");
    for (WatermarkLine& line : lines_) line.StandAt(in->Get<Timestamp>());
    if (in->GetCount(sizeof(Timestamp)) != reached_.size()) in->Fail("another dataflow's watermarks");
    for (Timestamp& reached : reached_) reached = in->Get<Timestamp>();
    if (in->GetCount(8) != stores.size()) in->Fail("another dataflow's state");
    if (!in->status().ok()) {
      Fail(in->status().Clone());
      return status_.Clone();
    }
  }
  for (Store* store : stores) {
    if (Status status = LoadStore(store, images); !status.ok()) Fail(std::move(status));
    if (!status_.ok()) break;
  }
  return status_.Clone();
}

void Dataflow::Fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void ProjectColumns(const Delta& wide, const std::vector<int>& columns, Delta* narrow) {
  narrow->columns.clear();
  for (int column : columns) narrow->columns.push_back(wide.columns[static_cast<size_t>(column)]);
  narrow->rows = wide.rows;
  narrow->selection = wide.selection;
  narrow->selected = wide.selected;
  narrow->weights = wide.weights;
  narrow->marks = wide.marks;
  narrow->owner = wide.owner;
}

}  // namespace laminar
