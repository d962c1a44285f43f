// SPDX-License-Identifier: MIT
// What cleanup writes to the local store and reads from it.
#include <gmock/gmock.h>

#include "cleanup_data.h"
#include "sql/local_store.h"
#include "sql/store_reader.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::seconds patience{60};

class CleanupRecords : public StoreTest {
 protected:
  void flush() { ASSERT_TRUE(store_->flush(patience)); }

  StoredUsage usage() {
    const auto usage = StoreReader(options_.path).cleanup_usage();
    if (!usage) throw std::runtime_error(usage.error().message);
    return *usage;
  }
  std::vector<StoredCleanup> history(std::int64_t since_ms = 0, std::size_t runs_max = 100,
                                     std::size_t actions_max = 100) {
    const auto history = StoreReader(options_.path).cleanup_history(since_ms, runs_max, actions_max);
    if (!history) throw std::runtime_error(history.error().message);
    return *history;
  }
};

TEST_F(CleanupRecords, TheSecondRecordReplacesTheFirstUnderANewNumber) {
  ASSERT_TRUE(start());
  store_->append(planned_run(7, 1'000));
  store_->append(planned_action(7, 1, 1'000));
  store_->append(planned_action(7, 2, 1'000));
  append("cpu", 2'000, 3);
  flush();
  store_->append(ended_action(7, 1, 1'000));
  store_->append(ended_run(7, 1'000));
  stop();
  EXPECT_EQ(query_text("SELECT group_concat(seq || ' ' || state, ', ') FROM "
                       "(SELECT * FROM cleanup_actions ORDER BY number)"),
            "5 removed, 3 planned");
  EXPECT_EQ(query_text("SELECT seq || ' ' || outcome FROM cleanup_runs"), "6 partial");
  EXPECT_EQ(query_text("SELECT group_concat(collector || ' ' || rows, ', ') FROM "
                       "(SELECT * FROM batches ORDER BY seq)"),
            "cleanup_runs 0, cleanup_actions 0, cleanup_actions 1, cpu 3, cleanup_actions 1, cleanup_runs 1");
  EXPECT_EQ(query("SELECT value FROM counters WHERE name = 'collected'"), 3) << "samples only";
  expect_exact_counters();
}

TEST_F(CleanupRecords, BothRecordsInOneCommitLeaveOneRow) {
  ASSERT_TRUE(start());
  store_->append(planned_run(7, 1'000));
  store_->append(planned_action(7, 1, 1'000));
  store_->append(ended_action(7, 1, 1'000));
  store_->append(ended_run(7, 1'000));
  flush();
  EXPECT_EQ(query_text("SELECT group_concat(state) FROM cleanup_actions"), "removed");
  EXPECT_EQ(query_text("SELECT group_concat(outcome) FROM cleanup_runs"), "partial");
  stop();
  expect_exact_counters();
}

TEST_F(CleanupRecords, ReadersGetEveryFieldAndEmptyBatchesForWhatWasReplaced) {
  ASSERT_TRUE(start());
  store_->append(planned_run(7, 1'000));
  store_->append(planned_action(7, 1, 1'000));
  flush();
  StoreReader reader(options_.path);
  auto batches = reader.batches(0, 1'000).value();
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].cleanup_runs.size(), 1U);
  EXPECT_EQ(batches[1].cleanup_actions.size(), 1U);
  store_->append(ended_action(7, 1, 1'000));
  store_->append(ended_run(7, 1'000));
  flush();
  batches = reader.batches(0, 1'000).value();
  ASSERT_EQ(batches.size(), 4U);
  EXPECT_EQ(batches[0].collector, "cleanup_runs");
  EXPECT_THAT(batches[0].cleanup_runs, IsEmpty());
  EXPECT_THAT(batches[1].cleanup_actions, IsEmpty());
  ASSERT_EQ(batches[2].cleanup_actions.size(), 1U);
  const CleanupAction& action = batches[2].cleanup_actions[0];
  EXPECT_EQ(action.time_ms, 1'000);
  EXPECT_EQ(action.run_id, 7);
  EXPECT_EQ(action.number, 1);
  EXPECT_EQ(action.kind, ObjectKind::image);
  EXPECT_EQ(action.object_id, "sha256:1");
  EXPECT_EQ(action.names, R"(["app:1"])");
  EXPECT_EQ(action.reason, "unused");
  EXPECT_EQ(action.explanation, "not used for 30 days");
  EXPECT_EQ(action.state, "removed");
  EXPECT_EQ(action.bytes_min, 100U);
  EXPECT_EQ(action.bytes_max, 200U);
  EXPECT_EQ(action.created_ms, -2'000);
  EXPECT_EQ(action.first_seen_ms, -1'000);
  EXPECT_EQ(action.last_used_ms, 0);
  EXPECT_EQ(action.ended_ms, 2'000);
  EXPECT_EQ(action.http_status, 200);
  EXPECT_EQ(action.engine_message, "it's gone");
  ASSERT_EQ(batches[3].cleanup_runs.size(), 1U);
  const CleanupRun& run = batches[3].cleanup_runs[0];
  EXPECT_EQ(run.time_ms, 1'000);
  EXPECT_EQ(run.run_id, 7);
  EXPECT_EQ(run.trigger, "pressure");
  EXPECT_EQ(run.mode, "enforce");
  EXPECT_EQ(run.engine, "docker 20.10.24");
  EXPECT_EQ(run.ended_ms, 6'000);
  EXPECT_EQ(run.outcome, "partial");
  EXPECT_EQ(run.note, "one image is in use");
  EXPECT_EQ(run.filesystem, "/var/lib/docker");
  EXPECT_EQ(run.avail_bytes_before, 1'000U);
  EXPECT_EQ(run.avail_bytes_after, 1'300U);
  EXPECT_EQ(run.files_free_before, 70U);
  EXPECT_EQ(run.files_free_after, 75U);
  EXPECT_EQ(run.wanted_bytes, 9'223'372'036'854'775'807U) << "SQL's largest";
  EXPECT_EQ(run.bytes_min, 300U);
  EXPECT_EQ(run.bytes_max, 400U);
  EXPECT_EQ(run.reported_bytes, 310U);
  EXPECT_EQ(run.planned, 2U);
  EXPECT_EQ(run.removed, 1U);
  EXPECT_EQ(run.kept, 1U);
  EXPECT_EQ(run.failed, 0U);
  EXPECT_EQ(run.verdicts, R"({"in_use":12})");
}

TEST_F(CleanupRecords, HistoryIsNewestFirstWithItsActionsInOrderAndWithinItsLimits) {
  ASSERT_TRUE(start());
  for (std::int64_t run_id = 1; run_id <= 4; ++run_id) {
    store_->append(planned_run(run_id, run_id * 1'000));
    for (const std::int64_t number : {3, 1, 2}) {
      store_->append(planned_action(run_id, number, run_id * 1'000));
    }
  }
  store_->append(ended_run(2, 2'000));  // does not make it newer
  flush();
  const auto ids = [](const std::vector<StoredCleanup>& cleanups) {
    std::vector<std::int64_t> run_ids;
    for (const StoredCleanup& cleanup : cleanups) run_ids.push_back(cleanup.run.run_id);
    return run_ids;
  };
  EXPECT_THAT(ids(history()), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids(history(2'000)), ElementsAre(4, 3, 2));
  EXPECT_THAT(ids(history(0, 2)), ElementsAre(4, 3));
  EXPECT_THAT(history(0, 0), IsEmpty());
  const auto two = history(0, 3, 5);
  ASSERT_EQ(two.size(), 3U);
  ASSERT_EQ(two[0].actions.size(), 3U);
  EXPECT_EQ(two[0].actions[0].number, 1);
  EXPECT_EQ(two[0].actions[2].number, 3);
  EXPECT_EQ(two[1].actions.size(), 2U);
  EXPECT_THAT(two[2].actions, IsEmpty());
  EXPECT_EQ(history()[2].run.outcome, "partial");
}

TEST_F(CleanupRecords, APlanWhoseProcessDiedIsStillAPlan) {
  ASSERT_TRUE(start());
  store_->append(planned_run(7, 1'000));
  store_->append(planned_action(7, 1, 1'000));
  restart();
  const auto before = history();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].run.outcome, "running");
  EXPECT_EQ(before[0].run.ended_ms, 0);
  EXPECT_EQ(before[0].actions.at(0).state, "planned");
  EXPECT_EQ(usage().last_run_ms, 0);
  store_->append(ended_run(7, 1'000));
  flush();
  EXPECT_EQ(history().at(0).run.outcome, "partial");
  EXPECT_EQ(usage().last_run_ms, 1'000);
}

TEST_F(CleanupRecords, RemembersWhatWasUsedWithoutMakingABatch) {
  ASSERT_TRUE(start());
  EXPECT_THAT(usage().objects, IsEmpty());
  EXPECT_EQ(usage().observation, Observation{});
  const ObjectUsage image{.kind = ObjectKind::image,
                          .id = "sha256:1",
                          .first_seen_ms = 1,
                          .last_used_ms = 2,
                          .unused_since_ms = 3};
  ObjectUsage volume{.kind = ObjectKind::volume, .id = "sha256:1", .first_seen_ms = 4};
  const Observation first{.first_ms = 1, .since_ms = 2, .until_ms = 3, .last_event_ns = 4};
  store_->remember({.observation = first, .changed = {image, volume}, .forgotten = {}});
  restart();
  EXPECT_EQ(usage().observation, first);
  EXPECT_THAT(usage().objects, ElementsAre(image, volume));
  volume.last_used_ms = 9;
  store_->remember({.observation = {}, .changed = {volume}, .forgotten = {{ObjectKind::image, "sha256:1"}}});
  flush();
  EXPECT_EQ(usage().observation, first);
  EXPECT_THAT(usage().objects, ElementsAre(volume));
  const Observation second{.first_ms = 1, .since_ms = 5, .until_ms = 6, .last_event_ns = 7};
  store_->remember({.observation = second, .changed = {}, .forgotten = {}});
  flush();
  EXPECT_EQ(usage().observation, second);
  stop();
  EXPECT_EQ(query("SELECT count(*) FROM batches"), 0);
  ASSERT_TRUE(start());
  EXPECT_EQ(store_->status().last_seq, 0);
  stop();
}

TEST_F(CleanupRecords, RetentionTakesRecordsWithTheirBatchesAndLeavesTheUsage) {
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  ASSERT_TRUE(start());
  store_->remember({.observation = {}, .changed = {{.kind = ObjectKind::image, .id = "a"}}, .forgotten = {}});
  store_->append(planned_run(7, now_ms - 7'200'000));
  store_->append(planned_action(7, 1, now_ms - 7'200'000));
  store_->append(ended_run(7, now_ms - 7'200'000));
  store_->append(planned_run(8, now_ms));
  store_->append(planned_action(8, 1, now_ms));
  flush();
  options_.retention = std::chrono::hours(1);
  store_->reconfigure(options_);
  append("cpu", now_ms, 1);
  flush();
  EXPECT_EQ(query_text("SELECT group_concat(run_id) FROM cleanup_runs"), "8");
  EXPECT_EQ(query_text("SELECT group_concat(run_id) FROM cleanup_actions"), "8");
  EXPECT_EQ(query("SELECT count(*) FROM cleanup_usage"), 1);
  EXPECT_TRUE(store_->status().counters.dropped.empty());
  stop();
  expect_exact_counters();
}

TEST_F(CleanupRecords, DoNotChangeTheOpenMinuteOfTheSamples) {
  ASSERT_TRUE(start());
  append("cpu", 60'000, 2);
  store_->append(planned_run(7, 3'600'000));
  restart();
  append("cpu", 61'000, 2);
  append("cpu", 120'000, 2);
  flush();
  EXPECT_EQ(query("SELECT min(count) FROM metrics_1m WHERE time_ms = 60000"), 2);
  stop();
}

}  // namespace
}  // namespace caretaker
