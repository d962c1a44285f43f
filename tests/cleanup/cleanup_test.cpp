// SPDX-License-Identifier: MIT
// What the job sees at each tick, and what it begins by itself.
#include "cleanup/cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "cleanup/cleanup_fixture.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

class CleanupTick : public CleanupTest {};

TEST_F(CleanupTick, SaysThatThereIsNoEngineAndHasNoMetricsOfOne) {
  engine.stop();
  const auto done = tick();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ENOENT);
  EXPECT_THAT(done.error().message, HasSubstr(engine.socket()));
  EXPECT_THAT(batches, IsEmpty());
  EXPECT_EQ(status().engine, "");
  EXPECT_EQ(status().engine_error, done.error().message);
  EXPECT_EQ(status().held, "use is not watched yet");
}

TEST_F(CleanupTick, FindsAnEngineThatComesLater) {
  engine.stop();
  ASSERT_FALSE(tick());
  engine.start();
  ASSERT_TRUE(tick());
  connect();
  EXPECT_THAT(status().engine, HasSubstr("29.3.0"));
  EXPECT_EQ(status().engine_error, "");
  EXPECT_THAT(metrics(), Contains(Pair("cleanup_engine_up{}", 1)));
  EXPECT_EQ(last_run().trigger, "interval");
  EXPECT_EQ(last_run().outcome, "nothing");
}

TEST_F(CleanupTick, TellsAnEngineThatWentAway) {
  connect();
  engine.stop();
  const auto gone = [&] {
    const auto done = tick();
    return !done && done.error().code == ENOENT && !status().watching;
  };
  ASSERT_TRUE(eventually(gone));
  EXPECT_EQ(status().engine, "");
  EXPECT_THAT(metrics(), Contains(Pair("cleanup_engine_up{}", 0)));
}

TEST_F(CleanupTick, AsksAgainWhoIsThereWhenTheEngineWasStartedAnew) {
  connect();
  (void)engine.take_requests();
  engine.stop();
  engine.start();
  const auto asked = [&] {
    (void)tick();
    for (const FakeRequest& request : engine.take_requests()) {
      if (request.target.ends_with("/info")) return true;
    }
    return false;
  };
  EXPECT_TRUE(eventually(asked));
}

TEST_F(CleanupTick, AnEngineThatTalksNonsenseIsAnErrorAndTheNextLookIsAnother) {
  engine.add_fault({.times = 1'000, .kind = FakeFault::Kind::garbage, .body = "nonsense\r\n\r\n"});
  const auto done = tick();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().code, ENOENT);
  EXPECT_THAT(metrics(), Contains(Pair("cleanup_engine_up{}", 0)));
  engine.clear_faults();
  EXPECT_TRUE(tick());
}

TEST_F(CleanupTick, AnEngineThatHangsIsAnErrorAfterItsTime) {
  limits.inactivity_timeout = 300ms;
  begin();
  connect();
  engine.add_fault(
      {.method = "GET", .path_prefix = "/images/json", .times = 10, .kind = FakeFault::Kind::hang});
  const auto report = wish(CleanupWish::Kind::plan);
  // The other lists are there; the images are not known.
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_THAT(report->plan.incomplete, Not(IsEmpty()));
  EXPECT_THAT(report->plan.actions, IsEmpty());
}

TEST_F(CleanupTick, AWishThatTheEngineCannotGrantIsAnsweredWithWhy) {
  engine.stop();
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ENOENT);
}

TEST_F(CleanupTick, AStoreThatCannotBeReadIsNoMissingEngine) {
  ASSERT_TRUE(store->flush(30s));
  store->stop(5s);
  dir.write("metrics.db", std::string(8'192, 'x'));
  const auto done = tick();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().code, ENOENT);
  EXPECT_THAT(done.error().message, HasSubstr("what was used when"));
}

TEST_F(CleanupTick, ObservesWithoutEverDeleting) {
  policy.cleanup.mode = CleanupMode::observe;
  begin();
  put_image(1);
  connect_and_age();
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().outcome, "observed");
  EXPECT_EQ(last_run().planned, 1U);
  EXPECT_EQ(status().would_remove, 1U);
  EXPECT_THAT(status().held, HasSubstr("observe"));
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->outcomes, IsEmpty());
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_THAT(image_ids(), SizeIs(1));
}

TEST_F(CleanupTick, WarmsUpBeforeTheFirstDeletion) {
  policy.cleanup.warmup = std::chrono::days(5);
  policy.docker.dangling_unused_for = 1h;
  begin();
  put_image(1);
  connect_and_age(std::chrono::days(4));
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().outcome, "held");
  EXPECT_THAT(last_run().note, HasSubstr("warming up"));
  EXPECT_THAT(changes(), IsEmpty());
  clock.advance(std::chrono::days(2));
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().outcome, "ok") << last_run().note;
  EXPECT_THAT(image_ids(), IsEmpty());
}

TEST_F(CleanupTick, SettlesAfterTheEngineWasStarted) {
  put_image(1);
  connect_and_age();
  engine.stop();
  ASSERT_TRUE(eventually([&] { return !tick(); }));
  engine.start();
  ASSERT_TRUE(eventually([&] { return tick() && status().watching; }));
  EXPECT_THAT(status().held, HasSubstr("settle_time"));
  clock.advance(policy.cleanup.settle_time + 1min);
  ASSERT_TRUE(tick());
  EXPECT_EQ(status().held, "");
}

TEST_F(CleanupTick, RunsAtItsInterval) {
  connect();
  const std::int64_t first = last_run().time_ms;
  EXPECT_EQ(last_run().trigger, "interval");
  clock.advance(policy.cleanup.interval - 5min);
  ASSERT_TRUE(tick());
  EXPECT_EQ(last_run().time_ms, first);
  EXPECT_GT(status().next_run_ms, first);
  clock.advance(6min);
  ASSERT_TRUE(tick());
  EXPECT_GT(last_run().time_ms, first);
  EXPECT_EQ(last_run().trigger, "interval");
}

TEST_F(CleanupTick, RunsAMinuteAfterANewImage) {
  connect();
  const std::int64_t first = last_run().time_ms;
  put_image(1, {"nginx:1.25"});
  const auto began = [&] {
    (void)tick();
    clock.advance(10s);
    return last_run().trigger == "new_image";
  };
  ASSERT_TRUE(eventually(began));
  EXPECT_GE(last_run().time_ms - first, 60'000);
}

TEST_F(CleanupTick, RemembersOverAReload) {
  put_image(1, {"nginx:1.25"});
  connect();
  const CleanupRun run = last_run();
  const Observation before = status().observation;
  clock.advance(5min);
  ASSERT_TRUE(tick());
  begin();
  connect();
  EXPECT_EQ(last_run().run_id, run.run_id) << "a reload begins no run";
  EXPECT_EQ(status().observation.first_ms, before.first_ms);
  EXPECT_EQ(status().observation.since_ms, before.since_ms);
  EXPECT_GT(status().next_run_ms, run.time_ms);
}

TEST_F(CleanupTick, WhatWasSeenBeforeAReloadIsOldAfterIt) {
  policy.cleanup.mode = CleanupMode::observe;
  begin();
  put_image(1);
  connect_and_age();
  ASSERT_TRUE(tick());
  policy.cleanup.mode = CleanupMode::enforce;
  begin();
  connect();
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.removed, 1U) << report->run.note;
}

TEST_F(CleanupTick, WhatWasNotWatchedIsNotOld) {
  put_image(1);
  connect_and_age();
  begin();  // three days after the last look
  connect();
  EXPECT_THAT(image_ids(), SizeIs(1));
  EXPECT_EQ(last_run().planned, 0U);
}

TEST_F(CleanupTick, NothingIsOldWhileTheEventsAreNotRead) {
  put_image(1);
  connect_and_age();
  engine.add_fault({.path_prefix = "/events", .times = 1'000, .body = R"({"message":"no events here"})"});
  begin();
  const std::string why = "events are not read, so uses may be missed: ";
  ASSERT_TRUE(eventually([&] { return tick() && status().held.find(why) != std::string::npos; }));
  EXPECT_FALSE(status().watching);
  const auto report = wish(CleanupWish::Kind::run, true);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->plan.actions, IsEmpty());
  EXPECT_THAT(image_ids(), SizeIs(1));
}

TEST_F(CleanupTick, AClockThatJumpsAheadMakesNothingOld) {
  put_image(1);
  connect();
  clock.step(std::chrono::days(30));
  ASSERT_TRUE(tick());
  EXPECT_THAT(changes(), IsEmpty());
  EXPECT_THAT(image_ids(), SizeIs(1));
}

TEST_F(CleanupTick, AClockThatGoesBackHoldsForSettleTimeOnly) {
  policy.cleanup.warmup = 1h;
  begin();
  connect_and_age(std::chrono::days(60));
  ASSERT_TRUE(tick());
  clock.step(-std::chrono::days(90));  // before the engine's socket was made
  ASSERT_TRUE(tick());
  clock.advance(2h);
  ASSERT_TRUE(tick());
  EXPECT_EQ(status().held, "");
}

TEST_F(CleanupTick, AskedToEndItLeavesTheWishAndTheStatusToItsSuccessor) {
  connect();
  std::stop_source stop;
  stop.request_stop();
  auto left = std::make_shared<CleanupWish>();
  desk.leave(left);
  const std::size_t told = batches.size();
  (void)tick(stop.get_token());
  EXPECT_FALSE(left->answer);
  EXPECT_EQ(batches.size(), told);
  begin();
  (void)tick();
  EXPECT_TRUE(left->answer);
}

TEST_F(CleanupTick, AWithdrawnWishIsNotGranted) {
  auto one = std::make_shared<CleanupWish>();
  auto other = std::make_shared<CleanupWish>();
  desk.leave(one);
  desk.withdraw(other);
  EXPECT_EQ(desk.take(), one);
  desk.leave(one);
  desk.withdraw(one);
  EXPECT_EQ(desk.take(), nullptr);
}

TEST_F(CleanupTick, CountsWhatItPlansAndDoes) {
  put_image(1);
  put_image(2, {"nginx:1.25"});
  connect_and_age();
  const auto plan = wish(CleanupWish::Kind::plan);
  ASSERT_TRUE(plan);
  EXPECT_EQ(metrics().at(R"(cleanup_objects{"kind":"image","reason":"dangling"})"), 1);
  EXPECT_GT(metrics().at(R"(cleanup_reclaimable_bytes{"kind":"image"})"), 0);
  EXPECT_THAT(metrics(), Not(Contains(Key(R"(cleanup_removed_total{"kind":"image"})"))));
  ASSERT_TRUE(tick());
  EXPECT_EQ(metrics().at(R"(cleanup_removed_total{"kind":"image"})"), 1);
  EXPECT_EQ(metrics().at(R"(cleanup_runs_total{"outcome":"ok","trigger":"interval"})"), 1);
  EXPECT_EQ(metrics().at("cleanup_last_run_timestamp_seconds{}"),
            static_cast<double>(last_run().ended_ms) / 1'000);
  EXPECT_EQ(metrics().at("cleanup_event_gaps_total{}"), static_cast<double>(status().event_gaps));
}

TEST_F(CleanupTick, ASupposedPressureIsNoStateOfThings) {
  put_image(1, {"nginx:1.25"});
  policy.docker.keep_last = 0;
  policy.cleanup.mode = CleanupMode::observe;
  begin();
  connect_and_age();
  ASSERT_TRUE(tick());
  const auto before = metrics();
  const auto supposed = wish(CleanupWish::Kind::dry_run, true);
  ASSERT_TRUE(supposed);
  EXPECT_EQ(supposed->plan.objects(), 1U);
  EXPECT_EQ(status().would_remove, 0U);
  EXPECT_EQ(metrics(), before);
}

}  // namespace
}  // namespace caretaker
