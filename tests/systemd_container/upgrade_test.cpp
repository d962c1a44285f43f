// SPDX-License-Identifier: MIT
// A newer package is installed while samples are collected and delivered.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/mysql_fixture.h"

namespace caretaker {
namespace {

class PackageUpgrade : public MysqlServiceTest {
 protected:
  void TearDown() override {
    MysqlServiceTest::TearDown();
    if (IsSkipped()) return;
    purge_service();  // for tests that come after in the same machine
  }

  // The same package with another version.
  std::string newer_package() const {
    const std::string tree = dir_.path("tree");
    const std::string file = dir_.path("newer.deb");
    here({"dpkg-deb", "--raw-extract", package(), tree});
    here({"sed", "--in-place", "s/^Version: .*/&+newer/", tree + "/DEBIAN/control"});
    here({"dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file});
    return file;
  }

  static std::string version() {
    return must({"dpkg-query", "--show", "--showformat=${Version}", "caretaker"});
  }

 private:
  static void here(const Words& command) {
    const auto ended = run_child({.command = command, .timeout = patience}, {});
    if (!ended || ended->exit_status != 0) throw std::runtime_error(command.front() + " failed");
  }

  TempDir dir_;
};

TEST_F(PackageUpgrade, UnderLoadLosesAndDoublesNoRow) {
  configure("00-test", "[service]\ninterval = 100ms\n[store]\ncommit_interval = 100ms\n");
  start_server();
  store_password("secret");
  must({"systemctl", "enable", "--now", unit});
  ASSERT_TRUE(eventually(something_is_delivered));
  const std::string version_before = version();
  const std::string pid_before = property("MainPID");
  const std::int64_t before = stored("SELECT MAX(seq) FROM batches");
  const std::string newer = newer_package();
  install_service(newer);
  EXPECT_EQ(version(), version_before + "+newer");
  // The new program runs, because the old one did; what was configured still counts.
  ASSERT_TRUE(eventually([] { return property("ActiveState") == "active"; }));
  EXPECT_NE(property("MainPID"), pid_before);
  EXPECT_EQ(systemctl({"is-enabled", unit}).standard_output, "enabled\n");
  EXPECT_EQ(ctl_json({"status"}).at("interval_ms"), 100);
  EXPECT_TRUE(eventually([before] { return stored("SELECT MAX(seq) FROM batches") > before + 100; }));
  ASSERT_TRUE(eventually(something_is_delivered));
  stop();
  EXPECT_EQ(stored("SELECT MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM batches"), 0);
  expect_delivered_once();
}

TEST_F(PackageUpgrade, StartsNothingThatWasStopped) {
  install_service(newer_package());
  EXPECT_EQ(property("ActiveState"), "inactive");
  EXPECT_EQ(systemctl({"is-enabled", unit}).standard_output, "disabled\n");
}

}  // namespace
}  // namespace caretaker
