// SPDX-License-Identifier: MIT
#include "daemon/child_process.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Result<ChildResult> run(std::vector<std::string> command, ChildOptions options = {}) {
  options.command = std::move(command);
  return run_child(options, {});
}

std::size_t open_fd_count() {
  std::size_t count = 0;
  DIR* dir = ::opendir("/dev/fd");
  while (::readdir(dir) != nullptr) ++count;
  ::closedir(dir);
  return count;
}

TEST(RunChild, RecordsOutputAndExitStatus) {
  const auto result = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_status, 3);
  EXPECT_EQ(result->signal, 0);
  EXPECT_EQ(result->standard_output, "out\n");
  EXPECT_EQ(result->standard_error, "err\n");
}

TEST(RunChild, PassesArgumentsWithoutAShell) {
  const auto result = run({"printf", "%s|", "a b", "$HOME", "*"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->standard_output, "a b|$HOME|*|");
}

TEST(RunChild, AddsToTheEnvironmentAndHidesOurOwnPart) {
  ::setenv("CREDENTIALS_DIRECTORY", "/secret", 1);
  const auto result =
      run({"sh", "-c", "echo $GREETING/$CREDENTIALS_DIRECTORY"}, {.environment = {"GREETING=hello"}});
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(result->standard_output, "hello/\n");
}

TEST(RunChild, SaysWhyACommandCannotStart) {
  const auto missing = run({"/nonexistent/tool"});
  EXPECT_EQ(missing.error().code, ENOENT);
  EXPECT_EQ(missing.error().message, "run /nonexistent/tool: No such file or directory");
  EXPECT_EQ(run({"/etc/passwd"}).error().code, EACCES);
  EXPECT_FALSE(run({"true"}, {.user = "no-such-user"}));
}

TEST(RunChild, EndsTheWholeGroupAtTheTimeout) {
  const TempDir dir;
  const auto result =
      run({"sh", "-c", "trap '' TERM; sleep 60 & echo $! > " + dir.path("pid") + "; wait; sleep 60"},
          {.timeout = 200ms});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->signal, SIGKILL);
}

TEST(RunChild, IsNotHeldUpByABackgroundProcessThatKeepsThePipes) {
  const auto result = run({"sh", "-c", "sleep 30 & echo $!"});
  ASSERT_TRUE(result);
  EXPECT_LT(result->duration_ms, 20'000);
  ::kill(std::stoi(result->standard_output), SIGKILL);
}

TEST(RunChild, KeepsHeadAndTailOfLongOutput) {
  const auto result = run({"sh", "-c", "echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo last"});
  EXPECT_LT(result->standard_output.size(), 20'000U);
  EXPECT_TRUE(result->standard_output.starts_with("first\n"));
  EXPECT_TRUE(result->standard_output.ends_with("last\n"));
  EXPECT_THAT(result->standard_output, HasSubstr("bytes left out"));
}

TEST(RunChild, EndsSoonWhenAskedToStop) {
  std::stop_source stop;
  std::thread asker([&] { stop.request_stop(); });
  const auto result = run_child({.command = {"sleep", "60"}}, stop.get_token());
  asker.join();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->signal, SIGTERM);
  EXPECT_FALSE(result->timed_out);
}

TEST(RunChild, CountsCpuTime) {
  const auto result = run({"sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"});
  EXPECT_GT(result->cpu_ms, 0);
}

TEST(RunChild, LeaksNoDescriptorAndGivesTheChildOnlyThree) {
  (void)run({"true"});
  const std::size_t before = open_fd_count();
  const auto result = run({"sh", "-c", "ls /proc/self/fd"});
  (void)run({"/nonexistent/tool"});
  EXPECT_EQ(open_fd_count(), before);
  EXPECT_EQ(result->standard_output, "0\n1\n2\n3\n");  // 3 is the one that ls itself reads
}

}  // namespace
}  // namespace caretaker
