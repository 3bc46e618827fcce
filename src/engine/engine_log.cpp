// The engine and its log: what is written before it counts, and how it is carried out again.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "engine/logged_call.h"
#include "storage/batch_codec.h"
#include "storage/byte_writer.h"
#include "storage/kill_point.h"
#include "storage/log.h"
#include "storage/log_reader.h"

namespace laminar {

namespace {

Status MakesNoSense(const LogEntry& entry, std::string_view why) {
  return {ErrorCode::kConnectionFailed, fmt::format("the record at position {} of the log does not follow from those "
                                                    "before it: {}",
                                                    entry.position, why)};
}

}  // namespace

Status Engine::LogFailedLocked(Status status) {
  if (log_->failure().ok()) return status;  // no room: the next call may have more luck
  log_failure_ = status.Clone();
  intake_closed_ = true;
  room_.WakeAll();
  return status;
}

Status Engine::DefineLocked(std::string_view definition) {
  if (log_ == nullptr || definition.empty()) return Status::OK();
  if (intake_closed_) return ClosedLocked();
  uint64_t end = 0;
  Status status =
      log_->Append({LogKind::kDefinition, sequence_, std::max(last_time_, int64_t{0})}, LogBody(definition), &end);
  if (!status.ok()) return LogFailedLocked(std::move(status));
  defined_to_ = end;
  definitions_.emplace_back(definition);
  return Status::OK();
}

Status Engine::MustDefineLocked(std::string_view definition) {
  Status status = DefineLocked(definition);
  if (status.ok() || intake_closed_) return status;
  log_failure_ =
      Status(ErrorCode::kIngestionFailed,
             fmt::format("the log did not take a change of the catalog that had been made ({}): the database "
                         "takes no more input; open it again",
                         status.message()));
  intake_closed_ = true;
  room_.WakeAll();
  return log_failure_.Clone();
}

Status Engine::Define(std::string_view definition) {
  std::lock_guard intake(intake_mutex_);
  return DefineLocked(definition);
}

Status Engine::LogFiringLocked(uint64_t firing, int64_t time, int64_t due) {
  std::string body;
  ByteWriter(&body).Put(due);
  uint64_t end = 0;
  Status status = log_->Append({LogKind::kFiring, firing, time}, LogBody(body), &end);
  if (!status.ok()) return LogFailedLocked(std::move(status));
  log_->BufferEpoch(firing);
  return Status::OK();
}

Status Engine::AwaitDurable() {
  uint64_t end;
  {
    std::lock_guard intake(intake_mutex_);
    if (log_ == nullptr) return Status::OK();
    end = defined_to_;
  }
  return Acknowledge(end);
}

Status Engine::Acknowledge(uint64_t logged) {
  if (logged == 0 || log_ == nullptr) return Status::OK();
  Status status = log_->Acknowledge(logged);
  if (status.ok()) return status;
  std::lock_guard intake(intake_mutex_);
  return LogFailedLocked(std::move(status));
}

Status Engine::HardenEpoch() {
  if (log_ == nullptr) return Status::OK();
  uint64_t end = 0;
  {
    std::lock_guard intake(intake_mutex_);
    if (Status status = log_->Flush(&end); !status.ok()) return LogFailedLocked(std::move(status));
  }
  KillPoint("engine.epoch_logged");
  return Acknowledge(end);
}

void Engine::CloseIntake(Status why) {
  std::lock_guard intake(intake_mutex_);
  intake_closed_ = true;
  log_failure_ = std::move(why);
}

uint64_t Engine::sequence() const {
  std::lock_guard intake(intake_mutex_);
  return sequence_;
}

void Engine::Redefine(std::string_view definition, const std::function<void(std::string_view)>& define) {
  define(definition);
  std::lock_guard intake(intake_mutex_);
  definitions_.emplace_back(definition);
}

Status Engine::Replay(const LogEntry& entry, const std::function<void(std::string_view)>& define) {
  switch (entry.header.kind) {
    case LogKind::kCall:
      return ReplayCall(entry, define);
    case LogKind::kEpoch:
      return ReplayEpoch(entry.header.sequence);
    case LogKind::kDefinition:
      Redefine(entry.body, define);
      return Status::OK();
    case LogKind::kAnnouncement:
    case LogKind::kWriterClosed: {
      ByteReader in(entry.body);
      const LoggedAnnouncement announcement = DecodeAnnouncement(&in);
      LAMINAR_RETURN_NOT_OK(in.Done("an announcement"));
      std::lock_guard intake(intake_mutex_);
      const auto found = sources_by_id_.find(announcement.source);
      if (found == sources_by_id_.end()) return MakesNoSense(entry, "it is of a source that is not there");
      Source& source = *found->second;
      if (entry.header.kind == LogKind::kWriterClosed) {
        source.ForgetWriter(announcement.writer);
        return Status::OK();
      }
      if (entry.header.sequence != sequence_ + 1) return MakesNoSense(entry, "calls between are missing");
      MarkDirty(&source);
      last_time_ = entry.header.time;
      source.StageAnnouncement(announcement.writer, announcement.watermark, ++sequence_, last_time_);
      return Status::OK();
    }
    case LogKind::kFiring:
      return ReplayFiring(entry);
    case LogKind::kSessionStart: {
      std::lock_guard intake(intake_mutex_);
      for (const auto& [name, source] : sources_) source->ForgetWriters();
      return Status::OK();
    }
    case LogKind::kSessionEnd:
      return Status::OK();
  }
  return MakesNoSense(entry, "its kind is unknown");
}

Status Engine::ReplayCall(const LogEntry& entry, const std::function<void(std::string_view)>& define) {
  ByteReader in(entry.body);
  if (const std::string_view definition = in.GetText(); !definition.empty()) Redefine(definition, define);
  const uint32_t count = in.Get<uint32_t>();
  std::vector<std::string> names;
  std::vector<std::vector<Ref<RowBatch>>> batches;
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const uint32_t id = in.Get<uint32_t>();
    const uint32_t pieces = in.Get<uint32_t>();
    std::shared_ptr<const RowLayout> layout;
    {
      std::lock_guard intake(intake_mutex_);
      const auto found = sources_by_id_.find(id);
      if (found == sources_by_id_.end()) return MakesNoSense(entry, "it is of a source that is not there");
      layout = found->second->layout();
      names.push_back(found->second->definition().name);
    }
    std::vector<Ref<RowBatch>>& rows = batches.emplace_back();
    for (uint32_t k = 0; k < pieces && in.ok(); ++k) {
      LAMINAR_ASSIGN_OR_RETURN(Ref<RowBatch> batch, DecodeBatch(&in, layout->types, entry.owner));
      rows.push_back(std::move(batch));
    }
  }
  LAMINAR_RETURN_NOT_OK(in.Done("a call"));
  std::vector<CallPart> parts;
  for (size_t i = 0; i < names.size(); ++i) parts.push_back({names[i], batches[i]});
  std::lock_guard intake(intake_mutex_);
  if (entry.header.sequence != sequence_ + 1) return MakesNoSense(entry, "calls between are missing");
  ++sequence_;
  StageCall(parts, entry.header.time);
  return Status::OK();
}

Status Engine::ReplayFiring(const LogEntry& entry) {
  ByteReader in(entry.body);
  const int64_t due = in.Get<int64_t>();
  LAMINAR_RETURN_NOT_OK(in.Done("a firing of timers"));
  std::lock_guard step(step_mutex_);
  {
    std::lock_guard intake(intake_mutex_);
    if (entry.header.sequence != sequence_ + 1) return MakesNoSense(entry, "calls between are missing");
    if (!dirty_.empty()) return MakesNoSense(entry, "the epoch before it has no end");
    ++sequence_;
    last_time_ = entry.header.time;
  }
  try {
    Fire(entry.header.sequence, entry.header.time, due);
  } catch (const std::exception& failure) {
    Collapse(failure.what());
  }
  return collapse_.Clone();
}

Status Engine::ReplayEpoch(uint64_t epoch) {
  std::lock_guard step(step_mutex_);
  if (epoch != sequence()) {
    return {ErrorCode::kConnectionFailed,
            fmt::format("the log has the end of epoch {} behind call {}", epoch, sequence())};
  }
  RunStep(true);
  return collapse_.Clone();
}

void Engine::EndReplay(Log* log) {
  std::lock_guard step(step_mutex_);
  {
    std::lock_guard intake(intake_mutex_);
    replaying_ = false;
    log_ = log;
    for (const auto& [name, source] : sources_) source->ForgetWriters();
  }
  if (options_.manual_steps) return;
  RunStep();
  std::lock_guard intake(intake_mutex_);
  work_.notify_one();  // timers may be due
}

}  // namespace laminar
