// SPDX-License-Identifier: MIT
// A stop takes less than a second whatever hangs. The time is shown; what is asserted does not depend on the
// speed of the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr const char* stuck_mount = "/mnt/stuck";
constexpr const char* fuse_folder = "/run/fuse-test";
constexpr const char* silent_server = "/run/silent.sock";

class ServiceStop : public ServiceTest {
 protected:
  void TearDown() override {
    ServiceTest::TearDown();
    if (IsSkipped()) return;
    machine().remove(std::string(fuse_folder) + "/hang");
    (void)systemctl({"stop", unit, "fuse-test", "silent-test.socket"});
  }

  // Stops the service and tells how long that took. TimeoutStopSec= is 10 s: a stop that needs it has failed.
  void stop_and_tell() {
    const auto begun = std::chrono::steady_clock::now();
    stop();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::cout << "stopped after " << took.count() * 1000 << " ms" << std::endl;
    RecordProperty("stop_ms", std::to_string(took.count() * 1000));
    EXPECT_EQ(property("ActiveState"), "inactive");
    EXPECT_EQ(property("Result"), "success");
    EXPECT_FALSE(journal_says("timed out"));
    EXPECT_FALSE(journal_says("Killing process"));
  }

  // Programs of processes in the unit's control group.
  static std::string left_behind() {
    return machine()
        .run({"sh", "-c",
              "cat $(cat /sys/fs/cgroup/system.slice/caretaker.service/cgroup.procs "
              "| sed 's#.*#/proc/&/comm#')"})
        .standard_output;
  }
};

TEST_F(ServiceStop, DoesNotWaitForADatabaseThatNeverAnswers) {
  // systemd accepts connections to a socket whose service never does.
  machine().write("/run/systemd/system/silent-test.socket",
                  std::string("[Socket]\nListenStream=") + silent_server + "\nSocketMode=0666\n");
  machine().write("/run/systemd/system/silent-test.service", "[Service]\nExecStart=sleep infinity\n");
  must({"systemctl", "daemon-reload"});
  must({"systemctl", "start", "silent-test.socket"});
  configure("10-mysql",
            std::string("[mysql]\nsocket = ") + silent_server +
                "\nuser = caretaker\nflush_interval = 200ms\nconnect_timeout = 5m\nio_timeout = 10m\n");
  start();
  ASSERT_TRUE(eventually([] { return property("ActiveState", "silent-test.service") == "active"; }));
  ASSERT_TRUE(eventually([] { return batches() > 20; }));
  stop_and_tell();
  EXPECT_EQ(left_behind(), "");
  expect_nothing_lost();
}

TEST_F(ServiceStop, DoesNotWaitForAFileSystemThatHangs) {
  if (!machine().exists("/dev/fuse")) GTEST_SKIP() << "there is no /dev/fuse";
  machine().copy_in(CARETAKER_BINARY_DIR "/fuse_server", "/usr/local/bin/fuse_server");
  machine().write("/run/systemd/system/fuse-test.service",
                  std::string("[Service]\nExecStartPre=mkdir -p ") + stuck_mount + " " + fuse_folder +
                      "\nExecStart=/usr/local/bin/fuse_server " + fuse_folder +
                      " -f -oallow_other -osubtype=caretaker_test " + stuck_mount + "\n");
  must({"systemctl", "daemon-reload"});
  must({"systemctl", "start", "fuse-test"});
  configure("10-mount",
            std::string("[collector.filesystem]\nnetwork_timeout = 500ms\nnetwork_mount_points = ") +
                stuck_mount + "\n");
  ASSERT_TRUE(
      eventually([] { return must({"cat", "/proc/mounts"}).find(stuck_mount) != std::string::npos; }));
  start();
  ASSERT_TRUE(eventually([] { return machine().read(std::string(fuse_folder) + "/calls").size() > 1; }));
  machine().write(std::string(fuse_folder) + "/hang", "");
  const std::string error =
      "SELECT COUNT(*) FROM metrics WHERE metric = 'filesystem_device_error' AND value = 1";
  ASSERT_TRUE(eventually([&] { return stored(error) > 0; }));
  stop_and_tell();
  // The one process that the kernel does not let go.
  std::cout << "left: " << left_behind() << std::endl;
  EXPECT_EQ(left_behind(), "statvfs-helper\n");
  expect_nothing_lost();
  // It does not keep the service from running again, and goes when it can.
  start();
  EXPECT_EQ(property("ActiveState"), "active");
  stop();
  machine().remove(std::string(fuse_folder) + "/hang");
  EXPECT_TRUE(eventually([] { return left_behind().empty(); }));
}

}  // namespace
}  // namespace caretaker
