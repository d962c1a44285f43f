// SPDX-License-Identifier: MIT
#include "cleanup/consumers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::size_t mib = 1U << 20;

// A file system of its own, so that the walk meets only what the test made.
class ConsumersTest : public testing::Test {
 protected:
  ConsumersTest() {
    if (::geteuid() != 0) return;
    mounted_ = ::mount("tmpfs", top().c_str(), "tmpfs", 0, "size=64m") == 0;
  }
  ~ConsumersTest() override {
    if (mounted_) (void)::umount2(top().c_str(), MNT_DETACH);
  }
  void SetUp() override {
    if (!mounted_) GTEST_SKIP() << "needs root, and leave to mount a tmpfs";
  }

  [[nodiscard]] std::string top() const { return dir_.path(); }
  [[nodiscard]] std::string path(const std::string& relative) const { return dir_.path(relative); }
  void fill(const std::string& relative, std::size_t bytes) { dir_.write(relative, std::string(bytes, 'x')); }
  [[nodiscard]] Consumers find(const std::vector<std::string>& skip = {}) const {
    return find_consumers(path("docker"), skip, {});
  }
  static std::uint64_t bytes_of(const Consumers& consumers, const std::string& path) {
    const auto found = std::ranges::find(consumers.biggest, path, &Consumer::path);
    return found == consumers.biggest.end() ? 0 : found->bytes;
  }

 private:
  TempDir dir_;
  bool mounted_ = false;
};

TEST_F(ConsumersTest, NamesTheBiggestDirectoriesTwoLevelsBelowTheMountPoint) {
  fill("docker/image", mib);
  fill("home/build/deep/er/cache", 3 * mib);
  fill("home/build/deep/other", mib);
  fill("var/log", 2 * mib);
  const Consumers found = find();
  EXPECT_TRUE(found.complete);
  ASSERT_FALSE(found.biggest.empty());
  EXPECT_EQ(found.biggest.front().path, path("home/build"));
  EXPECT_EQ(found.biggest.front().bytes, 4 * mib);
  EXPECT_EQ(bytes_of(found, path("var")), 2 * mib);
  EXPECT_EQ(describe(found), path("home/build") + " 4 MiB, " + path("var") + " 2 MiB, " + path("docker") +
                                 " 1 MiB, " + path("home") + " 0 MiB");
}

TEST_F(ConsumersTest, LeavesOutWhatTheEngineKnowsBetter) {
  fill("docker/image", mib);
  fill("var/log", mib);
  EXPECT_EQ(bytes_of(find({path("docker")}), path("docker")), 0U);
  EXPECT_EQ(bytes_of(find({path("docker")}), path("var")), mib);
}

TEST_F(ConsumersTest, FindsTheFileSystemBehindALink) {
  fill("docker/image", mib);
  const TempDir elsewhere;
  std::filesystem::create_symlink(path("docker"), elsewhere.path("link"));
  const Consumers found = find_consumers(elsewhere.path("link"), {}, {});
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(bytes_of(found, path("docker")), mib);
  EXPECT_EQ(bytes_of(find_consumers(elsewhere.path("link"), {elsewhere.path("link")}, {}), path("docker")),
            0U);
}

TEST_F(ConsumersTest, FollowsNoLinks) {
  fill("docker/image", mib);
  const TempDir elsewhere;
  elsewhere.write("big", std::string(4 * mib, 'x'));
  std::filesystem::create_directory(path("links"));
  std::filesystem::create_symlink(elsewhere.path(), path("links/away"));
  std::filesystem::create_symlink(path("docker"), path("links/docker"));
  std::filesystem::create_symlink(path("links"), path("links/round"));
  const Consumers found = find();
  EXPECT_TRUE(found.complete);
  EXPECT_LT(bytes_of(found, path("links")), mib);
}

TEST_F(ConsumersTest, StaysOnItsFileSystem) {
  fill("docker/image", mib);
  std::filesystem::create_directories(path("data/mounted"));
  ASSERT_EQ(::mount("tmpfs", path("data/mounted").c_str(), "tmpfs", 0, "size=16m"), 0);
  fill("data/mounted/big", 4 * mib);
  const Consumers found = find();
  EXPECT_EQ(::umount2(path("data/mounted").c_str(), MNT_DETACH), 0);
  EXPECT_TRUE(found.complete);
  EXPECT_LT(bytes_of(found, path("data")) + bytes_of(found, path("data/mounted")), mib);
}

TEST_F(ConsumersTest, StaysOutOfTheSameFileSystemMountedAgain) {
  fill("docker/image", mib);
  fill("var/log", mib);
  std::filesystem::create_directories(path("again"));
  ASSERT_EQ(::mount(path("var").c_str(), path("again").c_str(), nullptr, MS_BIND, nullptr), 0);
  const Consumers found = find();
  EXPECT_EQ(::umount2(path("again").c_str(), MNT_DETACH), 0);
  EXPECT_EQ(bytes_of(found, path("var")), mib);
  EXPECT_EQ(bytes_of(found, path("again")), 0U);
}

TEST_F(ConsumersTest, CountsAFileWithSeveralNamesOnce) {
  fill("docker/image", mib);
  std::filesystem::create_hard_link(path("docker/image"), path("docker/second"));
  std::filesystem::create_hard_link(path("docker/image"), path("docker/third"));
  EXPECT_EQ(bytes_of(find(), path("docker")), mib);
}

TEST_F(ConsumersTest, CountsWhatIsAllocatedNotWhatIsPromised) {
  fill("docker/image", mib);
  fill("docker/hole", 1);
  std::filesystem::resize_file(path("docker/hole"), 32 * mib);
  EXPECT_LT(bytes_of(find(), path("docker")), 2 * mib);
}

TEST_F(ConsumersTest, SaysAtLeastWhereADirectoryCannotBeRead) {
  fill("docker/image", mib);
  fill("secret/file", mib);
  ASSERT_EQ(::chmod(top().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path("secret").c_str(), 0700), 0);
  Consumers found;
  // Credentials belong to a thread, as the kernel sees it.
  std::thread([&] {
    const long nobody = 65'534;
    ASSERT_EQ(::syscall(SYS_setresuid, nobody, nobody, nobody), 0);
    found = find();
  }).join();
  EXPECT_FALSE(found.complete);
  EXPECT_THAT(describe(found), StartsWith("at least "));
  EXPECT_EQ(bytes_of(found, path("docker")), mib);
}

TEST_F(ConsumersTest, StopsAtItsDepth) {
  fill("docker/image", mib);
  std::string deep = "var";
  for (std::size_t level = 0; level < walk_depth_max + 5; ++level) deep += "/d";
  fill(deep + "/file", mib);
  EXPECT_FALSE(find().complete);
}

TEST_F(ConsumersTest, StopsAtItsNumberOfEntries) {
  std::filesystem::create_directories(path("docker"));
  std::filesystem::create_directories(path("many"));
  std::ofstream(path("many/file"));
  for (std::size_t number = 0; number <= walk_entries_max; ++number) {
    ASSERT_EQ(::link(path("many/file").c_str(), path("many/" + std::to_string(number)).c_str()), 0);
  }
  EXPECT_FALSE(find().complete);
}

TEST_F(ConsumersTest, StopsWhenAskedTo) {
  fill("docker/image", mib);
  std::stop_source stop;
  stop.request_stop();
  const Consumers found = find_consumers(path("docker"), {}, stop.get_token());
  EXPECT_FALSE(found.complete);
  EXPECT_THAT(found.biggest, IsEmpty());
}

TEST(Consumers, KnowsNothingOfADirectoryThatIsNotThere) {
  const TempDir dir;
  const Consumers found = find_consumers(dir.path("none"), {}, {});
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(describe(found), "");
}

}  // namespace
}  // namespace caretaker
