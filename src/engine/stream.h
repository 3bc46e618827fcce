// A stream: a dataflow that is kept, the changelog its subscribers read, and the streams that read it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/changelog.h"
#include "engine/dataflow.h"
#include "engine/error_log.h"
#include "state/row_batch.h"

namespace laminar {

class Engine;
class Source;

/// A source of a watermark line, and how many units of the line one of its own is.
struct LineSource {
  Source* source = nullptr;
  int64_t scale = 1;

  Timestamp Scaled(Timestamp watermark) const {
    if (watermark == kNoWatermark) return watermark;
    Timestamp scaled;
    if (!__builtin_mul_overflow(watermark, scale, &scaled)) return scaled;
    return watermark < 0 ? kNoWatermark + 1 : kMaxTimestamp;
  }
};

struct StreamOptions {
  std::string name;  // empty: the dataflow of one subscription
  bool named = true;
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
  };
  std::vector<Binding> bindings;
  std::vector<std::vector<LineSource>> line_sources;  // per watermark line

  struct Edge {
    Stream* stream;
    int input;
  };
  std::vector<Edge> edges;
  std::vector<std::weak_ptr<StreamTap>> taps;

  bool attached = false;
  bool failed = false;  // its changelog and its readers have been told
  uint64_t order = 0;   // creation order: a stream only reads streams of lower order

  // Within a step.
  void Begin(uint64_t epoch, int64_t now, bool first = false);
  bool begun(uint64_t epoch) const { return step_.has_value() && step_->epoch() == epoch; }
  Step& step() { return *step_; }
  /// The net change gathered since Begin, if anybody listens and there is one.
  std::optional<Change> TakeChange(uint64_t epoch);

  /// While history is run through, and when nothing reads the stream, only its state matters.
  bool wanted() const override { return attached && (!edges.empty() || !taps.empty() || changelog_->has_readers()); }
  Answer OnDelta(const Delta& delta) override;
  void OnLate(const Delta& delta) override;
  void OnErrors(const Delta& input, const RowErrors& errors) override;

  std::atomic<int64_t> total_rows{0};
  std::atomic<int64_t> late_rows{0};
  std::atomic<int64_t> error_rows{0};

 private:
  Engine* engine_;
  StreamOptions options_;
  Dataflow dataflow_;
  std::vector<DataType> types_;
  std::shared_ptr<Changelog> changelog_ = std::make_shared<Changelog>();
  std::optional<Step> step_;
  RowBatchBuilder change_;
  Ref<RowBatch> adopted_;  // the only delta so far, when it could be kept without copying
  Delta narrow_;
};

}  // namespace laminar
