// SPDX-License-Identifier: MIT
// From a package to a running service, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using PackageInstall = ServiceTest;

TEST_F(PackageInstall, StartsNothing) {
  EXPECT_EQ(property("LoadState"), "loaded");
  EXPECT_EQ(property("ActiveState"), "inactive");
  EXPECT_EQ(property("ActiveEnterTimestampMonotonic"), "0");
  for (const char* each : {"caretaker.service", "caretaker-docker-gate.socket",
                           "caretaker-docker-gate.service", "caretaker-mysql-maintain.timer"}) {
    EXPECT_EQ(property("LoadState", each), "loaded") << each;
    EXPECT_EQ(property("ActiveState", each), "inactive") << each;
  }
  EXPECT_EQ(systemctl({"is-enabled", unit}).standard_output, "disabled\n");
}

TEST_F(PackageInstall, IsReadySoonAfterItIsEnabled) {
  must({"systemctl", "enable", "--now", unit});
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_EQ(property("SubState"), "running");
  const std::int64_t ready_us =
      number("ActiveEnterTimestampMonotonic") - number("ExecMainStartTimestampMonotonic");
  std::cout << "ready after " << static_cast<double>(ready_us) / 1000 << " ms" << std::endl;
  RecordProperty("ready_us", std::to_string(ready_us));
  EXPECT_GT(ready_us, 0);
  EXPECT_LT(ready_us, 20'000'000);
  EXPECT_TRUE(eventually([] { return batches() > 10; }));
  EXPECT_EQ(ctl_json({"status"}).at("pid"), number("MainPID"));
  EXPECT_THAT(property("StatusText"), testing::HasSubstr("jobs"));
  EXPECT_EQ(must({"stat", "--format=%U", "/proc/" + property("MainPID")}), "caretaker");
}

// apt sees only what a small Debian with systemd has. A few libraries may come, and no second daemon.
TEST_F(PackageInstall, NeedsFewOtherPackages) {
  const std::string plan = must({"apt-get", "install", "--simulate", "-o",
                                 "Dir::State::status=/var/lib/dpkg/status.minimal", "/root/caretaker.deb"});
  std::set<std::string> added;
  for (const std::string& line : lines_of(plan)) {
    if (line.starts_with("Inst ")) added.insert(line.substr(5, line.find(' ', 5) - 5));
  }
  std::cout << added.size() << " packages are installed: " << testing::PrintToString(added) << std::endl;
  RecordProperty("packages", std::to_string(added.size()));
  EXPECT_TRUE(added.contains("caretaker"));
  EXPECT_LE(added.size(), 24U);
}

TEST_F(PackageInstall, IsGoneWithoutATraceAfterAPurge) {
  purge_service();
  const std::set<std::string> before = files();
  must({"apt-get", "install", "--yes", "/root/caretaker.deb"});
  must({"systemctl", "enable", "--now", unit});
  ASSERT_TRUE(eventually([] { return batches() > 10; }));
  EXPECT_THAT(files(), testing::Contains("/var/lib/caretaker/metrics.db"));
  purge_service();
  EXPECT_EQ(property("LoadState"), "not-found");
  EXPECT_EQ(must({"systemctl", "--failed", "--plain", "--no-legend"}), "");
  EXPECT_FALSE(machine().exists("/run/caretaker"));
  EXPECT_THAT(files_changed_since(before), testing::IsEmpty());
}

}  // namespace
}  // namespace caretaker
