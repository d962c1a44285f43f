// SPDX-License-Identifier: MIT
// Commands that the running daemon starts, and what is left of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

// Gone, or only waiting for its new parent to notice.
bool has_ended(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  return !stat || stat->contains(") Z ");
}

class DaemonCommands : public testing::Test {
 protected:
  void start(const std::string& jobs) {
    daemon.write("config.ini", "[service]\ninterval = 1d\n[store]\ncommit_interval = 100ms\n" + jobs);
    daemon.start();
  }

  [[nodiscard]] std::vector<SqliteRow> stored_runs() const {
    std::vector<SqliteRow> rows;
    EXPECT_TRUE(eventually([&] {
      rows = sqlite_rows(daemon.store(),
                         "SELECT job, exit_status, signal, timed_out, standard_output, standard_error,"
                         " duration_ms FROM job_runs ORDER BY seq");
      return !rows.empty();
    }));
    return rows;
  }

  // What the daemon's descriptors are open on.
  [[nodiscard]] std::multiset<std::string> open_descriptors() const {
    std::multiset<std::string> targets;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/fd")) {
      std::error_code closed_meanwhile;
      targets.insert(std::filesystem::read_symlink(entry, closed_meanwhile).string());
    }
    return targets;
  }

  // Children of all threads; the daemon has others than commands only for network mounts.
  [[nodiscard]] std::string children() const {
    std::string pids;
    for (const auto& thread :
         std::filesystem::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/task")) {
      std::string line;
      std::getline(std::ifstream(thread.path() / "children"), line);
      pids += line;
    }
    return pids;
  }

  DaemonProcess daemon;
};

TEST_F(DaemonCommands, ARunIsStoredWithItsExitStatusAndOutput) {
  start(
      "[job.greet]\ncommand = sh -c 'echo $GREETING; echo oops >&2; exit 3'\nenvironment = \"GREETING=good "
      "day\"\n");
  const ChildResult ran = daemon.ctl({"run", "greet"});
  EXPECT_EQ(ran.exit_status, 1);
  EXPECT_THAT(ran.standard_output, HasSubstr("exit status 3"));
  const auto runs = stored_runs();
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].at(0).text, "greet");
  EXPECT_EQ(runs[0].at(1).integer, 3);
  EXPECT_EQ(runs[0].at(2).integer, 0);
  EXPECT_EQ(runs[0].at(4).text, "good day\n");
  EXPECT_EQ(runs[0].at(5).text, "oops\n");
  EXPECT_EQ(job_of(daemon, "greet").at("state"), "failed");
}

TEST_F(DaemonCommands, TheTimeoutEndsTheCommandWithAllOfItsChildren) {
  const std::string pid_file = daemon.path("pids");
  start("[job.slow]\ntimeout = 300ms\ncommand = sh -c 'sleep 1000 & echo $! > " + pid_file + "; echo $$ >> " +
        pid_file + "; wait'\n");
  EXPECT_EQ(daemon.ctl({"run", "slow"}).exit_status, 1);
  const auto runs = stored_runs();
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].at(1).integer, -1);
  EXPECT_EQ(runs[0].at(2).integer, SIGTERM);
  EXPECT_EQ(runs[0].at(3).integer, 1);
  const std::string pids = read_file(pid_file).value();
  for (const std::string_view line : split(trim(pids), '\n')) {
    const auto pid = parse_number<pid_t>(line);
    ASSERT_TRUE(pid) << line;
    EXPECT_TRUE(eventually([&] { return has_ended(*pid); })) << "process " << *pid << " is left";
  }
}

TEST_F(DaemonCommands, ACommandThatIgnoresSigtermIsKilledAndTheOthersKeepTheirBeat) {
  start(
      "[job.stubborn]\ntimeout = 200ms\ncommand = sh -c \"trap '' TERM; while :; do sleep 0.1; done\"\n"
      "[job.beat]\ncommand = true\ninterval = 100ms\n");
  const auto beats = runs_of(daemon, "beat");
  EXPECT_EQ(daemon.ctl({"run", "stubborn"}).exit_status, 1);
  EXPECT_GT(runs_of(daemon, "beat"), beats + 5);
  ASSERT_TRUE(eventually([&] {
    return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM job_runs WHERE job = 'stubborn'") == 1;
  }));
  EXPECT_EQ(sqlite_number(daemon.store(), "SELECT signal FROM job_runs WHERE job = 'stubborn'"), SIGKILL);
}

TEST_F(DaemonCommands, ManyRunsLeaveNoProcessAndNoDescriptor) {
  start("[job.beat]\ncommand = sh -c 'echo out; echo err >&2'\ninterval = 100ms\n");
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "beat") >= 2; }));
  ASSERT_TRUE(
      eventually([&] { return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM job_runs") >= 2; }));
  ASSERT_EQ(daemon.ctl({"stop", "beat"}).exit_status, 0);
  ASSERT_TRUE(eventually([&] { return children().empty(); }));
  auto allowed = open_descriptors();
  // Cleanup's first look reads the store, and SQLite keeps that descriptor for the next reader.
  if (allowed.count(daemon.store()) == 1) allowed.insert(daemon.store());
  ASSERT_EQ(daemon.ctl({"start", "beat"}).exit_status, 0);
  const auto runs = runs_of(daemon, "beat");
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "beat") >= runs + 20; }));
  ASSERT_EQ(daemon.ctl({"stop", "beat"}).exit_status, 0);
  EXPECT_TRUE(eventually([&] { return children().empty(); })) << children();
  EXPECT_TRUE(eventually([&] { return std::ranges::includes(allowed, open_descriptors()); }))
      << testing::PrintToString(open_descriptors()) << "\nallowed: " << testing::PrintToString(allowed);
  // All but the ones that the two stops may have ended.
  EXPECT_TRUE(eventually([&] {
    return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM job_runs WHERE exit_status = 0") >= 20;
  }));
}

TEST_F(DaemonCommands, StoppingTheDaemonEndsARunningCommand) {
  const std::string pid_file = daemon.path("pid");
  start("[job.slow]\ninterval = 100ms\ncommand = sh -c 'echo $$ > " + pid_file + "; exec sleep 1000'\n");
  ASSERT_TRUE(eventually([&] { return read_file(pid_file).value_or("").ends_with('\n'); }));
  const std::string text = read_file(pid_file).value();
  const auto pid = parse_number<pid_t>(trim(text));
  ASSERT_TRUE(pid);
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  EXPECT_TRUE(eventually([&] { return has_ended(*pid); })) << "process " << *pid << " is left";
}

TEST_F(DaemonCommands, ACommandThatDoesNotExistFailsAndSaysSo) {
  start("[job.absent]\ncommand = /nonexistent/program\n");
  const ChildResult ran = daemon.ctl({"run", "absent"});
  EXPECT_EQ(ran.exit_status, 1);
  EXPECT_THAT(ran.standard_output, HasSubstr("/nonexistent/program"));
  EXPECT_EQ(stored_runs().at(0).at(1).integer, -1);
}

}  // namespace
}  // namespace caretaker
