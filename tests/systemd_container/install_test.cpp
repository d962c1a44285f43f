// SPDX-License-Identifier: MIT
// From a package to a running service.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using InstalledService = ServiceTest;

TEST_F(InstalledService, StartsNothingBeforeItIsEnabled) {
  EXPECT_EQ(property("LoadState"), "loaded");
  EXPECT_EQ(property("ActiveState"), "inactive");
  EXPECT_EQ(systemctl({"is-enabled", unit}).standard_output, "disabled\n");
}

TEST_F(InstalledService, IsReadySoonAfterItIsEnabled) {
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
  EXPECT_NE(property("StatusText"), "");
}

}  // namespace
}  // namespace caretaker
