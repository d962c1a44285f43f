// SPDX-License-Identifier: MIT
// Disks and network devices that come, go and are chosen by what they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector_host.h"
#include "collectors/net_dev.h"

namespace caretaker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view net_headings = "Inter-| Receive | Transmit\n face |bytes |bytes\n";

std::string net_line(std::string_view name) {
  return std::string(name) + ":1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
}

class Devices : public ::testing::Test {
 protected:
  void network(std::string_view lines) {
    host_.root.write("proc/1/net/dev", std::string(net_headings) + std::string(lines));
  }

  // The devices that one tick measures.
  std::vector<std::string> measured(std::string_view metric) {
    const auto outcome = host_.collect();
    EXPECT_TRUE(outcome) << outcome.error().message;
    std::vector<std::string> labels;
    for (const Sample& sample : host_.batch.samples()) {
      if (sample.series->metric == metric) labels.push_back(sample.series->labels);
    }
    return labels;
  }
  std::vector<std::string> measured_networks() { return measured("network_receive_bytes_total"); }
  std::vector<std::string> measured_disks() { return measured("disk_read_bytes_total"); }

  CollectorHost host_;
};

constexpr const char* eth0 = R"({"device":"eth0"})";
constexpr const char* veth1 = R"({"device":"veth1"})";
constexpr const char* docker0 = R"({"device":"docker0"})";

TEST_F(Devices, AreMeasuredWhenHardwareIsBehindThem) {
  host_.root.write("sys/class/net/eth0/device", "");
  network(net_line("lo") + net_line("eth0") + net_line("veth1"));
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(eth0));
}

TEST_F(Devices, AreAllMeasuredButLoWhereThereIsNoHardware) {
  network(net_line("lo") + net_line("eth0") + net_line("veth1"));
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(eth0, veth1));
}

TEST_F(Devices, ThatAppearAreAskedForHardwareAnew) {
  network(net_line("lo") + net_line("veth1"));
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(veth1)) << "stands in";
  host_.root.write("sys/class/net/eth0/device", "");
  network(net_line("lo") + net_line("veth1") + net_line("eth0") + net_line("docker0"));
  EXPECT_THAT(measured_networks(), ElementsAre(veth1, eth0)) << "docker0 stands in for nothing";
}

TEST_F(Devices, ObeyTheConfiguration) {
  host_.root.write("sys/class/net/eth0/device", "");
  network(net_line("eth0") + net_line("docker0") + net_line("veth1"));
  host_.config.network.devices_include = {"docker*"};
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(eth0, docker0));
  host_.config.network = {.devices_include = {}, .devices_exclude = {"eth*"}, .virtual_devices = true};
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(docker0, veth1));
}

TEST_F(Devices, ThatVanishAreForgotten) {
  network(net_line("eth0") + net_line("veth1"));
  host_.create("network");
  measured_networks();
  const std::weak_ptr<const Series> gone = host_.batch.samples().back().series;
  network(net_line("eth0"));
  EXPECT_THAT(measured_networks(), ElementsAre(eth0));
  EXPECT_TRUE(gone.expired());
  network(net_line("eth0") + net_line("veth1"));
  EXPECT_THAT(measured_networks(), ElementsAre(eth0, veth1));
}

TEST_F(Devices, FallBackToTheOwnNetworkWhenThatOfProcessOneIsHidden) {
  host_.root.write("proc/net/dev", std::string(net_headings) + net_line("eth0"));
  host_.create("network");
  EXPECT_THAT(measured_networks(), ElementsAre(eth0));
}

TEST(NetDevLine, IsANameWithAllSixteenCounters) {
  EXPECT_EQ(parse_net_dev_line(" eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16")->device, "eth0:1");
  EXPECT_EQ(parse_net_dev_line("eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16")
                ->counters[net_receive_bytes],
            18446744073709551615ULL);
  EXPECT_EQ(parse_net_dev_line("eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), std::nullopt);
  EXPECT_EQ(parse_net_dev_line(": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), std::nullopt);
  EXPECT_EQ(parse_net_dev_line("eth0 1 2 3"), std::nullopt);
}

TEST_F(Devices, OfDisksCountOnceAndNotByPartitions) {
  host_.root.write("sys/class/block/vda1/partition", "1\n");
  host_.root.write("proc/diskstats",
                   "254 0 vda 1 2 3 4 5 6 7 8 9 10 11\n254 1 vda1 1 2 3 4 5 6 7 8 9 10 11\n"
                   "7 0 loop0 1 2 3 4 5 6 7 8 9 10 11\n");
  host_.create("disk");
  EXPECT_THAT(measured_disks(), ElementsAre(R"({"device":"vda"})"));
  host_.config.disk = {.devices_exclude = {"vda"}, .partitions = true};
  host_.create("disk");
  EXPECT_THAT(measured_disks(), ElementsAre(R"({"device":"vda1"})", R"({"device":"loop0"})"));
}

TEST_F(Devices, OfDisksMayHoldASlashThatSysfsWritesOtherwise) {
  host_.root.write("sys/class/block/cciss!c0d0p1/partition", "1\n");
  host_.root.write("proc/diskstats", "104 1 cciss/c0d0p1 1 2 3 4 5 6 7 8 9 10 11\n");
  host_.create("disk");
  EXPECT_THAT(measured_disks(), IsEmpty());
}

TEST_F(Devices, OfDisksAreAskedForInSysfsOnceWhileTheyExist) {
  const std::string vda = "254 0 vda 1 2 3 4 5 6 7 8 9 10 11\n";
  const std::string vdb = "254 16 vdb 1 2 3 4 5 6 7 8 9 10 11\n";
  host_.root.write("proc/diskstats", vda + vdb);
  host_.create("disk");
  EXPECT_THAT(measured_disks(), ElementsAre(R"({"device":"vda"})", R"({"device":"vdb"})"));
  host_.root.write("sys/class/block/vda/partition", "1\n");
  EXPECT_EQ(measured_disks().size(), 2U) << "remembered";
  host_.root.write("proc/diskstats", vdb);
  EXPECT_EQ(measured_disks().size(), 1U);
  host_.root.write("proc/diskstats", vda + vdb);
  EXPECT_THAT(measured_disks(), ElementsAre(R"({"device":"vdb"})")) << "a new device of an old name";
}

TEST_F(Devices, OfDisksKeepRawCountersThroughWrapAndReset) {
  host_.create("disk");
  host_.root.write("proc/diskstats", "254 0 vda 4294967295 0 0 0 0 0 0 0 0 0 0\n");
  measured_disks();
  EXPECT_EQ(host_.value("disk_reads_completed_total", R"({"device":"vda"})"), 4294967295.0);
  host_.root.write("proc/diskstats", "254 0 vda 3 0 0 0 0 0 0 0 0 0 0\n");
  measured_disks();
  EXPECT_EQ(host_.value("disk_reads_completed_total", R"({"device":"vda"})"), 3.0);
}

TEST_F(Devices, OfDisksMayHaveElevenFifteenSeventeenOrMoreFields) {
  host_.root.write("proc/diskstats",
                   "1 0 a 1 2 3 4 5 6 7 8 9 10 11\n1 1 b 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
                   "1 2 c 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"
                   "1 3 d 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n");
  host_.create("disk");
  EXPECT_EQ(measured_disks().size(), 4U);
  EXPECT_EQ(host_.batch.samples().size(), 11U + 15U + 17U + 17U);
}

}  // namespace
}  // namespace caretaker
