// SPDX-License-Identifier: MIT
#include "base/mount_probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr seconds patience{20};
constexpr std::int64_t start_ns = 1000 * ns_per_s;

std::vector<std::string> helper(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {CARETAKER_BINARY_DIR "/test_statvfs_helper"};
  for (const std::string& argument : arguments) command.push_back(argument);
  return command;
}

std::optional<Result<FilesystemSpace>> answer_of(MountProbe& probe) {
  const MountProbe* waiting = &probe;
  MountProbe::wait_for_answers({&waiting, 1}, patience);
  return probe.take_answer();
}

// No child of this process is left, dead or alive, once `patience` is over.
bool all_children_reaped() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return errno == ECHILD;
}

TEST(MountProbe, GivesTheNumbersOfAMountAgainAndAgain) {
  const TempDir dir;
  MountProbe probe(helper({"real"}), dir.path(), seconds(5));
  const auto expected = read_filesystem_space(dir.path());
  for (int i = 0; i < 3; ++i) {
    probe.request(start_ns);
    const auto answer = answer_of(probe);
    ASSERT_TRUE(answer && *answer) << (answer ? answer->error().message : "no answer");
    EXPECT_EQ((*answer)->size_bytes, expected->size_bytes);
    EXPECT_EQ((*answer)->files, expected->files);
    EXPECT_FALSE(probe.take_answer());
  }
}

TEST(MountProbe, PassesOnWhatStatvfsSays) {
  MountProbe probe(helper({"real"}), "/nonexistent/mount", seconds(5));
  probe.request(start_ns);
  const auto answer = answer_of(probe);
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().code, ENOENT);
  EXPECT_EQ(answer->error().message, "statvfs /nonexistent/mount: No such file or directory");
}

TEST(MountProbe, IsStuckWhileTheAnswerIsMissingAndRecoversByItself) {
  const TempDir dir;
  MountProbe probe(helper({"slow", dir.path("go")}), dir.path(), seconds(5));
  probe.request(start_ns);
  EXPECT_FALSE(probe.take_answer());
  EXPECT_FALSE(probe.stuck(start_ns + 4 * ns_per_s));
  EXPECT_TRUE(probe.stuck(start_ns + 5 * ns_per_s));

  // One request at a time: this one must not move the moment since which it is stuck.
  probe.request(start_ns + 6 * ns_per_s);
  EXPECT_TRUE(probe.stuck(start_ns + 7 * ns_per_s));

  dir.write("go", "");
  const auto late = answer_of(probe);
  ASSERT_TRUE(late && *late);
  EXPECT_FALSE(probe.in_flight());
  EXPECT_FALSE(probe.stuck(start_ns + 100 * ns_per_s));
  probe.request(start_ns + 8 * ns_per_s);
  EXPECT_TRUE(answer_of(probe).has_value());
}

TEST(MountProbe, WaitsNoLongerThanTheLimitForAllMountsTogether) {
  const TempDir dir;
  MountProbe slow(helper({"slow", dir.path("never")}), dir.path(), seconds(5));
  MountProbe fast(helper({"real"}), dir.path(), seconds(5));
  slow.request(start_ns);
  fast.request(start_ns);
  const std::array<const MountProbe*, 2> both = {&slow, &fast};
  // Long enough for the fast one; a wait without limit would end the test by its timeout.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::optional<Result<FilesystemSpace>> answer;
  while (!answer && std::chrono::steady_clock::now() < deadline) {
    MountProbe::wait_for_answers(both, milliseconds(20));
    answer = fast.take_answer();
  }
  EXPECT_TRUE(answer.has_value());
  EXPECT_FALSE(slow.take_answer());
}

TEST(MountProbe, StartsAHelperThatDiedAgain) {
  const TempDir dir;
  MountProbe probe(helper({"die"}), dir.path(), seconds(5));
  for (int i = 0; i < 3; ++i) {
    probe.request(start_ns);
    const auto answer = answer_of(probe);
    ASSERT_TRUE(answer && !*answer);
    EXPECT_THAT(answer->error().message, HasSubstr("the statvfs helper for " + dir.path() + " ended"));
  }
  EXPECT_TRUE(all_children_reaped());
}

TEST(MountProbe, DoesNotBelieveAWrongAnswer) {
  const TempDir dir;
  MountProbe probe(helper({"babble"}), dir.path(), seconds(5));
  probe.request(start_ns);
  const auto answer = answer_of(probe);
  ASSERT_TRUE(answer && !*answer);
  EXPECT_FALSE(probe.in_flight());
}

TEST(MountProbe, SaysWhenTheHelperCannotStart) {
  MountProbe missing({"/nonexistent/helper"}, "/mnt", seconds(5));
  missing.request(start_ns);
  EXPECT_EQ(missing.take_answer()->error().message, "start /nonexistent/helper: No such file or directory");
  MountProbe none({}, "/mnt", seconds(5));
  none.request(start_ns);
  EXPECT_THAT(none.take_answer()->error().message, HasSubstr("no helper process"));
}

TEST(MountProbe, GivesTheHelperItsSocketAndNothingElse) {
  const TempDir dir;
  const UniqueFd inheritable(::open("/dev/null", O_RDONLY));
  MountProbe probe(helper({"fds", dir.path("fds")}), dir.path(), seconds(5));
  probe.request(start_ns);
  ASSERT_TRUE(answer_of(probe).has_value());
  EXPECT_EQ(read_file(dir.path("fds")).value(), "0 1 2 3 ");
}

TEST(MountProbe, LosesItsHelperWithTheThreadThatStartedIt) {
  const TempDir dir;
  MountProbe probe(helper({"real"}), dir.path(), seconds(5));
  std::thread([&probe] {
    probe.request(start_ns);
    EXPECT_TRUE(answer_of(probe).has_value());
  }).join();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::optional<Result<FilesystemSpace>> answer;
  while ((!answer || *answer) && std::chrono::steady_clock::now() < deadline) {
    probe.request(start_ns);
    answer = answer_of(probe);
  }
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer) << "the helper must not outlive a daemon that was killed";
  probe.request(start_ns);
  EXPECT_TRUE(answer_of(probe)->has_value());
}

TEST(MountProbe, LeavesNoChildBehindNotEvenABusyOne) {
  const TempDir dir;
  {
    MountProbe idle(helper({"real"}), dir.path(), seconds(5));
    MountProbe busy(helper({"slow", dir.path("never")}), dir.path(), seconds(5));
    idle.request(start_ns);
    ASSERT_TRUE(answer_of(idle).has_value());
    busy.request(start_ns);
  }
  EXPECT_TRUE(all_children_reaped());
}

}  // namespace
}  // namespace caretaker
