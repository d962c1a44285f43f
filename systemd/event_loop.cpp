// SPDX-License-Identifier: MIT
#include "systemd/event_loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace caretaker {
namespace {

// 0 would mean sd-event's default of 250 ms.
constexpr std::uint64_t timer_accuracy_us = 1;

struct EventUnref {
  void operator()(sd_event* event) const { sd_event_unref(event); }
};
using EventRef = std::unique_ptr<sd_event, EventUnref>;

// Rounded up, so that a timer never fires before its moment.
std::uint64_t to_timer_us(std::int64_t monotonic_ns) {
  if (monotonic_ns <= 0) return 0;
  return static_cast<std::uint64_t>(monotonic_ns / ns_per_us + (monotonic_ns % ns_per_us != 0 ? 1 : 0));
}

// A timer in the endless future that the kernel cancels when the wall clock is set.
Result<> watch_wall_clock(int timer_fd) {
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::time_t>::max();
  if (::timerfd_settime(timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) < 0) {
    return fail_errno(errno, "timerfd_settime");
  }
  return {};
}

}  // namespace

// Deleted by its handle, or after its own callback when the handle was destroyed inside that callback.
class EventLoop::Source {
 public:
  using Callback = std::function<void(std::uint32_t)>;

  Source(const OnError& on_error, Callback callback) : on_error_(on_error), callback_(std::move(callback)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() { sd_event_source_disable_unref(event_source); }

  static void release(Source* source) {
    if (!source->dispatching_) {
      delete source;
      return;
    }
    source->released_ = true;
    source->event_source = sd_event_source_disable_unref(source->event_source);
  }

  // The one way from sd-event into our code. Always 0: sd-event disables a source whose handler fails.
  static int dispatch(void* userdata, std::uint32_t events) noexcept {
    auto* source = static_cast<Source*>(userdata);
    source->dispatching_ = true;
    guard(source->on_error_, [&] { source->callback_(events); });
    source->dispatching_ = false;
    if (source->released_) delete source;
    return 0;
  }

  template <class Work>
  static void guard(const OnError& on_error, Work&& work) noexcept {
    std::string what;
    try {
      work();
      return;
    } catch (const std::exception& error) {
      what = error.what();
    } catch (...) {
      what = "unknown exception";
    }
    try {
      on_error(Error{.code = 0, .message = "event callback: " + what});
    } catch (...) {  // NOLINT(bugprone-empty-catch): nobody is left to tell
    }
  }

  static int on_time(sd_event_source*, std::uint64_t, void* userdata) { return dispatch(userdata, 0); }
  static int on_io(sd_event_source*, int, std::uint32_t events, void* userdata) {
    return dispatch(userdata, events);
  }
  static int on_signal(sd_event_source*, const signalfd_siginfo*, void* userdata) {
    return dispatch(userdata, 0);
  }

  sd_event_source* event_source = nullptr;
  UniqueFd owned_fd;  // of a clock-change source

 private:
  const OnError& on_error_;  // the loop's; no callback runs after the loop is gone
  Callback callback_;
  bool dispatching_ = false;
  bool released_ = false;
};

class EventLoop::Impl {
 public:
  Impl(EventRef new_event, OnError handler) : event(std::move(new_event)), on_error(std::move(handler)) {}

  [[nodiscard]] SourceHandle make_source(Source::Callback callback) const {
    return {new Source(on_error, std::move(callback)), &Source::release};
  }

  // The handle, when the sd_event_add_... call that filled it went well.
  static Result<SourceHandle> added(int result, SourceHandle source, std::string_view what) {
    if (result < 0) return fail_errno(-result, what);
    return source;
  }

  Result<> open_mailbox() {
    wake_fd.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_fd.valid()) return fail_errno(errno, "eventfd");
    SourceHandle source = make_source([this](std::uint32_t) {
      std::uint64_t wakes = 0;
      std::ignore = ::read(wake_fd.get(), &wakes, sizeof wakes);
    });
    const int result = sd_event_add_io(event.get(), &source->event_source, wake_fd.get(), EPOLLIN,
                                       &Source::on_io, source.get());
    if (result < 0) return fail_errno(-result, "sd_event_add_io");
    mailbox = std::move(source);
    return {};
  }

  // Waits once and dispatches one source. What was posted is run on both sides of the wait: nobody has to
  // wake a loop that is about to look.
  Result<> turn() {
    run_tasks();
    if (quitting) return {};
    int result = sd_event_prepare(event.get());
    if (result == 0) result = sd_event_wait(event.get(), UINT64_MAX);
    run_tasks();
    if (result > 0) result = sd_event_dispatch(event.get());
    if (result < 0) return fail_errno(-result, "sd-event");
    return {};
  }

  void run_tasks() {
    std::vector<std::function<void()>> batch;
    {
      const std::lock_guard lock(mutex);
      batch.swap(tasks);
      woken = false;
    }
    for (const auto& task : batch) {
      Source::guard(on_error, task);
    }
  }

  // Wakes the loop, unless it has been woken or an expected wake-up comes in time for this task. Any thread.
  void post(std::function<void()> task, std::optional<std::int64_t> in_time_ns) {
    {
      const std::lock_guard lock(mutex);
      tasks.push_back(std::move(task));
      const bool comes_in_time = in_time_ns && next_wake_up_ns && *next_wake_up_ns <= *in_time_ns;
      if (comes_in_time && tasks.size() < late_tasks_max) return;
      if (std::exchange(woken, true)) return;
    }
    const std::uint64_t one = 1;
    std::ignore = ::write(wake_fd.get(), &one, sizeof one);
  }

  EventRef event;
  OnError on_error;
  UniqueFd wake_fd;
  SourceHandle mailbox{nullptr, &Source::release};
  bool quitting = false;  // loop's thread only

  std::mutex mutex;
  // Guarded by mutex.
  std::vector<std::function<void()>> tasks;
  bool woken = false;  // for them
  std::optional<std::int64_t> next_wake_up_ns;
};

EventLoop::EventLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLoop::~EventLoop() = default;

Result<std::unique_ptr<EventLoop>> EventLoop::create(OnError on_error) {
  sd_event* event = nullptr;
  if (const int result = sd_event_new(&event); result < 0) return fail_errno(-result, "sd_event_new");
  auto impl = std::make_unique<Impl>(EventRef(event), std::move(on_error));
  if (const Result<> opened = impl->open_mailbox(); !opened) return std::unexpected(opened.error());
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(impl)));
}

Result<EventLoop::SourceHandle> EventLoop::add_timer(std::function<void()> on_time) {
  SourceHandle source = impl_->make_source([call = std::move(on_time)](std::uint32_t) { call(); });
  const int result = sd_event_add_time(impl_->event.get(), &source->event_source, CLOCK_MONOTONIC,
                                       std::numeric_limits<std::uint64_t>::max(), timer_accuracy_us,
                                       &Source::on_time, source.get());
  if (result >= 0) disarm_timer(*source);
  return Impl::added(result, std::move(source), "sd_event_add_time");
}

void EventLoop::arm_timer(Source& timer, std::int64_t monotonic_ns) {
  sd_event_source_set_time(timer.event_source, to_timer_us(monotonic_ns));
  sd_event_source_set_enabled(timer.event_source, SD_EVENT_ONESHOT);
}

void EventLoop::disarm_timer(Source& timer) {
  sd_event_source_set_enabled(timer.event_source, SD_EVENT_OFF);
}

Result<EventLoop::SourceHandle> EventLoop::add_io(int fd, std::uint32_t events,
                                                  std::function<void(std::uint32_t)> on_ready) {
  SourceHandle source = impl_->make_source(std::move(on_ready));
  const int result =
      sd_event_add_io(impl_->event.get(), &source->event_source, fd, events, &Source::on_io, source.get());
  return Impl::added(result, std::move(source), "sd_event_add_io");
}

void EventLoop::watch_io(Source& source, std::uint32_t events) {
  if (events != 0) sd_event_source_set_io_events(source.event_source, events);
  sd_event_source_set_enabled(source.event_source, events == 0 ? SD_EVENT_OFF : SD_EVENT_ON);
}

Result<EventLoop::SourceHandle> EventLoop::add_signal(int signal_number, std::function<void()> on_signal) {
  SourceHandle source = impl_->make_source([call = std::move(on_signal)](std::uint32_t) { call(); });
  const int result = sd_event_add_signal(impl_->event.get(), &source->event_source, signal_number,
                                         &Source::on_signal, source.get());
  return Impl::added(result, std::move(source),
                     "sd_event_add_signal " + std::to_string(signal_number) + " (is it blocked?)");
}

Result<EventLoop::SourceHandle> EventLoop::add_clock_change(std::function<void()> on_change) {
  UniqueFd timer_fd(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer_fd.valid()) return fail_errno(errno, "timerfd_create");
  if (const Result<> watched = watch_wall_clock(timer_fd.get()); !watched) {
    return std::unexpected(watched.error());
  }
  const int fd = timer_fd.get();
  SourceHandle source = impl_->make_source([fd, call = std::move(on_change)](std::uint32_t) {
    std::uint64_t expirations = 0;
    const bool was_set = ::read(fd, &expirations, sizeof expirations) < 0 && errno == ECANCELED;
    if (was_set) call();
  });
  source->owned_fd = std::move(timer_fd);
  const int result =
      sd_event_add_io(impl_->event.get(), &source->event_source, fd, EPOLLIN, &Source::on_io, source.get());
  return Impl::added(result, std::move(source), "sd_event_add_io");
}

void EventLoop::post(std::function<void()> task) {
  impl_->post(std::move(task), std::nullopt);
}

void EventLoop::post_late(std::function<void()> task) {
  const std::int64_t now_ns = SystemClock().now().monotonic_ns;
  impl_->post(std::move(task), now_ns + std::chrono::nanoseconds(late_max).count());
}

void EventLoop::expect_wake_up(std::optional<std::int64_t> monotonic_ns) {
  const std::lock_guard lock(impl_->mutex);
  impl_->next_wake_up_ns = monotonic_ns;
}

void EventLoop::enable_watchdog() {
  sd_event_set_watchdog(impl_->event.get(), 1);
}

Result<> EventLoop::run() {
  while (!impl_->quitting) {
    if (auto turned = impl_->turn(); !turned) return turned;
  }
  impl_->quitting = false;
  return {};
}

void EventLoop::quit() {
  impl_->quitting = true;
}

void block_signals(std::initializer_list<int> signal_numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signal_numbers) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace caretaker
