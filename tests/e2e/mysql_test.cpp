// SPDX-License-Identifier: MIT
// From the running daemon to the rows in a real server, through crashes of both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/sql_server.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// What people already have from a small monitoring script.
constexpr const char* script_config =
    "[mysql]\n"
    "host = localhost\n"
    "user = root\n"
    "password = root\n"
    "database = monitor\n"
    "\n"
    "[service]\n"
    "interval = 5\n";

// (series id, UTC ms) -> value
using Samples = std::map<std::pair<std::int64_t, std::int64_t>, double>;

class DaemonMysql : public testing::TestWithParam<Engine> {
 protected:
  DaemonMysql() {
    server.set_root_password("root");
    daemon.write("config.d/test.ini", "[mysql]\nsocket = " + server.socket() +
                                          "\nflush_interval = 300ms\n"
                                          "[service]\ninterval = 200ms\n"
                                          "[store]\ncommit_interval = 100ms\n");
  }

  // Up to the batch that is the newest at the time of the call.
  void wait_until_all_is_delivered() {
    const auto until = status_of(daemon).at("store").at("last_seq").get<std::int64_t>();
    ASSERT_TRUE(eventually([&] { return status_of(daemon).at("store").at("delivered_seq") >= until; }))
        << status_of(daemon).dump(2);
  }

  [[nodiscard]] Samples local_samples() const {
    Samples samples;
    for (const SqliteRow& row :
         sqlite_rows(daemon.store(),
                     "SELECT series.series_id, batches.time_ms, samples.value FROM samples"
                     " JOIN batches USING (seq) JOIN series USING (series)"
                     " WHERE seq <= (SELECT value FROM meta WHERE name = 'delivered_seq')")) {
      const bool fresh =
          samples.emplace(std::pair(row.at(0).integer, row.at(1).integer), row.at(2).real).second;
      EXPECT_TRUE(fresh) << "twice in the local store";
    }
    return samples;
  }

  [[nodiscard]] Samples mysql_samples() {
    Samples samples;
    for (const SqlRow& row :
         server.query("SELECT series_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', time) DIV 1000, value"
                      " FROM monitor.samples")) {
      samples.emplace(std::pair(integer(row.at(0)), integer(row.at(1))),
                      parse_number<double>(*row.at(2)).value());
    }
    return samples;
  }

  static std::int64_t integer(const std::optional<std::string>& text) {
    return parse_number<std::int64_t>(text.value()).value();
  }
  [[nodiscard]] std::int64_t count(const std::string& table) {
    return integer(server.value("SELECT COUNT(*) FROM monitor." + table));
  }

  // Ends the daemon in order, and compares all that it has ever delivered with what arrived.
  void expect_everything_arrived_once() {
    wait_until_all_is_delivered();
    EXPECT_EQ(daemon.stop(), 0) << daemon.err();
    expect_balanced(daemon);
    const Samples local = local_samples();
    const Samples arrived = mysql_samples();
    EXPECT_GT(local.size(), 100U);
    EXPECT_EQ(local.size(), arrived.size());
    EXPECT_TRUE(local == arrived);
    EXPECT_EQ(counters_of(daemon)["delivered"], static_cast<std::int64_t>(local.size()));
    EXPECT_EQ(count("system_monitor"),
              sqlite_number(daemon.store(),
                            "SELECT COUNT(*) FROM batches WHERE collector = 'system' AND rows > 0 AND"
                            " seq <= (SELECT value FROM meta WHERE name = 'delivered_seq')"));
  }

  SqlServer server{GetParam()};
  DaemonProcess daemon{script_config};
};

TEST_P(DaemonMysql, TheScriptsConfigurationFillsADatabaseThatItMakesItself) {
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("connected") == true; }));
  ASSERT_TRUE(eventually([&] { return count("system_monitor") >= 10; }));
  ASSERT_EQ(daemon.ctl({"stop", "system"}).exit_status, 0);
  const auto missed = job_of(daemon, "system").at("missed").get<std::int64_t>();
  wait_until_all_is_delivered();
  const auto status = status_of(daemon).at("mysql");
  EXPECT_EQ(status.at("connected"), true);
  EXPECT_EQ(status.at("last_error"), "");
  EXPECT_EQ(status.at("notes"), nlohmann::json::array());
  EXPECT_THAT(status.at("server").get<std::string>(), HasSubstr(name_of(GetParam())));

  const SqlRow span = server.query(
      "SELECT COUNT(*), TIMESTAMPDIFF(MICROSECOND, MIN(timestamp), MAX(timestamp)) DIV 1000,"
      " SUM(MICROSECOND(timestamp) % 200000 <> 0), COUNT(DISTINCT host) FROM monitor.system_monitor")[0];
  EXPECT_EQ(integer(span[0]) - 1 + missed, integer(span[1]) / 200) << "not one row per interval";
  EXPECT_EQ(integer(span[2]), 0) << "off the grid of the interval";
  EXPECT_EQ(integer(span[3]), 1);
  EXPECT_GT(integer(server.value("SELECT COUNT(*) FROM monitor.metrics WHERE metric = 'load1'")), 0);
  expect_everything_arrived_once();
}

TEST_P(DaemonMysql, AForeignHeadlineTableIsLeftAloneAndTheStatusSaysSo) {
  server.execute("CREATE DATABASE monitor");
  server.execute("CREATE TABLE monitor.system_monitor (id INT PRIMARY KEY, cpu FLOAT)");
  server.execute("INSERT INTO monitor.system_monitor VALUES (1, 12.5)");
  daemon.start();
  ASSERT_TRUE(eventually(
      [&] { return status_of(daemon).at("mysql").at("rows") > 0 && count("caretaker_system_monitor") > 1; }));
  EXPECT_EQ(server.value(
                "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS"
                " WHERE TABLE_SCHEMA = 'monitor' AND TABLE_NAME = 'system_monitor'"),
            "id,cpu");
  EXPECT_EQ(count("system_monitor"), 1);
  EXPECT_THAT(daemon.ctl({"status"}).standard_output, HasSubstr("caretaker_system_monitor"));
}

TEST_P(DaemonMysql, AnOutageIsOnlyADelayAndTouchesNoOtherJob) {
  daemon.write("config.d/zz.ini", "[service]\ninterval = 500ms\n");
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("rows") > 0; }));
  server.kill();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("connected") == false; }));
  const auto runs_before = runs_of(daemon, "cpu");
  // For several seconds.
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > runs_before + 8; }));
  const auto status = status_of(daemon);
  EXPECT_EQ(status.at("mysql").at("connected"), false);
  EXPECT_NE(status.at("mysql").at("last_error"), "");
  EXPECT_GT(status.at("store").at("pending"), 0);
  EXPECT_EQ(job_of(daemon, "mysql").at("state"), "failed");
  EXPECT_EQ(daemon.ctl({"jobs"}).exit_status, 0);
  EXPECT_THAT(daemon.ctl({"status"}).standard_output, HasSubstr("MySQL is not connected"));
  const ChildResult jobs = daemon.ctl({"jobs", "--json"});
  const auto listed = nlohmann::json::parse(jobs.standard_output);
  for (const auto& job : listed.at("jobs")) {
    if (job.at("kind") != "collectors") continue;
    EXPECT_THAT(job.at("state"), AnyOf("idle", "running"));
    EXPECT_GT(job.at("runs"), 8) << job;
  }
  server.start();
  expect_everything_arrived_once();
}

TEST_P(DaemonMysql, AKilledDaemonDeliversEverythingOnceAfterItsRestart) {
  for (int round = 0; round < 4; ++round) {
    daemon.start();
    const auto rows = round == 0 ? 0 : count("samples");
    ASSERT_TRUE(eventually([&] {
      return status_of(daemon).at("mysql").at("rows") > 0 && count("samples") > rows;
    })) << daemon.err();
    daemon.kill();
  }
  daemon.start();
  expect_everything_arrived_once();
}

TEST_P(DaemonMysql, DaemonAndServerKilledTogetherLoseAndDoubleNothing) {
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("rows") > 0; }));
  server.kill();
  daemon.kill();
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("last_error") != ""; }));
  server.start();
  expect_everything_arrived_once();
}

TEST_P(DaemonMysql, RunsOfCommandJobsArriveWithTheirOutput) {
  daemon.write("config.d/zz.ini",
               "[job.greet]\ncommand = sh -c 'echo hello; echo oops >&2; exit 3'\ninterval = 1h\n");
  daemon.start();
  EXPECT_EQ(daemon.ctl({"run", "greet"}).exit_status, 1);
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("rows") > 0; }));
  wait_until_all_is_delivered();
  const auto runs = server.query(
      "SELECT job, exit_status, standard_output, standard_error, timed_out FROM monitor.job_runs");
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_THAT(runs[0], testing::ElementsAre("greet", "3", "hello\n", "oops\n", "0"));
}

TEST_P(DaemonMysql, DeliveriesAreRepeatedOnDemand) {
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("rows") > 200; }));
  server.execute("DELETE FROM monitor.samples");
  EXPECT_EQ(daemon.ctl({"mysql", "redeliver", "--since", "1h"}).exit_status, 0);
  ASSERT_TRUE(eventually([&] { return count("events WHERE kind = 'redelivered'") == 1; })) << daemon.err();
  EXPECT_THAT(daemon.err(), HasSubstr("were missing"));
  expect_everything_arrived_once();
}

TEST_P(DaemonMysql, AWrongPasswordIsExplainedAndNeverShown) {
  daemon.write("config.d/zz.ini", "[mysql]\npassword = not-the-right-one\n");
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("last_error") != ""; }));
  const std::string status = daemon.ctl({"status"}).standard_output;
  EXPECT_THAT(status, HasSubstr("password"));
  EXPECT_THAT(status + daemon.err(), testing::Not(HasSubstr("not-the-right-one")));
}

INSTANTIATE_TEST_SUITE_P(Engines, DaemonMysql, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
