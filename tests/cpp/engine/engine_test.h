// Sources, dataflows and probes made by hand: the engine without SQL.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/query_run.h"
#include "exec/filter.h"
#include "exec/hash_aggregate.h"
#include "exec/node_identity.h"
#include "exec/project.h"
#include "function/registry.h"

namespace laminar {

/// Rows of two BIGINT columns, k and v: what every source of these tests has.
using Row = std::pair<int64_t, int64_t>;
using Bag = std::map<Row, int64_t>;

inline const std::vector<DataType>& PairTypes() {
  static const std::vector<DataType> types{TypeId::kInt64, TypeId::kInt64};
  return types;
}

inline Ref<RowBatch> Batch(const std::vector<Row>& rows) {
  RowBatchBuilder builder(PairTypes());
  for (const auto& [k, v] : rows) {
    builder.SetInt(0, k);
    builder.SetInt(1, v);
    builder.FinishRow();
  }
  return builder.Finish();
}

inline void AddTo(Bag* bag, const Delta& delta) {
  for (uint32_t i = 0; i < delta.size(); ++i) {
    const uint32_t row = delta.RowAt(i);
    const Row cells{delta.columns[0].data<int64_t>()[row], delta.columns[1].data<int64_t>()[row]};
    if (((*bag)[cells] += delta.WeightAt(row)) == 0) bag->erase(cells);
  }
}

inline void AddTo(Bag* bag, const Change& change) { AddTo(bag, change.rows->delta()); }

inline SourceDefinition PairSource(std::string name, int watermark_column = -1, Timestamp slack = 0) {
  return {std::move(name), PairTypes(), watermark_column, slack};
}

inline Schema PairSchema() { return Schema({{"k", TypeId::kInt64}, {"v", TypeId::kInt64}}); }

inline ExpressionPtr ColumnAt(int column) { return Expression::MakeColumn(column, TypeId::kInt64, true, "c"); }

inline ExpressionPtr Call(std::string_view function, int column, int64_t constant) {
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(ColumnAt(column));
  arguments.push_back(Expression::MakeConstant(Value::BigInt(constant)));
  return FunctionRegistry::Get().BindScalar(function, std::move(arguments), "", {});
}

/// Nodes of one text over the same inputs are the same.
class TextIdentity final : public NodeIdentity {
 public:
  explicit TextIdentity(std::string text) : text_(std::move(text)) {}
  size_t hash() const override { return 1; }  // told apart by Equals alone
  bool Equals(const NodeIdentity& other) const override {
    return text_ == static_cast<const TextIdentity&>(other).text_;
  }
  const std::vector<DataType>& types() const override { return PairTypes(); }

 private:
  std::string text_;
};

/// A dataflow over relations with the columns k, v, built node by node; the last one is the result.
class SpecBuilder {
 public:
  SpecBuilder& Source(std::string name) { return Input(DataflowInput::Kind::kSource, std::move(name)); }
  SpecBuilder& Stream(std::string name) { return Input(DataflowInput::Kind::kStream, std::move(name)); }
  SpecBuilder& Line(std::vector<std::string> sources) {
    spec_.lines.push_back({std::move(sources)});
    return *this;
  }
  /// Reads the node before it, or every input when it is the first.
  SpecBuilder& Add(std::unique_ptr<Operator> op, int line = -1) {
    DataflowNode node;
    node.op = std::move(op);
    node.line = line;
    if (spec_.nodes.empty()) {
      for (size_t i = 0; i < spec_.inputs.size(); ++i) node.inputs.push_back({.from = ~static_cast<int>(i)});
    } else {
      node.inputs.push_back({.from = static_cast<int>(spec_.nodes.size()) - 1});
    }
    spec_.nodes.push_back(std::move(node));
    return *this;
  }
  /// v > bound.
  SpecBuilder& Above(int64_t bound) { return Add(std::make_unique<Filter>(Call(">", 1, bound))); }
  /// k, count(*).
  SpecBuilder& CountByKey() { return Grouped(0); }
  /// v, count(*): behind CountByKey, how many keys have each count.
  SpecBuilder& CountByValue() { return Grouped(1); }
  /// The last node is one with all of that text.
  SpecBuilder& Shared(std::string text) {
    spec_.nodes.back().identity = std::make_shared<TextIdentity>(std::move(text));
    return *this;
  }
  DataflowSpec Build() {
    spec_.schema = PairSchema();
    return std::move(spec_);
  }

 private:
  SpecBuilder& Input(DataflowInput::Kind kind, std::string name) {
    DataflowInput input;
    input.kind = kind;
    input.relation = std::move(name);
    input.columns = {0, 1};
    spec_.inputs.push_back(std::move(input));
    return *this;
  }
  SpecBuilder& Grouped(int key) {
    const auto count = FunctionRegistry::Get().BindAggregate("count", {}, "", {});
    HashAggregateSpec spec;
    spec.keys = {key};
    spec.aggregates.push_back(
        {.function = count.function, .arguments = {}, .distinct = false, .filter = -1, .result = count.result});
    spec.input_types = PairTypes();
    spec.input_append_only = false;
    spec_.append_only = false;
    return Add(std::make_unique<HashAggregate>(std::move(spec)));
  }

  DataflowSpec spec_;
};

/// What a probe saw and what it is to do; shared with the test.
struct ProbeScript {
  struct Seen {
    Row row;
    int64_t weight;
    uint64_t sequence;  // 0: without a mark
    Timestamp before;   // the line's watermark before its call; kNoWatermark without a line
  };
  std::mutex mutex;
  std::vector<Seen> seen;
  int pushes = 0;
  std::function<void(int push)> on_push;  // before the rows of the n-th push are noted, n from 1; may throw
};

/// Passes everything on and notes it. Stateful, with nothing to show: so that a stream over it reads only changes.
class Probe final : public Operator {
 public:
  explicit Probe(std::shared_ptr<ProbeScript> script, int line = -1) : script_(std::move(script)), line_(line) {}

  Status Push(Step& step, int, const Delta& delta, Output& output) override {
    const int push = ++script_->pushes;
    if (script_->on_push) script_->on_push(push);
    {
      std::lock_guard guard(script_->mutex);
      MarkCursor marks(delta.marks);
      for (uint32_t i = 0; i < delta.size(); ++i) {
        const uint32_t row = delta.RowAt(i);
        const uint64_t sequence = delta.marks.empty() ? 0 : marks.At(row).sequence;
        const Timestamp before = line_ >= 0 && sequence != 0 ? step.line(line_).Before(sequence) : kNoWatermark;
        script_->seen.push_back({{delta.columns[0].data<int64_t>()[row], delta.columns[1].data<int64_t>()[row]},
                                 delta.WeightAt(row),
                                 sequence,
                                 before});
      }
    }
    output.Emit(delta);
    return Status::OK();
  }
  bool stateless() const override { return false; }
  bool follows_watermark() const override { return line_ >= 0; }
  std::unique_ptr<Operator> Clone() const override { return std::make_unique<Probe>(script_, line_); }
  std::unique_ptr<OperatorSnapshot> Snapshot() override {
    class Nothing final : public OperatorSnapshot {
      Status Contents(Output&, const CancelToken*) override { return Status::OK(); }
    };
    return std::make_unique<Nothing>();
  }
  std::string Describe() const override { return "Probe"; }

 private:
  std::shared_ptr<ProbeScript> script_;
  int line_;
};

class EngineTest : public ::testing::Test {
 protected:
  /// Replaces the engine.
  void Open(const EngineOptions& options) { engine_ = std::make_unique<Engine>(options); }
  void SetUp() override { Open({}); }

  void Accept(const std::string& source, const std::vector<Row>& rows) {
    const Status status = engine_->Accept(source, {Batch(rows)});
    ASSERT_TRUE(status.ok()) << status.message();
  }
  std::shared_ptr<Stream> AddStream(std::string name, DataflowSpec spec) {
    return ValueOrThrow(engine_->AddStream({std::move(name), true}, std::move(spec)));
  }
  std::shared_ptr<ChangelogCursor> Subscribe(const std::string& name, bool with_snapshot = true) {
    return ValueOrThrow(engine_->Subscribe(engine_->FindStream(name), {.snapshot = with_snapshot}));
  }
  /// What a query of the dataflow answers now.
  Bag Ask(DataflowSpec spec) {
    QueryInputs inputs = ValueOrThrow(engine_->FreezeInputs(spec));
    QueryRun run(std::move(spec), std::move(inputs), 0);
    Bag bag;
    while (Ref<RowBatch> batch = ValueOrThrow(run.NextBatch())) AddTo(&bag, batch->delta());
    return bag;
  }
  Bag ContentsOf(const std::string& stream) { return Ask(SpecBuilder().Stream(stream).Above(INT64_MIN).Build()); }
  /// Everything that is there now, summed.
  static Bag Drain(ChangelogCursor& cursor, bool* ended = nullptr) {
    Bag bag;
    bool over = false;
    while (std::optional<Change> change = cursor.TryNext(&over)) AddTo(&bag, *change);
    if (ended != nullptr) *ended = over;
    return bag;
  }

  std::unique_ptr<Engine> engine_;
};

}  // namespace laminar
