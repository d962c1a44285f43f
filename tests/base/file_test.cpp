// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

TEST(ReadFile, SaysWhichFileFailedAndWhy) {
  const auto text = read_file("/nonexistent/file");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ENOENT);
  EXPECT_EQ(text.error().message, "open /nonexistent/file: No such file or directory");
}

TEST(ReadFile, RefusesWhatIsLargerThanTheLimit) {
  const TempDir dir;
  const std::string path = dir.write("big", std::string(10'000, 'x'));
  EXPECT_EQ(read_file(path, 5'000).error().code, EFBIG);
  EXPECT_EQ(read_file(path, 10'000).value().size(), 10'000U);
}

TEST(ReadFile, DoesNotHangOnAFifo) {
  const TempDir dir;
  const std::string path = dir.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(read_file(path).has_value());
}

TEST(PolledFile, SeesGrowthShrinkingAndReplacement) {
  const TempDir dir;
  const std::string path = dir.write("file", "one");
  PolledFile file(path);
  EXPECT_EQ(file.read().value(), "one");
  dir.write("file", std::string(100'000, 'y'));
  EXPECT_EQ(file.read().value().size(), 100'000U);
  dir.write("file", "2");
  EXPECT_EQ(file.read().value(), "2");
}

TEST(PolledFile, OpensAFileThatAppearsLater) {
  const TempDir dir;
  PolledFile file(dir.path("late"));
  EXPECT_EQ(file.read().error().code, ENOENT);
  dir.write("late", "here");
  EXPECT_EQ(file.read().value(), "here");
}

TEST(PolledFile, ThatNobodyTellsChangesOfMayHaveChanged) {
  const TempDir dir;
  PolledFile file(dir.write("mountinfo", "one"));
  EXPECT_TRUE(file.may_have_changed());
  EXPECT_EQ(file.read().value(), "one");
  EXPECT_TRUE(file.may_have_changed());
}

// Other tests mount things too, but not all the time.
bool settles(PolledFile& file) {
  for (int i = 0; i < 1'000; ++i) {
    if (!file.read()) return false;
    if (!file.may_have_changed()) return true;
  }
  return false;
}

TEST(PolledFile, FollowsTheChangesOfAMountTable) {
  const TempDir dir;
  PolledFile file("/proc/self/mountinfo");
  EXPECT_TRUE(file.may_have_changed());
  EXPECT_TRUE(settles(file));
  if (::mount("caretaker-test", dir.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "mounting a tmpfs is refused here: " << std::strerror(errno);
  }
  const bool told_of_mount = file.may_have_changed();
  const bool mounted = file.read().value().contains(dir.path()) && settles(file);
  const int remounted = ::mount(nullptr, dir.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
  const bool told_of_remount = file.may_have_changed() && settles(file);
  const int unmounted = ::umount2(dir.path().c_str(), MNT_DETACH);
  EXPECT_TRUE(told_of_mount);
  EXPECT_TRUE(mounted);
  EXPECT_EQ(remounted, 0);
  EXPECT_TRUE(told_of_remount);
  EXPECT_EQ(unmounted, 0);
  EXPECT_TRUE(file.may_have_changed());
  EXPECT_FALSE(file.read().value().contains(dir.path()));
}

TEST(PolledFile, ReadsAKernelFileWhole) {
  PolledFile file("/proc/self/mountinfo", PolledFile::line_max_any);
  const std::string once(file.read().value());
  EXPECT_TRUE(once.ends_with('\n'));
  EXPECT_EQ(file.read().value(), once);
}

// Read line by line beside it: a read that ended too early would miss the last ones.
TEST(PolledFile, FindsTheEndOfAKernelFileOfShortLines) {
  for (const char* path :
       {"/proc/devices", "/proc/diskstats", "/proc/filesystems", "/proc/meminfo", "/proc/self/net/dev",
        "/proc/self/status", "/proc/stat", "/proc/uptime", "/proc/vmstat"}) {
    PolledFile file(path);
    const std::string text(file.read().value());
    EXPECT_TRUE(text.ends_with('\n')) << path;
    std::ifstream stream(path);
    std::ptrdiff_t lines = 0;
    for (std::string line; std::getline(stream, line);) ++lines;
    EXPECT_GT(lines, 0) << path;
    EXPECT_EQ(std::ranges::count(text, '\n'), lines) << path;
  }
}

}  // namespace
}  // namespace caretaker
