// SPDX-License-Identifier: MIT
#include "daemon/job_thread.h"

#include <semaphore.h>

#include <cerrno>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace caretaker {
namespace {

// sem_overview(7). A condition variable of glibc 2.36 costs the woken thread a system call more: it takes the
// mutex as contended, so that unlocking wakes somebody who is not there.
class Signal {
 public:
  Signal() { ::sem_init(&count_, 0, 0); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { ::sem_destroy(&count_); }

  void give() { ::sem_post(&count_); }
  void take() {
    while (::sem_wait(&count_) != 0 && errno == EINTR) {
    }
  }

 private:
  sem_t count_{};
};

RunReport run_guarded(JobWork& work, const Tick& tick, const std::stop_token& stop) {
  try {
    return work.run(tick, stop);
  } catch (const std::exception& exception) {
    return {.outcome = JobOutcome::failed, .message = std::string("unexpected: ") + exception.what()};
  }
}

}  // namespace

struct JobThread::Shared {
  // Constant after construction.
  JobWorkFactory factory;
  OnFinished on_finished;

  std::mutex mutex;
  Signal wake;  // given whenever something below was changed
  // Guarded by mutex.
  std::optional<Tick> next;
  bool fresh = true;
  bool exit = false;
  std::stop_source stop;
};

Result<std::unique_ptr<JobThread>> JobThread::start(const std::string& name, JobWorkFactory factory,
                                                    OnFinished on_finished) {
  auto shared = std::make_shared<Shared>();
  shared->factory = std::move(factory);
  shared->on_finished = std::move(on_finished);
  auto thread = Thread::start(name, [shared] { body(shared); });
  if (!thread) return std::unexpected(thread.error());
  return std::unique_ptr<JobThread>(new JobThread(std::move(shared), std::move(*thread)));
}

JobThread::JobThread(std::shared_ptr<Shared> shared, Thread thread)
    : shared_(std::move(shared)), thread_(std::move(thread)) {}

JobThread::~JobThread() {
  request_exit();
}

void JobThread::fire(const Tick& tick, bool fresh) {
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->next = tick;
    shared_->fresh = shared_->fresh || fresh;
    shared_->stop = std::stop_source();
  }
  shared_->wake.give();
}

void JobThread::cancel_run() {
  std::stop_source stop;
  {
    const std::scoped_lock lock(shared_->mutex);
    stop = shared_->stop;
  }
  stop.request_stop();  // runs the callbacks: outside of the lock
}

void JobThread::request_exit() {
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->exit = true;
  }
  cancel_run();
  shared_->wake.give();
}

bool JobThread::join_for(std::chrono::milliseconds deadline) {
  return thread_.join_for(deadline);
}

void JobThread::body(const std::shared_ptr<Shared>& shared) {
  std::unique_ptr<JobWork> work;
  const SystemClock clock;
  for (;;) {
    shared->wake.take();
    std::unique_lock lock(shared->mutex);
    if (shared->exit) {
      const std::optional<Tick> next = std::exchange(shared->next, std::nullopt);
      lock.unlock();
      // Whoever waits for this run is told that it will not be.
      if (next) shared->on_finished({.tick = *next, .report = {.message = "ended before it began"}});
      return;
    }
    const Tick tick = *std::exchange(shared->next, std::nullopt);
    const bool fresh = std::exchange(shared->fresh, false);
    const std::stop_token stop = shared->stop.get_token();
    lock.unlock();

    if (fresh) work.reset();  // the old one frees what the new one may need
    if (!work) work = shared->factory();
    const std::int64_t start_ns = clock.now().monotonic_ns;
    RunReport report = run_guarded(*work, tick, stop);
    const std::int64_t end_ns = clock.now().monotonic_ns;
    shared->on_finished({.tick = tick,
                         .report = std::move(report),
                         .lateness_ns = start_ns - tick.monotonic_ns,
                         .duration_ns = end_ns - start_ns});
  }
}

}  // namespace caretaker
