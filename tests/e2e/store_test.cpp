// SPDX-License-Identifier: MIT
// What the running daemon leaves in its local store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "collectors/collector.h"
#include "e2e/views.h"
#include "sql/sqlite.h"
#include "support/eventually.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr const char* fast = "[service]\ninterval = 100ms\n[store]\ncommit_interval = 100ms\n";

std::int64_t batches_in(const DaemonProcess& daemon) {
  return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM batches");
}

std::set<std::string> texts(const DaemonProcess& daemon, const std::string& sql) {
  std::set<std::string> found;
  for (const SqliteRow& row : sqlite_rows(daemon.store(), sql)) found.insert(row.at(0).text);
  return found;
}

// The collectors that have something to say on this machine: a container may have no file system of its own.
std::set<std::string> collectors_with_samples() {
  std::set<std::string> names;
  const ChildResult once = run_program("caretakerd", {"--once", "--format", "json"});
  const auto printed = nlohmann::json::parse(once.standard_output);
  for (const auto& sample : printed.at("samples")) {
    names.insert(sample.at("collector").get<std::string>());
  }
  return names;
}

TEST(DaemonStore, EveryCollectorStoresItsSamples) {
  DaemonProcess daemon(fast);
  daemon.start();
  const std::set<std::string> expected = collectors_with_samples();
  EXPECT_GE(expected.size(), collector_registry().size() / 2);
  EXPECT_TRUE(eventually([&] {
    return std::ranges::includes(texts(daemon, "SELECT DISTINCT collector FROM batches"), expected);
  })) << daemon.err();
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  expect_balanced(daemon);
}

TEST(DaemonStore, AClockThatWentBackWhileNoDaemonRanIsNoticed) {
  DaemonProcess daemon(fast);
  daemon.start();
  ASSERT_TRUE(eventually([&] { return batches_in(daemon) > 20; }));
  ASSERT_EQ(daemon.stop(), 0);
  {
    auto store =
        SqliteConnection::open(daemon.store(), SqliteConnection::Mode::read_write, std::chrono::seconds(5));
    ASSERT_TRUE(store && store->execute("UPDATE batches SET time_ms = time_ms + 3600000"));
  }
  daemon.start();
  ASSERT_TRUE(eventually([&] {
    return sqlite_number(daemon.store(),
                         "SELECT COUNT(*) FROM batches WHERE collector = 'cpu' AND "
                         "time_ms % 100 = 1") > 3;
  }));
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_EQ(texts(daemon, "SELECT kind FROM events WHERE message LIKE 'the newest samples are%'"),
            std::set<std::string>{"clock_step"});
  EXPECT_EQ(sqlite_number(daemon.store(), "SELECT value FROM meta WHERE name = 'backward_steps'"), 1);
}

TEST(DaemonStore, CountersAddUpWhileTheDaemonWrites) {
  DaemonProcess daemon(fast);
  daemon.start();
  for (std::int64_t commits = 1; commits <= 5; ++commits) {
    ASSERT_TRUE(eventually([&] { return batches_in(daemon) > commits * 20; }));
    expect_balanced(daemon);
  }
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  EXPECT_EQ(counters_of(daemon)["delivered"], 0);
  EXPECT_GT(counters_of(daemon)["collected"], 0);
}

TEST(DaemonStore, PeopleCanQueryTheMetricsAndTheHeadline) {
  DaemonProcess daemon(fast);
  daemon.start();
  ASSERT_TRUE(eventually([&] {
    return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM system_monitor WHERE cpu_usage IS NOT NULL") >
           3;
  }));
  const auto headline = sqlite_rows(daemon.store(),
                                    "SELECT cpu_usage, memory_usage, disk_usage, host, timestamp"
                                    " FROM system_monitor WHERE cpu_usage IS NOT NULL");
  for (const SqliteRow& row : headline) {
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_THAT(row.at(i).real, testing::AllOf(testing::Ge(0), testing::Le(100)));
    EXPECT_FALSE(row.at(3).text.empty());
    EXPECT_EQ(row.at(4).text.size(), std::string("2026-01-01 12:00:00.000").size());
  }
  const auto metrics = sqlite_rows(
      daemon.store(), "SELECT value, unit, labels FROM metrics WHERE metric = 'memory_MemTotal_bytes'");
  ASSERT_FALSE(metrics.empty());
  EXPECT_GT(metrics[0].at(0).real, 1e6);
  EXPECT_EQ(metrics[0].at(1).text, "bytes");
  EXPECT_EQ(metrics[0].at(2).text, "{}");
}

TEST(DaemonStore, TicksLieOnTheGridOfTheIntervalAndNoneIsStoredTwice) {
  DaemonProcess daemon(fast);
  daemon.start();
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "system") > 10; }));
  ASSERT_EQ(daemon.ctl({"stop", "system"}).exit_status, 0);
  const auto missed = job_of(daemon, "system").at("missed").get<std::int64_t>();
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  const auto times =
      sqlite_rows(daemon.store(), "SELECT time_ms FROM batches WHERE collector = 'system' ORDER BY seq");
  ASSERT_FALSE(times.empty());
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_EQ(times[i].at(0).integer % 100, 0);
    EXPECT_GT(times[i].at(0).integer, times[i - 1].at(0).integer);
  }
  const std::int64_t span = times.back().at(0).integer - times.front().at(0).integer;
  EXPECT_GE(static_cast<std::int64_t>(times.size()) - 1 + missed, span / 100) << "a gap that was not counted";
}

TEST(DaemonStore, KillLosesNoCommittedSampleAndDoublesNone) {
  constexpr const char* committed = "SELECT seq, time_ms, collector, rows FROM batches ORDER BY seq";
  DaemonProcess daemon(fast);
  std::vector<SqliteRow> before;
  for (int round = 0; round < 4; ++round) {
    daemon.start();
    const auto enough = before.size() + 30;
    ASSERT_TRUE(eventually([&] {
      return std::filesystem::exists(daemon.store()) &&
             batches_in(daemon) > static_cast<std::int64_t>(enough);
    }));
    const auto seen = sqlite_rows(daemon.store(), committed);
    daemon.kill();
    const auto after = sqlite_rows(daemon.store(), committed);
    ASSERT_GE(after.size(), seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      for (std::size_t column = 0; column < 4; ++column)
        EXPECT_EQ(after[i][column].text, seen[i][column].text);
    }
    expect_balanced(daemon);
    before = after;
  }
  EXPECT_EQ(sqlite_number(daemon.store(),
                          "SELECT COUNT(*) FROM (SELECT 1 FROM batches WHERE rows > 0 AND collector NOT IN "
                          "('events', 'job_runs', 'cleanup_runs', 'cleanup_actions') GROUP BY collector, "
                          "time_ms HAVING COUNT(*) > 1)"),
            0);
  EXPECT_EQ(sqlite_number(daemon.store(),
                          "SELECT SUM(rows) FROM batches WHERE collector NOT IN "
                          "('events', 'job_runs', 'cleanup_runs', 'cleanup_actions')"),
            sqlite_number(daemon.store(), "SELECT COUNT(*) FROM samples"));
}

TEST(DaemonStore, ASecondDaemonOnTheSameStoreIsRefusedWithTheFirstOnesPid) {
  DaemonProcess daemon;
  daemon.start();
  const ChildResult second = run_program("caretakerd", {"--config", daemon.config_file()});
  EXPECT_EQ(second.exit_status, 1);
  EXPECT_THAT(second.standard_error, HasSubstr("already running (pid " + std::to_string(daemon.pid()) + ")"));
  EXPECT_EQ(daemon.ctl({"status"}).exit_status, 0) << "the first one lost its socket";
}

TEST(DaemonStore, AStoreWhoseFolderAppearsLaterIsWrittenThen) {
  DaemonProcess daemon(fast);
  daemon.write("config.d/store.ini", "[store]\npath = " + daemon.path("later/metrics.db") + "\n");
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("store").at("queue_samples") > 0; }));
  const auto store = status_of(daemon).at("store");
  EXPECT_EQ(store.at("writable"), false);
  EXPECT_THAT(store.at("last_error").get<std::string>(), HasSubstr("later"));
  EXPECT_THAT(daemon.ctl({"status"}).standard_output, HasSubstr("store"));
  std::filesystem::create_directory(daemon.path("later"));
  EXPECT_TRUE(eventually([&] { return status_of(daemon).at("store").at("writable") == true; }));
  EXPECT_TRUE(eventually([&] { return status_of(daemon).at("store").at("collected") > 0; }));
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
}

}  // namespace
}  // namespace caretaker
