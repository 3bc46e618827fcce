#include "main/durable/checkpointer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "main/durable/checkpoint_files.h"
#include "main/durable/checkpoint_writer.h"
#include "storage/kill_point.h"

namespace laminar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kListed = 100;
// A chain is read from its beginning: it should not be much longer than what it comes to.
constexpr size_t kLongestChain = 16;
constexpr auto kRetry = std::chrono::seconds(5);

int64_t MicrosSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

}  // namespace

Checkpointer::Checkpointer(Folder& folder, Log& log, Freeze freeze, CheckpointOptions options,
                           std::optional<Manifest> last, bool news)
    : folder_(folder), log_(log), freeze_(std::move(freeze)), options_(options), due_bytes_(options.log_bytes) {
  if (last) manifest_ = std::move(*last);
  journal_.Append(manifest_.definitions);
  saved_position_ = news ? manifest_.log_position : log_.written();
  list_ = manifest_.checkpoints;
  thread_ = std::thread([this] { Thread(); });
}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard guard(wake_mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Notify() {
  std::lock_guard guard(wake_mutex_);
  grown_ = true;
  wake_.notify_all();
}

bool Checkpointer::IsDue(Clock::time_point now) const {
  const uint64_t grown = log_.written() - saved_position_;
  if (grown >= due_bytes_) return true;
  return options_.interval_secs && grown != 0 && now - last_ >= std::chrono::duration<double>(*options_.interval_secs);
}

void Checkpointer::Thread() {
  std::unique_lock guard(wake_mutex_);
  while (!stopping_) {
    if (IsDue(Clock::now())) {
      const bool by_size = log_.written() - saved_position_ >= due_bytes_;
      guard.unlock();
      const Result<uint64_t> made = Run(by_size ? "log size" : "interval");
      guard.lock();
      if (made.ok()) continue;
      spdlog::error("\"{}\": a checkpoint failed, and will be tried again: {}", folder_.path(),
                    made.status().message());
      wake_.wait_for(guard, kRetry, [this] { return stopping_; });
      continue;
    }
    grown_ = false;
    const auto woken = [this] { return stopping_ || grown_; };
    if (options_.interval_secs) {
      const auto interval = std::chrono::duration<double>(*options_.interval_secs);
      // With nothing to save when it is due, it is looked at again an interval later.
      const auto due = std::max(last_ + std::chrono::duration_cast<Clock::duration>(interval),
                                Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                   log_.written() == saved_position_ ? interval : interval / 64));
      wake_.wait_until(guard, due, woken);
    } else {
      wake_.wait(guard, woken);
    }
  }
}

Result<uint64_t> Checkpointer::Run(std::string_view reason) {
  std::lock_guard guard(mutex_);
  if (closed_) return Status(ErrorCode::kShutdown, "the database is shut down: it makes no further checkpoint");
  LAMINAR_RETURN_NOT_OK(Make(reason));
  return manifest_.id();
}

Status Checkpointer::Close(bool last_one) {
  {
    std::lock_guard guard(wake_mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard guard(mutex_);
  closed_ = true;
  if (!log_.failure().ok()) return Status::OK();  // what the log holds is what counts
  return log_.written() == saved_position_ || !last_one ? Status::OK() : Make("closed");
}

std::vector<CheckpointInfo> Checkpointer::List() const {
  std::lock_guard guard(wake_mutex_);
  return list_;
}

std::map<uint64_t, bool> Checkpointer::Chains() const {
  // What stands in files that are mostly out of use is written again, so that they can go.
  std::map<uint64_t, uint64_t> used;
  for (const Manifest::OfStream& stream : manifest_.streams) {
    for (const ImageSection& section : stream.state) used[section.checkpoint] += section.at.bytes;
  }
  const auto is_worn = [&](uint64_t file) { return used[file] < manifest_.image_files.at(file) / 2; };
  std::map<uint64_t, bool> chains;
  for (const Manifest::OfStream& stream : manifest_.streams) {
    if (stream.state.empty()) continue;
    const auto bytes = [](uint64_t sum, const ImageSection& section) { return sum + section.at.bytes; };
    const uint64_t behind = std::accumulate(stream.state.begin() + 1, stream.state.end(), uint64_t{0}, bytes);
    chains[stream.saved.number] =
        stream.state.size() >= kLongestChain || behind > stream.state.front().at.bytes ||
        std::ranges::any_of(stream.state, [&](const ImageSection& section) { return is_worn(section.checkpoint); });
  }
  return chains;
}

Status Checkpointer::Make(std::string_view reason) {
  const Clock::time_point begin = Clock::now();
  Manifest next;
  CheckpointInfo info;
  info.id = manifest_.id() + 1;
  info.reason = reason;
  info.time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                  .count();

  const std::map<uint64_t, bool> chains = Chains();
  const bool all = std::exchange(failed_, true);  // until it has not
  // Until this process has written all of a stream once, what changes of it cannot be told from what was loaded.
  Result<Frozen> frozen = freeze_([&](uint64_t stream, bool changed) {
    const auto chain = chains.find(stream);
    return all || chain == chains.end() || chain->second || (changed && !imaged_.contains(stream));
  });
  if (!frozen.ok()) return frozen.TakeStatus();
  auto [image, sinks] = frozen.TakeValue();
  info.pause_micros = image.pause_micros;
  KillPoint("checkpoint.frozen");
  for (const std::string& definition : image.definitions) journal_.Append(definition);
  next.definitions = journal_.Bytes();
  next.log_position = image.log_position;
  next.engine = std::move(image.engine);
  info.epoch = next.engine.epoch;

  std::set<uint64_t> imaged;
  for (const EngineImage::OfStream& stream : image.streams) {
    if (stream.whole || imaged_.contains(stream.saved.number)) imaged.insert(stream.saved.number);
  }
  bool switched = false;
  CheckpointWriter writing(folder_, manifest_, info.id);
  Status status = writing.Write(image, sinks, &next);
  if (status.ok()) status = log_.Sync(next.log_position);
  if (status.ok()) {
    next.checkpoints = manifest_.checkpoints;
    info.bytes = static_cast<int64_t>(writing.bytes());
    info.micros = MicrosSince(begin);
    next.checkpoints.push_back(info);
    if (next.checkpoints.size() > kListed) next.checkpoints.erase(next.checkpoints.begin());
    KillPoint("checkpoint.before_manifest");
    status = WriteManifest(folder_, next, &switched);
  }
  if (!switched) {
    writing.Abandon();
    return status;
  }
  manifest_ = std::move(next);
  // Which of the two manifests a power cut would leave is not known: neither's files may go.
  LAMINAR_RETURN_NOT_OK(std::move(status));
  imaged_ = std::move(imaged);
  failed_ = false;
  {
    std::lock_guard guard(wake_mutex_);
    saved_position_ = manifest_.log_position;
    uint64_t live = 0;
    for (const auto& [checkpoint, size] : manifest_.image_files) live += size;
    due_bytes_ = std::max(options_.log_bytes, live / 2);
    last_ = Clock::now();
    list_ = manifest_.checkpoints;
  }
  KillPoint("checkpoint.before_cleaning");
  // What cannot be removed now is no harm, and is tried again when the database is opened.
  static_cast<void>(RemoveOrphans(folder_, &manifest_));
  if (const int error = RemoveSegmentsBefore(folder_.files(), folder_.log(), manifest_.log_position)) {
    spdlog::warn("\"{}\": the log behind a checkpoint cannot be removed: {}", folder_.path(), ErrnoText(error));
  }
  return Status::OK();
}

}  // namespace laminar
