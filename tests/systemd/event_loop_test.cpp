// SPDX-License-Identifier: MIT
#include "systemd/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "systemd/event_loop_fixture.h"

namespace caretaker {
namespace {

TEST_F(EventLoopTest, RunsTheTimerThatIsDueAndTheOtherWhenItIsSetAnew) {
  std::string order;
  const auto late = timer([&] {
    order += '2';
    loop->quit();
  });
  const auto soon = timer([&] {
    order += '1';
    EventLoop::arm_timer(*late, 0);
  });
  EventLoop::arm_timer(*late, monotonic_ns() + 3'600 * ns_per_s);
  EventLoop::arm_timer(*soon, monotonic_ns() + ns_per_ms);
  run();
  EXPECT_EQ(order, "12");
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

TEST_F(EventLoopTest, ALateTaskWaitsForTheExpectedWakeUpAndRunsBeforeIt) {
  bool has_waited = false;
  // Posted before the loop sleeps, it is run at once; not every time.
  for (int i = 0; i < 5 && !has_waited; ++i) {
    std::string order;
    const auto due = timer([&] {
      order += 't';
      loop->quit();
    });
    const std::int64_t due_ns = monotonic_ns() + 100 * ns_per_ms;
    EventLoop::arm_timer(*due, due_ns);
    loop->expect_wake_up(due_ns);
    std::thread poster([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      loop->post_late([&] {
        has_waited = monotonic_ns() >= due_ns;
        order += 'l';
      });
    });
    run();
    poster.join();
    EXPECT_EQ(order, "lt");
  }
  EXPECT_TRUE(has_waited);
}

TEST_F(EventLoopTest, ALateTaskDoesNotWaitForAWakeUpThatIsFarAwayOrNotExpected) {
  for (const std::optional<std::int64_t> expected :
       {std::optional<std::int64_t>(), std::optional(monotonic_ns() + 3'600 * ns_per_s)}) {
    loop->expect_wake_up(expected);
    std::thread poster([&] { loop->post_late([&] { loop->quit(); }); });
    run();
    poster.join();
  }
}

TEST_F(EventLoopTest, ManyLateTasksDoNotWait) {
  // A wake-up that never comes.
  loop->expect_wake_up(monotonic_ns());
  std::size_t ran = 0;
  std::thread poster([&] {
    // Twice as many: those that the loop finds before it sleeps do not count for its wake-up.
    for (std::size_t i = 0; i < 2 * EventLoop::late_tasks_max; ++i) {
      loop->post_late([&] {
        if (++ran == EventLoop::late_tasks_max) loop->quit();
      });
    }
  });
  run();
  poster.join();
  EXPECT_GE(ran, EventLoop::late_tasks_max);
}

TEST_F(EventLoopTest, APostedTaskTakesTheLateOnesAlong) {
  loop->expect_wake_up(monotonic_ns());
  std::string order;
  std::thread poster([&] {
    loop->post_late([&] { order += 'l'; });
    loop->post([&] {
      order += 'p';
      loop->quit();
    });
  });
  run();
  poster.join();
  EXPECT_EQ(order, "lp");
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

}  // namespace
}  // namespace caretaker
