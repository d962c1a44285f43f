// SPDX-License-Identifier: MIT
#include "config/loader.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "config/collector_names.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Loading : public testing::Test {
 protected:
  LoadResult load() const { return load_config(dir_.path("config.ini"), {test_collectors}); }

  // The config, which must be without any problem.
  Config config() const {
    LoadResult result = load();
    EXPECT_EQ(check(result.problems).text, "");
    return std::move(result.config);
  }

  TempDir dir_;
};

TEST_F(Loading, TakesTheConfigurationOfASmallMonitoringScript) {
  const std::string file =
      dir_.write("config.ini",
                 "[mysql]\nhost = localhost\nuser = root\npassword = root\ndatabase = monitor\n\n"
                 "[service]\ninterval = 5\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  const Config loaded = config();
  EXPECT_TRUE(loaded.mysql.enabled());
  EXPECT_THAT(loaded.mysql.hosts, ElementsAre("localhost"));
  EXPECT_EQ(loaded.mysql.user, "root");
  EXPECT_EQ(loaded.mysql.password.reveal(), "root");
  EXPECT_EQ(loaded.mysql.database, "monitor");
  EXPECT_EQ(loaded.service.interval, 5s);
}

TEST_F(Loading, GivesTheDefaultsForAnEmptyFile) {
  dir_.write("config.ini", "");
  EXPECT_EQ(config(), Config{});
}

TEST_F(Loading, ReadsEverySectionAndLists) {
  dir_.write("config.ini",
             "[store]\nsize_max = 512M\n[log]\nlevel = debug\n[control]\nsocket = /run/c.sock\n"
             "[collector.cpu]\ninterval = 1s\n[collector.disk]\ndevices_exclude = ram*, loop*\n  # floppies\n"
             "  fd*\npartitions = yes\nenabled = no\n"
             "[job.back-up_1]\ncommand = sh -c 'echo \"a b\"; true'\n  last\nenvironment = A=1\n  B=2\nuser "
             "= nobody\n");
  const Config loaded = config();
  EXPECT_EQ(loaded.store.size_max, 512ULL << 20);
  EXPECT_EQ(loaded.log.level, LogLevel::debug);
  EXPECT_EQ(loaded.control.socket, "/run/c.sock");
  EXPECT_EQ(loaded.collectors.size(), 2U);
  EXPECT_EQ(loaded.collectors.at("cpu").interval, 1s);
  EXPECT_FALSE(loaded.collectors.at("disk").enabled);
  EXPECT_TRUE(loaded.disk.partitions);
  EXPECT_THAT(loaded.disk.devices_exclude, ElementsAre("ram*", "loop*", "fd*"));
  const CommandJobConfig& job = loaded.command_jobs.at("back-up_1");
  EXPECT_THAT(job.command, ElementsAre("sh", "-c", "echo \"a b\"; true", "last"));
  EXPECT_THAT(job.environment, ElementsAre("A=1", "B=2"));
  EXPECT_EQ(job.user, "nobody");
}

TEST_F(Loading, TakesASectionThatAppearsTwice) {
  dir_.write("config.ini", "[log]\nlevel = error\n[service]\ninterval = 1s\n[log]\nfiles_max = 3\n");
  EXPECT_EQ(config().log.level, LogLevel::error);
  EXPECT_EQ(config().log.files_max, 3);
}

TEST_F(Loading, LetsTheLaterDropInWin) {
  dir_.write("config.ini",
             "[service]\ninterval = 1s\njob_timeout = 1s\nhost_name = main\n"
             "[job.x]\ncommand = one\n[collector.disk]\ndevices_exclude = a b\n");
  dir_.write("config.d/20-second.ini", "[service]\ninterval = 3s\n[collector.disk]\ndevices_exclude = c\n");
  dir_.write("config.d/10-first.ini", "[service]\ninterval = 2s\njob_timeout = 2s\n[job.x]\ntimeout = 5s\n");
  dir_.write("config.d/30-not.ini.bak", "nonsense");
  dir_.write("config.d/.hidden.ini", "nonsense");
  const Config loaded = config();
  EXPECT_EQ(loaded.service.interval, 3s);
  EXPECT_EQ(loaded.service.job_timeout, 2s);
  EXPECT_EQ(loaded.service.host_name, "main");
  EXPECT_THAT(loaded.disk.devices_exclude, ElementsAre("c"));
  EXPECT_THAT(loaded.command_jobs.at("x").command, ElementsAre("one"));
  EXPECT_EQ(loaded.command_jobs.at("x").timeout, 5s);
}

TEST_F(Loading, FindsTheDropInsOfARelativeFile) {
  dir_.write("config.ini", "");
  dir_.write("config.d/a.ini", "[service]\ninterval = 2s\n");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  const LoadResult result = load_config("config.ini", {test_collectors});
  std::filesystem::current_path(before);
  EXPECT_EQ(result.config.service.interval, 2s);
}

TEST_F(Loading, LeavesOutCollectorsThatAreAtTheirDefaults) {
  dir_.write("config.ini", "[collector.cpu]\nenabled = true\n");
  EXPECT_EQ(config(), Config{});
}

TEST_F(Loading, LetsAnEmptyValueTakeADefaultListAway) {
  dir_.write("config.ini", "[collector.disk]\ndevices_exclude =\n");
  EXPECT_TRUE(config().disk.devices_exclude.empty());
}

}  // namespace
}  // namespace caretaker
