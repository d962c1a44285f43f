// SPDX-License-Identifier: MIT
// Mistakes in the configuration, at the start and on reload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "e2e/views.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* fast = "[service]\ninterval = 100ms\n";
constexpr const char* mistakes =
    "[service]\n"
    "intervall = 5\n"       // 2
    "job_timeout = soon\n"  // 3
    "[mysq]\n"              // 4
    "host = localhost\n"
    "[mysql]\n"
    "port = 70000\n"  // 7
    "port = 3306\n";  // 8
constexpr const char* secret = "correct-horse-battery";

void expect_all_mistakes(const DaemonProcess& daemon, const std::string& text) {
  const std::string file = daemon.config_file();
  EXPECT_THAT(text, HasSubstr(file + ":2: [service] intervall: "));
  EXPECT_THAT(text, HasSubstr("did you mean 'interval'?"));
  EXPECT_THAT(text, HasSubstr(file + ":3: [service] job_timeout: "));
  EXPECT_THAT(text, HasSubstr(file + ":4: [mysq]: "));
  EXPECT_THAT(text, HasSubstr(file + ":7: [mysql] port: "));
  EXPECT_THAT(text, HasSubstr(file + ":8: [mysql] port: "));
}

TEST(DaemonConfig, EveryMistakeIsListedWithItsLineAndKeepsTheDaemonFromStarting) {
  const DaemonProcess daemon(mistakes);
  for (const Words& words : {Words{}, Words{"--check-config"}}) {
    Words arguments = {"--config", daemon.config_file()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const ChildResult ended = run_program("caretakerd", arguments);
    EXPECT_EQ(ended.exit_status, 78);
    expect_all_mistakes(daemon, ended.standard_error);
  }
  const ChildResult client = run_program("caretakerctl", {"check-config", daemon.config_file()});
  EXPECT_EQ(client.exit_status, 78);
  expect_all_mistakes(daemon, client.standard_output + client.standard_error);
}

TEST(DaemonConfig, MistakesInDropInsNameTheDropIn) {
  const DaemonProcess daemon;
  daemon.write("config.d/zz.ini", "[log]\nlevel = loud\n");
  const ChildResult ended = run_program("caretakerd", {"--config", daemon.config_file()});
  EXPECT_EQ(ended.exit_status, 78);
  EXPECT_THAT(ended.standard_error, HasSubstr(daemon.path("config.d/zz.ini") + ":2: [log] level: "));
}

TEST(DaemonConfig, CheckingAGoodConfigurationTouchesNothing) {
  DaemonProcess daemon(fast);
  EXPECT_EQ(run_program("caretakerd", {"--check-config", "--config", daemon.config_file()}).exit_status, 0);
  EXPECT_NE(::access(daemon.store().c_str(), F_OK), 0);
  EXPECT_NE(::access(daemon.socket().c_str(), F_OK), 0);
}

TEST(DaemonConfig, ANamedFileThatIsNotThereIsAMistake) {
  const DaemonProcess daemon;
  EXPECT_EQ(run_program("caretakerd", {"--config", daemon.path("absent.ini")}).exit_status, 78);
}

class DaemonReload : public testing::Test {
 protected:
  DaemonReload() {
    daemon.start();
    EXPECT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > 3 && runs_of(daemon, "disk") > 3; }));
  }
  DaemonProcess daemon{fast};
};

TEST_F(DaemonReload, TouchesOnlyTheJobsWhoseSettingsChanged) {
  const auto disk_runs = runs_of(daemon, "disk");
  daemon.write("config.ini",
               std::string(fast) + "[collector.load]\ninterval = 1h\n[job.new]\ncommand = true\n");
  const ChildResult reload = daemon.ctl({"reload", "--json"});
  ASSERT_EQ(reload.exit_status, 0) << reload.standard_error;
  const auto changed = nlohmann::json::parse(reload.standard_output).at("changed");
  EXPECT_THAT(changed.get<Words>(), testing::UnorderedElementsAre("cpu", "load", "new"));
  EXPECT_GE(runs_of(daemon, "disk"), disk_runs);
  EXPECT_EQ(job_of(daemon, "load").at("interval_ms"), 3'600'000);
  EXPECT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > 3; }));
}

TEST_F(DaemonReload, WithAMistakeKeepsTheOldConfigurationAndTellsTheCallerWhy) {
  const auto cpu_runs = runs_of(daemon, "cpu");
  daemon.write("config.ini", mistakes);
  const ChildResult reload = daemon.ctl({"reload"});
  EXPECT_EQ(reload.exit_status, 78);
  expect_all_mistakes(daemon, reload.standard_output + reload.standard_error);
  EXPECT_GE(runs_of(daemon, "cpu"), cpu_runs);
  EXPECT_TRUE(eventually([&] { return runs_of(daemon, "cpu") > cpu_runs + 2; }));
  EXPECT_EQ(status_of(daemon).at("interval_ms"), 100);
  EXPECT_THAT(daemon.err(), HasSubstr("config_invalid"));
}

TEST_F(DaemonReload, HappensOnSighupAsWell) {
  daemon.write("config.ini", mistakes);
  daemon.send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return daemon.err().contains("config_invalid"); }));
  daemon.write("config.ini", "[service]\ninterval = 200ms\n");
  daemon.send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return status_of(daemon).at("interval_ms") == 200; }));
  EXPECT_THAT(daemon.err(), HasSubstr("config_reloaded"));
}

TEST_F(DaemonReload, SaysWhichSettingsWaitForTheNextStart) {
  daemon.write("config.d/zz.ini", "[store]\npath = " + daemon.path("other.db") + "\n");
  const ChildResult reload = daemon.ctl({"reload", "--json"});
  ASSERT_EQ(reload.exit_status, 0);
  EXPECT_THAT(nlohmann::json::parse(reload.standard_output).at("needs_restart").get<Words>(),
              testing::ElementsAre("[store] path"));
  EXPECT_EQ(status_of(daemon).at("store").at("path"), daemon.store());
}

TEST(DaemonConfig, SecretsAppearNowhere) {
  const std::string mysql = "[mysql]\nsocket = /nonexistent/mysql.sock\nflush_interval = 100ms\n";
  DaemonProcess daemon(fast + mysql + "password = " + secret + "\n");
  daemon.start();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("last_error") != ""; }));
  std::string told;
  for (const Words& words :
       {Words{"status"}, Words{"status", "--json"}, Words{"jobs"}, Words{"jobs", "--json"}}) {
    told += daemon.ctl(words).standard_output;
  }
  daemon.write("config.ini",
               fast + mysql + "password = " + secret + "\npassword = " + secret + "\nnonsense = 1\n");
  const ChildResult reload = daemon.ctl({"reload"});
  EXPECT_EQ(reload.exit_status, 78);
  told += reload.standard_output + reload.standard_error;
  told += run_program("caretakerd", {"--check-config", "--config", daemon.config_file()}).standard_error;
  EXPECT_EQ(daemon.stop(), 0);
  told += daemon.err() + daemon.out();
  EXPECT_THAT(told, HasSubstr("nonsense"));
  EXPECT_THAT(told, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace caretaker
