// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "systemd/event_loop.h"

namespace caretaker {

inline std::int64_t monotonic_ns() {
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

}  // namespace caretaker
