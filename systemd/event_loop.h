// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>

#include "base/result.h"

namespace caretaker {

// RAII over sd-event(3); nothing else includes <systemd/sd-event.h>. All functions belong to the loop's
// thread, except post() and post_late(). Callbacks may throw: the trampoline hands what escapes to the error
// handler and the source stays armed (sd-event would silently disable it). Sources are removed when their
// handle is destroyed, which a callback may do to its own handle.
class EventLoop {
 public:
  class Source;  // one registered event source
  using SourceHandle = std::unique_ptr<Source, void (*)(Source*)>;
  using OnError = std::function<void(const Error&)>;

  [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create(OnError on_error);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // A one-shot timer on CLOCK_MONOTONIC, created unarmed, with 1 µs accuracy. Arm it again from its callback,
  // before anything there can throw. Timers that are overdue together run in no fixed order.
  [[nodiscard]] Result<SourceHandle> add_timer(std::function<void()> on_time);
  // Fires at `monotonic_ns` (CLOCK_MONOTONIC; at once when it is past). Replaces an earlier setting.
  static void arm_timer(Source& timer, std::int64_t monotonic_ns);
  static void disarm_timer(Source& timer);

  // `events` are EPOLLIN, EPOLLOUT, ...; the descriptor stays the caller's and must outlive the source.
  [[nodiscard]] Result<SourceHandle> add_io(int fd, std::uint32_t events,
                                            std::function<void(std::uint32_t)> on_ready);
  // Other events than before; 0: none at all, not even the descriptor's end.
  static void watch_io(Source& source, std::uint32_t events);

  // The signal must already be blocked in every thread (block_signals at the start of main).
  [[nodiscard]] Result<SourceHandle> add_signal(int signal_number, std::function<void()> on_signal);

  // Called when the wall clock is set or the machine resumes (TFD_TIMER_CANCEL_ON_SET, timerfd_create(2)).
  [[nodiscard]] Result<SourceHandle> add_clock_change(std::function<void()> on_change);

  // Any thread: runs `task` on the loop's thread, in order. Tasks that wait at quit() are run by the next
  // run() or dropped with the loop. The queue has no limit of its own: who posts keeps a bounded number of
  // tasks in flight. No thread may post once the loop is being destroyed.
  void post(std::function<void()> task);

  // Any thread: like post(), for what may wait a moment. Where expect_wake_up() has told of a wake-up within
  // `late_max` the task waits for it and is run before what wakes the loop; without one, and from
  // `late_tasks_max` waiting tasks on, it wakes the loop as post() does. On a machine that is idle otherwise
  // a wake-up costs more than most tasks.
  static constexpr std::chrono::seconds late_max{1};
  static constexpr std::size_t late_tasks_max = 32;
  void post_late(std::function<void()> task);
  // A timer of the caller's is armed for `monotonic_ns`; nullopt: for no moment.
  void expect_wake_up(std::optional<std::int64_t> monotonic_ns);

  // Feeds the service manager's watchdog while the loop turns, where WATCHDOG_USEC asks for it
  // (sd_watchdog_enabled(3)).
  void enable_watchdog();

  // Turns until quit() is called from a callback; may be called again. Errors only when the loop itself
  // breaks.
  [[nodiscard]] Result<> run();
  void quit();

 private:
  class Impl;
  explicit EventLoop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Blocks the signals in the calling thread and in every thread it starts from now on. First thing in main.
void block_signals(std::initializer_list<int> signal_numbers);

}  // namespace caretaker
