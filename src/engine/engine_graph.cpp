// Changes of the graph, and reading it: streams come (over the history of what they read) and go, queries freeze their
// inputs.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/engine.h"
#include "exec/table_state.h"

namespace laminar {

namespace {

// What may be left to catch up with while the step lock is held.
constexpr uint64_t kAttachRows = 8192;
constexpr size_t kMaxRounds = 64;

/// Gathers contents into one batch.
class BatchCollector final : public DataflowResult {
 public:
  explicit BatchCollector(const std::vector<DataType>& types) : builder_(types) {}
  Answer OnDelta(const Delta& delta) override {
    builder_.Append(delta);
    return Answer::kMore;
  }
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta&, const RowErrors&) override {}
  Ref<RowBatch> Finish() { return builder_.Finish(); }

 private:
  RowBatchBuilder builder_;
};

/// Pushes a stream's contents into one input of the dataflow that will read it.
class InputFeeder final : public DataflowResult {
 public:
  InputFeeder(Stream* reader, int input) : reader_(reader), input_(input) {}
  Answer OnDelta(const Delta& delta) override {
    Dataflow& dataflow = reader_->dataflow();
    ProjectColumns(delta, dataflow.spec().inputs[static_cast<size_t>(input_)].columns, &narrow_);
    return dataflow.Push(reader_->step(), input_, narrow_);
  }
  void OnLate(const Delta&) override {}
  void OnErrors(const Delta&, const RowErrors&) override {}

 private:
  Stream* reader_;
  int input_;
  Delta narrow_;
};

}  // namespace

/// How far the calls of one source of a line have been replayed.
struct LineReplay {
  LineSource at;
  HistorySnapshot history;
  size_t next_call = 0;
  Timestamp reached = kNoWatermark;  // in the line's unit
};

/// How far a stream that is not attached yet has read its inputs.
struct Engine::CatchUp {
  struct Input {
    uint64_t next_row = 0;  // of a source
    HistorySnapshot history;
    HistoryHold hold;                            // what comes since stays until it is read
    std::unique_ptr<ContentsSnapshot> contents;  // of a stream: first round only
    std::shared_ptr<StreamTap> tap;              // of a stream: gathers what comes since
    std::vector<Ref<RowBatch>> arrived;          // taken from the tap
  };
  std::vector<Input> inputs;
  std::vector<std::vector<LineReplay>> lines;

  /// The contents of a shared node need not be pushed through operators that keep nothing of it.
  static bool Reads(const Stream& stream, size_t input) {
    const std::shared_ptr<Stream>& read = stream.bindings[input].stream;
    return read && (!read->shared() || stream.dataflow().Wants(static_cast<int>(input)));
  }

  /// With the step lock held. Rows that a round would push now.
  uint64_t Freeze(Stream& stream, bool first) {
    uint64_t rows = 0;
    inputs.resize(stream.bindings.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      Stream::Binding& binding = stream.bindings[i];
      if (binding.source != nullptr) {
        if (first) {
          inputs[i].hold = binding.source->history.Hold();
          binding.from = binding.source->history.first_row();
        }
        inputs[i].history = binding.source->history.Snapshot();
        inputs[i].next_row = std::max(inputs[i].next_row, inputs[i].history.first_row());
        rows += inputs[i].history.rows() - inputs[i].next_row;
      } else if (!Reads(stream, i)) {
        continue;
      } else if (first) {
        inputs[i].contents = ContentsSnapshot::OfStream(*binding.stream);
        inputs[i].tap = std::make_shared<StreamTap>();
        binding.stream->taps.push_back(inputs[i].tap);
        rows += kAttachRows + 1;
      } else {
        inputs[i].arrived = std::exchange(inputs[i].tap->batches, {});
        rows += std::exchange(inputs[i].tap->rows, 0);
      }
    }
    lines.resize(stream.line_sources.size());
    for (size_t line = 0; line < lines.size(); ++line) {
      lines[line].resize(stream.line_sources[line].size());
      for (size_t k = 0; k < lines[line].size(); ++k) {
        lines[line][k].at = stream.line_sources[line][k];
        lines[line][k].history = lines[line][k].at.source->history.Snapshot();
      }
    }
    return rows;
  }
};

namespace {

/// Replays the calls of a line's sources, from where each stands, in order of sequence.
void ReplayLine(std::vector<LineReplay>& sources, WatermarkLine* line) {
  while (true) {
    LineReplay* next = nullptr;
    for (LineReplay& source : sources) {
      source.next_call = std::max(source.next_call, source.history.first_call());
      if (source.next_call == source.history.call_count()) continue;
      if (next == nullptr ||
          source.history.call(source.next_call).sequence < next->history.call(next->next_call).sequence) {
        next = &source;
      }
    }
    if (next == nullptr) return;
    const HistoryCall call = next->history.call(next->next_call++);
    next->reached = next->at.Scaled(call.watermark);
    Timestamp least = kMaxTimestamp;
    for (const LineReplay& source : sources) least = std::min(least, source.reached);
    line->Advance(call.sequence, least);
  }
}

}  // namespace

void ReplayLines(std::vector<std::vector<QueryInputs::LineHistory>>& histories, std::vector<WatermarkLine>* lines) {
  for (size_t i = 0; i < histories.size(); ++i) {
    std::vector<LineReplay> sources;
    for (QueryInputs::LineHistory& source : histories[i]) sources.push_back({source.at, std::move(source.history)});
    ReplayLine(sources, &(*lines)[i]);
  }
}

void Engine::AddSource(SourceDefinition definition) { ThrowIfError(AddSource(std::move(definition), {})); }

Status Engine::AddSource(SourceDefinition definition, std::string_view logged) {
  std::string name = definition.name;
  if (definition.id == 0) definition.id = NewSourceId();
  const uint32_t id = definition.id;
  auto source = std::make_unique<Source>(std::move(definition));
  std::lock_guard step(step_mutex_);
  std::lock_guard intake(intake_mutex_);
  LAMINAR_RETURN_NOT_OK(DefineLocked(logged));
  if (replaying_ && id >= next_source_id_) next_source_id_ = id + 1;
  sources_by_id_[id] = source.get();
  sources_.emplace(std::move(name), std::move(source));
  return Status::OK();
}

void Engine::RemoveSource(const std::string& name, const Error& reason) {
  Streams gone;
  std::lock_guard step(step_mutex_);
  RunStep();  // what was accepted is still carried to whoever reads the source
  std::lock_guard intake(intake_mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return;
  Source& source = *found->second;
  while (!source.edges.empty()) Detach(source.edges.front().stream->shared_from_this(), reason, &gone);
  while (!source.followers.empty()) Detach(source.followers.front()->shared_from_this(), reason, &gone);
  std::erase(dirty_, &source);
  sources_by_id_.erase(source.definition().id);
  sources_.erase(found);
  room_.WakeAll();
}

Status Engine::AddTable(const std::string& name, const Schema& schema, std::vector<int> key, uint32_t id) {
  SourceDefinition intake;
  intake.name = name;
  intake.id = id;
  intake.keeps_history = false;
  DataflowInput input;
  input.relation = name;
  for (int i = 0; i < schema.size(); ++i) {
    intake.types.push_back(schema.field(i).type);
    input.columns.push_back(i);
  }
  DataflowSpec spec;
  spec.inputs.push_back(std::move(input));
  spec.schema = schema;
  spec.append_only = false;
  DataflowNode rows;
  rows.op = std::make_unique<TableState>(intake.types, std::move(key));
  rows.inputs.push_back({.from = ~0});
  rows.append_only = false;
  spec.nodes.push_back(std::move(rows));
  LAMINAR_RETURN_NOT_OK(AddSource(std::move(intake), {}));
  return AddStream({name, true}, std::move(spec)).status().Clone();
}

void Engine::RemoveTable(const std::string& name, const Error& reason) {
  if (const std::shared_ptr<Stream> stream = FindStream(name)) RemoveStream(stream, reason);
  RemoveSource(name, reason);
}

Status Engine::ReadTable(const std::string& name, const std::function<void(const KeyedRows&)>& visit) const {
  std::lock_guard step(step_mutex_);
  LAMINAR_RETURN_NOT_OK(collapse_.Clone());
  const auto found = named_streams_.find(name);
  if (found == named_streams_.end()) {
    return {ErrorCode::kTableNotFound, fmt::format("there is no table named \"{}\"", name)};
  }
  Dataflow& dataflow = found->second->dataflow();
  LAMINAR_RETURN_NOT_OK(dataflow.status().Clone());
  visit(static_cast<const TableState&>(dataflow.OperatorAt(0)).rows());
  return Status::OK();
}

Status Engine::Bind(Stream* stream, const std::vector<std::shared_ptr<Stream>>& shared) {
  const DataflowSpec& spec = stream->dataflow().spec();
  for (const DataflowInput& input : spec.inputs) {
    Stream::Binding binding;
    if (input.kind == DataflowInput::Kind::kSource) {
      LAMINAR_ASSIGN_OR_RETURN(binding.source, FindSourceLocked(input.relation));
      binding.from = binding.source->history.first_row();
    } else if (input.kind == DataflowInput::Kind::kStream) {
      LAMINAR_ASSIGN_OR_RETURN(binding.stream, FindStreamLocked(input.relation));
      // What a stream has forgotten is not counted: whoever comes reads what nobody else has read.
      if (binding.stream->options().forgets) binding.from = ++next_reader_;
    } else if (input.kind == DataflowInput::Kind::kShared) {
      binding.stream = shared[static_cast<size_t>(input.part)];
    } else {
      return Status::Internal("a stream was planned over files");
    }
    stream->bindings.push_back(std::move(binding));
  }
  for (const DataflowLine& line : spec.lines) {
    LAMINAR_ASSIGN_OR_RETURN(std::vector<LineSource> sources, ResolveLine(line));
    stream->line_sources.push_back(std::move(sources));
  }
  return Status::OK();
}

Result<std::vector<LineSource>> Engine::ResolveLine(const DataflowLine& line) const {
  std::vector<LineSource> sources;
  for (const std::string& name : line.sources) {
    LAMINAR_ASSIGN_OR_RETURN(Source * source, FindSourceLocked(name));
    const int64_t unit = source->definition().nanos_per_unit;
    sources.push_back({source, line.nanos_per_unit == 0 ? 1 : std::max<int64_t>(unit / line.nanos_per_unit, 1)});
  }
  return sources;
}

Result<Source*> Engine::FindSourceLocked(const std::string& name) const {
  const auto found = sources_.find(name);
  if (found == sources_.end()) {
    return Status(ErrorCode::kTableNotFound, fmt::format("there is no source named \"{}\"", name));
  }
  return found->second.get();
}

Result<std::shared_ptr<Stream>> Engine::FindStreamLocked(const std::string& name) const {
  if (const auto found = named_streams_.find(name); found != named_streams_.end()) return found->second;
  if (const auto found = suspended_.find(name); found != suspended_.end()) {
    return Status(ErrorCode::kQueryFailed, fmt::format("stream \"{}\" is suspended: {}", name, found->second));
  }
  return Status(ErrorCode::kTableNotFound, fmt::format("there is no stream named \"{}\"", name));
}

void Engine::Suspend(const std::string& name, std::string why) {
  std::lock_guard step(step_mutex_);
  suspended_[name] = std::move(why);
}

void Engine::Resume(const std::string& name) {
  std::lock_guard step(step_mutex_);
  suspended_.erase(name);
}

bool Engine::IsSuspended(const std::string& name) const {
  std::lock_guard step(step_mutex_);
  return suspended_.contains(name);
}

Status Engine::CatchUpRound(Stream* stream, CatchUp* progress, uint64_t epoch, int64_t now, bool first) {
  for (size_t line = 0; line < progress->lines.size(); ++line) {
    ReplayLine(progress->lines[line], &stream->dataflow().lines()[line]);
  }
  stream->Begin(epoch, now, first);
  for (size_t i = 0; i < progress->inputs.size(); ++i) {
    CatchUp::Input& input = progress->inputs[i];
    const int port = static_cast<int>(i);
    if (stream->bindings[i].source != nullptr) {
      const std::vector<int>& columns = stream->dataflow().spec().inputs[i].columns;
      LAMINAR_RETURN_NOT_OK(ScanHistory(input.history, input.next_row, columns, nullptr, [&](const Delta& delta) {
        return stream->dataflow().Push(stream->step(), port, delta);
      }));
      input.next_row = input.history.rows();
      input.hold->store(input.next_row, std::memory_order_relaxed);
    } else if (input.tap) {
      InputFeeder feeder(stream, port);
      if (input.contents) LAMINAR_RETURN_NOT_OK(std::exchange(input.contents, nullptr)->Emit(feeder, nullptr));
      for (const Ref<RowBatch>& rows : std::exchange(input.arrived, {})) feeder.OnDelta(rows->delta());
    }
  }
  return stream->dataflow().Finish(stream->step());
}

Status Engine::CheckAlive(const Stream& stream) const {
  if (!collapse_.ok()) return collapse_.Clone();
  if (shut_down_) return {ErrorCode::kShutdown, "the database is shut down"};
  for (const Stream::Binding& binding : stream.bindings) {
    if (!binding.stream) continue;
    LAMINAR_RETURN_NOT_OK(binding.stream->dataflow().status().Clone());
    if (!binding.stream->attached) return {ErrorCode::kTableNotFound, "what is to be read was dropped meanwhile"};
  }
  return Status::OK();
}

void Engine::Attach(const std::shared_ptr<Stream>& stream) {
  stream->attached = true;
  stream->order = next_order_++;
  if (stream->number == 0) stream->number = next_stream_number_++;
  for (size_t i = 0; i < stream->bindings.size(); ++i) {
    const Stream::Binding& binding = stream->bindings[i];
    const int input = static_cast<int>(i);
    if (binding.source != nullptr) binding.source->edges.push_back({stream.get(), input});
    if (binding.stream) binding.stream->edges.push_back({stream.get(), input});
  }
  for (const std::vector<LineSource>& sources : stream->line_sources) {
    for (const LineSource& at : sources) {
      std::vector<Stream*>& followers = at.source->followers;
      if (std::find(followers.begin(), followers.end(), stream.get()) == followers.end())
        followers.push_back(stream.get());
    }
  }
  // What was set aside before, or while it was filled, is its own as well.
  std::set<std::shared_ptr<Stream>> below;
  for (const std::weak_ptr<Stream>& node : stream->below()) below.insert(node.lock());
  for (const std::shared_ptr<Stream>& node : below) {
    for (const ErrorEntry& error : node->recent_errors()) errors_.Add(error.Of(stream->name()));
  }
  streams_.push_back(stream);
  if (stream->dataflow().has_timer()) {
    timed_.push_back(stream.get());
    FindNextTimer();
  }
  if (stream->options().named) named_streams_.emplace(stream->name(), stream);
}

/// Keeps shared nodes running while a stream that is to read them is made.
class Engine::Holds {
 public:
  explicit Holds(Engine* engine) : engine_(engine) {}
  ~Holds() {
    if (nodes_.empty()) return;
    Streams gone;
    std::lock_guard step(engine_->step_mutex_);
    // What a node reads comes before it and is let go after it.
    while (!nodes_.empty()) {
      --nodes_.back()->holds;
      engine_->DropUnused(nodes_.back(), &gone);
      gone.push_back(std::move(nodes_.back()));
      nodes_.pop_back();
    }
  }
  Holds(const Holds&) = delete;
  Holds& operator=(const Holds&) = delete;

  /// With the step lock held; the node is running.
  void Add(std::shared_ptr<Stream> node) {
    ++node->holds;
    nodes_.push_back(std::move(node));
  }
  /// In the order of the plan's parts.
  const Streams& nodes() const { return nodes_; }

 private:
  Engine* engine_;
  Streams nodes_;
};

Status Engine::Fill(Stream* stream, const std::function<Status(uint64_t epoch)>& attach) {
  if (restoring_) {  // only the thread that restores is there
    std::lock_guard step(step_mutex_);
    return attach(epoch());
  }
  CatchUp progress;
  for (size_t round = 0;; ++round) {
    Synchronize();
    std::unique_lock step(step_mutex_);
    const bool first = round == 0;
    LAMINAR_RETURN_NOT_OK(CheckAlive(*stream));
    const uint64_t epoch = this->epoch();
    const int64_t now = step_time_;
    // Under load the rows to catch up with may never become few: then the last round runs while steps wait.
    const bool last = progress.Freeze(*stream, first) <= kAttachRows || round == kMaxRounds;
    if (!last) step.unlock();
    LAMINAR_RETURN_NOT_OK(CatchUpRound(stream, &progress, epoch, now, first));
    if (!last) continue;
    return attach(epoch);
  }
}

Result<std::shared_ptr<Stream>> Engine::AcquireShared(PlanPart part, Holds* held) {
  StreamOptions options{.name = "", .named = false, .identity = std::move(part.identity)};
  auto node = std::make_shared<Stream>(this, std::move(options), std::move(part.spec));
  {
    std::lock_guard step(step_mutex_);
    LAMINAR_RETURN_NOT_OK(Bind(node.get(), held->nodes()));
    if (std::shared_ptr<Stream> running = shared_nodes_.Find(*node)) {
      held->Add(running);
      return running;
    }
  }
  std::shared_ptr<Stream> running;
  LAMINAR_RETURN_NOT_OK(Fill(node.get(), [&](uint64_t) {
    running = shared_nodes_.Find(*node);  // somebody may have been quicker
    if (!running) {
      running = node;
      Attach(node);
      shared_nodes_.Add(node);
    }
    held->Add(running);
    return Status::OK();
  }));
  return running;
}

Result<std::shared_ptr<Stream>> Engine::AddStream(StreamOptions options, DataflowSpec spec,
                                                  std::shared_ptr<ChangelogCursor>* cursor,
                                                  const SubscribeRequest& request, std::string_view definition) {
  if (request.from_epoch) return ResumeStream(std::move(options), std::move(spec), cursor, request);
  if (options.stop_on_error) {
    // A row in error is the end of this stream, and no affair of others with an equal node.
    for (DataflowNode& node : spec.nodes) node.identity = nullptr;
  }
  PlanParts parts(std::move(spec));
  Holds held(this);
  for (PlanPart& part : parts.shared) {
    LAMINAR_RETURN_NOT_OK(AcquireShared(std::move(part), &held).status().Clone());
  }
  auto stream = std::make_shared<Stream>(this, std::move(options), std::move(parts.rest));
  stream->SetBelow(held.nodes(), std::move(parts.outline));
  {
    std::lock_guard step(step_mutex_);
    LAMINAR_RETURN_NOT_OK(Bind(stream.get(), held.nodes()));
  }
  std::unique_ptr<ContentsSnapshot> contents;
  uint64_t reached = 0;
  LAMINAR_RETURN_NOT_OK(Fill(stream.get(), [&](uint64_t epoch) -> Status {
    if (!definition.empty()) {
      // Between two ends of epochs: it is replayed over the history that it was filled from.
      std::lock_guard intake(intake_mutex_);
      LAMINAR_RETURN_NOT_OK(DefineLocked(definition));
    }
    reached = epoch;
    Attach(stream);
    stream->changelog()->RetainFrom(epoch);
    if (cursor == nullptr) return Status::OK();
    *cursor = stream->changelog()->Open(CursorFor(request));
    HoldBack(*stream, **cursor);
    if (request.snapshot) contents = ContentsSnapshot::OfStream(*stream);
    return Status::OK();
  }));
  if (contents) {
    Status status;
    Change change = SnapshotChange(*contents, *stream, reached, &status);
    if (!status.ok()) {
      RemoveStream(stream, std::nullopt);
      return status;
    }
    if (change.rows->rows() != 0) (*cursor)->DeliverFirst(std::move(change));
  }
  return stream;
}

void Engine::RemoveStream(const std::shared_ptr<Stream>& stream, const std::optional<Error>& reason) {
  // What was accepted before a DROP is still delivered.
  if (reason) Synchronize();
  Streams gone;
  std::lock_guard step(step_mutex_);
  Detach(stream, reason, &gone);
  WakeWaitingForRoom();
}

void Engine::DropUnused(const std::shared_ptr<Stream>& node, Streams* gone) {
  if (node->shared() && node->edges.empty() && node->holds == 0) Detach(node, std::nullopt, gone);
}

void Engine::Detach(const std::shared_ptr<Stream>& stream, const std::optional<Error>& reason, Streams* gone) {
  if (!stream->attached) return;
  stream->attached = false;
  gone->push_back(stream);
  const auto reads = [&](const auto& edge) { return edge.stream == stream.get(); };
  for (const Stream::Binding& binding : stream->bindings) {
    if (binding.source != nullptr) std::erase_if(binding.source->edges, reads);
    if (binding.stream) std::erase_if(binding.stream->edges, reads);
  }
  for (const std::vector<LineSource>& sources : stream->line_sources) {
    for (const LineSource& at : sources) std::erase(at.source->followers, stream.get());
  }
  if (stream->options().named) named_streams_.erase(stream->name());
  if (stream->shared()) {
    shared_nodes_.Remove(*stream);
  } else {
    counters_.late.fetch_add(stream->late_rows());
    counters_.errors.fetch_add(stream->error_rows());
  }
  std::erase(streams_, stream);
  std::erase(timed_, stream.get());
  while (!stream->edges.empty()) Detach(stream->edges.front().stream->shared_from_this(), reason, gone);
  // A subscriber may keep the stream for long; its sources go before it.
  const std::vector<Stream::Binding> bindings = std::exchange(stream->bindings, {});
  stream->line_sources.clear();
  stream->changelog()->Finish(reason ? Changelog::End::kFailed : Changelog::End::kFinished, reason);
  for (const Stream::Binding& binding : bindings) {
    if (binding.stream) DropUnused(binding.stream, gone);
  }
}

std::shared_ptr<Stream> Engine::FindStream(const std::string& name) const {
  std::lock_guard step(step_mutex_);
  const auto found = named_streams_.find(name);
  return found == named_streams_.end() ? nullptr : found->second;
}

Engine::StreamFacts Engine::FactsOf(const Stream& stream) const {
  const PlanOutline& outline = stream.outline();
  StreamFacts found{OutlineOf(outline.spec), {}};
  std::lock_guard step(step_mutex_);
  const int rest = static_cast<int>(stream.below().size());
  std::vector<DataflowFacts> parts;
  for (int part = 0; part <= rest; ++part) {
    const std::shared_ptr<Stream> below = part == rest ? nullptr : stream.below()[static_cast<size_t>(part)].lock();
    const Dataflow* dataflow = below ? &below->dataflow() : part == rest ? &stream.dataflow() : nullptr;
    // A stream that was dropped meanwhile has lost what it shared.
    parts.push_back(dataflow != nullptr ? dataflow->Facts() : DataflowFacts{});
    if (!below) continue;
    const std::vector<Stream*> readers = below->Readers();
    const auto others = std::ranges::count_if(readers, [&](const Stream* reader) { return reader != &stream; });
    if (others == 0) continue;
    // The result of a part is its last node.
    const PlacedInPart result{part, static_cast<int>(below->dataflow().spec().nodes.size()) - 1};
    const auto at = std::ranges::find(outline.nodes, result) - outline.nodes.begin();
    found.outline.nodes[static_cast<size_t>(at)].label +=
        fmt::format("\nshared with {} other stream{}", others, others == 1 ? "" : "s");
  }
  for (const PlacedInPart& at : outline.inputs) {
    const std::vector<int64_t>& rows = parts[static_cast<size_t>(at.part)].input_rows;
    found.facts.input_rows.push_back(rows.empty() ? 0 : rows[static_cast<size_t>(at.index)]);
  }
  for (const PlacedInPart& at : outline.nodes) {
    const std::vector<OperatorFacts>& operators = parts[static_cast<size_t>(at.part)].operators;
    found.facts.operators.push_back(operators.empty() ? OperatorFacts{} : operators[static_cast<size_t>(at.index)]);
  }
  return found;
}

size_t Engine::shared_nodes() const {
  std::lock_guard step(step_mutex_);
  return shared_nodes_.size();
}

namespace {

/// A query of a stream that has stopped fails as queries do.
Status AsOfQuery(const Status& status) {
  if (status.ok() || status.error().code() != ErrorCode::kSubscriptionFailed) return status.Clone();
  return {ErrorCode::kQueryFailed, status.message()};
}

}  // namespace

Result<QueryInputs> Engine::FreezeInputs(const DataflowSpec& spec) {
  Synchronize();
  QueryInputs frozen;
  std::lock_guard step(step_mutex_);
  LAMINAR_RETURN_NOT_OK(collapse_.Clone());
  frozen.epoch = epoch();
  for (const DataflowInput& input : spec.inputs) {
    QueryInputs::Input& target = frozen.inputs.emplace_back();
    if (input.kind == DataflowInput::Kind::kSource) {
      LAMINAR_ASSIGN_OR_RETURN(Source * source, FindSourceLocked(input.relation));
      target.history = std::make_unique<HistorySnapshot>(source->history.Snapshot());
    } else if (input.kind == DataflowInput::Kind::kStream) {
      LAMINAR_ASSIGN_OR_RETURN(const std::shared_ptr<Stream> stream, FindStreamLocked(input.relation));
      LAMINAR_RETURN_NOT_OK(AsOfQuery(stream->dataflow().status()));
      target.stream = ContentsSnapshot::OfStream(*stream);
    }
  }
  for (const DataflowLine& line : spec.lines) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<LineSource> sources, ResolveLine(line));
    std::vector<QueryInputs::LineHistory>& histories = frozen.lines.emplace_back();
    for (const LineSource& at : sources) histories.push_back({at, at.source->history.Snapshot()});
  }
  return frozen;
}

Change Engine::SnapshotChange(ContentsSnapshot& contents, const Stream& stream, uint64_t epoch, Status* status) {
  BatchCollector collector(stream.types());
  try {
    *status = contents.Emit(collector, nullptr);
    return {epoch, true, collector.Finish()};
  } catch (const std::exception& failure) {
    *status =
        Status::Internal(fmt::format("the contents of \"{}\" cannot be delivered: {}", stream.name(), failure.what()));
    return {};
  }
}

namespace {

/// The least over the sources below that have event time: others hold nothing back.
Timestamp LeastMillis(const Stream& stream) {
  Timestamp least = kMaxTimestamp;
  for (const Stream::Binding& binding : stream.bindings) {
    if (binding.stream) least = std::min(least, LeastMillis(*binding.stream));
    if (binding.source == nullptr) continue;
    const Timestamp reached = binding.source->processed_watermark;
    const SourceDefinition& definition = binding.source->definition();
    if (reached == kNoWatermark && definition.watermark_column < 0) continue;
    least = std::min(least, ToMillis(reached, definition.nanos_per_unit));
  }
  return least;
}

}  // namespace

Timestamp Engine::MillisReachedBy(const Stream& stream) const {
  std::lock_guard step(step_mutex_);
  const Timestamp least = LeastMillis(stream);
  return least == kMaxTimestamp ? kNoWatermark : least;
}

}  // namespace laminar
