// Waiting for what steps bring.
#include "engine/engine.h"

namespace laminar {

bool Engine::WaitForSteps(const std::function<bool()>& reached, const Waiter::Deadline& deadline) {
  Waiter& waiter = Waiter::OfThisThread();
  // Registered before the first look, so that no step between a look and the wait goes unseen.
  struct Registered {
    Engine& engine;
    Waiter& waiter;
    Registered(Engine& of, Waiter& who) : engine(of), waiter(who) {
      std::lock_guard guard(engine.stepped_mutex_);
      engine.stepped_.Add(&waiter);
      engine.step_waiters_.fetch_add(1);
    }
    ~Registered() {
      std::lock_guard guard(engine.stepped_mutex_);
      engine.stepped_.Remove(&waiter);
      engine.step_waiters_.fetch_sub(1);
    }
  } registered(*this, waiter);
  while (!reached()) {
    switch (waiter.Wait(deadline)) {
      case Waiter::Outcome::kSignalled:
        break;
      case Waiter::Outcome::kTimeout:
        return reached();
      case Waiter::Outcome::kInterrupted:
        Waiter::CheckInterrupt();
        break;
    }
  }
  return true;
}

void Engine::WakeWaiters() {
  // Sequentially consistent with the registration: either the waiter is seen here, or it sees what was just published.
  if (step_waiters_.load() == 0) return;
  std::lock_guard guard(stepped_mutex_);
  stepped_.WakeAll();
}

int64_t Engine::HistoryBytes(const std::string& name) const {
  std::lock_guard step(step_mutex_);
  const Source* source = SourceOf(name);
  if (source == nullptr) return 0;
  return static_cast<int64_t>(source->history.memory_bytes() + source->history.disk_bytes());
}

int64_t Engine::RetainedRows(const std::string& name) const {
  std::lock_guard step(step_mutex_);
  const Source* source = SourceOf(name);
  return source == nullptr ? 0 : static_cast<int64_t>(source->history.retained_rows());
}

MemoryFacts Engine::Memory() const {
  std::lock_guard step(step_mutex_);
  return memory_.Facts(sources_, streams_);
}

}  // namespace laminar
