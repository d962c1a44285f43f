// SPDX-License-Identifier: MIT
#include "daemon/job_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "collectors/collector.h"
#include "sql/mysql_delivery.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

std::vector<std::string> names(const std::vector<JobSpec>& specs) {
  std::vector<std::string> result;
  for (const JobSpec& spec : specs) result.push_back(spec.name);
  return result;
}

const JobSpec& find(const std::vector<JobSpec>& specs, const std::string& name) {
  return *std::ranges::find(specs, name, &JobSpec::name);
}

std::vector<std::string> collectors_of(const JobSpec& spec) {
  return std::get<SamplingSettings>(spec.settings).collectors;
}

TEST(PlanJobs, MakesTheDefaultJobsWithEveryCollectorOnce) {
  const auto specs = plan_jobs(Config{});
  EXPECT_THAT(names(specs),
              ElementsAre("cleanup", "cpu", "disk", "filesystem", "memory", "network", "self", "system"));
  std::multiset<std::string> all;
  for (const JobSpec& spec : specs) {
    if (spec.kind() != "collectors") continue;
    EXPECT_EQ(spec.interval, 10s);
    for (const std::string& name : collectors_of(spec)) all.insert(name);
  }
  EXPECT_EQ(all.size(), collector_registry().size());
  for (const CollectorInfo& info : collector_registry()) EXPECT_EQ(all.count(std::string(info.name)), 1U);
}

TEST(PlanJobs, ACollectorWithItsOwnIntervalIsAJobOfItsOwn) {
  Config config;
  config.collectors["load"].interval = 1s;
  const auto specs = plan_jobs(config);
  EXPECT_EQ(find(specs, "load").interval, 1s);
  EXPECT_THAT(collectors_of(find(specs, "load")), ElementsAre("load"));
  EXPECT_THAT(collectors_of(find(specs, "cpu")), Not(Contains("load")));
}

TEST(PlanJobs, AGroupWhoseNamesakeLeftIsNamedAfterItsFirstCollector) {
  Config config;
  config.collectors["cpu"].interval = 1s;
  const auto specs = plan_jobs(config);
  EXPECT_THAT(collectors_of(find(specs, "cpu")), ElementsAre("cpu"));
  EXPECT_EQ(find(specs, "cpu").interval, 1s);
  EXPECT_THAT(collectors_of(find(specs, "load")), Contains("stat"));
  EXPECT_EQ(find(specs, "load").interval, 10s);
}

TEST(PlanJobs, LeavesOutDisabledCollectors) {
  Config config;
  config.collectors["disk"].enabled = false;
  EXPECT_THAT(names(plan_jobs(config)), Not(Contains("disk")));
}

TEST(PlanJobs, MySqlRunsAtItsFlushIntervalWhereAServerIsConfigured) {
  Config config;
  config.mysql.hosts = {"db"};
  config.mysql.flush_interval = 30s;
  EXPECT_EQ(find(plan_jobs(config), "mysql").interval, 30s);
  EXPECT_EQ(find(plan_jobs(config), "mysql").kind(), "mysql");
  EXPECT_GT(find(plan_jobs(config), "mysql").timeout, flush_time_max(config.mysql) + config.mysql.io_timeout);
  config.mysql.flush_interval = 1h;
  EXPECT_EQ(flush_time_max(config.mysql), 120s);
}

TEST(PlanJobs, CleanupLooksAtTheDisksUnlessItIsOff) {
  Config config;
  config.cleanup.check_interval = 15s;
  EXPECT_EQ(find(plan_jobs(config), "cleanup").interval, 15s);
  EXPECT_EQ(find(plan_jobs(config), "cleanup").kind(), "cleanup");
  config.cleanup.mode = CleanupMode::off;
  EXPECT_THAT(names(plan_jobs(config)), Not(Contains("cleanup")));
}

TEST(PlanJobs, EveryPullIsAJobThatFollowsTheEnginesSocket) {
  Config config;
  config.pulls["base"] = {.images = {"ubuntu"}, .interval = 6h};
  config.pulls["off"] = {.images = {"redis"}, .enabled = false};
  const auto before = plan_jobs(config);
  EXPECT_EQ(find(before, "pull.base").interval, 6h);
  EXPECT_EQ(find(before, "pull.base").kind(), "pull");
  EXPECT_FALSE(find(before, "pull.off").enabled);
  config.docker_cleanup.socket = "/run/podman/podman.sock";
  const auto after = plan_jobs(config);
  EXPECT_NE(find(after, "pull.base"), find(before, "pull.base"));
  EXPECT_NE(find(after, "cleanup"), find(before, "cleanup"));
  EXPECT_EQ(find(after, "cpu"), find(before, "cpu"));
}

TEST(PlanJobs, ACommandJobIsStuckOnlyAfterItsKillHasFailed) {
  Config config;
  config.command_jobs["backup"] = {.command = {"true"}, .interval = 60s, .timeout = 5s};
  const auto specs = plan_jobs(config);
  EXPECT_EQ(find(specs, "backup").interval, 60s);
  EXPECT_GT(find(specs, "backup").timeout, 5s);
  EXPECT_EQ(find(specs, "backup").kind(), "command");
}

TEST(PlanJobs, AReloadSeesWhichJobsASettingTouches) {
  const auto before = plan_jobs(Config{});
  Config config;
  config.disk.partitions = true;
  const auto after = plan_jobs(config);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i] == after[i], before[i].name != "disk");
}

}  // namespace
}  // namespace caretaker
