// SPDX-License-Identifier: MIT
// What wakes the loop besides timers and posts: descriptors, signals, the wall clock, the watchdog.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/unique_fd.h"
#include "systemd/event_loop_fixture.h"
#include "systemd/notify_socket.h"

namespace caretaker {
namespace {

TEST_F(EventLoopTest, TellsWhichEventsADescriptorHas) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reader(fds[0]);
  UniqueFd writer(fds[1]);
  std::uint32_t seen = 0;
  const auto source = loop->add_io(reader.get(), EPOLLIN, [&](std::uint32_t events) {
    seen = events;
    loop->quit();
  });
  ASSERT_TRUE(source);
  writer.reset();
  run();
  EXPECT_TRUE(seen & EPOLLHUP);
}

TEST_F(EventLoopTest, WatchesADescriptorForOtherThingsAndForNothing) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  const UniqueFd reader(fds[0]);
  UniqueFd writer(fds[1]);
  std::vector<std::uint32_t> seen;
  EventLoop::Source* watched = nullptr;
  const auto source = loop->add_io(writer.get(), EPOLLIN, [&](std::uint32_t events) {
    seen.push_back(events);
    EventLoop::watch_io(*watched, 0);
  });
  ASSERT_TRUE(source);
  watched = source->get();
  EventLoop::watch_io(*watched, EPOLLOUT);
  // Two turns after the one in which it is written to: an unwatched one does not come again.
  int turns = 0;
  EventLoop::Source* turn_source = nullptr;
  auto turn = timer([&] {
    if (++turns == 3) return loop->quit();
    EventLoop::arm_timer(*turn_source, monotonic_ns() + ns_per_ms);
  });
  turn_source = turn.get();
  EventLoop::arm_timer(*turn, monotonic_ns() + ns_per_ms);
  run();
  EXPECT_EQ(seen, std::vector<std::uint32_t>{EPOLLOUT});
}

TEST_F(EventLoopTest, RefusesADescriptorThatCannotBePolled) {
  const auto source = loop->add_io(-1, EPOLLIN, [](std::uint32_t) {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, EBADF);
}

TEST_F(EventLoopTest, DeliversABlockedSignal) {
  block_signals({SIGUSR1});
  int received = 0;
  const auto source = loop->add_signal(SIGUSR1, [&] {
    if (++received == 1) {
      ::kill(::getpid(), SIGUSR1);
    } else {
      loop->quit();
    }
  });
  ASSERT_TRUE(source) << source.error().message;
  ::kill(::getpid(), SIGUSR1);
  run();
  EXPECT_EQ(received, 2);
}

TEST_F(EventLoopTest, RefusesASignalThatIsNotBlocked) {
  const auto source = loop->add_signal(SIGUSR2, [] {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, EBUSY);
  EXPECT_NE(source.error().message.find("is it blocked?"), std::string::npos);
}

TEST_F(EventLoopTest, FeedsTheWatchdogWhileItTurns) {
  const NotifySocket manager;
  ::setenv("WATCHDOG_USEC", "20000", 1);
  int meals = 0;
  const auto source = loop->add_io(manager.fd(), EPOLLIN, [&](std::uint32_t) {
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
    if (++meals == 3) loop->quit();
  });
  ASSERT_TRUE(source);
  loop->enable_watchdog();
  ::unsetenv("WATCHDOG_USEC");
  run();
  EXPECT_EQ(meals, 3);
}

TEST_F(EventLoopTest, SeesThatTheWallClockWasSetEveryTime) {
  const auto step_by_a_nanosecond = [] {
    timex step{};
    step.modes = ADJ_SETOFFSET | ADJ_NANO;
    step.time.tv_usec = 1;  // nanoseconds, see adjtimex(2)
    return ::adjtimex(&step) >= 0;
  };
  int changes = 0;
  const auto source = loop->add_clock_change([&] {
    if (++changes == 1) {
      step_by_a_nanosecond();
    } else {
      loop->quit();
    }
  });
  ASSERT_TRUE(source) << source.error().message;
  if (!step_by_a_nanosecond()) GTEST_SKIP() << "may not set the clock";
  run();
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace caretaker
