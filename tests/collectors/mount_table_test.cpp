// SPDX-License-Identifier: MIT
#include "collectors/mount_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>
namespace caretaker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Mount mount(std::string device, std::string point, std::string type = "ext4") {
  return {.device_number = std::move(device),
          .mount_point = std::move(point),
          .type = std::move(type),
          .source = "source",
          .read_only = false};
}

std::vector<std::string> points(const std::vector<Mount>& mounts) {
  std::vector<std::string> names;
  for (const Mount& entry : mounts) names.push_back(entry.mount_point);
  return names;
}

TEST(MountinfoLine, IsReadWithAnyNumberOfOptionalFields) {
  const auto entry = parse_mountinfo_line(
      R"(36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/my\040disk rw,errors=continue)");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->device_number, "98:0");
  EXPECT_EQ(entry->mount_point, "/mnt2");
  EXPECT_EQ(entry->type, "ext3");
  EXPECT_EQ(entry->source, "/dev/my disk");
  EXPECT_FALSE(entry->read_only);
  EXPECT_TRUE(parse_mountinfo_line("36 35 98:0 / /mnt rw - tmpfs none"));
}

TEST(MountinfoLine, DecodesEscapesAndKeepsOtherBytes) {
  EXPECT_EQ(parse_mountinfo_line("1 1 1:1 / /a\\040b\\011c\\134d\\012e\xFF\\9 rw - ext4 s rw")->mount_point,
            "/a b\tc\\d\ne\xFF\\9");
}

TEST(MountinfoLine, IsReadOnlyByEitherKindOfOption) {
  const auto read_only = [](const std::string& mount_options, const std::string& super_options) {
    return parse_mountinfo_line("1 1 1:1 / /a " + mount_options + " - ext4 s " + super_options)->read_only;
  };
  EXPECT_TRUE(read_only("ro,relatime", "rw"));
  EXPECT_TRUE(read_only("rw,relatime", "ro,errors=remount-ro"));
  EXPECT_TRUE(read_only("rw", "rw,emergency_ro"));
  EXPECT_FALSE(read_only("rw,relatime", "rw,errors=remount-ro"));
}

TEST(MountinfoLine, IsRefusedWhenCutOrWithoutAPath) {
  EXPECT_FALSE(parse_mountinfo_line("1 1 1:1 / /a rw shared:1"));
  EXPECT_FALSE(parse_mountinfo_line("1 1 1:1 / /a rw -"));
  EXPECT_FALSE(parse_mountinfo_line("1 1 1:1 / a rw - ext4 s rw"));
  EXPECT_FALSE(parse_mountinfo_line("1 1 1:1 / /a\\000b rw - ext4 s rw"));
  EXPECT_FALSE(parse_mountinfo_line(""));
}

TEST(RemoteType, IsOneThatMayStopAnswering) {
  for (const char* type : {"nfs", "nfs4", "cifs", "smb3", "fuse", "fuseblk", "fuse.sshfs", "ceph", "9p",
                           "afs", "ncpfs", "glusterfs", "lustre", "davfs", "autofs"}) {
    EXPECT_TRUE(is_remote_type(type)) << type;
  }
  for (const char* type : {"ext4", "xfs", "btrfs", "zfs", "tmpfs", "nfsd", "vfat"}) {
    EXPECT_FALSE(is_remote_type(type)) << type;
  }
}

TEST(SelectMounts, KeepsOfADeviceTheShortestMountPoint) {
  const auto selection = select_mounts(
      {mount("8:1", "/var/lib/long"), mount("8:1", "/srv"), mount("8:1", "/srv2"), mount("8:2", "/data")},
      {});
  EXPECT_THAT(points(selection.local), ElementsAre("/srv", "/data"));
}

TEST(SelectMounts, SeesOnlyTheLastMountOnAPoint) {
  const auto selection = select_mounts(
      {mount("8:1", "/a"), mount("8:2", "/a"), mount("8:3", "/b"), mount("0:9", "/b", "nfs")}, {});
  ASSERT_THAT(points(selection.local), ElementsAre("/a"));
  EXPECT_EQ(selection.local[0].device_number, "8:2");
}

TEST(SelectMounts, LeavesOutWhatIsRemoteOrBelowIt) {
  const std::vector<Mount> mounts = {mount("0:9", "/", "fuse.overlayfs"), mount("0:5", "/net", "nfs4"),
                                     mount("8:1", "/net/disk"), mount("8:2", "/network")};
  EXPECT_THAT(points(select_mounts(mounts, {}).local), ElementsAre("/network"));
  EXPECT_THAT(select_mounts(mounts, {}).remote, IsEmpty());
  FilesystemConfig listed;
  listed.network_mount_points = {"/net*"};
  EXPECT_THAT(points(select_mounts(mounts, listed).local), ElementsAre("/network"));
  EXPECT_THAT(points(select_mounts(mounts, listed).remote), ElementsAre("/net", "/net/disk"));
}

TEST(SelectMounts, ExcludesByTypeAndMountPoint) {
  const auto selection = select_mounts({mount("0:1", "/proc", "proc"), mount("0:2", "/x", "cgroup2"),
                                        mount("0:3", "/snap/core/1"), mount("0:4", "/procure")},
                                       {});
  EXPECT_THAT(points(selection.local), ElementsAre("/procure"));
}

TEST(KeepVisible, HidesWhatTheDaemonSeesOtherwise) {
  std::vector<Mount> mounts = {mount("8:1", "/"), mount("8:2", "/home"), mount("8:3", "/data")};
  keep_visible(mounts, {mount("8:1", "/"), mount("8:2", "/home"), mount("0:30", "/home", "tmpfs")});
  EXPECT_THAT(points(mounts), ElementsAre("/"));
}

}  // namespace
}  // namespace caretaker
