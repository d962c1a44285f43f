// SPDX-License-Identifier: MIT
// What the running daemon prints and logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_TRUE(eventually([&] { return std::ranges::count(daemon.out(), '\n') >= 5; })) << daemon.out();
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  EXPECT_THAT(daemon.out(),
              testing::MatchesRegex("([0-9:]{8}  cpu .*  memory .*  disk .*  net sent .*  received .*\n)+"));
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
