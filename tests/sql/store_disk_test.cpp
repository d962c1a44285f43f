// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "store_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

// A store on a file system of its own of 1 MiB.
class StoreDisk : public StoreTest {
 protected:
  void SetUp() override {
    const std::string mount_point = dir_.path("disk");
    std::filesystem::create_directory(mount_point);
    if (::mount("caretaker-test", mount_point.c_str(), "tmpfs", 0, "size=1m") != 0) {
      GTEST_SKIP() << "mounting a tmpfs is refused here: " << std::strerror(errno);
    }
    mounted_ = true;
    options_.path = mount_point + "/metrics.db";
  }
  ~StoreDisk() override {
    store_.reset();
    if (mounted_) ::umount2(dir_.path("disk").c_str(), MNT_DETACH);
  }

  void set_read_only(bool read_only) const {
    unsigned long flags = MS_REMOUNT;
    if (read_only) flags |= MS_RDONLY;
    ASSERT_EQ(::mount(nullptr, dir_.path("disk").c_str(), nullptr, flags, nullptr), 0)
        << std::strerror(errno);
  }

  void fill_disk() const {
    std::ofstream file(dir_.path("disk/ballast"), std::ios::binary);
    const std::string block(4096, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }

  bool mounted_ = false;
};

TEST_F(StoreDisk, WaitsForRoomOnAFullDiskAndLosesNothing) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 50);
  ASSERT_TRUE(collected(50));
  fill_disk();
  std::int64_t tick = 2;
  ASSERT_TRUE(wait_until([&] {
    append("cpu", tick++ * 1'000, 50);
    return saw_event("store_failing");
  }));
  EXPECT_THAT(event_message("store_failing"), HasSubstr("No space left on device"));
  EXPECT_FALSE(store_->status().writable);
  const auto appended = static_cast<std::uint64_t>(tick - 1) * 50;
  EXPECT_EQ(store_->status().counters.collected + store_->status().queue_samples, appended);
  std::filesystem::remove(dir_.path("disk/ballast"));
  ASSERT_TRUE(collected(appended));
  ASSERT_TRUE(wait_until([&] { return saw_event("store_recovered"); }));
  stop();
  EXPECT_EQ(query("SELECT count(*) FROM samples"), static_cast<std::int64_t>(appended));
  EXPECT_EQ(query("SELECT count(DISTINCT time_ms) FROM batches WHERE collector = 'cpu'"), tick - 1);
  expect_exact_counters();
}

TEST_F(StoreDisk, BeginsOnAFullDisk) {
  fill_disk();
  ASSERT_TRUE(start());
  append("cpu", 1'000, 50);
  ASSERT_TRUE(wait_until([&] { return saw_event("store_failing"); }));
  std::filesystem::remove(dir_.path("disk/ballast"));
  ASSERT_TRUE(collected(50));
  stop();
  expect_exact_counters();
}

TEST_F(StoreDisk, WaitsForADiskThatIsReadOnly) {
  set_read_only(true);
  ASSERT_TRUE(start());
  EXPECT_THAT(store_->status().last_error, HasSubstr("Read-only file system"));
  append("cpu", 1'000, 50);
  set_read_only(false);
  ASSERT_TRUE(collected(50));
  stop();
  expect_exact_counters();
}

}  // namespace
}  // namespace caretaker
