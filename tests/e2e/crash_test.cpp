// SPDX-License-Identifier: MIT
// The daemon is killed at every fault point and at random moments; what it collected arrives exactly once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "base/fault_point.h"
#include "base/parse.h"
#include "e2e/views.h"
#include "sql/sqlite.h"
#include "support/eventually.h"
#include "support/mariadb_server.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

constexpr const char* quick_config =
    "[service]\ninterval = 100ms\n"
    "[store]\ncommit_interval = 100ms\nretention = 1h\n"
    "[collector.filesystem]\nenabled = no\n";

class DaemonCrash : public testing::Test {
 protected:
  // From here on samples are delivered.
  void connect_to_mysql() {
    daemon.write("config.d/mysql.ini", "[mysql]\nsocket = " + server.socket() +
                                           "\nuser = root\ndatabase = monitor\nflush_interval = 150ms\n");
  }

  // Starts the daemon, which dies at the `passes`-th pass of the point.
  void run_until_it_dies_at(std::string_view point, int passes) {
    ::setenv("CARETAKER_FAULT", (std::string(point) + ":" + std::to_string(passes)).c_str(), 1);
    daemon.launch();
    ::unsetenv("CARETAKER_FAULT");
    ASSERT_TRUE(eventually([&] { return !daemon.is_running(); }))
        << point << " was not passed " << passes << " times";
    ASSERT_EQ(daemon.wait(), -SIGKILL) << daemon.err();
  }

  // Ends the daemon in order, when all is delivered that is there now.
  void deliver_the_rest() {
    daemon.start();
    const auto last = status_of(daemon).at("store").at("last_seq").get<std::int64_t>();
    ASSERT_TRUE(eventually([&] { return status_of(daemon).at("store").at("delivered_seq") >= last; }))
        << status_of(daemon).dump(2);
    ASSERT_EQ(daemon.stop(), 0) << daemon.err();
  }

  // Every sample that the store counts as delivered is in MySQL once, and nothing else is.
  void expect_everything_arrived_once() {
    expect_balanced(daemon);
    auto counters = counters_of(daemon);
    EXPECT_EQ(integer(server.value("SELECT COUNT(*) FROM monitor.samples")), counters["delivered"]);
    std::set<std::pair<std::int64_t, std::int64_t>> arrived;
    for (const SqlRow& row : server.query("SELECT series_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', time) "
                                          "DIV 1000 FROM monitor.samples")) {
      arrived.emplace(integer(row.at(0)), integer(row.at(1)));
    }
    std::size_t local = 0;
    std::size_t missing = 0;
    for (const SqliteRow& row :
         sqlite_rows(daemon.store(),
                     "SELECT series_id, time_ms FROM samples JOIN batches USING (seq) "
                     "JOIN series USING (series) "
                     "WHERE seq <= (SELECT value FROM meta WHERE name = 'delivered_seq')")) {
      ++local;
      if (!arrived.contains({row.at(0).integer, row.at(1).integer})) ++missing;
    }
    EXPECT_GT(local, 100U);
    EXPECT_EQ(missing, 0U);
    EXPECT_EQ(
        server.value("SELECT COALESCE(SUM(count), 0) FROM monitor.samples_1m"),
        server.value("SELECT COUNT(*) FROM monitor.samples WHERE DATE_FORMAT(time, '%Y-%m-%d %H:%i:00') "
                     "IN (SELECT time FROM monitor.samples_1m)"));
  }

  static std::int64_t integer(const std::optional<std::string>& text) {
    return parse_number<std::int64_t>(text.value()).value();
  }

  MariadbServer server;
  DaemonProcess daemon{quick_config};
};

class DaemonCrashAt : public DaemonCrash, public testing::WithParamInterface<std::string_view> {
 protected:
  // A store whose newest minute is over: its rollups come with the next batch. Some of it is past retention.
  void make_older_store() {
    daemon.start();
    ASSERT_TRUE(eventually([&] {
      return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM batches WHERE collector = 'cpu'") > 10;
    }));
    ASSERT_EQ(daemon.stop(), 0);
    auto store =
        SqliteConnection::open(daemon.store(), SqliteConnection::Mode::read_write, std::chrono::seconds(5));
    ASSERT_TRUE(store);
    // A minute that was complete before would keep its rollups at the time from before.
    ASSERT_TRUE(store->execute("DELETE FROM periods; DELETE FROM rollups"));
    ASSERT_TRUE(
        store->execute("UPDATE batches SET time_ms = time_ms - CASE WHEN seq <= (SELECT max(seq) / 3 FROM "
                       "batches) THEN 7200000 ELSE 600000 END"));
  }
};

TEST_P(DaemonCrashAt, LosesAndDoublesNothing) {
  make_older_store();
  connect_to_mysql();
  const bool comes_once =
      GetParam() == "rollup" || GetParam() == "periods_committed" || GetParam() == "retention";
  run_until_it_dies_at(GetParam(), 1);
  if (!comes_once) {
    run_until_it_dies_at(GetParam(), 2);
    run_until_it_dies_at(GetParam(), 5);
  }
  deliver_the_rest();
  expect_everything_arrived_once();
}

// Those of cleanup are passed only where there is a container engine.
std::vector<std::string_view> fault_points_of_samples() {
  std::vector<std::string_view> names(fault_point_names.begin(), fault_point_names.end());
  std::erase_if(names, [](std::string_view name) {
    return name.starts_with("cleanup_") || name.starts_with("setup_");
  });
  return names;
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, DaemonCrashAt, testing::ValuesIn(fault_points_of_samples()),
                         [](const auto& point) { return std::string(point.param); });

TEST_F(DaemonCrash, AtTwoHundredRandomMomentsLosesAndDoublesNothing) {
  connect_to_mysql();
  std::mt19937 random(20260131);  // NOLINT(cert-msc51-cpp): the same moments every time
  std::uniform_int_distribution<int> milliseconds_alive(0, 300);
  for (int kill = 0; kill < 200; ++kill) {
    daemon.launch();
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_alive(random)));
    daemon.kill();
  }
  deliver_the_rest();
  expect_everything_arrived_once();
}

}  // namespace
}  // namespace caretaker
