// SPDX-License-Identifier: MIT
// The program itself: what only a process has, such as exit codes, terminals and full disks.
#include <gtest/gtest.h>

#include "base/text.h"
#include "ctl/canned.h"
#include "ctl/fake_daemon.h"
#include "ctl/shell.h"

namespace caretaker::ctl {
namespace {

class Binary : public testing::Test {
 protected:
  Binary() {
    daemon.answer("GET /v1/status", 200, canned::status_well);
    daemon.answer("GET /v1/jobs", 200, canned::jobs);
  }

  // A caretakerctl command line with its output and errors, in UTC.
  [[nodiscard]] ShellEnded run(const std::string& words, const std::string& environment = "") const {
    return shell(command(words, environment) + " 2>&1");
  }

  // The same on a terminal of its own (script(1)).
  [[nodiscard]] ShellEnded run_on_terminal(const std::string& words, const std::string& environment) const {
    return shell("script -qec '" + command(words, environment) + "' /dev/null </dev/null");
  }

  [[nodiscard]] std::string command(const std::string& words, const std::string& environment) const {
    return "env -u NO_COLOR TZ=UTC LC_ALL=C.UTF-8 " + environment + " CARETAKER_SOCKET=" + daemon.socket() +
           " " + program + " " + words;
  }

  const std::string program = CARETAKER_BINARY_DIR "/caretakerctl";
  FakeDaemon daemon;
};

TEST_F(Binary, EndsWithTheExitCodesOfTheTable) {
  EXPECT_EQ(run("status").exit, 0);
  EXPECT_EQ(run("reload").exit, 1);
  EXPECT_EQ(run("nonsense").exit, 2);
  EXPECT_EQ(run("status --socket /nonexistent/s").exit, 3);
  daemon.answer("POST /v1/reload", 403, R"({"error":{"code":"forbidden","message":"no","hint":""}})");
  EXPECT_EQ(run("reload").exit, 4);
  daemon.never_answer("POST /v1/reload");
  EXPECT_EQ(run("reload --timeout 50ms").exit, 5);
  EXPECT_EQ(run("check-config /nonexistent/config.ini").exit, 78);
}

TEST_F(Binary, HasColoursOnlyOnATerminalThatWantsThem) {
  EXPECT_EQ(run("status", "TERM=xterm").out.find('\033'), std::string::npos);
  EXPECT_NE(run_on_terminal("status", "TERM=xterm").out.find('\033'), std::string::npos);
  EXPECT_EQ(run_on_terminal("status", "TERM=xterm NO_COLOR=1").out.find('\033'), std::string::npos);
  EXPECT_EQ(run_on_terminal("status", "TERM=dumb").out.find('\033'), std::string::npos);
}

TEST_F(Binary, PrintsReadableTablesInAnAsciiLocale) {
  std::string jobs = canned::jobs;
  jobs.replace(jobs.find("no space"), 8, "voil\xC3\xA0");
  daemon.answer("GET /v1/jobs", 200, jobs);
  const std::string out = run("jobs", "LC_ALL=C").out;
  EXPECT_NE(out.find("backup     failed"), std::string::npos) << out;
}

TEST_F(Binary, ChecksTheSampleConfigurationWithEveryCollector) {
  const ShellEnded ended = run("check-config " CARETAKER_SOURCE_DIR "/config/config.ini");
  EXPECT_EQ(ended.exit, 0) << ended.out;
  const TempDir dir;
  const std::string file = dir.write("config.ini", "[collector.vmstat]\nenabled = no\n[collector.vmstatt]\n");
  EXPECT_EQ(run("check-config " + file).out,
            "caretakerctl: " + file + " has 1 mistake\n" + file +
                ":3: [collector.vmstatt]: unknown collector (did you mean 'vmstat'?)\n");
}

TEST_F(Binary, FailsWhenTheOutputCannotBeWritten) {
  const ShellEnded ended = shell("(" + command("status", "") + " > /dev/full) 2>&1");
  EXPECT_EQ(ended.exit, 1);
  EXPECT_EQ(ended.out, "caretakerctl: standard output cannot be written\n");
}

TEST_F(Binary, TalksToTheServiceManagerOnlyThroughItsBus) {
  // No bus there: the daemon at the default socket is meant, and there is none in the test.
  const ShellEnded ended = shell("DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent/bus " + program +
                                 " stop --socket /nonexistent/s 2>&1");
  EXPECT_EQ(ended.exit, 3);
}

// The completion scripts against the program's own help: a command or option that is missing fails.
class Completion : public Binary, public testing::WithParamInterface<const char*> {
 protected:
  // Neither a letter nor a hyphen beside it.
  static bool has_word(std::string_view text, std::string_view word) {
    constexpr std::string_view parts = "abcdefghijklmnopqrstuvwxyz-";
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
      const bool starts = at == 0 || parts.find(text[at - 1]) == std::string_view::npos;
      const std::size_t end = at + word.size();
      if (starts && (end == text.size() || parts.find(text[end]) == std::string_view::npos)) return true;
    }
    return false;
  }
  static std::string script(const std::string& name) {
    return shell("cat " CARETAKER_SOURCE_DIR "/ctl/completion/" + name).out;
  }
  [[nodiscard]] std::vector<std::string> words(const std::string& sed_program,
                                               const std::string& command_words) const {
    std::vector<std::string> found;
    const std::string lines =
        shell(program + " " + command_words + " --help | sed -n '" + sed_program + "'").out;
    for (std::string_view rest = lines; !rest.empty();) found.emplace_back(take_line(rest));
    return found;
  }
  [[nodiscard]] std::vector<std::string> commands(const std::string& group = "") const {
    return words("/^Subcommands:/,/^$/s/^  \\([a-z-]*\\) .*/\\1/p", group);
  }
  [[nodiscard]] std::vector<std::string> options(const std::string& command) const {
    return words("s/^  \\(-h,\\)\\?\\(--[a-z]*\\) .*/\\2/p", command);
  }
};

TEST_P(Completion, KnowsEveryCommandAndOption) {
  const std::string text = script(GetParam());
  std::vector<std::string> all = commands();
  ASSERT_EQ(all.size(), 15U);
  for (const std::string& command : all) EXPECT_TRUE(has_word(text, command)) << command;
  for (const std::string group : {"cleanup", "mysql"}) {
    const std::vector<std::string> group_commands = commands(group);
    EXPECT_GE(group_commands.size(), 2U) << group;
    for (const std::string& command : group_commands) {
      EXPECT_TRUE(has_word(text, command)) << group << " " << command;
      all.push_back(group + " " + command);
    }
  }
  for (const std::string& command : all) {
    for (const std::string& option : options(command)) {
      EXPECT_TRUE(has_word(text, option)) << command << " " << option;
    }
  }
  EXPECT_GE(options("").size(), 5U);
  for (const std::string& option : options("")) {
    EXPECT_TRUE(has_word(text, option)) << option;
  }
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::Values("caretakerctl.bash", "_caretakerctl"));

class BashCompletion : public Binary {
 protected:
  // What bash offers for the last of the words.
  [[nodiscard]] std::string offered(const std::string& words) const {
    const std::string script = CARETAKER_SOURCE_DIR "/ctl/completion/caretakerctl.bash";
    return shell("CARETAKER_SOCKET=" + daemon.socket() + " bash -c 'source " + script + "; COMP_WORDS=(" +
                 program + " " + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _caretakerctl " +
                 program + "; printf \"%s \" \"${COMPREPLY[@]}\"' 2>&1")
        .out;
  }
};

TEST_F(BashCompletion, OffersCommandsOptionsAndJobs) {
  EXPECT_EQ(offered("\"\""),
            "status jobs start stop restart run reload metrics history check-config doctor cleanup mysql "
            "setup version ");
  EXPECT_EQ(offered("cleanup \"\""), "status plan run explain history ");
  EXPECT_EQ(offered("cleanup plan --"), "--help --socket --timeout --json --pressure --all ");
  EXPECT_EQ(offered("cleanup history --since 2d --a"), "--actions ");
  EXPECT_EQ(offered("cleanup explain \"\""), " ");
  EXPECT_EQ(offered("mysql \"\""), "maintain redeliver ");
  EXPECT_EQ(offered("mysql maintain --d"), "--dry-run ");
  EXPECT_EQ(offered("mysql maintain --user \"\""), " ");
  EXPECT_EQ(offered("re"), "restart reload ");
  EXPECT_EQ(offered("history --l"), "--label --limit ");
  EXPECT_EQ(offered("--json jobs --n"), "--names ");
  EXPECT_EQ(offered("run \"\""), "cpu filesystem backup mysql ");
  EXPECT_EQ(offered("stop cpu my"), "mysql ");
  EXPECT_EQ(offered("history --since \"\""), " ");
}

TEST_F(BashCompletion, AsksTheDaemonAtTheSocketThatWasTyped) {
  EXPECT_EQ(offered("--socket /nonexistent/s run \"\""), " ");
}

TEST_F(BashCompletion, RunsNothingThatAJobNameHolds) {
  std::string jobs = canned::jobs;
  jobs.replace(jobs.find("backup"), 6, "a$(exit 3)`id` b");
  daemon.answer("GET /v1/jobs", 200, jobs);
  EXPECT_EQ(offered("run a"), R"(a\$\(exit\ 3\)\`id\`\ b )");
}

}  // namespace
}  // namespace caretaker::ctl
