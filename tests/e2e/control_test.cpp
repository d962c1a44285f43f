// SPDX-License-Identifier: MIT
// Every command of caretakerctl against the running daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "e2e/views.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr uid_t nobody = 65'534;

class Control : public testing::Test {
 protected:
  Control() {
    daemon.start();
    EXPECT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > 3 && runs_of(daemon, "disk") > 0; }));
  }

  // Succeeds, and with --json prints one object.
  json ask(Words words) const {
    words.emplace_back("--json");
    const ChildResult ended = daemon.ctl(words);
    EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
    return json::parse(ended.standard_output);
  }
  std::set<std::string> states() const {
    const json jobs = ask({"jobs"}).at("jobs");
    std::set<std::string> found;
    for (const json& job : jobs) found.insert(job.at("state"));
    return found;
  }
  // Succeeds, and prints something for people.
  std::string say(const Words& words) const {
    const ChildResult ended = daemon.ctl(words);
    EXPECT_EQ(ended.exit_status, 0) << ended.standard_error;
    EXPECT_EQ(ended.standard_error, "");
    return ended.standard_output;
  }

  DaemonProcess daemon{
      "[service]\ninterval = 100ms\n"
      "[store]\ncommit_interval = 100ms\n"
      "[job.greet]\ncommand = sh -c 'exit 7'\ninterval = 1d\n"};
};

TEST_F(Control, StatusTellsHowTheDaemonIs) {
  const json status = ask({"status"});
  EXPECT_EQ(status.at("pid"), daemon.pid());
  EXPECT_EQ(status.at("interval_ms"), 100);
  EXPECT_EQ(status.at("store").at("writable"), true);
  EXPECT_EQ(status.at("jobs").at("stuck"), 0);
  EXPECT_EQ(status.at("mysql").at("enabled"), false);
  EXPECT_EQ(status.at("notes"), json::array());
  const std::string text = say({"status"});
  EXPECT_THAT(text, HasSubstr(std::to_string(daemon.pid())));
  EXPECT_THAT(text, HasSubstr(daemon.store()));
}

TEST_F(Control, JobsListsEveryJob) {
  const std::string text = say({"jobs"});
  for (const char* name : {"cpu", "memory", "disk", "filesystem", "network", "system", "self", "greet"}) {
    EXPECT_THAT(text, HasSubstr(name));
    EXPECT_EQ(job_of(daemon, name).at("failures"), 0) << name;
  }
  EXPECT_EQ(job_of(daemon, "greet").at("kind"), "command");
}

TEST_F(Control, AStoppedJobStandsStillUntilItIsStarted) {
  EXPECT_EQ(ask({"stop", "disk"}).at("jobs").at(0).at("state"), "paused");
  ASSERT_TRUE(eventually([&] { return job_of(daemon, "disk").at("state") == "paused"; }));
  const auto runs = runs_of(daemon, "disk");
  const auto others = runs_of(daemon, "cpu");
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > others + 5; }));
  EXPECT_EQ(runs_of(daemon, "disk"), runs);
  EXPECT_EQ(job_of(daemon, "disk").at("next_run_ms"), nullptr);
  EXPECT_THAT(say({"start", "disk"}), HasSubstr("disk"));
  EXPECT_TRUE(eventually([&] { return runs_of(daemon, "disk") > runs; }));
}

TEST_F(Control, ARestartedJobGoesOn) {
  EXPECT_THAT(say({"restart", "cpu", "memory"}), HasSubstr("memory"));
  const auto runs = runs_of(daemon, "cpu");
  EXPECT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > runs + 2; }));
  EXPECT_EQ(job_of(daemon, "cpu").at("last_error"), "");
}

TEST_F(Control, AllJobsCanBeStoppedAndStarted) {
  say({"stop", "--all"});
  EXPECT_TRUE(eventually([&] { return states() == std::set<std::string>{"paused"}; }));
  say({"start", "--all"});
  EXPECT_TRUE(eventually([&] { return !states().contains("paused"); }));
  EXPECT_EQ(daemon.ctl({"status"}).exit_status, 0);
}

TEST_F(Control, RunAnswersWithTheResultOfTheRun) {
  // So that no tick is under way when we ask.
  say({"stop", "--all"});
  ASSERT_TRUE(eventually([&] { return states() == std::set<std::string>{"paused"}; }));
  EXPECT_EQ(ask({"run", "cpu"}).at("outcome"), "ok");
  EXPECT_THAT(say({"run", "memory"}), HasSubstr("memory: ok"));
  const ChildResult failed = daemon.ctl({"run", "greet", "--json"});
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_EQ(json::parse(failed.standard_output).at("outcome"), "failed");
  EXPECT_EQ(json::parse(failed.standard_output).at("exit_status"), 7);
  EXPECT_EQ(runs_of(daemon, "greet"), 1U);
}

TEST_F(Control, MetricsShowsTheNewestValuesThatMatch) {
  ASSERT_TRUE(eventually([&] { return !ask({"metrics", "load*"}).at("metrics").empty(); }));
  const json metrics = ask({"metrics", "load*"}).at("metrics");
  std::set<std::string> names;
  for (const json& point : metrics) names.insert(point.at("metric"));
  EXPECT_THAT(names, testing::ElementsAre("load1", "load15", "load5"));
  EXPECT_THAT(say({"metrics", "memory_MemTotal_bytes"}), HasSubstr("memory_MemTotal_bytes"));
  EXPECT_EQ(ask({"metrics", "no_such_*"}).at("metrics").size(), 0U);
}

TEST_F(Control, HistoryShowsTheValuesOfAMetricOverTime) {
  ASSERT_TRUE(eventually([&] { return ask({"history", "load1"}).at("points").size() > 3; }));
  const json points = ask({"history", "load1", "--since", "1h", "--limit", "3"});
  EXPECT_EQ(points.at("points").size(), 3U);
  EXPECT_EQ(points.at("truncated"), true);
  const json idle = ask({"history", "cpu_seconds_total", "--label", "mode=idle", "--label", "cpu=0"});
  ASSERT_FALSE(idle.at("points").empty());
  for (const json& point : idle.at("points")) {
    EXPECT_EQ(point.at("labels"), json({{"cpu", "0"}, {"mode", "idle"}}));
  }
  EXPECT_THAT(say({"history", "load1"}), HasSubstr("load1"));
}

TEST_F(Control, VersionAndReloadAnswer) {
  EXPECT_EQ(ask({"version"}).at("version"),
            run_program("caretakerctl", {"--version"})
                .standard_output.substr(std::string("caretakerctl ").size(), 5));
  EXPECT_EQ(ask({"reload"}).at("changed"), json::array());
  EXPECT_THAT(say({"reload"}), HasSubstr("no job changed"));
}

TEST_F(Control, AWrongJobNameIsRefusedAndNamed) {
  for (const char* command : {"start", "stop", "restart", "run"}) {
    const ChildResult ended = daemon.ctl({command, "cpuu"});
    EXPECT_EQ(ended.exit_status, 1) << command;
    EXPECT_THAT(ended.standard_error, HasSubstr("cpuu")) << command;
  }
}

TEST_F(Control, TheDaemonRestartsInPlaceAndStopsOnRequest) {
  const auto uptime_before = status_of(daemon).at("uptime_ms").get<std::int64_t>();
  EXPECT_THAT(say({"restart"}), HasSubstr("restart"));
  ASSERT_TRUE(eventually([&] {
    const ChildResult status = daemon.ctl({"status", "--json"});
    return status.exit_status == 0 && json::parse(status.standard_output).at("uptime_ms") < uptime_before;
  }));
  EXPECT_EQ(status_of(daemon).at("pid"), daemon.pid());
  EXPECT_THAT(say({"stop"}), HasSubstr("stop"));
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(daemon.socket()));
}

TEST_F(Control, EachCommandSaysThatNoDaemonRuns) {
  EXPECT_EQ(daemon.stop(), 0);
  for (const Words& words : {Words{"status"}, Words{"jobs"}, Words{"start"}, Words{"stop"},
                             Words{"restart", "cpu"}, Words{"run", "cpu"}, Words{"reload"}, Words{"metrics"},
                             Words{"history", "load1"}, Words{"status", "--json"}}) {
    const ChildResult ended = daemon.ctl(words);
    EXPECT_EQ(ended.exit_status, 3) << words[0];
    EXPECT_THAT(ended.standard_error + ended.standard_output, HasSubstr("no daemon is running")) << words[0];
  }
}

TEST_F(Control, WhoIsNeitherRootNorTheDaemonsUserReadsButDoesNotChange) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  EXPECT_EQ(daemon.ctl({"status"}, "nobody").exit_status, 4) << "the socket is open to everybody";
  // As for a member of the socket's group.
  ASSERT_EQ(::chmod(daemon.path().c_str(), 0711), 0);
  ASSERT_EQ(::chmod(daemon.socket().c_str(), 0666), 0);
  for (const Words& words : {Words{"status"}, Words{"jobs"}, Words{"metrics", "load*"},
                             Words{"history", "load1"}, Words{"version"}}) {
    EXPECT_EQ(daemon.ctl(words, "nobody").exit_status, 0) << words[0];
  }
  for (const Words& words :
       {Words{"start", "cpu"}, Words{"stop", "cpu"}, Words{"restart", "cpu"}, Words{"run", "cpu"},
        Words{"stop", "--all"}, Words{"reload"}, Words{"stop"}, Words{"restart"}}) {
    const ChildResult ended = daemon.ctl(words, "nobody");
    EXPECT_EQ(ended.exit_status, 4) << words[0];
    EXPECT_THAT(ended.standard_error, HasSubstr("root")) << words[0];
  }
  EXPECT_EQ(status_of(daemon).at("jobs").at("paused"), 0);
}

// As under systemd.
TEST(ControlOfAnUnprivilegedDaemon, BelongsToItsUserAndToRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "becoming another user needs root";
  DaemonProcess daemon("[service]\ninterval = 100ms\n");
  daemon.run_as(nobody);
  daemon.start();
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "system") > 2; }));
  EXPECT_EQ(status_of(daemon).at("jobs").at("failed"), 0) << daemon.ctl({"jobs"}).standard_output;
  EXPECT_EQ(daemon.ctl({"stop", "cpu"}, "nobody").exit_status, 0);
  EXPECT_EQ(daemon.ctl({"start", "cpu"}).exit_status, 0);
  EXPECT_EQ(daemon.ctl({"stop"}, "nobody").exit_status, 0);
  EXPECT_EQ(daemon.wait(), 0) << daemon.err();
}

TEST(ControlSocket, OfARunningDaemonIsNotTakenOver) {
  DaemonProcess first;
  DaemonProcess second;
  first.start();
  second.write("config.d/zz.ini", "[control]\nsocket = " + first.socket() + "\n");
  const ChildResult ended = run_program("caretakerd", {"--config", second.config_file()});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.standard_error, HasSubstr("another process is already listening"));
  EXPECT_EQ(status_of(first).at("pid"), first.pid());
}

}  // namespace
}  // namespace caretaker
