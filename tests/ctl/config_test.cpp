// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <filesystem>

#include "ctl/canned.h"
#include "ctl/command_fixture.h"
#include "ctl/configuration.h"

namespace caretaker::ctl {
namespace {

using ReloadCommand = CommandTest;
using CheckConfigCommand = CommandTest;
using VersionCommand = CommandTest;

TEST_F(ReloadCommand, NamesTheChangedJobs) {
  daemon.answer("POST /v1/reload", 200, R"({"changed":["cpu","disk"],"message":"reloaded"})");
  EXPECT_EQ(run({"reload"}).out, "reloaded, changed: cpu, disk\n");
  daemon.answer("POST /v1/reload", 200, R"({"changed":[],"message":""})");
  EXPECT_EQ(run({"reload"}).out, "reloaded, no job changed\n");
}

TEST_F(ReloadCommand, SaysWhatWaitsForARestartAndWarns) {
  daemon.answer("POST /v1/reload", 200,
                R"({"changed":[],"needs_restart":["store.path"],"problems":["c.ini:2: warning"],
      "message":""})");
  const Ended ended = run({"reload"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "reloaded, no job changed\nwaits for a restart: store.path\n");
  EXPECT_EQ(ended.error, "c.ini:2: warning\n");
}

TEST_F(ReloadCommand, ListsTheMistakesAndFailsLikeTheDaemonWould) {
  daemon.answer("POST /v1/reload", 422,
                R"({"error":{"code":"config_invalid","message":"the old configuration runs on",
      "hint":"mend the file"},"problems":["/etc/c.ini:3: [service] intervall: unknown key","/etc/c.ini:4: x"]})");
  const Ended ended = run({"reload"});
  EXPECT_EQ(ended.exit, ExitCode::config_invalid);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.error,
            "caretakerctl: the old configuration runs on; mend the file\n"
            "/etc/c.ini:3: [service] intervall: unknown key\n/etc/c.ini:4: x\n");
}

TEST(DaemonSocket, IsTheConfiguredOneWhereItIsThere) {
  const TempDir dir;
  const std::string socket = dir.write("other.sock", "");
  const std::string file = dir.write("config.ini", "[control]\nsocket = " + socket + "\n");
  EXPECT_EQ(daemon_socket(file, {}), socket);
  std::filesystem::remove(socket);  // the daemon that runs does not know of it yet
  EXPECT_EQ(daemon_socket(file, {}), "/run/caretaker/control.sock");
}

TEST(DaemonSocket, IsTheStandardOneWithoutAConfigurationThatCanBeRead) {
  const TempDir dir;
  EXPECT_EQ(daemon_socket(dir.path("missing.ini"), {}), "/run/caretaker/control.sock");
  const std::string socket = dir.write("other.sock", "");
  const std::string file = dir.write("config.ini", "[control]\nsocket = " + socket + "\nmistake = 1\n");
  EXPECT_EQ(daemon_socket(file, {}), "/run/caretaker/control.sock");
}

TEST_F(VersionCommand, AsksTheInstalledDaemonWhenNoSocketIsNamed) {
  const TempDir dir;
  installed_config = dir.write("config.ini", "[control]\nsocket = " + daemon.socket() + "\n");
  daemon.answer("GET /v1/version", 200, R"({"version":"9.9.9"})");
  EXPECT_EQ(run_plain({"version"}).out, "caretakerctl 0.1.0\ncaretakerd 9.9.9\n");
}

TEST_F(CheckConfigCommand, SaysThatAFileIsValidWithoutADaemon) {
  const TempDir dir;
  const std::string file =
      dir.write("config.ini", "[service]\ninterval = 5\n[collector.disk]\nenabled = no\n");
  const Ended ended = run_plain({"check-config", file});
  EXPECT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_EQ(ended.out, file + ": valid\n");
  EXPECT_EQ(run_plain({"check-config", file, "--json"}).out,
            R"({"file":")" + file + R"(","valid":true,"warnings":[]})" + "\n");
}

TEST_F(CheckConfigCommand, ListsEveryMistakeWithItsPlace) {
  const TempDir dir;
  const std::string file = dir.write("config.ini", "[service]\nintervall = 5\n");
  dir.write("config.d/a.ini", "[collector.dusk]\nenabled = no\n");
  const Ended ended = run_plain({"check-config", file});
  EXPECT_EQ(ended.exit, ExitCode::config_invalid);
  EXPECT_TRUE(ended.error.starts_with("caretakerctl: " + file + " has 2 mistakes\n" + file + ":2: [service]"))
      << ended.error;
  EXPECT_NE(ended.error.find("config.d/a.ini:1: "), std::string::npos) << ended.error;
  EXPECT_TRUE(
      run_plain({"check-config", file, "--json"}).out.starts_with(R"({"error":{"code":"config_invalid")"));
}

TEST_F(CheckConfigCommand, FailsWithoutAFile) {
  EXPECT_EQ(run_plain({"check-config", "/nonexistent/config.ini"}).exit, ExitCode::config_invalid);
}

TEST_F(CheckConfigCommand, ShowsWarningsOfAValidFile) {
  const TempDir dir;
  const std::string file = dir.write("config.ini", "[mysql]\nhost = localhost\npassword = secret\n");
  ::chmod(file.c_str(), 0644);
  const Ended ended = run_plain({"check-config", file});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_NE(ended.error.find("warning"), std::string::npos) << ended.error;
  EXPECT_EQ(ended.error.find("secret"), std::string::npos) << ended.error;
}

TEST_F(VersionCommand, ShowsBothVersions) {
  daemon.answer("GET /v1/version", 200, R"({"version":"9.9.9"})");
  EXPECT_EQ(run({"version"}).out, "caretakerctl 0.1.0\ncaretakerd 9.9.9\n");
  EXPECT_EQ(run({"version", "--json"}).out, "{\"version\":\"9.9.9\"}\n");
}

TEST_F(VersionCommand, ShowsItsOwnAlsoWithoutADaemon) {
  const Ended ended = run_plain({"version", "--socket", "/nonexistent/s"});
  EXPECT_EQ(ended.exit, ExitCode::no_daemon);
  EXPECT_EQ(ended.out, "caretakerctl 0.1.0\n");
  EXPECT_EQ(run_plain({"--version"}).exit, ExitCode::ok);
}

}  // namespace
}  // namespace caretaker::ctl
