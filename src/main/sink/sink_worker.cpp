#include "main/sink/sink_worker.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "state/consolidate.h"

namespace laminar {

SinkWorker::SinkWorker(std::string name, std::shared_ptr<ChangelogCursor> cursor, std::unique_ptr<SinkOutput> output,
                       std::vector<DataType> types, bool net, std::shared_ptr<Stream> own_stream)
    : name_(std::move(name)),
      cursor_(std::move(cursor)),
      output_(std::move(output)),
      types_(std::move(types)),
      net_(net),
      own_stream_(std::move(own_stream)) {}

void SinkWorker::Start() {
  thread_ = std::thread([self = shared_from_this()] { self->Run(); });
  cursor_->OnReadable([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Wake();
  });
}

void SinkWorker::Wake() {
  std::lock_guard guard(mutex_);
  ready_ = true;
  wake_.notify_one();
}

void SinkWorker::Stop() {
  std::lock_guard guard(mutex_);
  stopping_ = true;
  wake_.notify_one();
}

void SinkWorker::Join() {
  // Whoever comes first waits: the thread itself may come second, and must not be waited for by itself.
  std::thread thread;
  {
    std::lock_guard guard(mutex_);
    thread = std::move(thread_);
  }
  if (!thread.joinable()) return;
  if (thread.get_id() == std::this_thread::get_id()) {
    thread.detach();
  } else {
    thread.join();
  }
}

SinkFacts SinkWorker::facts() const {
  std::lock_guard guard(mutex_);
  return facts_;
}

void SinkWorker::Fail(const std::string& why, bool for_good) {
  {
    std::lock_guard guard(mutex_);
    ++facts_.errors;
    facts_.failed = facts_.failed || for_good;
    facts_.last_error = why;
  }
  spdlog::error("sink \"{}\" {}: {}", name_, for_good ? "has failed and delivers nothing more" : "lost a change", why);
}

bool SinkWorker::Drain() {
  while (true) {
    bool ended = false;
    std::optional<Change> change = cursor_->TryNext(&ended);
    if (!change) return ended;
    if (net_ && !change->merged) change->rows = Consolidate(change->rows, types_);
    const Status status = output_->Deliver(*change);
    if (status.ok()) {
      std::lock_guard guard(mutex_);
      facts_.rows += change->rows->rows();
    } else if (output_->outlives_errors()) {
      Fail(status.message(), false);
    } else {
      throw Error(status.error());
    }
  }
}

void SinkWorker::Run() {
  bool ended = false;
  try {
    while (!ended) {
      bool last;
      {
        std::unique_lock guard(mutex_);
        wake_.wait(guard, [this] { return ready_ || stopping_; });
        ready_ = false;
        last = stopping_;
      }
      ended = Drain() || last;
      if (!ended) ThrowIfError(output_->Flush());
    }
  } catch (const Error& error) {
    // The end of the stream it reads is no failure of a sink that is being dropped with it.
    if (error.code() != ErrorCode::kSubscriptionClosed) Fail(error.what(), true);
  } catch (const std::exception& error) {
    Fail(error.what(), true);
  }
  cursor_->Cancel();  // a sink that has failed holds no changes back
  try {
    if (const Status closed = output_->Close(); !closed.ok() && !facts().failed) Fail(closed.message(), true);
  } catch (const std::exception& error) {
    Fail(error.what(), true);
  }
  std::lock_guard guard(mutex_);
  facts_.finished = true;
}

}  // namespace laminar
