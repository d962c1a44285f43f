// SPDX-License-Identifier: MIT
// The filesystem collector through changes of the mount table, and with a real helper process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mount_probe.h"
#include "collector_host.h"

namespace caretaker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view disk = "30 1 8:1 / /disk rw - ext4 /dev/sda1 rw\n";
constexpr std::string_view disk_labels = R"({"device":"/dev/sda1","fstype":"ext4","mountpoint":"/disk"})";
constexpr std::string_view share = "31 1 0:50 / /share rw - nfs4 filer:/x rw\n";
constexpr std::string_view share_labels = R"({"device":"filer:/x","fstype":"nfs4","mountpoint":"/share"})";

class Filesystem : public ::testing::Test {
 protected:
  void mountinfo(const std::vector<std::string_view>& lines, std::string_view file = "proc/1/mountinfo") {
    std::string text;
    for (const std::string_view line : lines) text += line;
    host_.root.write(file, text);
  }
  Outcome collect() {
    const auto outcome = host_.collect();
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome.value_or(Outcome::no_data);
  }
  [[nodiscard]] std::optional<double> device_error(std::string_view labels) const {
    return host_.value("filesystem_device_error", labels);
  }
  [[nodiscard]] std::optional<double> size(std::string_view labels) const {
    return host_.value("filesystem_size_bytes", labels);
  }
  void use_helper(const std::vector<std::string>& arguments) {
    host_.statvfs_helper_command = {CARETAKER_BINARY_DIR "/test_statvfs_helper"};
    for (const std::string& argument : arguments) host_.statvfs_helper_command.push_back(argument);
    host_.config.filesystem.network_mount_points = {"/share*"};
  }
  // Ticks until the share has been measured.
  bool measured_in_time() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      collect();
      if (size(share_labels)) return true;
    }
    return false;
  }

  CollectorHost host_;
};

TEST_F(Filesystem, FallsBackToTheOwnMountTable) {
  mountinfo({disk}, "proc/self/mountinfo");
  host_.create("filesystem");
  EXPECT_EQ(collect(), Outcome::ok);
  EXPECT_EQ(size(disk_labels), 1e10);
}

TEST_F(Filesystem, FollowsTheMountTable) {
  mountinfo({disk});
  host_.create("filesystem");
  collect();
  const SeriesRef first = host_.batch.samples()[0].series;
  collect();
  EXPECT_EQ(host_.batch.samples()[0].series, first);
  mountinfo({disk, "40 1 8:2 / /new rw - ext4 /dev/sdb rw\n"});
  collect();
  EXPECT_EQ(size(R"({"device":"/dev/sdb","fstype":"ext4","mountpoint":"/new"})"), 1e10);
  mountinfo({});
  EXPECT_EQ(collect(), Outcome::no_data);
  EXPECT_THAT(host_.batch.samples(), IsEmpty());
}

TEST_F(Filesystem, FollowsTheMountTableOfTheKernel) {
  host_.paths = {};
  host_.config.filesystem.types_exclude = {};
  host_.create("filesystem");
  collect();  // in a chroot there may be nothing yet
  const std::string labels =
      R"({"device":"caretaker-test","fstype":"tmpfs","mountpoint":")" + host_.root.path() + R"("})";
  EXPECT_EQ(host_.value("filesystem_readonly", labels), std::nullopt);
  if (::mount("caretaker-test", host_.root.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "mounting a tmpfs is refused here: " << std::strerror(errno);
  }
  const auto outcome = collect();
  const auto mounted = host_.value("filesystem_readonly", labels);
  const int remounted = ::mount(nullptr, host_.root.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
  collect();
  const auto read_only = host_.value("filesystem_readonly", labels);
  // Long enough that it looks without having been told.
  for (int second = 0; second < 30; ++second) collect();
  const auto still_read_only = host_.value("filesystem_readonly", labels);
  const int unmounted = ::umount2(host_.root.path().c_str(), MNT_DETACH);
  collect();
  EXPECT_EQ(outcome, Outcome::ok);
  EXPECT_EQ(mounted, 0.0);
  EXPECT_EQ(remounted, 0);
  EXPECT_EQ(read_only, 1.0);
  EXPECT_EQ(still_read_only, 1.0);
  EXPECT_EQ(unmounted, 0);
  EXPECT_EQ(host_.value("filesystem_readonly", labels), std::nullopt);
}

TEST_F(Filesystem, ThatCannotBeMeasuredIsADeviceError) {
  host_.filesystem_space = [](const std::string& path) -> Result<FilesystemSpace> {
    return fail_errno(EIO, "statvfs " + path);
  };
  mountinfo({disk});
  host_.create("filesystem");
  EXPECT_EQ(collect(), Outcome::ok);
  EXPECT_EQ(device_error(disk_labels), 1.0);
  EXPECT_EQ(host_.value("filesystem_readonly", disk_labels), 0.0);
  EXPECT_EQ(size(disk_labels), std::nullopt);
}

TEST_F(Filesystem, WithoutAFixedNumberOfInodesHasNone) {
  host_.filesystem_space = [](const std::string& path) -> Result<FilesystemSpace> {
    // A made-up pseudo file system has no size at all.
    if (path.ends_with("/pseudo")) return FilesystemSpace{};
    return FilesystemSpace{.size_bytes = 3, .free_bytes = 2, .avail_bytes = 1, .files = 0, .files_free = 0};
  };
  mountinfo({disk, "40 1 0:2 / /pseudo rw - newfs none rw\n"});
  host_.create("filesystem");
  collect();
  EXPECT_EQ(host_.value("filesystem_avail_bytes", disk_labels), 1.0);
  EXPECT_EQ(host_.value("filesystem_files", disk_labels), std::nullopt);
  EXPECT_EQ(host_.batch.samples().size(), 5U);
}

TEST_F(Filesystem, IsCalledBelowTheRootThatWasGiven) {
  host_.filesystem_space = read_filesystem_space;
  host_.root.write("root/disk/file", "");
  mountinfo({disk});
  host_.create("filesystem");
  collect();
  const auto expected = read_filesystem_space(host_.root.path());
  EXPECT_EQ(size(disk_labels), static_cast<double>(expected->size_bytes));
}

TEST_F(Filesystem, NamesTheLineThatItDoesNotUnderstandAtEveryTick) {
  mountinfo({disk, "what is this\n"});
  host_.create("filesystem");
  for (int i = 0; i < 2; ++i) {
    const auto outcome = host_.collect();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, host_.root.path("proc/1/mountinfo") + ":2: unexpected text");
    EXPECT_EQ(size(disk_labels), 1e10);
  }
}

TEST_F(Filesystem, OnTheNetworkIsNotTouchedUnlessListed) {
  mountinfo({disk, share});
  host_.filesystem_space = [](const std::string& path) -> Result<FilesystemSpace> {
    EXPECT_TRUE(path.ends_with("/disk")) << path;
    return CollectorHost::ten_gigabytes(path);
  };
  host_.statvfs_helper_command = {"/nonexistent/helper"};
  host_.create("filesystem");
  collect();
  EXPECT_EQ(device_error(share_labels), std::nullopt);
}

TEST_F(Filesystem, OnTheNetworkIsMeasuredByTheHelper) {
  use_helper({"real"});
  host_.root.write("root/share/file", "");
  mountinfo({disk, share});
  host_.create("filesystem");
  ASSERT_TRUE(measured_in_time());
  EXPECT_EQ(device_error(share_labels), 0.0);
  EXPECT_GT(size(share_labels).value(), 0.0);
  EXPECT_EQ(size(disk_labels), 1e10);
}

TEST_F(Filesystem, ThatHangsIsStuckWhileTheOthersGoOnAndRecovers) {
  use_helper({"slow", host_.root.path("go")});
  host_.config.filesystem.network_timeout = std::chrono::seconds(3);
  host_.root.write("root/share/file", "");
  mountinfo({disk, share});
  host_.create("filesystem");
  for (int second = 0; second < 6; ++second) {
    collect();
    EXPECT_EQ(size(disk_labels), 1e10);
    EXPECT_EQ(size(share_labels), std::nullopt);
    const auto expected = second < 3 ? std::nullopt : std::optional(1.0);
    EXPECT_EQ(device_error(share_labels), expected) << second;
  }
  // Another mount appears: the probe that waits stays the same one.
  mountinfo({disk, share, "40 1 8:2 / /new rw - ext4 /dev/sdb rw\n"});
  collect();
  EXPECT_EQ(device_error(share_labels), 1.0);
  host_.root.write("go", "");
  EXPECT_TRUE(measured_in_time());
  EXPECT_EQ(device_error(share_labels), 0.0);
}

TEST_F(Filesystem, WhoseHelperCannotStartIsADeviceError) {
  use_helper({});
  host_.statvfs_helper_command = {"/nonexistent/helper"};
  mountinfo({share});
  host_.create("filesystem");
  EXPECT_EQ(collect(), Outcome::ok);
  EXPECT_EQ(device_error(share_labels), 1.0);
}

TEST_F(Filesystem, SaysWhenMoreNetworkMountsMatchThanAreMeasured) {
  use_helper({"real"});
  std::string text;
  for (std::size_t i = 0; i <= mount_probes_max; ++i) {
    text += "31 1 0:" + std::to_string(50 + i) + " / /share" + std::to_string(i) + " rw - nfs4 filer:/x rw\n";
  }
  mountinfo({text});
  host_.create("filesystem");
  const auto outcome = host_.collect();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("network_mount_points: matches more than 32 mounts"));
}

}  // namespace
}  // namespace caretaker
