// SPDX-License-Identifier: MIT
#include "base/thread.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace caretaker {

// Told by the thread as the last thing that it does. Not pthread_clockjoin_np(3), which the thread sanitizer
// of g++ 12 takes for a leak.
struct Thread::Ending {
  std::mutex mutex;
  std::condition_variable told;
  bool ended = false;  // guarded by mutex

  void tell() {
    const std::lock_guard lock(mutex);
    ended = true;
    told.notify_all();
  }
  bool wait_for(std::chrono::milliseconds deadline) {
    std::unique_lock lock(mutex);
    return told.wait_for(lock, deadline, [this] { return ended; });
  }
};

struct Thread::Start {
  std::function<void()> body;
  std::shared_ptr<Ending> ending;
};

void* Thread::run(void* argument) {
  const std::unique_ptr<Start> start(static_cast<Start*>(argument));
  start->body();
  start->body = nullptr;  // what it owns goes before the end is told
  start->ending->tell();
  return nullptr;
}

Result<Thread> Thread::start(const std::string& name, std::function<void()> body) {
  Thread thread;
  thread.ending_ = std::make_shared<Ending>();
  auto start = std::make_unique<Start>(Start{.body = std::move(body), .ending = thread.ending_});
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  const int error = ::pthread_create(&thread.handle_, &attributes, &Thread::run, start.get());
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return fail_errno(error, "start thread " + name);
  (void)start.release();  // run() owns it now
  thread.joinable_ = true;
  ::pthread_setname_np(thread.handle_, name.substr(0, 15).c_str());
  return thread;
}

Thread::Thread(Thread&& other) noexcept
    : handle_(other.handle_),
      joinable_(std::exchange(other.joinable_, false)),
      ending_(std::move(other.ending_)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    if (joinable_) ::pthread_detach(handle_);
    handle_ = other.handle_;
    joinable_ = std::exchange(other.joinable_, false);
    ending_ = std::move(other.ending_);
  }
  return *this;
}

Thread::~Thread() {
  if (joinable_) ::pthread_detach(handle_);
}

void Thread::join() {
  if (std::exchange(joinable_, false)) ::pthread_join(handle_, nullptr);
}

bool Thread::join_for(std::chrono::milliseconds deadline) {
  if (!joinable_) return true;
  if (!ending_->wait_for(deadline)) return false;
  join();
  return true;
}

}  // namespace caretaker
