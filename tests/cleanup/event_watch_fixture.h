// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cleanup/event_watch.h"
#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker::watch_test {

using namespace std::chrono_literals;

inline std::int64_t now_ns() {
  return SystemClock().now().realtime_ns;
}

inline std::int64_t now_ms() {
  return now_ns() / ns_per_ms;
}

inline FakeFault events_fault(FakeFault::Kind kind, std::size_t times = 1) {
  return {.path_prefix = "/events", .times = times, .kind = kind};
}

class EventWatchTest : public testing::Test {
 protected:
  void start(std::int64_t since_ns = 0, std::int64_t last_complete_ms = 0) {
    auto started = EventWatch::start(engine.socket(), since_ns, last_complete_ms, clock);
    ASSERT_TRUE(started) << started.error().message;
    watch = std::move(*started);
  }
  void start_connected(std::int64_t since_ns = 0, std::int64_t last_complete_ms = 0) {
    ASSERT_NO_FATAL_FAILURE(start(since_ns, last_complete_ms));
    ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  }

  void raise(int number) {
    engine.raise({.type = "volume", .action = "mount", .actor_id = "v" + std::to_string(number)});
  }
  // Takes what there is; whether volumes with these numbers were told of, each once, in order.
  bool told(int first, int last) {
    WatchedEvents taken = watch->take();
    gap = gap || taken.gap;
    reconnected = reconnected || taken.reconnected;
    for (const EngineEvent& event : taken.events) actors.push_back(event.actor_id);
    std::vector<std::string> expected;
    for (int number = first; number <= last; ++number) expected.push_back("v" + std::to_string(number));
    return actors == expected;
  }
  // Until `last` is told of; a mistake ends it by patience.
  void expect_told(int first, int last) {
    EXPECT_TRUE(eventually([&] { return told(first, last); })) << testing::PrintToString(actors);
  }
  void expect_a_quick_end() {
    const auto begin = std::chrono::steady_clock::now();
    watch.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms);
  }

  SystemClock clock;
  FakeEngine engine;
  std::unique_ptr<EventWatch> watch;
  std::vector<std::string> actors;
  bool gap = false;
  bool reconnected = false;
};

}  // namespace caretaker::watch_test
