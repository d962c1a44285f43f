// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collector_host.h"
#include "collectors/cpu_times.h"

namespace caretaker {
namespace {

class CpuSequence : public ::testing::Test {
 protected:
  CpuSequence() { host_.create("cpu"); }

  // One tick with this text in /proc/stat; the order of fields is user nice system idle iowait irq softirq
  // steal.
  void tick(std::string_view stat) {
    host_.root.write("proc/stat", stat);
    const auto outcome = host_.collect();
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  [[nodiscard]] std::optional<double> seconds(std::string_view cpu, std::string_view mode) const {
    return host_.value("cpu_seconds_total",
                       R"({"cpu":")" + std::string(cpu) + R"(","mode":")" + std::string(mode) + R"("})");
  }

  CollectorHost host_;
};

TEST_F(CpuSequence, HoldsFieldsThatFallBackALittle) {
  tick("cpu0 100 0 100 100000 500 0 0 700\n");
  tick("cpu0 110 0 100 99990 490 0 0 600\n");
  EXPECT_EQ(seconds("0", "user"), 1.1);
  EXPECT_EQ(seconds("0", "idle"), 1000.0);
  EXPECT_EQ(seconds("0", "iowait"), 5.0);
  EXPECT_EQ(seconds("0", "steal"), 7.0);
  tick("cpu0 110 0 100 100100 510 0 0 710\n");
  EXPECT_EQ(seconds("0", "idle"), 1001.0);
  EXPECT_EQ(seconds("0", "iowait"), 5.1);
  EXPECT_EQ(seconds("0", "steal"), 7.1);
}

TEST_F(CpuSequence, StartsACpuAnewWhoseIdleTimeFellByThreeSeconds) {
  tick("cpu0 100 0 100 100000 500 0 0 0\ncpu1 100 0 100 100000 500 0 0 0\n");
  tick("cpu0 100 0 100 99701 500 0 0 0\ncpu1 5 0 6 99700 8 0 0 0\n");
  EXPECT_EQ(seconds("0", "idle"), 1000.0) << "299 ticks are jitter";
  EXPECT_EQ(seconds("1", "idle"), 997.0) << "300 ticks are a hotplug";
  EXPECT_EQ(seconds("1", "user"), 0.05);
  EXPECT_EQ(seconds("1", "iowait"), 0.08);
}

TEST_F(CpuSequence, KeysCpusByNumberThroughHotplug) {
  tick("cpu 1 1 1 1\ncpu0 100 0 0 100000\ncpu1 200 0 0 100000\ncpu2 300 0 0 100000\n");
  tick("cpu 1 1 1 1\ncpu0 101 0 0 100000\ncpu2 301 0 0 100000\n");
  EXPECT_EQ(seconds("1", "user"), std::nullopt);
  EXPECT_EQ(seconds("2", "user"), 3.01);
  // Back again with its counters at zero: its old values are forgotten.
  tick("cpu 1 1 1 1\ncpu0 102 0 0 100000\ncpu1 1 0 0 2\ncpu2 302 0 0 100000\n");
  EXPECT_EQ(seconds("1", "user"), 0.01);
  EXPECT_EQ(seconds("1", "idle"), 0.02);
  EXPECT_EQ(seconds("2", "user"), 3.02);
}

TEST_F(CpuSequence, KeepsTheSameSeriesFromTickToTick) {
  tick("cpu0 1 0 0 1\ncpu1 2 0 0 2\n");
  const SeriesRef first = host_.batch.samples()[0].series;
  tick("cpu1 2 0 0 2\ncpu0 1 0 0 1\n");
  EXPECT_TRUE(std::ranges::any_of(host_.batch.samples(), [&](const Sample& s) { return s.series == first; }));
}

TEST_F(CpuSequence, LeavesOutTheFieldsThatOldKernelsLack) {
  tick("cpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4\n");
  EXPECT_EQ(seconds("0", "steal"), 0.08);
  EXPECT_EQ(host_.value("cpu_guest_seconds_total", R"({"cpu":"0","mode":"user"})"), std::nullopt);
  EXPECT_EQ(seconds("1", "idle"), 0.04);
  EXPECT_EQ(seconds("1", "iowait"), std::nullopt);
}

TEST_F(CpuSequence, NamesTheLineOfACpuThatIsNotUnderstoodAndKeepsTheOthers) {
  host_.root.write("proc/stat", "cpu 1 1 1 1\ncpu0 1 2 3 4\ncpu1 1 -2 3 4\ncpu2 1 2 3 4\n");
  const auto outcome = host_.collect();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, host_.root.path("proc/stat") + ":3: unexpected text");
  EXPECT_TRUE(seconds("2", "idle"));
}

TEST(CpuTimes, NeedsFourFieldsAndIgnoresNewerOnes) {
  EXPECT_EQ(parse_cpu_times("1 2 3"), std::nullopt);
  EXPECT_EQ(parse_cpu_times(" 1 2 3 4")->count, 4U);
  EXPECT_EQ(parse_cpu_times("1 2 3 4 5 6 7 8 9 10 11 12")->count, 10U);
  EXPECT_EQ(parse_cpu_times("1 2 3 99999999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace caretaker
