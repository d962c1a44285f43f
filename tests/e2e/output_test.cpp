// SPDX-License-Identifier: MIT
// What the running daemon prints and logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "base/file.h"
#include "e2e/views.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr const char* fast = "[service]\ninterval = 100ms\n";

TEST(DaemonOutput, LiveShowsTheHeadlineAtEveryTick) {
  DaemonProcess daemon(fast, {"--live"});
  daemon.start();
  const std::regex line("\\d\\d:\\d\\d:\\d\\d  cpu .*  memory .*  disk .*  net sent .*  received .*");
  const auto lines = [&] {
    const std::string out = daemon.out();
    return std::distance(std::sregex_iterator(out.begin(), out.end(), line), std::sregex_iterator());
  };
  EXPECT_TRUE(eventually([&] { return lines() >= 5; })) << daemon.out();
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  const std::string out = daemon.out();
  EXPECT_EQ(lines(), std::ranges::count(out, '\n')) << out;
}

TEST(DaemonOutput, WithoutLiveOnlyEventsArePrintedToStandardError) {
  DaemonProcess daemon(fast);
  daemon.start();
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "system") > 3; }));
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_EQ(daemon.out(), "");
  EXPECT_THAT(daemon.err(), HasSubstr("daemon_started"));
  EXPECT_THAT(daemon.err(), HasSubstr("daemon_stopped"));
}

TEST(DaemonOutput, ALogFileTakesTheEvents) {
  DaemonProcess daemon(fast);
  const std::string file = daemon.path("caretaker.log");
  daemon.write("config.d/log.ini", "[log]\nfile = " + file + "\n");
  daemon.start();
  EXPECT_EQ(daemon.ctl({"reload"}).exit_status, 0);
  EXPECT_EQ(daemon.stop(), 0);
  const std::string log = read_file(file).value();
  EXPECT_THAT(log, HasSubstr("daemon_started"));
  EXPECT_THAT(log, HasSubstr("config_reloaded"));
  EXPECT_THAT(log, HasSubstr("daemon_stopped"));
  EXPECT_EQ(daemon.err(), "");
}

TEST(DaemonOutput, ALogFileThatCannotBeWrittenKeepsTheDaemonFromStarting) {
  const DaemonProcess daemon;
  daemon.write("config.d/log.ini", "[log]\nfile = " + daemon.path("config.ini/caretaker.log") + "\n");
  const ChildResult ended = run_program("caretakerd", {"--config", daemon.config_file()});
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.standard_error, HasSubstr("[log] file"));
}

}  // namespace
}  // namespace caretaker
