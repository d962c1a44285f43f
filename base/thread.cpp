// SPDX-License-Identifier: MIT
#include "base/thread.h"

#include <csignal>
#include <ctime>
#include <memory>
#include <utility>

#include "base/clock.h"

namespace caretaker {
namespace {

void* run_body(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

}  // namespace

Result<Thread> Thread::start(const std::string& name, std::function<void()> body) {
  auto owned_body = std::make_unique<std::function<void()>>(std::move(body));
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  Thread thread;
  const int error = ::pthread_create(&thread.handle_, &attributes, run_body, owned_body.get());
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return fail_errno(error, "start thread " + name);
  (void)owned_body.release();  // run_body owns it now
  thread.joinable_ = true;
  ::pthread_setname_np(thread.handle_, name.substr(0, 15).c_str());
  return thread;
}

Thread::Thread(Thread&& other) noexcept
    : handle_(other.handle_), joinable_(std::exchange(other.joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    if (joinable_) ::pthread_detach(handle_);
    handle_ = other.handle_;
    joinable_ = std::exchange(other.joinable_, false);
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
  const std::int64_t until_ns = SystemClock().now().monotonic_ns + deadline.count() * ns_per_ms;
  const timespec until{.tv_sec = until_ns / ns_per_s, .tv_nsec = until_ns % ns_per_s};
  if (::pthread_clockjoin_np(handle_, nullptr, CLOCK_MONOTONIC, &until) != 0) return false;
  joinable_ = false;
  return true;
}

}  // namespace caretaker
