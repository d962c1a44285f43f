// SPDX-License-Identifier: MIT
#include "cleanup/event_watch_fixture.h"

namespace caretaker::watch_test {
namespace {

using testing::IsEmpty;

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

TEST_F(EventWatchTest, IdleAsksNothing) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  EXPECT_THAT(engine.take_requests(), testing::SizeIs(3));  // who is there, which version, events
  for (int i = 1; i <= 20; ++i) {
    raise(i);
    expect_told(1, i);
  }
  EXPECT_THAT(engine.take_requests(), IsEmpty());
}

}  // namespace
}  // namespace caretaker::watch_test
