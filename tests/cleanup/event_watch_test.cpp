// SPDX-License-Identifier: MIT
#include "cleanup/event_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/eventually.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

std::int64_t now_ns() {
  return SystemClock().now().realtime_ns;
}

std::int64_t now_ms() {
  return now_ns() / ns_per_ms;
}

FakeFault events_fault(FakeFault::Kind kind, std::size_t times = 1) {
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

TEST_F(EventWatchTest, TellsEventsInOrder) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  for (int i = 1; i <= 500; ++i) raise(i);
  expect_told(1, 500);
  EXPECT_FALSE(gap);
  EXPECT_TRUE(reconnected);
}

TEST_F(EventWatchTest, TellsWhatAnEventSays) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  const std::int64_t before_ns = now_ns();
  engine.raise({.type = "container",
                .action = "start",
                .actor_id = "c1",
                .attributes = {{"image", "nginx:1.25"}, {"name", "web"}}});
  WatchedEvents taken;
  ASSERT_TRUE(eventually([&] {
    taken = watch->take();
    return !taken.events.empty();
  }));
  const EngineEvent& event = taken.events.front();
  EXPECT_GE(event.time_ns, before_ns);
  EXPECT_EQ(event.type, "container");
  EXPECT_EQ(event.action, "start");
  EXPECT_EQ(event.actor_id, "c1");
  EXPECT_EQ(event.attributes.at("image"), "nginx:1.25");
}

TEST_F(EventWatchTest, TheFirstWatchMissesNothing) {
  raise(1);  // before it
  const std::int64_t before_ms = now_ms();
  ASSERT_NO_FATAL_FAILURE(start_connected());
  raise(2);
  WatchedEvents first;
  ASSERT_TRUE(eventually([&] {
    if (first.events.empty()) first = watch->take();
    return !first.events.empty();
  }));
  EXPECT_EQ(first.events.front().actor_id, "v2");
  EXPECT_FALSE(first.gap);
  EXPECT_EQ(first.gaps, 0U);
  EXPECT_GE(first.connected_since_ms, before_ms);
  EXPECT_EQ(first.error, "");
}

TEST_F(EventWatchTest, EveryEventAndConnectionIsANewGeneration) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  const std::uint64_t connected = watch->generation();
  EXPECT_GT(connected, 0U);
  raise(1);
  raise(2);
  EXPECT_TRUE(eventually([&] { return watch->generation() == connected + 2; }));
  (void)watch->take();
  EXPECT_EQ(watch->generation(), connected + 2);
}

TEST_F(EventWatchTest, GoesOnWhereItWasAfterARestartOfOurs) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  raise(1);
  WatchedEvents taken;
  ASSERT_TRUE(eventually([&] {
    taken = watch->take();
    return !taken.events.empty();
  }));
  const std::int64_t last_ns = taken.events.back().time_ns;
  const std::int64_t complete_ms = now_ms();
  watch.reset();
  raise(2);
  raise(3);
  ASSERT_NO_FATAL_FAILURE(start_connected(last_ns, complete_ms));
  raise(4);
  // The last one comes again: whoever stored only its time cannot know whether it had company.
  expect_told(1, 4);
  EXPECT_FALSE(gap);
}

TEST_F(EventWatchTest, GoesOnWithoutAnyEventFromBefore) {
  const std::int64_t complete_ms = now_ms() - 1;
  raise(1);
  ASSERT_NO_FATAL_FAILURE(start_connected(0, complete_ms));
  expect_told(1, 1);
  EXPECT_FALSE(gap);
}

TEST_F(EventWatchTest, ALongTimeAwayIsAGap) {
  ASSERT_NO_FATAL_FAILURE(start_connected(0, now_ms() - replay_trusted.count() - 1'000));
  const WatchedEvents taken = watch->take();
  EXPECT_TRUE(taken.gap);
  EXPECT_EQ(taken.gaps, 1U);
  EXPECT_FALSE(watch->take().gap);
  EXPECT_EQ(watch->take().gaps, 1U);
}

TEST_F(EventWatchTest, ACompletenessInTheFutureIsAGap) {
  ASSERT_NO_FATAL_FAILURE(start_connected(0, now_ms() + 3'600'000));
  EXPECT_TRUE(watch->take().gap);
}

TEST_F(EventWatchTest, TooManyReplayedEventsAreAGap) {
  const std::int64_t before_ns = now_ns();
  for (int i = 1; i <= 300; ++i) raise(i);
  ASSERT_NO_FATAL_FAILURE(start_connected(before_ns, before_ns / ns_per_ms));
  expect_told(45, 300);  // the engine's ring has 256
  EXPECT_TRUE(gap);
}

TEST_F(EventWatchTest, FewReplayedEventsAreNoGap) {
  const std::int64_t before_ns = now_ns();
  for (int i = 1; i < static_cast<int>(replay_events_max); ++i) raise(i);
  ASSERT_NO_FATAL_FAILURE(start_connected(before_ns, before_ns / ns_per_ms));
  for (int i = 0; i < 200; ++i) raise(static_cast<int>(replay_events_max) + i);  // these are live
  expect_told(1, static_cast<int>(replay_events_max) + 199);
  EXPECT_FALSE(gap);
}

TEST_F(EventWatchTest, AFullQueueIsAGap) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  const std::uint64_t before = watch->generation();
  const int count = static_cast<int>(event_queue_max) + 10;
  for (int i = 0; i < count; ++i) raise(i);
  ASSERT_TRUE(eventually([&] { return watch->generation() == before + static_cast<unsigned>(count); }));
  const WatchedEvents taken = watch->take();
  EXPECT_EQ(taken.events.size(), event_queue_max);
  EXPECT_TRUE(taken.gap);
  EXPECT_EQ(taken.gaps, 1U);
  raise(count);
  ASSERT_TRUE(eventually([&] { return watch->generation() == before + static_cast<unsigned>(count) + 1; }));
  EXPECT_FALSE(watch->take().gap);
}

TEST_F(EventWatchTest, ComesBackAfterAnEngineRestart) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  raise(1);
  expect_told(1, 1);
  const std::int64_t first_ms = watch->take().connected_since_ms;
  engine.stop();
  WatchedEvents taken;
  ASSERT_TRUE(eventually([&] {
    taken = watch->take();
    return !taken.connected;
  }));
  EXPECT_NE(taken.error, "");
  EXPECT_EQ(taken.connected_since_ms, 0);
  const std::uint64_t generation = watch->generation();
  engine.start();
  raise(2);  // before the watch is back
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  raise(3);
  expect_told(1, 3);
  EXPECT_FALSE(gap);
  EXPECT_TRUE(reconnected);
  EXPECT_GT(watch->generation(), generation);
  taken = watch->take();
  EXPECT_GT(taken.connected_since_ms, first_ms);
  EXPECT_EQ(taken.error, "");
}

TEST_F(EventWatchTest, WaitsForAnEngineThatIsNotThereYet) {
  engine.stop();
  ASSERT_NO_FATAL_FAILURE(start(0, now_ms()));
  ASSERT_TRUE(eventually([&] { return !watch->take().error.empty(); }));
  EXPECT_FALSE(watch->connected());
  engine.start();
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  const WatchedEvents taken = watch->take();
  EXPECT_EQ(taken.error, "");
  EXPECT_FALSE(taken.gap);
}

TEST_F(EventWatchTest, WhatComesAgainAfterACutIsToldOnce) {
  FakeFault cut = events_fault(FakeFault::Kind::cut);
  cut.bytes = 1500;  // some whole events and a part of one
  engine.add_fault(cut);
  ASSERT_NO_FATAL_FAILURE(start_connected());
  for (int i = 1; i <= 100; ++i) raise(i);
  expect_told(1, 100);
  EXPECT_FALSE(gap);
}

TEST_F(EventWatchTest, GarbageInTheStreamIsAskedForOnceMore) {
  FakeFault garbage = events_fault(FakeFault::Kind::body);
  garbage.body = "{\"Type\": nonsense}\n";
  engine.add_fault(garbage);
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(eventually([&] { return watch->generation() > 0; }));  // and lost at once
  raise(1);
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  raise(2);
  expect_told(1, 2);
  EXPECT_FALSE(gap);
}

TEST_F(EventWatchTest, GarbageThatStaysIsSkippedAsAGap) {
  FakeFault garbage = events_fault(FakeFault::Kind::body, 2);
  garbage.body = "{\"Type\": nonsense}\n";
  engine.add_fault(garbage);
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(eventually([&] { return watch->take().gaps == 1; }));
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  raise(1);
  expect_told(1, 1);
}

TEST_F(EventWatchTest, IdleAsksNothing) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  EXPECT_THAT(engine.take_requests(), testing::SizeIs(3));  // who is there, which version, events
  for (int i = 1; i <= 20; ++i) {
    raise(i);
    expect_told(1, i);
  }
  EXPECT_THAT(engine.take_requests(), IsEmpty());
}

TEST_F(EventWatchTest, EndsQuicklyWhileConnected) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  expect_a_quick_end();
}

TEST_F(EventWatchTest, EndsQuicklyBetweenAttempts) {
  engine.stop();
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_TRUE(eventually([&] { return !watch->take().error.empty(); }));
  expect_a_quick_end();
}

TEST_F(EventWatchTest, EndsQuicklyWhenTheEngineHangs) {
  for (const char* path : {"/_ping", "/version", "/events"}) {
    engine.add_fault({.path_prefix = path, .kind = FakeFault::Kind::hang});
    (void)engine.take_requests();
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(eventually([&] {
      const auto requests = engine.take_requests();
      return !requests.empty() && requests.back().target.find(path) != std::string::npos;
    })) << path;
    EXPECT_FALSE(watch->connected()) << path;
    expect_a_quick_end();
  }
}

TEST_F(EventWatchTest, EndsQuicklyUnderAFloodOfEvents) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  for (int i = 0; i < 2'000; ++i) raise(i);
  expect_a_quick_end();
}

TEST(EventWatchAlone, EndsQuicklyWithoutAnEngine) {
  const TempDir dir;
  const SystemClock clock;
  auto watch = EventWatch::start(dir.path("no.sock"), 0, 0, clock);
  ASSERT_TRUE(watch);
  ASSERT_TRUE(eventually([&] { return !(*watch)->take().error.empty(); }));
  const auto begin = std::chrono::steady_clock::now();
  watch->reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms);
}

}  // namespace
}  // namespace caretaker
