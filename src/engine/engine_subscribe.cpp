// How subscribers come to a stream: from its contents on, or from an epoch of before.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"

namespace laminar {

namespace {

/// Calls `visit` for every source that rows of the stream come from.
void ForEachRoot(const Stream& stream, const std::function<void(Source&)>& visit) {
  for (const Stream::Binding& binding : stream.bindings) {
    if (binding.source != nullptr) visit(*binding.source);
    if (binding.stream) ForEachRoot(*binding.stream, visit);
  }
}

/// Of the subscribers of the stream itself, and of queries of it: those have streams without a name, or nodes that they
/// share.
int64_t SlowestLag(const Stream& stream) {
  int64_t rows = stream.changelog()->pending_rows();
  for (const Stream::Edge& edge : stream.edges) {
    if (!edge.stream->options().named) rows = std::max(rows, SlowestLag(*edge.stream));
  }
  return rows;
}

}  // namespace

CursorOptions Engine::CursorFor(const SubscribeRequest& request) {
  CursorOptions options;
  options.overflow = request.overflow;
  options.subscriber = request.subscriber;
  options.on_room = [this] { WakeWaitingForRoom(); };
  return options;
}

void Engine::HoldBack(const Stream& stream, const ChangelogCursor& cursor) {
  if (!cursor.backpressure()) return;
  std::lock_guard intake(intake_mutex_);
  ForEachRoot(stream, [&](Source& source) {
    if (std::ranges::find(source.held_back_by, cursor.backpressure()) == source.held_back_by.end()) {
      source.held_back_by.push_back(cursor.backpressure());
    }
  });
}

int64_t Engine::LagOf(const Stream& stream) const {
  std::lock_guard step(step_mutex_);
  return SlowestLag(stream);
}

Engine::DroppedFacts Engine::Dropped() const {
  std::lock_guard step(step_mutex_);
  DroppedFacts dropped{counters_.late.load(), counters_.errors.load(), counters_.overflow->load()};
  for (const std::shared_ptr<Stream>& stream : streams_) {
    if (stream->shared()) continue;  // counts for each of those that read it
    dropped.late += stream->late_rows();
    dropped.errors += stream->error_rows();
  }
  return dropped;
}

Result<std::shared_ptr<ChangelogCursor>> Engine::Subscribe(const std::shared_ptr<Stream>& stream,
                                                           const SubscribeRequest& request) {
  std::shared_ptr<ChangelogCursor> cursor;
  LAMINAR_RETURN_NOT_OK(Subscribe(stream, request, {}, &cursor));
  return cursor;
}

Status Engine::Subscribe(const std::shared_ptr<Stream>& stream, const SubscribeRequest& request,
                         std::string_view definition, std::shared_ptr<ChangelogCursor>* opened) {
  Synchronize();
  std::shared_ptr<ChangelogCursor> cursor;
  std::unique_ptr<ContentsSnapshot> contents;
  uint64_t epoch;
  {
    std::lock_guard step(step_mutex_);
    if (!stream->attached) {
      return Status(ErrorCode::kSubscriptionClosed, fmt::format("\"{}\" was dropped", stream->name()));
    }
    LAMINAR_RETURN_NOT_OK(stream->dataflow().status().Clone());
    epoch = this->epoch();
    if (request.from_epoch) {
      LAMINAR_ASSIGN_OR_RETURN(cursor, stream->changelog()->OpenBehind(*request.from_epoch, epoch, CursorFor(request)));
    } else {
      cursor = stream->changelog()->Open(CursorFor(request));
      if (request.snapshot) contents = ContentsSnapshot::OfStream(*stream);
    }
    if (!definition.empty()) {
      std::lock_guard intake(intake_mutex_);
      LAMINAR_RETURN_NOT_OK(DefineLocked(definition));
    }
    HoldBack(*stream, *cursor);
    *opened = cursor;
  }
  if (contents) {
    Status status;
    Change change = SnapshotChange(*contents, *stream, epoch, &status);
    LAMINAR_RETURN_NOT_OK(std::move(status));
    if (change.rows->rows() != 0) cursor->DeliverFirst(std::move(change));
  }
  return Status::OK();
}

namespace {

Status CheckResumable(Stream& stream) {
  const DataflowSpec& spec = stream.dataflow().spec();
  for (size_t i = 0; i < stream.bindings.size(); ++i) {
    const std::shared_ptr<Stream>& input = stream.bindings[i].stream;
    if (input && input->dataflow().spec().on_update) {
      return {ErrorCode::kSubscriptionFailed,
              fmt::format("\"{0}\" keeps upserts (EMIT ON UPDATE), from which no query of it can be told what changed: "
                          "resume SUBSCRIBE {0} itself",
                          spec.inputs[i].relation)};
    }
    if (input && input->changelog()->retains()) continue;
    return {ErrorCode::kSubscriptionFailed,
            fmt::format("\"{}\" keeps no changes to resume from: CREATE STREAM … WITH (retain_history = '64mb') AS … "
                        "makes a stream that does",
                        spec.inputs[i].relation)};
  }
  for (size_t node = 0; node < spec.nodes.size(); ++node) {
    const Operator& op = stream.dataflow().OperatorAt(static_cast<int>(node));
    if (op.stateless()) continue;
    return {ErrorCode::kSubscriptionFailed,
            fmt::format("this query keeps state ({}), and what that was at an earlier epoch is gone: resume a stream "
                        "of it, made WITH (retain_history = '64mb')",
                        op.Describe())};
  }
  return Status::OK();
}

/// The earlier changes of a stream's inputs, in order of epochs.
class RetainedChanges {
 public:
  explicit RetainedChanges(std::vector<std::shared_ptr<ChangelogCursor>> inputs)
      : cursors_(std::move(inputs)), next_(cursors_.size()) {}

  int64_t lag() const {
    int64_t rows = 0;
    for (size_t i = 0; i < cursors_.size(); ++i) {
      rows += cursors_[i]->lag() + (next_[i] ? next_[i]->rows->rows() : 0);
    }
    return rows;
  }

  /// Pushes what is there up to `last`; each epoch becomes one of the stream's.
  Status Run(Stream& stream, uint64_t last, int64_t now, bool* first) {
    while (true) {
      uint64_t epoch = last + 1;
      for (size_t i = 0; i < cursors_.size(); ++i) {
        bool ended;
        if (!next_[i]) next_[i] = cursors_[i]->TryNext(&ended);
        if (next_[i]) epoch = std::min(epoch, next_[i]->epoch);
      }
      if (epoch > last && !*first) return Status::OK();
      stream.Begin(std::min(epoch, last), now, std::exchange(*first, false));
      Delta narrow;
      for (size_t i = 0; i < cursors_.size(); ++i) {
        if (!next_[i] || next_[i]->epoch != epoch) continue;
        const std::vector<int>& columns = stream.dataflow().spec().inputs[i].columns;
        ProjectColumns(next_[i]->rows->delta(), columns, &narrow);
        stream.dataflow().Push(stream.step(), static_cast<int>(i), narrow);
        next_[i].reset();
      }
      LAMINAR_RETURN_NOT_OK(stream.dataflow().Finish(stream.step()));
      if (std::optional<Change> change = stream.TakeChange(epoch)) stream.changelog()->Append(*std::move(change));
      if (epoch > last) return Status::OK();
    }
  }

 private:
  std::vector<std::shared_ptr<ChangelogCursor>> cursors_;
  std::vector<std::optional<Change>> next_;  // taken, and not pushed yet
};

}  // namespace

Result<std::shared_ptr<Stream>> Engine::ResumeStream(StreamOptions options, DataflowSpec spec,
                                                     std::shared_ptr<ChangelogCursor>* cursor,
                                                     const SubscribeRequest& request) {
  // As in AddStream: rounds without the step lock until little is left.
  constexpr int64_t kAttachRows = 8192;
  constexpr int kMaxRounds = 64;
  auto stream = std::make_shared<Stream>(this, std::move(options), std::move(spec));
  std::optional<RetainedChanges> replay;
  bool first = true;
  for (int round = 0;; ++round) {
    Synchronize();
    std::unique_lock step(step_mutex_);
    if (!replay) {
      LAMINAR_RETURN_NOT_OK(Bind(stream.get(), {}));
      LAMINAR_RETURN_NOT_OK(CheckAlive(*stream));
      LAMINAR_RETURN_NOT_OK(CheckResumable(*stream));
      std::vector<std::shared_ptr<ChangelogCursor>> inputs;
      for (const Stream::Binding& binding : stream->bindings) {
        LAMINAR_ASSIGN_OR_RETURN(std::shared_ptr<ChangelogCursor> input,
                                 binding.stream->changelog()->OpenBehind(*request.from_epoch, epoch(), {}));
        inputs.push_back(std::move(input));
      }
      replay.emplace(std::move(inputs));
      LAMINAR_RETURN_NOT_OK(CheckReach(request.overflow, replay->lag(), options_.buffer_size, *request.from_epoch));
      *cursor = stream->changelog()->Open(CursorFor(request));
      stream->replaying = true;
    }
    LAMINAR_RETURN_NOT_OK(CheckAlive(*stream));
    const uint64_t last_epoch = epoch();
    const int64_t now = step_time_;
    const bool last = replay->lag() <= kAttachRows || round == kMaxRounds;
    if (!last) step.unlock();
    LAMINAR_RETURN_NOT_OK(replay->Run(*stream, last_epoch, now, &first));
    if (!last) continue;
    stream->replaying = false;
    Attach(stream);
    HoldBack(*stream, **cursor);
    return stream;
  }
}

}  // namespace laminar
