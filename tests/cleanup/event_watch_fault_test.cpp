// SPDX-License-Identifier: MIT
#include "cleanup/event_watch_fixture.h"
#include "docker/engine_client.h"
#include "support/temp_dir.h"

namespace caretaker::watch_test {
namespace {

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

TEST_F(EventWatchTest, ComesBackAlsoWithoutAnyEvent) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  engine.stop();
  ASSERT_TRUE(eventually([&] { return !watch->connected(); }));
  engine.start();
  raise(1);  // before the watch is back
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  expect_told(1, 1);
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

TEST_F(EventWatchTest, GarbageThatComesAgainIsSkippedAsAGap) {
  ASSERT_NO_FATAL_FAILURE(start_connected());
  raise(1);
  expect_told(1, 1);
  engine.raise({.type = "volume",
                .action = "mount",
                .actor_id = "large",
                .attributes = {{"text", std::string(2 * event_bytes_max, 'x')}}});
  ASSERT_TRUE(eventually([&] { return watch->take().gaps == 1; }));
  ASSERT_TRUE(eventually([&] { return watch->connected(); }));
  raise(2);
  expect_told(1, 2);
}

TEST_F(EventWatchTest, AnEventFromTheFutureHidesNothing) {
  FakeFault cut = events_fault(FakeFault::Kind::cut);
  cut.bytes = 4'000;  // the first event and a part of the second one
  engine.add_fault(cut);
  ASSERT_NO_FATAL_FAILURE(start_connected());
  engine.raise(
      {.time_ns = now_ns() + 3'600 * ns_per_s, .type = "volume", .action = "mount", .actor_id = "v1"});
  expect_told(1, 1);
  engine.raise({.type = "volume",
                .action = "mount",
                .actor_id = "v2",
                .attributes = {{"text", std::string(8'000, 'x')}}});
  raise(3);
  expect_told(1, 3);
  EXPECT_FALSE(gap);
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
}  // namespace caretaker::watch_test
