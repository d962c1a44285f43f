// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector_host.h"

namespace caretaker {
namespace {

constexpr std::string_view net_headings = "Inter-| Receive | Transmit\n face |bytes |bytes\n";

class SystemSequence : public ::testing::Test {
 protected:
  SystemSequence() {
    host_.root.write("sys/class/net/eth0/device", "");
    host_.create("system");
  }

  void tick(std::string_view cpu, std::string_view net = "") {
    host_.root.write("proc/stat", "cpu  " + std::string(cpu) + "\n");
    host_.root.write("proc/1/net/dev", std::string(net_headings) + std::string(net));
    const auto outcome = host_.collect();
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  static std::string device(std::string_view name, std::uint64_t received, std::uint64_t sent) {
    return std::string(name) + ": " + std::to_string(received) + " 0 0 0 0 0 0 0 " + std::to_string(sent) +
           " 0 0 0 0 0 0 0\n";
  }

  [[nodiscard]] std::optional<double> cpu() const { return host_.value("system_cpu_usage_percent"); }
  [[nodiscard]] std::optional<double> sent() const {
    return host_.value("system_network_sent_bytes_per_second");
  }
  [[nodiscard]] std::optional<double> received() const {
    return host_.value("system_network_received_bytes_per_second");
  }

  CollectorHost host_;
};

TEST_F(SystemSequence, HasNoRatesAtTheFirstTick) {
  tick("100 0 0 900 0 0 0 0", device("eth0", 1000, 2000));
  EXPECT_EQ(cpu(), std::nullopt);
  EXPECT_EQ(sent(), std::nullopt);
  EXPECT_EQ(received(), std::nullopt);
  EXPECT_TRUE(host_.value("system_disk_usage_percent"));
}

TEST_F(SystemSequence, CountsNeitherIdleNorIowaitAsBusyAndGuestsOnce) {
  tick("0 0 0 0 0 0 0 0 0 0");
  tick("10 5 10 60 10 1 2 2 10 5");
  EXPECT_DOUBLE_EQ(cpu().value(), 30.0);
}

TEST_F(SystemSequence, TakesFieldsThatFallForStandingStill) {
  tick("100 0 100 1000 50 0 0 50");
  tick("150 0 100 1050 40 0 0 30");
  EXPECT_DOUBLE_EQ(cpu().value(), 50.0);
}

TEST_F(SystemSequence, DropsOneSampleWhenAllGoesBackwardsAndGoesOn) {
  tick("1000 0 1000 10000 0 0 0 0");
  tick("10 0 10 100 0 0 0 0");
  EXPECT_EQ(cpu(), std::nullopt);
  tick("20 0 10 190 0 0 0 0");
  EXPECT_DOUBLE_EQ(cpu().value(), 10.0);
}

TEST_F(SystemSequence, MakesNoSampleOfNoTime) {
  tick("10 0 10 100 0 0 0 0");
  tick("10 0 10 100 0 0 0 0");
  EXPECT_EQ(cpu(), std::nullopt);
}

TEST_F(SystemSequence, StartsAnewAfterASuspendOrAStepOfTheClock) {
  tick("100 0 0 900 0 0 0 0", device("eth0", 1000, 2000));
  host_.tick.discontinuities = 1;
  tick("200 0 0 1000 0 0 0 0", device("eth0", 9000, 9000));
  EXPECT_EQ(cpu(), std::nullopt);
  EXPECT_EQ(sent(), std::nullopt);
  tick("225 0 0 1075 0 0 0 0", device("eth0", 9001, 9002));
  EXPECT_DOUBLE_EQ(cpu().value(), 25.0);
  EXPECT_DOUBLE_EQ(received().value(), 1.0);
  EXPECT_DOUBLE_EQ(sent().value(), 2.0);
}

TEST_F(SystemSequence, DividesByTheMonotonicTimeOfTheRead) {
  tick("0 0 0 1", device("eth0", 0, 0));
  host_.clock.advance(std::chrono::milliseconds(3000));
  host_.clock.step(std::chrono::hours(-5));
  tick("0 0 0 2", device("eth0", 400, 4000));
  EXPECT_DOUBLE_EQ(received().value(), 100.0);
  EXPECT_DOUBLE_EQ(sent().value(), 1000.0);
}

TEST_F(SystemSequence, SumsHardwareOnly) {
  tick("0 0 0 1", device("lo", 0, 0) + device("eth0", 0, 0) + device("docker0", 0, 0));
  tick("0 0 0 2", device("lo", 7, 7) + device("eth0", 5, 6) + device("docker0", 9, 9));
  EXPECT_DOUBLE_EQ(received().value(), 5.0);
  EXPECT_DOUBLE_EQ(sent().value(), 6.0);
}

TEST_F(SystemSequence, GivesADeviceThatWasResetOrIsNewABaselineFirst) {
  host_.root.write("sys/class/net/usb0/device", "");
  tick("0 0 0 1", device("eth0", 1'000'000, 1'000'000));
  tick("0 0 0 2", device("eth0", 500, 600) + device("usb0", 77'000, 88'000));
  EXPECT_DOUBLE_EQ(received().value(), 0.0);
  EXPECT_DOUBLE_EQ(sent().value(), 0.0);
  tick("0 0 0 3", device("eth0", 510, 620) + device("usb0", 77'001, 88'002));
  EXPECT_DOUBLE_EQ(received().value(), 11.0);
  EXPECT_DOUBLE_EQ(sent().value(), 22.0);
}

TEST_F(SystemSequence, GivesADeviceThatComesBackANewBaseline) {
  tick("0 0 0 1", device("eth0", 1000, 1000));
  tick("0 0 0 2", "");
  EXPECT_EQ(sent(), std::nullopt) << "without a device there is no rate";
  tick("0 0 0 3", device("eth0", 9000, 9000));
  EXPECT_DOUBLE_EQ(sent().value(), 0.0);
}

TEST_F(SystemSequence, StandsInForMemAvailableWhereItIsMissing) {
  host_.root.write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 100 kB\n");
  tick("0 0 0 1");
  EXPECT_DOUBLE_EQ(host_.value("system_memory_usage_percent").value(), 75.0);
  // More available than there is, as some containers have it.
  host_.root.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 2000 kB\n");
  tick("0 0 0 2");
  EXPECT_DOUBLE_EQ(host_.value("system_memory_usage_percent").value(), 0.0);
}

TEST_F(SystemSequence, KeepsWhatWorksWhenOneSourceDoesNot) {
  host_.root.write("proc/stat", "cpu 1 2 three 4\n");
  host_.root.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
  const auto outcome = host_.collect();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, host_.root.path("proc/stat") + ":1: unexpected text");
  EXPECT_EQ(host_.value("system_memory_usage_percent"), 75.0);
  EXPECT_TRUE(host_.value("system_disk_usage_percent"));
}

}  // namespace
}  // namespace caretaker
