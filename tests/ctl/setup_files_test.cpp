// SPDX-License-Identifier: MIT
#include "ctl/setup_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "support/temp_dir.h"

namespace caretaker::ctl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SetupFilesTest : public testing::Test {
 protected:
  [[nodiscard]] mode_t mode(const std::string& path) const {
    struct stat status{};
    return ::stat(root.path(path).c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }

  TempDir root;
  SetupFiles files{root.path()};
};

TEST_F(SetupFilesTest, WritesAFileWithItsModeAndGroup) {
  fs::create_directories(root.path("etc"));
  const Result<> done = files.replace("/etc/a", "text", {.mode = 0640, .group = ::getegid()});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(read_file(root.path("etc/a")), "text");
  EXPECT_EQ(mode("etc/a"), 0640U);
  EXPECT_EQ(std::distance(fs::directory_iterator(root.path("etc")), {}), 1) << "no draft stays";
}

TEST_F(SetupFilesTest, ReplacesALinkAndNotWhatItPointsAt) {
  root.write("etc/other", "keep me");
  fs::create_symlink(root.path("etc/other"), root.path("etc/a"));
  ASSERT_TRUE(files.replace("/etc/a", "new", {}));
  EXPECT_EQ(read_file(root.path("etc/other")), "keep me");
  EXPECT_FALSE(fs::is_symlink(root.path("etc/a")));
}

TEST_F(SetupFilesTest, GoesOnFromADraftThatARunLeftBehind) {
  root.write("etc/.a.tmp", "half");
  ASSERT_TRUE(files.replace("/etc/a", "whole", {}));
  EXPECT_EQ(read_file(root.path("etc/a")), "whole");
  EXPECT_FALSE(fs::exists(root.path("etc/.a.tmp")));
}

TEST_F(SetupFilesTest, LeavesTheOldFileWhereTheNewOneFails) {
  root.write("etc/a/inside", "");  // a folder with something in it cannot be replaced by a file
  const Result<> done = files.replace("/etc/a", "new", {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("put in place " + root.path("etc/a")));
  EXPECT_FALSE(fs::exists(root.path("etc/.a.tmp")));
}

TEST_F(SetupFilesTest, SaysThatAFolderIsMissing) {
  EXPECT_EQ(files.replace("/etc/a", "x", {}).error().code, ENOENT);
  EXPECT_EQ(files.rename("/etc/a", "/etc/b").error().code, ENOENT);
}

TEST_F(SetupFilesTest, ReadsOnlyRegularFiles) {
  root.write("etc/a", "text");
  fs::create_symlink("a", root.path("etc/link"));
  EXPECT_EQ(files.read("/etc/a").value(), "text");
  EXPECT_EQ(files.read("/etc/none").value(), std::nullopt);
  EXPECT_THAT(files.read("/etc/link").error().message, HasSubstr("is not a regular file"));
}

TEST_F(SetupFilesTest, MakesFoldersThatEverybodyMayEnterAndTheLastOneAsAsked) {
  const mode_t before = ::umask(077);
  const Result<> made = files.make_folder("/etc/x/credstore", 0700);
  ::umask(before);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(mode("etc/x"), 0755U);
  EXPECT_EQ(mode("etc/x/credstore"), 0700U);
  ASSERT_TRUE(files.make_folder("/etc/x", 0700));
  EXPECT_EQ(mode("etc/x"), 0755U) << "what is there stays as it is";
}

TEST_F(SetupFilesTest, RemovesAFileOnceOrMoreOften) {
  root.write("etc/a", "");
  EXPECT_TRUE(files.remove("/etc/a"));
  EXPECT_TRUE(files.remove("/etc/a"));
  EXPECT_FALSE(files.exists("/etc/a"));
}

TEST_F(SetupFilesTest, FindsGroupsOfItsOwnSystem) {
  root.write("etc/group", "# no group\nbroken\nroot:x:0:\nowl:x:4711:a,b\n");
  EXPECT_EQ(files.group_id("owl").value(), 4711U);
  EXPECT_EQ(files.group_name(4711), "owl");
  EXPECT_EQ(files.group_name(1), std::nullopt);
  EXPECT_EQ(files.group_id("docker").error().code, ENOENT);
  EXPECT_THAT(files.group_id("docker").error().message, HasSubstr("no group docker"));
}

TEST_F(SetupFilesTest, SeesWhereNothingCanBeWritten) {
  EXPECT_TRUE(files.check_writable("/etc/x/y/z")) << "the folders can be made";
  EXPECT_FALSE(SetupFiles("/proc").check_writable("/self/x"));
}

}  // namespace
}  // namespace caretaker::ctl
