#include "engine/contents.h"

#include <map>
#include <utility>

#include "engine/source.h"
#include "engine/stream.h"

namespace laminar {

namespace {

/// Lets an operator's snapshot, or a nested stream's contents, feed one input of a dataflow or the final receiver.
class LeafOutput final : public Output, public DataflowResult {
 public:
  LeafOutput(std::function<Answer(const Delta&)> receive, const std::vector<int>* columns)
      : receive_(std::move(receive)), columns_(columns) {}

  Answer Emit(const Delta& delta) override {
    if (columns_ == nullptr) return receive_(delta);
    ProjectColumns(delta, *columns_, &narrow_);
    return receive_(narrow_);
  }
  Answer EmitPartition(int, const Delta& delta) override { return Emit(delta); }
  void EmitLate(const Delta&) override {}
  void EmitErrors(const Delta&, const RowErrors&) override {}
  Answer OnDelta(const Delta& delta) override { return Emit(delta); }
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta&, const RowErrors&) override {}

 private:
  std::function<Answer(const Delta&)> receive_;
  const std::vector<int>* columns_;
  Delta narrow_;
};

}  // namespace

Status ScanHistory(const HistorySnapshot& history, uint64_t from, const std::vector<int>& columns,
                   const CancelToken* cancel, const std::function<Answer(const Delta&)>& receive) {
  bool cancelled = false;
  LAMINAR_RETURN_NOT_OK(history.Scan(from, columns, [&](const Delta& delta) {
    if (cancel != nullptr && cancel->cancelled()) {
      cancelled = true;
      return false;
    }
    return receive(delta) == Answer::kMore;
  }));
  return cancelled ? Status(ErrorCode::kQueryCancelled, "the query was cancelled") : Status::OK();
}

ContentsSnapshot::~ContentsSnapshot() = default;

std::unique_ptr<ContentsSnapshot> ContentsSnapshot::OfStream(Stream& stream) {
  std::unique_ptr<ContentsSnapshot> snapshot(new ContentsSnapshot());
  Dataflow& dataflow = stream.dataflow();
  const DataflowSpec& spec = dataflow.spec();
  const int result = static_cast<int>(spec.nodes.size()) - 1;

  // Which nodes the result needs down to the nearest stateful ones, in topological order.
  std::vector<bool> needed(spec.nodes.size(), false);
  needed[static_cast<size_t>(result)] = true;
  for (int node = result; node >= 0; --node) {
    if (!needed[static_cast<size_t>(node)] || !dataflow.OperatorAt(node).stateless()) continue;
    for (const DataflowEdge& edge : spec.nodes[static_cast<size_t>(node)].inputs) {
      if (edge.from >= 0) needed[static_cast<size_t>(edge.from)] = true;
    }
  }

  std::map<int, int> leaf_of;   // node (>= 0) or ~input → leaf
  std::map<int, int> clone_of;  // node → node of stateless_
  const auto leaf_for_input = [&](int input) {
    const auto [found, inserted] = leaf_of.try_emplace(~input, static_cast<int>(snapshot->leaves_.size()));
    if (inserted) {
      Leaf leaf;
      leaf.columns = spec.inputs[static_cast<size_t>(input)].columns;
      const Stream::Binding& binding = stream.bindings[static_cast<size_t>(input)];
      if (binding.source != nullptr) {
        leaf.history = std::make_unique<HistorySnapshot>(binding.source->history.Snapshot());
      } else {
        leaf.stream = OfStream(*binding.stream);
      }
      snapshot->leaves_.push_back(std::move(leaf));
    }
    return found->second;
  };
  for (int node = 0; node <= result; ++node) {
    if (!needed[static_cast<size_t>(node)]) continue;
    Operator& op = dataflow.OperatorAt(node);
    if (!op.stateless()) {
      leaf_of[node] = static_cast<int>(snapshot->leaves_.size());
      Leaf leaf;
      leaf.state = op.Snapshot();
      snapshot->leaves_.push_back(std::move(leaf));
      continue;
    }
    DataflowNode clone;
    clone.op = op.Clone();
    for (const DataflowEdge& edge : spec.nodes[static_cast<size_t>(node)].inputs) {
      DataflowEdge copied = edge;
      if (edge.from < 0) {
        copied.from = ~leaf_for_input(~edge.from);
      } else if (const auto below = clone_of.find(edge.from); below != clone_of.end()) {
        copied.from = below->second;
      } else {
        copied.from = ~leaf_of.at(edge.from);
      }
      clone.inputs.push_back(copied);
    }
    clone_of[node] = static_cast<int>(snapshot->stateless_.nodes.size());
    snapshot->stateless_.nodes.push_back(std::move(clone));
  }
  snapshot->stateless_.inputs.resize(snapshot->leaves_.size());
  snapshot->stateless_.schema = spec.schema;
  return snapshot;
}

Status ContentsSnapshot::Emit(DataflowResult& result, const CancelToken* cancel) {
  const std::vector<WatermarkLine> no_lines;
  Step step(0, 0, StepMode::kBatch, no_lines, cancel);
  LeafOutput silent([&](const Delta& delta) { return result.OnDelta(delta); }, nullptr);
  std::unique_ptr<Dataflow> dataflow;
  if (!stateless_.nodes.empty()) dataflow = std::make_unique<Dataflow>(std::move(stateless_), &silent);

  for (size_t i = 0; i < leaves_.size(); ++i) {
    Leaf& leaf = leaves_[i];
    const auto receive = [&](const Delta& delta) {
      return dataflow ? dataflow->Push(step, static_cast<int>(i), delta) : result.OnDelta(delta);
    };
    if (leaf.state) {
      LeafOutput output(receive, nullptr);
      LAMINAR_RETURN_NOT_OK(leaf.state->Contents(output, cancel));
    } else if (leaf.stream) {
      LeafOutput output(receive, &leaf.columns);
      LAMINAR_RETURN_NOT_OK(leaf.stream->Emit(output, cancel));
    } else {
      LAMINAR_RETURN_NOT_OK(ScanHistory(*leaf.history, 0, leaf.columns, cancel, receive));
    }
  }
  if (dataflow) LAMINAR_RETURN_NOT_OK(dataflow->End(step));
  return Status::OK();
}

}  // namespace laminar
