// A stream: a dataflow that is kept, the changelog its subscribers read, and the streams that read it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/changelog.h"
#include "engine/changelog_cursor.h"
#include "engine/dataflow.h"
#include "engine/error_log.h"
#include "engine/plan_parts.h"
#include "state/row_batch.h"

namespace laminar {

class Engine;
struct SavedStream;
class NodeIdentity;
class Source;

/// A source of a watermark line, and how many units of the line one of its own is.
struct LineSource {
  Source* source = nullptr;
  int64_t scale = 1;

  friend bool operator==(const LineSource&, const LineSource&) = default;
  Timestamp Scaled(Timestamp watermark) const {
    if (watermark == kNoWatermark) return watermark;
    Timestamp scaled;
    if (!__builtin_mul_overflow(watermark, scale, &scaled)) return scaled;
    return watermark < 0 ? kNoWatermark + 1 : kMaxTimestamp;
  }
};

struct StreamOptions {
  std::string name{};  // of what has none, the SQL of its subscription, for messages
  bool named = true;
  std::shared_ptr<const NodeIdentity> identity{};  // of a node that other streams share; it has no name
  int64_t retain_bytes = 0;                        // of changes kept to resume from
  bool forgets = false;                            // its contents are not all it has shown
  bool stop_on_error = false;                      // a row in error ends the stream, instead of being set aside
};

/// How a changelog is to be read.
struct SubscribeRequest {
  bool snapshot = true;                  // deliver the contents first
  std::optional<uint64_t> from_epoch{};  // no snapshot, but all changes behind this epoch
  Overflow overflow = Overflow::kSpill;
  std::string subscriber{};  // for messages: what is subscribed to
};

/// What was left out of a stream, or of the nodes below it. Written by steps, read by anyone, also when the node is
/// gone.
struct LeftOut {
  std::atomic<int64_t> late_rows{0};
  std::atomic<int64_t> error_rows{0};
};

/// What a stream emits while another one, which will read it, is being filled. Written by steps, emptied between them.
struct StreamTap {
  std::vector<Ref<RowBatch>> batches;  // with marks
  uint64_t rows = 0;
};

/// Everything but the atomics and the changelog is used under the step's lock, or by the one thread that backfills it.
class Stream final : public DataflowResult, public std::enable_shared_from_this<Stream> {
 public:
  Stream(Engine* engine, StreamOptions options, DataflowSpec spec);

  const std::string& name() const { return options_.name; }
  /// Of a shared node; null of streams that have a name or a subscriber of their own.
  const std::shared_ptr<const NodeIdentity>& identity() const { return options_.identity; }
  bool shared() const { return options_.identity != nullptr; }
  const StreamOptions& options() const { return options_; }
  Dataflow& dataflow() { return dataflow_; }
  const Dataflow& dataflow() const { return dataflow_; }
  const std::vector<DataType>& types() const { return types_; }
  const std::shared_ptr<Changelog>& changelog() const { return changelog_; }

  /// Between two steps: of a table, which gets another column (Dataflow::Widen); of any stream, which gets another
  /// name.
  void Widen(const Field& field);
  void Rename(const std::string& name) { options_.name = name; }

  /// What each input is bound to, in the order of the spec's inputs; exactly one of the two is set, none for constants.
  struct Binding {
    Source* source = nullptr;
    std::shared_ptr<Stream> stream;
    uint64_t from = 0;  // where what it read of it begins: the same for nodes that read the same
  };
  std::vector<Binding> bindings;
  std::vector<std::vector<LineSource>> line_sources;  // per watermark line

  struct Edge {
    Stream* stream;
    int input;
  };
  std::vector<Edge> edges;
  std::vector<std::weak_ptr<StreamTap>> taps;
  int holds = 0;  // of a shared node: by those who fill a stream that is to read it, or one that does

  /// Before it is filled: the shared nodes that the plan was cut into, in the order of its parts. What they leave out
  /// counts as the stream's own.
  void SetBelow(const std::vector<std::shared_ptr<Stream>>& below, PlanOutline outline);
  const std::vector<std::weak_ptr<Stream>>& below() const { return below_; }
  /// Empty unless the stream has a name.
  const PlanOutline& outline() const { return outline_; }
  /// The streams above that are no shared nodes, each once.
  std::vector<Stream*> Readers() const;

  bool attached = false;
  bool replaying = false;  // not attached, but what it makes of its inputs' earlier changes is delivered
  bool failed = false;     // its changelog and its readers have been told
  uint64_t order = 0;      // creation order: a stream only reads streams of lower order
  uint64_t number = 0;     // likewise, in all processes that have had the database open
  bool changed = true;     // since the last image

  /// But for its state. Between two steps.
  SavedStream Save() const;
  /// Before anybody reads it.
  void Restore(const SavedStream& saved);

  // Within a step.
  void Begin(uint64_t epoch, int64_t now, bool first = false);
  bool begun(uint64_t epoch) const { return step_.has_value() && step_->epoch() == epoch; }
  Step& step() { return *step_; }
  /// The net change gathered since Begin, if anybody listens and there is one.
  std::optional<Change> TakeChange(uint64_t epoch);

  /// While history is run through, and when nothing reads the stream, only its state matters. Of a shared node it is
  /// for the streams above to say, as if the operator were their own.
  bool wanted() const override;
  Answer OnDelta(const Delta& delta) override;
  void OnLate(const Delta& delta) override;
  void OnErrors(const Delta& input, const RowErrors& errors) override;

  std::atomic<int64_t> total_rows{0};
  /// Both: any thread, once the stream is attached.
  int64_t late_rows() const;
  int64_t error_rows() const;
  /// Of a shared node: the last rows it set aside. `stream` is empty.
  const std::deque<ErrorEntry>& recent_errors() const { return recent_errors_; }

 private:
  Engine* engine_;
  StreamOptions options_;
  Dataflow dataflow_;
  std::vector<DataType> types_;
  std::shared_ptr<Changelog> changelog_;
  std::optional<Step> step_;
  RowBatchBuilder change_;
  Ref<RowBatch> adopted_;  // the only delta so far, when it could be kept without copying
  Delta narrow_;
  std::shared_ptr<LeftOut> left_out_ = std::make_shared<LeftOut>();
  std::vector<std::shared_ptr<const LeftOut>> left_out_below_;
  std::deque<ErrorEntry> recent_errors_;
  std::vector<Edge> wanting_;  // of a shared node: the edges that somebody looks behind, in this step
  std::vector<std::weak_ptr<Stream>> below_;
  PlanOutline outline_;
};

}  // namespace laminar
