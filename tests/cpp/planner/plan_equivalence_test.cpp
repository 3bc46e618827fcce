// Rules and partitions change how a query runs, never what it answers: rows, rows in error and late rows are the same.
#include <map>
#include <random>

#include "exec/step.h"
#include "planner/planner_test.h"
#include "state/row_batch.h"

namespace laminar {
namespace {

/// What a dataflow made of its input.
struct Outcome {
  std::map<std::string, int64_t> rows;  // text of a row → weight
  size_t errors = 0;
  int64_t late = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Runs a dataflow on one thread, a step for each of `steps` groups of calls; consumers are called from Emit.
class Runner {
 public:
  Runner(PlannedQuery planned, StepMode mode) : planned_(std::move(planned)), mode_(mode) {
    const DataflowSpec& spec = planned_.dataflow;
    lines_.resize(spec.lines.size());
    consumers_.resize(spec.nodes.size());
    input_consumers_.resize(spec.inputs.size());
    for (size_t node = 0; node < spec.nodes.size(); ++node) {
      for (size_t port = 0; port < spec.nodes[node].inputs.size(); ++port) {
        const DataflowEdge& edge = spec.nodes[node].inputs[port];
        auto& list = edge.from < 0 ? input_consumers_[static_cast<size_t>(~edge.from)]
                                   : consumers_[static_cast<size_t>(edge.from)];
        list.push_back({static_cast<int>(node), static_cast<int>(port), edge.partition});
      }
    }
  }

  /// One call's rows for every input (they all read the same source), and the watermark after it.
  void RunStep(const std::vector<std::pair<Delta, int64_t>>& calls) {
    for (const auto& [delta, watermark] : calls) {
      ++sequence_;
      for (WatermarkLine& line : lines_) line.Advance(sequence_, watermark);
    }
    Step step(sequence_, 0, mode_, lines_, nullptr);
    step_ = &step;
    for (const auto& [delta, watermark] : calls) {
      for (size_t i = 0; i < input_consumers_.size(); ++i) {
        Delta narrow = delta;
        narrow.columns.clear();
        for (const int column : planned_.dataflow.inputs[i].columns) {
          narrow.columns.push_back(delta.columns[static_cast<size_t>(column)]);
        }
        for (const Consumer& consumer : input_consumers_[i]) Push(consumer, narrow);
      }
    }
    for (size_t node = 0; node < planned_.dataflow.nodes.size(); ++node) {
      DataflowNode& running = planned_.dataflow.nodes[node];
      NodeOutput output(*this, node);
      if (running.line >= 0) {
        ThrowIfError(running.op->AdvanceWatermark(step, 0, step.line(running.line).current(), output));
      }
      ThrowIfError(running.op->Flush(step, output));
      if (mode_ == StepMode::kBatch) ThrowIfError(running.op->EndInput(step, output));
    }
    for (WatermarkLine& line : lines_) line.Trim();
  }

  Outcome Take() {
    std::erase_if(answer_.rows, [](const auto& row) { return row.second == 0; });
    return std::move(answer_);
  }

 private:
  struct Consumer {
    int node;
    int port;
    int partition;
  };

  class NodeOutput final : public Output {
   public:
    NodeOutput(Runner& runner, size_t node) : runner_(runner), node_(node) {}
    Answer Emit(const Delta& delta) override { return EmitPartition(-1, delta); }
    Answer EmitPartition(int partition, const Delta& delta) override {
      if (node_ + 1 == runner_.planned_.dataflow.nodes.size()) runner_.Collect(delta);
      for (const Consumer& consumer : runner_.consumers_[node_]) {
        if (consumer.partition == partition) runner_.Push(consumer, delta);
      }
      return Answer::kMore;
    }
    void EmitLate(const Delta& delta) override { runner_.answer_.late += delta.size(); }
    void EmitErrors(const Delta&, const RowErrors& errors) override { runner_.answer_.errors += errors.entries.size(); }

   private:
    Runner& runner_;
    size_t node_;
  };

  void Push(const Consumer& consumer, const Delta& delta) {
    NodeOutput output(*this, static_cast<size_t>(consumer.node));
    DataflowNode& node = planned_.dataflow.nodes[static_cast<size_t>(consumer.node)];
    ThrowIfError(node.op->Push(*step_, consumer.port, delta, output));
  }

  void Collect(const Delta& delta) {
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const uint32_t row = delta.RowAt(i);
      std::string text;
      for (int column = 0; column < planned_.schema.size(); ++column) {
        const Column& cells = delta.columns[static_cast<size_t>(column)];
        text += ReadValue(planned_.schema.field(column).type, cells.values, cells.validity, row).ToString() + "|";
      }
      answer_.rows[text] += delta.WeightAt(row);
    }
  }

  PlannedQuery planned_;
  StepMode mode_;
  std::vector<WatermarkLine> lines_;
  std::vector<std::vector<Consumer>> consumers_;
  std::vector<std::vector<Consumer>> input_consumers_;
  Step* step_ = nullptr;
  uint64_t sequence_ = 0;
  Outcome answer_;
};

class PlanEquivalenceTest : public PlannerTest {
 protected:
  void SetUp() override {
    Run("CREATE SOURCE ev (k VARCHAR, v BIGINT, w BIGINT, ts BIGINT, WATERMARK FOR ts AS ts - 20)");
    std::mt19937 random(7);
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    int64_t newest = 0;
    const Schema& schema = catalog_.Find("ev")->schema;
    std::vector<DataType> types;
    for (const Field& field : schema.fields()) types.push_back(field.type);
    for (int call = 0; call < 12; ++call) {
      RowBatchBuilder builder(types);
      builder.AppendMark(static_cast<uint64_t>(call) + 1, 0, static_cast<uint64_t>(call) * 25);
      for (int row = 0; row < 25; ++row) {
        if (below(8) != 0) builder.SetString(0, std::string(1, static_cast<char>('a' + below(5))));
        if (below(8) != 0) builder.SetInt(1, below(20) - 5);
        if (below(8) != 0) builder.SetInt(2, below(4));
        const int64_t time = std::max(0, call * 30 + below(120) - 80);
        if (below(20) != 0) builder.SetInt(3, time), newest = std::max(newest, time);
        builder.FinishRow();
      }
      batches_.push_back(builder.Finish());
      calls_.emplace_back(batches_.back()->delta(), newest - 20);
    }
  }

  Outcome AnswerOf(std::string_view sql, bool once, bool rules, int partitions, size_t calls_a_step) {
    PlanOptions options = once ? PlanOptions::Query() : PlanOptions::Stream();
    options.rules = rules;
    options.partitions = partitions;
    Runner runner(Plan(sql, options), once ? StepMode::kBatch : StepMode::kContinuous);
    for (size_t i = 0; i < calls_.size(); i += calls_a_step) {
      const size_t end = std::min(calls_.size(), i + calls_a_step);
      runner.RunStep(
          {calls_.begin() + static_cast<std::ptrdiff_t>(i), calls_.begin() + static_cast<std::ptrdiff_t>(end)});
    }
    return runner.Take();
  }

  std::vector<Ref<RowBatch>> batches_;
  std::vector<std::pair<Delta, int64_t>> calls_;
};

TEST_F(PlanEquivalenceTest, RulesPartitionsAndSteps) {
  const char* const queries[] = {
      "SELECT k, v FROM ev WHERE v > 3 AND k <> 'b'",
      "SELECT x FROM (SELECT k, v / w AS x FROM ev) WHERE k = 'a'",
      "SELECT k FROM (SELECT k, v / w AS x FROM ev) WHERE k = 'a' OR k = 'c'",
      "SELECT CASE WHEN w = 0 THEN 0 ELSE q END AS z FROM (SELECT w, v / w AS q FROM ev)",
      "SELECT k, n FROM (SELECT k, count(*) AS n, sum(v) AS s FROM ev GROUP BY k) WHERE k = 'a' AND n > 2",
      "SELECT n FROM (SELECT k, count(*) AS n FROM ev GROUP BY k) WHERE k <> 'a'",
      "SELECT DISTINCT k, w FROM ev WHERE 1 < 2 AND v > 0",
      "SELECT k FROM (SELECT k, v + 1 AS x FROM ev UNION ALL SELECT k, w FROM ev WHERE v IS NULL) WHERE k = 'd'",
      "SELECT k, window_start, count(*) AS n, sum(v / w) AS s FROM ev GROUP BY k, TUMBLE(ts, 50)",
      "SELECT k, window_end, count(*) AS n FROM HOP(ev, ts, 20, 50) WHERE v > 2 GROUP BY k, window_end",
      "SELECT n FROM (SELECT k, count(*) AS n FROM ev GROUP BY k, TUMBLE(ts, 50)) WHERE k = 'a'",
      "SELECT k, window_start FROM TUMBLE(ev, ts, 50) WHERE k = 'a' AND window_start > 50",
      "SELECT window_end, max(n) AS m FROM (SELECT k, window_start, window_end, count(*) AS n FROM ev GROUP BY k, "
      "TUMBLE(ts, "
      "50)) GROUP BY window_start, window_end",
      "SELECT k, first_value(v) AS f, count(DISTINCT w) AS d, max(v) FILTER (WHERE w > 1) AS m FROM ev GROUP BY k",
      "SELECT count(*) AS n FROM ev",
  };
  for (const char* sql : queries) {
    for (const bool once : {true, false}) {
      const size_t all = calls_.size();
      const Outcome expected = AnswerOf(sql, once, false, 1, once ? all : 1);
      EXPECT_FALSE(expected.rows.empty()) << sql;
      for (const bool rules : {false, true}) {
        for (const int partitions : {1, 4}) {
          for (const size_t calls : once ? std::vector<size_t>{all} : std::vector<size_t>{1, 5, all}) {
            const Outcome answer = AnswerOf(sql, once, rules, partitions, calls);
            EXPECT_EQ(answer.rows, expected.rows) << sql << " once " << once << " rules " << rules << " " << partitions;
            EXPECT_EQ(answer.errors, expected.errors) << sql << " once " << once << " rules " << rules;
            EXPECT_EQ(answer.late, expected.late) << sql << " once " << once << " rules " << rules;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace laminar
