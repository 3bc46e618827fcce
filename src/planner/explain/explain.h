// EXPLAIN: a dataflow and what is promised of its result, as text, JSON or a Mermaid flowchart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exec/dataflow_spec.h"
#include "exec/operator_facts.h"
#include "planner/planner.h"
#include "sql/ast_statement.h"

namespace laminar {

/// How the rows of the result come; both of a plan and of a stream of the catalog.
struct Delivery {
  bool append_only = true;
  std::string retracts_because;  // empty when append_only
  bool on_window_close = false;
  bool always_weight = false;
  bool on_update = false;

  static Delivery Of(const PlannedQuery& planned);
  static Delivery Of(const StreamEntry& stream);
};

/// What there is to explain; refers to its parts.
struct Explained {
  const DataflowSpec& dataflow;
  Delivery delivery;
  const std::vector<std::string>& warnings;
  const DataflowFacts* facts = nullptr;  // ANALYZE: what has run, beside the dataflow's nodes
};

std::string Explain(const Explained& explained, sql::ExplainFormat format);

/// A dataflow as it is shown: inputs first, then operators in topological order, the partitions of one operator as one.
struct PlanGraph {
  struct Node {
    std::string title;               // "Aggregate [origin] count(*)"
    std::vector<std::string> notes;  // "state: one row per (origin), never dropped: unbounded"
    std::vector<int> inputs;         // indexes of earlier nodes
    int partitions = 1;
    bool is_input = false;
    bool append_only = true;
    OperatorFacts facts;  // of an input: rows_out alone

    /// The first word of the title, and the rest.
    std::string_view kind() const;
    std::string_view detail() const;
  };
  std::vector<Node> nodes;  // the last one is the result's
};
PlanGraph MakePlanGraph(const Explained& explained);

std::string ExplainAsText(const Explained& explained);
/// Documented in docs/sql.md, "EXPLAIN".
std::string ExplainAsJson(const Explained& explained);
std::string ExplainAsMermaid(const Explained& explained);

/// "retracting: …", as the first line of every form says it.
std::string DeliveryText(const Delivery& delivery);
/// "1000 rows in, 25 out, 0.412 ms, 25 rows of state in 2048 bytes"; without a time when no call has been timed.
std::string FactsText(const PlanGraph::Node& node);

}  // namespace laminar
