#include "engine/plan_parts.h"

#include <map>
#include <utility>

#include "exec/node_identity.h"
#include "exec/union.h"

namespace laminar {

namespace {

Schema SchemaOf(const std::vector<DataType>& types) {
  std::vector<Field> fields;
  for (const DataType& type : types) fields.push_back({"", type});
  return Schema(std::move(fields));
}

/// Cuts one part after the other out of a plan.
class Cutter {
 public:
  Cutter(DataflowSpec& plan, PlanParts& parts) : plan_(plan), parts_(parts), part_of_(plan.nodes.size(), -1) {
    for (const DataflowNode& node : plan.nodes) operators_.push_back(node.op.get());
  }

  void CutShared(int root) {
    const DataflowNode& node = plan_.nodes[static_cast<size_t>(root)];
    Begin();
    current_.schema = SchemaOf(node.identity->types());
    current_.append_only = node.append_only;
    Place(root);
    part_of_[static_cast<size_t>(root)] = number_++;
    parts_.shared.push_back({std::move(current_), node.identity});
  }

  void CutRest(int root) {
    Begin();
    current_.schema = std::move(plan_.schema);
    current_.append_only = plan_.append_only;
    current_.on_window_close = plan_.on_window_close;
    current_.on_update = plan_.on_update;
    current_.update_key = plan_.update_key;
    const DataflowEdge result = Follow({.from = root});
    if (result.from < 0) {
      // The result itself is shared, and every dataflow has an operator.
      DataflowNode pass;
      pass.op = std::make_unique<Union>();
      pass.inputs.push_back(result);
      pass.append_only = current_.append_only;
      current_.nodes.push_back(std::move(pass));
    }
    parts_.rest = std::move(current_);
  }

 private:
  void Begin() {
    current_ = {};
    current_.lines.resize(plan_.lines.size());
    node_at_.clear();
    input_at_.clear();
  }

  void NeedLine(int line) {
    if (line >= 0) current_.lines[static_cast<size_t>(line)] = plan_.lines[static_cast<size_t>(line)];
  }

  /// The edge within the current part.
  DataflowEdge Follow(DataflowEdge edge) {
    if (edge.from < 0) return {.from = ~Input(~edge.from)};
    const int shared = part_of_[static_cast<size_t>(edge.from)];
    if (shared >= 0) return {.from = ~SharedInput(shared)};
    const auto known = node_at_.find(edge.from);
    return {.from = known != node_at_.end() ? known->second : Place(edge.from), .partition = edge.partition};
  }

  int Input(int number) {
    const auto [at, fresh] = input_at_.try_emplace(number, static_cast<int>(current_.inputs.size()));
    if (!fresh) return at->second;
    current_.inputs.push_back(plan_.inputs[static_cast<size_t>(number)]);
    NeedLine(current_.inputs.back().line);
    parts_.outline.inputs[static_cast<size_t>(number)] = {number_, at->second};
    return at->second;
  }

  int SharedInput(int part) {
    const auto [at, fresh] = input_at_.try_emplace(~part, static_cast<int>(current_.inputs.size()));
    if (!fresh) return at->second;
    DataflowInput input;
    input.kind = DataflowInput::Kind::kShared;
    input.part = part;
    const int width = parts_.shared[static_cast<size_t>(part)].spec.schema.size();
    for (int column = 0; column < width; ++column) input.columns.push_back(column);
    current_.inputs.push_back(std::move(input));
    return at->second;
  }

  /// Puts the node, behind what it reads, into the current part.
  int Place(int number) {
    const DataflowNode& node = plan_.nodes[static_cast<size_t>(number)];
    DataflowNode placed;
    for (const DataflowEdge& edge : node.inputs) placed.inputs.push_back(Follow(edge));
    // What two parts read is run by each: only what keeps state is worth a part of its own.
    const Operator& model = *operators_[static_cast<size_t>(number)];
    placed.op = node.op ? std::move(plan_.nodes[static_cast<size_t>(number)].op) : model.Clone();
    placed.line = node.line;
    placed.append_only = node.append_only;
    NeedLine(node.line);
    const int index = static_cast<int>(current_.nodes.size());
    current_.nodes.push_back(std::move(placed));
    node_at_[number] = index;
    parts_.outline.nodes[static_cast<size_t>(number)] = {number_, index};
    return index;
  }

  DataflowSpec& plan_;
  PlanParts& parts_;
  std::vector<const Operator*> operators_;
  std::vector<int> part_of_;  // of nodes that are the result of a part
  int number_ = 0;            // of the part being cut
  DataflowSpec current_;
  std::map<int, int> node_at_;   // of the plan → of the part
  std::map<int, int> input_at_;  // of the plan, or ~part → of the part
};

}  // namespace

PlanParts::PlanParts(DataflowSpec spec) {
  const int result = static_cast<int>(spec.nodes.size()) - 1;
  outline = {OutlineOf(spec), std::vector<PlacedInPart>(spec.nodes.size()),
             std::vector<PlacedInPart>(spec.inputs.size())};
  Cutter cutter(spec, *this);
  for (int node = 0; node <= result; ++node) {
    if (spec.nodes[static_cast<size_t>(node)].identity) cutter.CutShared(node);
  }
  cutter.CutRest(result);
}

DataflowSpec OutlineOf(const DataflowSpec& spec) {
  DataflowSpec outline;
  outline.inputs = spec.inputs;
  outline.schema = spec.schema;
  outline.append_only = spec.append_only;
  outline.on_window_close = spec.on_window_close;
  for (const DataflowNode& node : spec.nodes) {
    DataflowNode& copy = outline.nodes.emplace_back();
    copy.inputs = node.inputs;
    copy.label = node.label;
    copy.append_only = node.append_only;
  }
  return outline;
}

}  // namespace laminar
