// SPDX-License-Identifier: MIT
// A file system that no longer answers: the daemon reports it, and everything else goes on.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "e2e/fuse_mount.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

class HungMount : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string hindrance = FuseMount::hindrance(); !hindrance.empty()) GTEST_SKIP() << hindrance;
    mount.emplace();
    unlisted.emplace();
    daemon.write("config.ini",
                 "[service]\ninterval = 200ms\n[store]\ncommit_interval = 100ms\n"
                 "[collector.filesystem]\nnetwork_timeout = 500ms\nnetwork_mount_points = " +
                     mount->mount_point() + "\n");
  }

  // The newest value of a metric of the listed mount.
  [[nodiscard]] std::optional<double> newest(const std::string& metric) const {
    const auto rows =
        sqlite_rows(daemon.store(), "SELECT value FROM metrics WHERE metric = '" + metric +
                                        "' AND json_extract(labels, '$.mountpoint') = '" +
                                        mount->mount_point() + "' ORDER BY time_ms DESC LIMIT 1");
    return rows.empty() ? std::nullopt : std::optional(rows[0].at(0).real);
  }

  std::optional<FuseMount> mount;
  std::optional<FuseMount> unlisted;
  DaemonProcess daemon;
};

TEST_F(HungMount, IsMeasuredReportedAndMeasuredAgain) {
  daemon.start();
  ASSERT_TRUE(eventually([&] { return newest("filesystem_size_bytes") == 4'096'000; }));
  EXPECT_EQ(newest("filesystem_avail_bytes"), 300 * 4096);
  EXPECT_EQ(newest("filesystem_device_error"), 0);
  mount->hang();
  ASSERT_TRUE(eventually([&] { return newest("filesystem_device_error") == 1; }));
  mount->recover();
  EXPECT_TRUE(eventually([&] { return newest("filesystem_device_error") == 0; }));
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
}

TEST_F(HungMount, StopsNoJobAndNoStop) {
  mount->hang();
  daemon.start();
  ASSERT_TRUE(eventually([&] { return newest("filesystem_device_error") == 1; }));
  const auto asked = mount->statfs_calls();
  std::map<std::string, std::uint64_t> runs;
  for (const char* job : {"cpu", "memory", "disk", "filesystem", "network", "system", "self"}) {
    runs[job] = runs_of(daemon, job);
  }
  for (const auto& [job, before] : runs) {
    EXPECT_TRUE(eventually([&] { return runs_of(daemon, job) > before + 10; })) << job;
    EXPECT_NE(job_of(daemon, job).at("state"), "stuck") << job;
  }
  EXPECT_EQ(mount->statfs_calls(), asked) << "more than one request in flight";
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
  expect_balanced(daemon);
}

TEST_F(HungMount, ThatIsNotListedIsNeverTouched) {
  unlisted->hang();
  daemon.start();
  ASSERT_TRUE(eventually([&] { return runs_of(daemon, "filesystem") > 5; }));
  EXPECT_EQ(unlisted->statfs_calls(), 0U);
  EXPECT_GT(mount->statfs_calls(), 0U);
  EXPECT_EQ(daemon.stop(), 0) << daemon.err();
}

TEST_F(HungMount, IsNotTouchedWithoutBeingListedEvenByOnce) {
  mount->hang();
  EXPECT_EQ(run_program("caretakerd", {"--once"}).exit_status, 0);
  EXPECT_EQ(mount->statfs_calls(), 0U);
}

}  // namespace
}  // namespace caretaker
