// SPDX-License-Identifier: MIT
// `setup mysql` that ends in the middle, as a crash would end it, and then runs again.
#include <gmock/gmock.h>

#include <stdexcept>
#include <streambuf>

#include "ctl/setup_mysql_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::HasSubstr;

class Crash : public std::runtime_error {
 public:
  Crash() : std::runtime_error("crash") {}
};

// Throws when a step is about to be announced: nothing of it has happened then.
class CrashingBuffer : public std::streambuf {
 public:
  explicit CrashingBuffer(std::string announcement) : announcement_(std::move(announcement)) {}

 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (std::string_view(text, static_cast<std::size_t>(count)).contains(announcement_)) throw Crash();
    return count;
  }
  int overflow(int c) override { return c; }

 private:
  std::string announcement_;
};

class SetupMysqlInterrupted : public SetupMysqlServerTest {
 protected:
  // Everything up to step `step`, without it. False: there are fewer steps.
  bool crash_before(int step, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"setup", "mysql", "--yes", "--server-socket", server.socket()};
    words.insert(words.end(), more.begin(), more.end());
    CrashingBuffer buffer("[" + std::to_string(step) + "/");
    std::ostream crashing(&buffer);
    crashing.exceptions(std::ios::badbit);
    std::vector<const char*> argv = {"caretakerctl"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    std::ostringstream error;
    const Console console{.out = crashing, .error = error};
    try {
      const ExitCode exit = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                             {.console = console,
                                              .manager = manager,
                                              .terminal = terminal,
                                              .place = place,
                                              .collector_names = collector_names,
                                              .now_ms = now_ms});
      EXPECT_EQ(exit, ExitCode::ok) << error.str();
    } catch (const Crash&) {
      return true;
    }
    return false;
  }

  void start_over() {
    for (const char* path : {"etc/credstore", "etc/credstore.encrypted", "etc/caretaker/config.d",
                             "etc/systemd/system/caretaker.service.d"}) {
      std::filesystem::remove_all(root.path(path));
    }
    server.execute("DROP USER IF EXISTS caretaker@localhost");
    server.execute("DROP DATABASE IF EXISTS system_monitor");
  }

  static constexpr int steps_max = 20;
};

TEST_P(SetupMysqlInterrupted, ComesToItsEndWithTheNextRun) {
  int step = 1;
  while (step < steps_max && crash_before(step, {})) {
    const Ended ended = setup();
    ASSERT_EQ(ended.exit, ExitCode::ok) << "after a crash before step " << step << ": " << ended.error;
    EXPECT_TRUE(logs_in("caretaker", stored())) << step;
    EXPECT_THAT(text(drop_in), HasSubstr("socket = "));
    EXPECT_TRUE(exists(unit)) << step;
    EXPECT_FALSE(exists(std::string(encrypted) + ".new")) << step;
    start_over();
    ++step;
  }
  EXPECT_EQ(step, 10) << "database, aside, account, tables, in place, config, unit, reload, check";
}

// Until the server has the new password, the stored one works; from then on the next run finds the new one.
TEST_P(SetupMysqlInterrupted, NeverLosesThePasswordOfARotation) {
  int step = 1;
  ASSERT_EQ(setup().exit, ExitCode::ok);
  while (step < steps_max && crash_before(step, {"--rotate"})) {
    const bool old_works = logs_in("caretaker", stored());
    const bool staged = exists(std::string(encrypted) + ".new");
    EXPECT_TRUE(old_works || staged) << "after a crash before step " << step;
    EXPECT_TRUE(old_works || step > 2) << step;
    const Ended ended = setup();
    ASSERT_EQ(ended.exit, ExitCode::ok) << "after a crash before step " << step << ": " << ended.error;
    EXPECT_TRUE(logs_in("caretaker", stored())) << step;
    ++step;
  }
  EXPECT_EQ(step, 6) << "aside, account, tables, in place, check";
}

INSTANTIATE_TEST_SUITE_P(Engines, SetupMysqlInterrupted, testing::ValuesIn(engines()),
                         [](const auto& engine) { return name_of(engine.param); });

}  // namespace
}  // namespace caretaker::ctl
