// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

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

TEST(PolledFile, ReadsAKernelFileWhole) {
  PolledFile file("/proc/self/mountinfo");
  const std::string once(file.read().value());
  EXPECT_TRUE(once.ends_with('\n'));
  EXPECT_EQ(file.read().value(), once);
}

}  // namespace
}  // namespace caretaker
