// SPDX-License-Identifier: MIT
#include "systemd/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "systemd/notify_socket.h"

namespace caretaker {
namespace {

std::int64_t monotonic_ns() {
  return SystemClock().now().monotonic_ns;
}

// A loop that gives up after a deadline, so that a test whose callback never comes fails and does not hang.
class EventLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    auto created = EventLoop::create([this](const Error& error) { errors.push_back(error.message); });
    ASSERT_TRUE(created) << created.error().message;
    loop = std::move(*created);
    auto timer = loop->add_timer([this] {
      timed_out = true;
      loop->quit();
    });
    ASSERT_TRUE(timer);
    guard = std::move(*timer);
    EventLoop::arm_timer(*guard, monotonic_ns() + 30 * ns_per_s);
  }

  void run() {
    const Result<> result = loop->run();
    EXPECT_TRUE(result) << result.error().message;
    EXPECT_FALSE(timed_out) << "no callback called quit()";
  }

  EventLoop::SourceHandle timer(std::function<void()> on_time) {
    auto added = loop->add_timer(std::move(on_time));
    EXPECT_TRUE(added) << added.error().message;
    return std::move(*added);
  }

  std::vector<std::string> errors;
  std::unique_ptr<EventLoop> loop;
  EventLoop::SourceHandle guard{nullptr, nullptr};
  bool timed_out = false;
};

TEST_F(EventLoopTest, RunsTimersInTheOrderOfTheirMoments) {
  std::string order;
  const auto last = timer([&] {
    order += '3';
    loop->quit();
  });
  const auto first = timer([&] { order += '1'; });
  const auto second = timer([&] { order += '2'; });
  const std::int64_t start = monotonic_ns();
  EventLoop::arm_timer(*last, start + 3 * ns_per_ms);
  EventLoop::arm_timer(*first, start + 1 * ns_per_ms);
  EventLoop::arm_timer(*second, start + 2 * ns_per_ms);
  run();
  EXPECT_EQ(order, "123");
}

TEST_F(EventLoopTest, NeverRunsATimerBeforeItsMoment) {
  const std::int64_t due = monotonic_ns() + ns_per_ms + 1;
  std::int64_t fired = 0;
  const auto source = timer([&] {
    fired = monotonic_ns();
    loop->quit();
  });
  EventLoop::arm_timer(*source, due);
  run();
  EXPECT_GE(fired, due);
}

TEST_F(EventLoopTest, ATimerIsUnarmedUntilItIsArmedAndWhenItIsDisarmed) {
  int unwanted = 0;
  const auto never_armed = timer([&] { ++unwanted; });
  const auto disarmed = timer([&] { ++unwanted; });
  EventLoop::arm_timer(*disarmed, 0);
  EventLoop::disarm_timer(*disarmed);
  const auto end = timer([&] { loop->quit(); });
  EventLoop::arm_timer(*end, monotonic_ns() + ns_per_ms);
  run();
  EXPECT_EQ(unwanted, 0);
}

TEST_F(EventLoopTest, ATimerFiresOnceUnlessItsCallbackArmsItAgain) {
  int runs = 0;
  EventLoop::SourceHandle repeating = timer([&] {
    if (++runs == 3) {
      loop->quit();
      return;
    }
    EventLoop::arm_timer(*repeating, -1);  // long past: at once
  });
  EventLoop::arm_timer(*repeating, 0);
  int once = 0;
  const auto one_shot = timer([&] { ++once; });
  EventLoop::arm_timer(*one_shot, 0);
  run();
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(once, 1);
}

TEST_F(EventLoopTest, KeepsASourceWhoseCallbackThrowsAndReportsTheError) {
  const UniqueFd event(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  int calls = 0;
  const auto source = loop->add_io(event.get(), EPOLLIN, [&](std::uint32_t) {
    switch (++calls) {
      case 1:
        throw std::runtime_error("first");
      case 2:
        throw 2;  // not even an exception type
      default:
        loop->quit();
    }
  });
  ASSERT_TRUE(source);
  run();
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(errors, (std::vector<std::string>{"event callback: first", "event callback: unknown exception"}));
}

TEST_F(EventLoopTest, SurvivesAnErrorHandlerThatThrows) {
  auto throwing = EventLoop::create([](const Error&) { throw std::runtime_error("handler"); });
  ASSERT_TRUE(throwing);
  EventLoop& other = **throwing;
  other.post([] { throw std::runtime_error("task"); });
  other.post([&] { other.quit(); });
  EXPECT_TRUE(other.run());
}

TEST_F(EventLoopTest, ACallbackMayDestroyItsOwnHandle) {
  const auto alive = std::make_shared<int>(0);
  EventLoop::SourceHandle self{nullptr, nullptr};
  self = timer([&, alive] {
    self.reset();
    ++*alive;  // the callback and its captures live until it returns
    loop->quit();
  });
  EventLoop::arm_timer(*self, 0);
  run();
  EXPECT_EQ(*alive, 1);
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(EventLoopTest, ADestroyedHandleIsNotCalledEvenWhenItWasReady) {
  const UniqueFd event(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  std::vector<EventLoop::SourceHandle> both;
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    both.push_back(timer([&] {
      ++calls;
      both.clear();  // its own and the other's
      loop->post([&] { loop->quit(); });
    }));
    EventLoop::arm_timer(*both.back(), 0);
  }
  run();
  EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, HandlesMayOutliveTheLoop) {
  const EventLoop::SourceHandle source = timer([] {});
  guard.reset();
  loop.reset();
}

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

TEST_F(EventLoopTest, RunsPostedTasksInOrder) {
  std::string order;
  loop->post([&] { order += '1'; });
  loop->post([&] {
    order += '2';
    loop->post([&] {
      order += '4';
      loop->quit();
    });
  });
  loop->post([&] { order += '3'; });
  run();
  EXPECT_EQ(order, "1234");
}

TEST_F(EventLoopTest, RunsEveryTaskThatManyThreadsPost) {
  constexpr int threads_count = 4;
  constexpr int tasks_each = 500;
  int done = 0;                             // the loop's thread only
  std::vector<int> next(threads_count, 0);  // in order per thread
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < threads_count; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < tasks_each; ++i) {
          loop->post([&, t, i] {
            EXPECT_EQ(next[t]++, i);
            if (++done == threads_count * tasks_each) loop->quit();
          });
        }
      });
    }
    run();
  }
  EXPECT_EQ(done, threads_count * tasks_each);
}

TEST_F(EventLoopTest, KeepsTasksForTheNextRunAndFreesThemWithTheLoop) {
  const auto held = std::make_shared<int>(0);
  loop->post([&] { loop->quit(); });
  run();
  loop->post([held] { ++*held; });
  EXPECT_EQ(*held, 0);
  loop->post([&] { loop->quit(); });
  run();
  EXPECT_EQ(*held, 1);
  loop->post([held] { ++*held; });
  loop.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventLoopTest, QuitBeforeRunEndsAtOnce) {
  loop->quit();
  run();
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
