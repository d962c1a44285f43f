// SPDX-License-Identifier: MIT
#include "cleanup/pressure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include "cleanup/plan.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr std::uint64_t gb = 1'000'000'000;
const CleanupConfig config;  // high 85, low 75

// A disk of 100 GB and 1000 inodes.
DiskUse disk(std::uint64_t percent, const std::string& path = "/disk", std::uint64_t inodes = 10) {
  return {.path = path,
          .space = {.size_bytes = 100 * gb,
                    .free_bytes = (100 - percent) * gb,
                    .avail_bytes = (100 - percent) * gb,
                    .files = 1000,
                    .files_free = 1000 - inodes * 10}};
}

TEST(DiskUse, CountsAsDfDoes) {
  // 5 GB are reserved for root: 60 used of 95 that others can have.
  const DiskUse use{.path = "/",
                    .space = {.size_bytes = 100 * gb, .free_bytes = 40 * gb, .avail_bytes = 35 * gb}};
  EXPECT_DOUBLE_EQ(use.bytes_percent(), 6000.0 / 95);
}

TEST(DiskUse, InodesCountOnlyWhereTheirNumberIsFixed) {
  EXPECT_DOUBLE_EQ(disk(50, "/", 97).inodes_percent(), 97);
  EXPECT_DOUBLE_EQ(DiskUse{}.inodes_percent(), 0);
}

TEST(DiskUse, NothingAtAllIsNotFull) {
  EXPECT_DOUBLE_EQ(DiskUse{}.bytes_percent(), 0);
}

TEST(Pressure, AShortPeakCostsNothing) {
  Pressure pressure;
  for (int i = 0; i < 3; ++i) {
    pressure.update({disk(99)}, config);
    EXPECT_FALSE(pressure.high());
    pressure.update({disk(84)}, config);
    EXPECT_FALSE(pressure.high());
  }
  EXPECT_EQ(pressure.wanted_bytes(config), 0U);
  EXPECT_EQ(pressure.explanation(), "");
}

TEST(Pressure, LastsFromHighToLow) {
  Pressure pressure;
  pressure.update({disk(85)}, config);
  pressure.update({disk(85)}, config);
  EXPECT_TRUE(pressure.high());
  pressure.update({disk(76)}, config);
  EXPECT_TRUE(pressure.high());
  pressure.update({disk(75)}, config);
  EXPECT_FALSE(pressure.high());
  pressure.update({disk(84)}, config);
  EXPECT_FALSE(pressure.high());
}

TEST(Pressure, WantsTheBytesDownToLow) {
  Pressure pressure;
  pressure.update({disk(91)}, config);
  pressure.update({disk(91)}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), 16 * gb);
  EXPECT_EQ(pressure.explanation(), "/disk: 91 % of 100.0 GB used");
}

TEST(Pressure, WantsTheBytesOfWhatOthersThanRootCanHave) {
  const DiskUse use{.path = "/",
                    .space = {.size_bytes = 100 * gb, .free_bytes = 10 * gb, .avail_bytes = 5 * gb}};
  Pressure pressure;
  pressure.update({use}, config);
  pressure.update({use}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), 90 * gb - 95 * gb / 100 * 75);
}

TEST(Pressure, WantsNoByteLessThanNeeded) {
  const DiskUse use{.path = "/", .space = {.size_bytes = 199, .free_bytes = 9, .avail_bytes = 9}};
  Pressure pressure;
  pressure.update({use}, config);
  pressure.update({use}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), 41U);  // 149 of 199 are 74.9 %
}

TEST(Pressure, CountsWithTheLargestNumbers) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const DiskUse use{.path = "/", .space = {.size_bytes = most, .free_bytes = 0, .avail_bytes = 0}};
  Pressure pressure;
  pressure.update({use}, config);
  pressure.update({use}, config);
  EXPECT_NEAR(static_cast<double>(pressure.wanted_bytes(config)), 0.25 * static_cast<double>(most), 1e6);
}

TEST(Pressure, WantsEverythingForInodes) {
  Pressure pressure;
  pressure.update({disk(50, "/disk", 97)}, config);
  pressure.update({disk(50, "/disk", 97)}, config);
  EXPECT_TRUE(pressure.high());
  EXPECT_EQ(pressure.wanted_bytes(config), PlanMoment::everything);
  EXPECT_EQ(pressure.explanation(), "/disk: 97 % of 1000 inodes used");
}

TEST(Pressure, InodesBetweenLowAndHighDoNotProlongThatOfBytes) {
  Pressure pressure;
  pressure.update({disk(90, "/disk", 80)}, config);
  pressure.update({disk(90, "/disk", 80)}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), 15 * gb);
  pressure.update({disk(75, "/disk", 80)}, config);
  EXPECT_FALSE(pressure.high());
}

TEST(Pressure, WantsEverythingForAnotherFileSystem) {
  Pressure pressure;
  for (int i = 0; i < pressure_times; ++i) pressure.update({disk(91), disk(90, "/other")}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), PlanMoment::everything);
  EXPECT_EQ(pressure.explanation(), "/disk: 91 % of 100.0 GB used; /other: 90 % of 100.0 GB used");
  pressure.update({disk(75), disk(90, "/other")}, config);
  EXPECT_EQ(pressure.wanted_bytes(config), PlanMoment::everything);
}

TEST(Pressure, ForgetsAPathThatIsGone) {
  Pressure pressure;
  for (int i = 0; i < pressure_times; ++i) pressure.update({disk(91)}, config);
  pressure.update({}, config);
  EXPECT_FALSE(pressure.high());
  EXPECT_EQ(pressure.wanted_bytes(config), 0U);
  pressure.update({disk(91)}, config);
  EXPECT_FALSE(pressure.high());
}

TEST(MeasureDisks, GivesOneEntryPerFileSystemInOrder) {
  const TempDir dir;
  std::filesystem::create_directory(dir.path() + "/a");
  std::filesystem::create_directory(dir.path() + "/b");
  const FilesystemSpaceReader read = [](const std::string&) -> Result<FilesystemSpace> {
    return FilesystemSpace{.size_bytes = 7, .free_bytes = 5};
  };
  const auto uses = measure_disks({"/does/not/exist", dir.path() + "/b", dir.path() + "/a", "/proc"}, read);
  EXPECT_THAT(uses, ElementsAre(Field(&DiskUse::path, dir.path() + "/b"), Field(&DiskUse::path, "/proc")));
  EXPECT_EQ(uses.front().space.free_bytes, 5U);
}

TEST(MeasureDisks, LeavesOutWhatCannotBeMeasured) {
  const TempDir dir;
  const FilesystemSpaceReader read = [](const std::string&) -> Result<FilesystemSpace> {
    return fail("no such thing");
  };
  EXPECT_THAT(measure_disks({dir.path()}, read), IsEmpty());
}

TEST(MeasureDisks, MeasuresAboveAnEnginesClosedDirectory) {
  const TempDir dir;
  const std::string closed = dir.path() + "/closed";
  std::filesystem::create_directories(closed + "/root");
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(closed, std::filesystem::perms(0));
  constexpr uid_t nobody = 65534;
  const bool root = ::geteuid() == 0;  // whom no mode keeps out
  ASSERT_TRUE(!root || ::seteuid(nobody) == 0);
  const auto uses = measure_disks({closed + "/root"});
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  std::filesystem::permissions(closed, std::filesystem::perms(0700));
  EXPECT_THAT(uses, ElementsAre(Field(&DiskUse::path, closed)));
}

TEST(MeasureDisks, ReadsTheRealOne) {
  const TempDir dir;
  const auto uses = measure_disks({dir.path()});
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_GT(uses.front().space.size_bytes, 0U);
}

}  // namespace
}  // namespace caretaker
