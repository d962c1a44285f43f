// SPDX-License-Identifier: MIT
#include "daemon/once.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Printed {
  int status = -1;
  std::string out;
  std::string err;
};

Printed run(const OnceOptions& options) {
  Printed printed;
  char* out = nullptr;
  char* err = nullptr;
  std::size_t out_size = 0;
  std::size_t err_size = 0;
  std::FILE* out_stream = ::open_memstream(&out, &out_size);
  std::FILE* err_stream = ::open_memstream(&err, &err_size);
  printed.status = run_once(options, out_stream, err_stream);
  std::fclose(out_stream);
  std::fclose(err_stream);
  printed.out.assign(out, out_size);
  printed.err.assign(err, err_size);
  std::free(out);
  std::free(err);
  return printed;
}

OnceOptions on_fixture(std::string_view name) {
  const std::string root =
      std::string(CARETAKER_SOURCE_DIR "/tests/collectors/fixtures/") + std::string(name);
  return {.paths = {.procfs = root + "/proc", .sysfs = root + "/sys", .rootfs = root},
          .format = OnceFormat::table,
          .collectors = {std::string(name)},
          .statvfs_helper_command = {},
          .config = {}};
}

TEST(Once, PrintsAnAlignedTable) {
  OnceOptions options = on_fixture("stat");
  options.collectors.push_back("load");
  const Printed printed = run(options);
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.out,
            "METRIC                  LABELS       VALUE  UNIT\n"
            "intr_total                         8885917\n"
            "context_switches_total            38014093\n"
            "boot_time_seconds               1418183276  seconds\n"
            "forks_total                          26442\n"
            "procs_running                            2\n"
            "procs_blocked                            1\n");
  EXPECT_THAT(printed.err, IsEmpty());
}

TEST(Once, PrintsPrometheusTextWithTheNamesOfTheNodeExporter) {
  OnceOptions options = on_fixture("load");
  options.format = OnceFormat::prometheus;
  const Printed printed = run(options);
  EXPECT_EQ(printed.status, 0);
  EXPECT_THAT(printed.out, HasSubstr("# TYPE node_load1 gauge\nnode_load1 0.21\n"));
}

TEST(Once, PrintsJsonWithExactNumbers) {
  OnceOptions options = on_fixture("network");
  options.format = OnceFormat::json;
  const auto json = nlohmann::json::parse(run(options).out);
  EXPECT_TRUE(json["failures"].empty());
  EXPECT_EQ(json["samples"][0], nlohmann::json::parse(R"({"collector": "network", "type": "counter",
      "metric": "network_receive_bytes_total", "labels": {"device": "eth0"}, "value": 68210035552,
      "unit": "bytes"})"));
}

TEST(Once, GivesRatesAsWell) {
  OnceOptions options = on_fixture("system");
  options.format = OnceFormat::prometheus;
  EXPECT_THAT(run(options).out, HasSubstr("node_system_network_sent_bytes_per_second 0\n"));
}

TEST(Once, RunsEveryCollectorOfThisVeryMachine) {
  OnceOptions options;
  options.collectors = {"all"};
  options.format = OnceFormat::prometheus;
  const Printed printed = run(options);
  EXPECT_EQ(printed.status, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("\nnode_memory_MemTotal_bytes "));
  EXPECT_THAT(printed.out, HasSubstr("\nnode_cpu_seconds_total{cpu=\"0\",mode=\"user\"} "));
  EXPECT_THAT(printed.out, HasSubstr("\ncaretaker_open_fds "));
}

TEST(Once, ListsFailuresAndStillPrintsTheRest) {
  const TempDir dir;
  dir.write("loadavg", "0.5 0.25 0.125 1/2 3\n");
  dir.write("uptime", "a long time\n");
  OnceOptions options;
  options.paths = {.procfs = dir.path(), .sysfs = dir.path("sys"), .rootfs = dir.path()};
  options.collectors = {"load", "uptime", "vmstat"};
  const Printed printed = run(options);
  EXPECT_EQ(printed.status, 1);
  EXPECT_THAT(printed.out, HasSubstr("load15"));
  EXPECT_EQ(printed.err, "caretakerd: collector uptime: " + dir.path("uptime") + ":1: unexpected text\n");
}

TEST(Once, SuggestsTheNearestCollector) {
  OnceOptions options;
  options.collectors = {"cpu", "memroy"};
  const Printed printed = run(options);
  EXPECT_EQ(printed.status, 2);
  EXPECT_THAT(printed.err, HasSubstr("unknown collector 'memroy', did you mean 'memory'? (there are: cpu, "));
  EXPECT_THAT(printed.out, IsEmpty());
}

TEST(Once, SaysWhenTheOutputCannotBeWritten) {
  std::FILE* full = std::fopen("/dev/full", "w");
  std::FILE* err = std::fopen("/dev/null", "w");
  ASSERT_TRUE(full != nullptr && err != nullptr);
  EXPECT_EQ(run_once(on_fixture("load"), full, err), 1);
  std::fclose(full);
  std::fclose(err);
}

TEST(Once, KnowsItsFormats) {
  EXPECT_EQ(parse_once_format("json"), OnceFormat::json);
  EXPECT_EQ(parse_once_format("xml"), std::nullopt);
}

}  // namespace
}  // namespace caretaker
