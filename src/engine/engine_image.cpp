// The engine into an image and back.
#include "engine/engine_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "engine/engine.h"
#include "storage/log.h"

namespace laminar {

Result<EngineImage> Engine::TakeImage(const WholeImage& whole) {
  EngineImage image;
  std::lock_guard step(step_mutex_);
  LAMINAR_RETURN_NOT_OK(collapse_.Clone());
  try {
    std::vector<Taken> taken;
    {
      std::lock_guard intake(intake_mutex_);
      taken = TakeAllLocked();
      // The end of the epoch, if it is not written yet, comes behind: replaying it does nothing.
      image.log_position = log_ != nullptr ? log_->position() : 0;
      image.definitions = std::exchange(definitions_, {});
      image.engine.time = last_time_;
      image.engine.next_row_number = next_row_number_;
      image.engine.calls = counters_.calls.load();
      for (const auto& [id, source] : sources_by_id_) {
        EngineImage::OfSource& saved = image.sources.emplace_back();
        saved.saved.id = id;
        saved.saved.announced.assign(source->announced().begin(), source->announced().end());
      }
    }
    if (!taken.empty()) RunStepOver(taken);
  } catch (const std::exception& failure) {
    Collapse(failure.what());
    return collapse_.Clone();
  }

  const auto begin = std::chrono::steady_clock::now();
  SavedEngine& engine = image.engine;
  engine.epoch = epoch();
  engine.next_source_id = next_source_id_;
  engine.next_stream_number = next_stream_number_;
  engine.processed = counters_.processed;
  engine.steps = counters_.steps;
  engine.late = counters_.late;
  engine.errors = counters_.errors;
  engine.overflow = *counters_.overflow;
  engine.recent_errors = errors_.entries();
  for (EngineImage::OfSource& saved : image.sources) {
    const Source& source = *sources_by_id_.at(saved.saved.id);
    saved.saved.rows = source.processed_rows;
    saved.saved.watermark = source.processed_watermark;
    saved.history = source.history.Snapshot();
    saved.types = source.layout()->types;
  }
  // Streams of subscriptions end with the process, and so do nodes that only they read.
  std::set<const Stream*> kept;
  for (const std::shared_ptr<Stream>& stream : streams_) {
    if (!stream->options().named) continue;
    kept.insert(stream.get());
    for (const std::weak_ptr<Stream>& node : stream->below()) kept.insert(node.lock().get());
  }
  for (const std::shared_ptr<Stream>& stream : streams_) {
    if (!kept.contains(stream.get())) continue;
    EngineImage::OfStream& saved = image.streams.emplace_back();
    saved.saved = stream->Save();
    saved.types = stream->types();
    if (saved.saved.failure) continue;
    saved.whole = whole(stream->number, stream->changed);
    if (saved.whole || stream->changed) saved.state = stream->dataflow().TakeImage(saved.whole);
    stream->changed = false;
    if (!saved.saved.changes_from) continue;
    auto changes = stream->changelog()->OpenBehind(*saved.saved.changes_from, engine.epoch, {});
    if (!changes.ok()) {
      std::lock_guard intake(intake_mutex_);
      definitions_.insert(definitions_.begin(), image.definitions.begin(), image.definitions.end());
      return changes.TakeStatus();
    }
    saved.changes = changes.TakeValue();
  }
  const auto pause = std::chrono::steady_clock::now() - begin;
  image.pause_micros = std::chrono::duration_cast<std::chrono::microseconds>(pause).count();
  return image;
}

void Engine::BeginRestore(const SavedEngine& saved) {
  std::lock_guard step(step_mutex_);
  std::lock_guard intake(intake_mutex_);
  restoring_ = true;
  sequence_ = step_epoch_ = saved.epoch;
  epoch_ = saved.epoch;
  last_time_ = step_time_ = saved.time;
  next_row_number_ = saved.next_row_number;
  next_source_id_ = saved.next_source_id;
  next_stream_number_ = saved.next_stream_number;
  counters_.ingested = counters_.processed = saved.processed;
  counters_.calls = saved.calls;
  counters_.steps = saved.steps;
  counters_.late = saved.late;
  counters_.errors = saved.errors;
  *counters_.overflow = saved.overflow;
  for (const ErrorEntry& entry : saved.recent_errors) errors_.Add(entry);
}

Status Engine::RestoreSource(const SavedSource& saved,
                             const std::function<Status(std::span<const DataType> types, History& history)>& load) {
  std::lock_guard step(step_mutex_);
  std::lock_guard intake(intake_mutex_);
  const auto found = sources_by_id_.find(saved.id);
  if (found == sources_by_id_.end()) return Status::OK();
  Source& source = *found->second;
  source.StandAt(saved.watermark, saved.announced);
  source.total_rows = source.processed_rows = saved.rows;
  LAMINAR_RETURN_NOT_OK(load(source.layout()->types, source.history));
  memory_.Took(source.history.memory_bytes());
  memory_.AfterStep(sources_, streams_);
  return Status::OK();
}

Status Engine::RestoreStreams(const std::vector<SavedStream>& all, const StateLoader& load) {
  std::lock_guard step(step_mutex_);
  std::map<uint64_t, const SavedStream*> by_number;
  for (const SavedStream& saved : all) by_number[saved.number] = &saved;
  std::map<Stream*, const SavedStream*> restored;
  const auto restore = [&](uint64_t number, Stream* stream) -> Status {
    if (!restored.emplace(stream, nullptr).second) return Status::OK();  // what several streams read
    const auto found = by_number.find(number);
    if (found == by_number.end()) return Status::Internal(fmt::format("node {} is missing", number));
    const SavedStream& saved = *found->second;
    restored[stream] = &saved;
    if (saved.plan != stream->dataflow().Fingerprint()) {
      return {ErrorCode::kConnectionFailed,
              fmt::format("the state of \"{}\" was written by a release that computes it another way", saved.name)};
    }
    stream->Restore(saved);
    return saved.failure ? Status::OK() : load(saved, *stream);
  };
  for (const SavedStream& saved : all) {
    if (saved.name.empty()) continue;
    const auto found = named_streams_.find(saved.name);
    if (found == named_streams_.end()) continue;  // suspended
    const std::shared_ptr<Stream>& stream = found->second;
    if (saved.below.size() != stream->below().size()) {
      return {ErrorCode::kConnectionFailed,
              fmt::format("the state of \"{}\" was written by a release that computes it another way", saved.name)};
    }
    for (size_t i = 0; i < saved.below.size(); ++i) {
      LAMINAR_RETURN_NOT_OK(restore(saved.below[i], stream->below()[i].lock().get()));
    }
    LAMINAR_RETURN_NOT_OK(restore(saved.number, stream.get()));
  }
  // Those that failed, readers first: each has its own reason.
  const std::vector<std::shared_ptr<Stream>> streams = streams_;
  for (auto stream = streams.rbegin(); stream != streams.rend(); ++stream) {
    const auto found = restored.find(stream->get());
    if (found == restored.end() || !found->second->failure) continue;
    FailStream(stream->get(), Status(Error(*found->second->failure)));
  }
  return Status::OK();
}

void Engine::EndRestore() {
  std::lock_guard step(step_mutex_);
  restoring_ = false;
  memory_.AfterStep(sources_, streams_);
  FindNextTimer();
}

}  // namespace laminar
