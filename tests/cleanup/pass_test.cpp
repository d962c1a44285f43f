// SPDX-License-Identifier: MIT
// One pass: what is recorded when, and how it ends.
#include "cleanup/pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "cleanup/cleanup_fixture.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::string anonymous_volume(64, 'e');

class Pass : public CleanupTest {
 protected:
  void put_volume(const std::string& name = anonymous_volume) {
    engine.put(Volume{.name = name, .driver = "local", .created_ms = clock.now().realtime_ns / ns_per_ms});
  }
  void fail_deletions(std::size_t times) {
    engine.add_fault({.method = "DELETE", .times = times, .body = R"({"message":"the disk is on fire"})"});
  }
};

TEST_F(Pass, RemovesAndRecordsWhatItPlanned) {
  const Image old = put_image(1);
  put_image(2, {"nginx:1.25"});
  connect_and_age();
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_THAT(changes(), SizeIs(1));
  EXPECT_THAT(image_ids(), ElementsAre(fake_image(2, {}).id));
  const std::vector<StoredCleanup> runs = stored();
  ASSERT_FALSE(runs.empty());
  const CleanupRun& run = runs.front().run;
  EXPECT_EQ(run.run_id, report->run.run_id);
  EXPECT_NE(run.run_id, 0);
  EXPECT_EQ(run.trigger, "manual");
  EXPECT_EQ(run.mode, "enforce");
  EXPECT_EQ(run.outcome, "ok");
  EXPECT_EQ(run.planned, 1U);
  EXPECT_EQ(run.removed, 1U);
  EXPECT_EQ(run.kept + run.failed, 0U);
  EXPECT_GT(run.ended_ms, run.time_ms);
  EXPECT_EQ(run.filesystem, dir.path());
  EXPECT_GT(run.avail_bytes_before, 0U);
  const auto verdicts = nlohmann::json::parse(run.verdicts);
  EXPECT_EQ(verdicts.at("dangling"), 1);
  ASSERT_THAT(runs.front().actions, SizeIs(1));
  const CleanupAction& action = runs.front().actions.front();
  EXPECT_EQ(action.state, "removed");
  EXPECT_EQ(action.object_id, old.id);
  EXPECT_EQ(action.reason, "dangling");
  EXPECT_EQ(action.number, 1);
  EXPECT_EQ(action.http_status, 200);
  EXPECT_NE(action.explanation, "");
  EXPECT_FALSE(status().progress);
  EXPECT_THAT(events_of("cleanup_ran"), SizeIs(1));
}

TEST_F(Pass, FindsNothingMoreInTheSecondRun) {
  put_image(1);
  put_volume();
  connect_and_age(std::chrono::days(9));
  ASSERT_TRUE(wish(CleanupWish::Kind::run));
  EXPECT_THAT(changes(), SizeIs(2));
  EXPECT_EQ(status().would_remove, 0U) << "what was removed would not be removed again";
  const auto second = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->run.outcome, "nothing");
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(Pass, HasThePlanOnDiskBeforeTheFirstDeletion) {
  put_image(1);
  put_image(2);
  connect_and_age();
  std::vector<std::string> seen;
  engine.on_delete([&](const FakeRequest&) {
    for (const SqliteRow& row :
         sqlite_rows(store->path(), "SELECT state FROM cleanup_actions ORDER BY number")) {
      seen.push_back(row.front().text);
    }
    seen.push_back(
        sqlite_rows(store->path(), "SELECT outcome FROM cleanup_runs ORDER BY time_ms DESC LIMIT 1")
            .front()
            .front()
            .text);
    engine.on_delete({});
  });
  ASSERT_TRUE(wish(CleanupWish::Kind::run));
  EXPECT_THAT(seen, ElementsAre("planned", "planned", "running"));
}

TEST_F(Pass, RemovesOnlyWhatCanBeMadeAgainWhenItCannotBeRecorded) {
  put_image(1);
  put_volume();
  connect_and_age(std::chrono::days(9));
  store->stop(5s);  // from here on nothing is taken in, as on a disk that is gone
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_THAT(image_ids(), IsEmpty());
  EXPECT_THAT(engine.volumes(), SizeIs(1));
  EXPECT_EQ(report->run.outcome, "partial");
  EXPECT_EQ(report->run.removed, 1U);
  EXPECT_EQ(report->run.kept, 1U);
  EXPECT_THAT(report->run.note, HasSubstr("could not be recorded"));
}

TEST_F(Pass, GivesUpAfterFailuresInARow) {
  for (int number = 1; number <= 5; ++number) put_image(number);
  connect_and_age();
  fail_deletions(100);
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.outcome, "failed");
  EXPECT_EQ(report->run.failed, consecutive_failures_max);
  EXPECT_THAT(report->run.note, HasSubstr("3 failures in a row: "));
  EXPECT_THAT(changes(), SizeIs(consecutive_failures_max));
  const std::vector<Event> told = events_of("cleanup_failed");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("the disk is on fire"));
  const auto runs = stored();
  EXPECT_EQ(runs.front().actions.back().state, "planned");
}

TEST_F(Pass, OneFailureLeavesTheOthersTheirTurn) {
  for (int number = 1; number <= 3; ++number) put_image(number);
  connect_and_age();
  fail_deletions(1);
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.outcome, "partial");
  EXPECT_EQ(report->run.failed, 1U);
  EXPECT_EQ(report->run.removed, 2U);
  EXPECT_EQ(status().would_remove, 1U);
  const std::vector<Event> told = events_of("cleanup_failed");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("the disk is on fire"));
}

TEST_F(Pass, StopsInTheMiddle) {
  for (int number = 1; number <= 5; ++number) put_image(number);
  connect_and_age();
  fail_deletions(1);  // a failure before does not make it a failed run
  std::stop_source stop;
  std::atomic<int> deletions = 0;
  engine.on_delete([&](const FakeRequest&) {
    if (++deletions == 2) stop.request_stop();
  });
  const auto report = wish(CleanupWish::Kind::run, false, stop.get_token());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.outcome, "stopped");
  EXPECT_THAT(report->run.note, HasSubstr("stopped"));
  EXPECT_GE(image_ids().size(), 3U);
  const auto runs = stored();
  EXPECT_EQ(runs.front().run.outcome, "stopped");
  EXPECT_EQ(runs.front().actions.back().state, "planned");
  EXPECT_FALSE(status().progress);
}

TEST_F(Pass, StoppedAtItsLastDeletionIsStoppedToo) {
  put_image(1);
  connect_and_age();
  std::stop_source stop;
  engine.add_fault({.method = "DELETE", .kind = FakeFault::Kind::hang});
  std::thread stopper([&] {
    EXPECT_TRUE(eventually([&] { return !changes().empty(); }));
    stop.request_stop();
  });
  const auto report = wish(CleanupWish::Kind::run, false, stop.get_token());
  stopper.join();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.outcome, "stopped");
}

TEST_F(Pass, TellsHowFarItIs) {
  put_image(1);
  put_image(2);
  connect_and_age();
  std::vector<CleanupProgress> seen;
  engine.on_delete([&](const FakeRequest&) {
    if (const auto progress = desk.status().progress) seen.push_back(*progress);
  });
  ASSERT_TRUE(wish(CleanupWish::Kind::run));
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].trigger, "manual");
  EXPECT_EQ(seen[0].done, 0U);
  EXPECT_EQ(seen[1].done, 1U);
  EXPECT_THAT(seen, Each(Field(&CleanupProgress::planned, 2U)));
}

TEST_F(Pass, APlanIsNotRecordedAndADryRunIs) {
  put_image(1);
  connect_and_age();
  ASSERT_TRUE(tick());  // the interval's
  put_image(2);
  const std::size_t before = stored().size();
  const auto plan = wish(CleanupWish::Kind::plan);
  ASSERT_TRUE(plan);
  EXPECT_EQ(stored().size(), before);
  const auto dry = wish(CleanupWish::Kind::dry_run);
  ASSERT_TRUE(dry);
  const auto runs = stored();
  ASSERT_EQ(runs.size(), before + 1);
  EXPECT_EQ(runs.front().run.mode, "dry_run");
  EXPECT_EQ(runs.front().run.run_id, dry->run.run_id);
  EXPECT_NE(dry->run.run_id, plan->run.run_id);
}

TEST_F(Pass, LeavesWhatGotAContainerSinceThePlan) {
  const Image image = put_image(1);
  const Image other = put_image(2);
  connect_and_age();
  engine.on_delete([&](const FakeRequest& request) {
    const bool first = request.target.find(image.id.substr(7)) != std::string::npos;
    engine.on_delete({});
    engine.put(fake_container(1, first ? other : image, "created"));
  });
  const auto report = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->run.removed, 1U);
  EXPECT_EQ(report->run.kept, 1U);
  EXPECT_EQ(report->run.outcome, "partial");
  EXPECT_THAT(image_ids(), SizeIs(1));
}

}  // namespace
}  // namespace caretaker
