// SPDX-License-Identifier: MIT
#include "ctl/series_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace caretaker::ctl {
namespace {

TEST(FormatLabels, QuotesWhatCouldBeMisread) {
  EXPECT_EQ(format_labels({}), "");
  EXPECT_EQ(format_labels({{"cpu", "0"}, {"mode", "idle"}}), "cpu=0 mode=idle");
  EXPECT_EQ(format_labels({{"a", ""}, {"b", "x y"}, {"c", "\""}, {"d", "/"}}), R"(a="" b="x y" c="\"" d=/)");
}

TEST(Sparkline, GoesFromTheLowestToTheHighestValue) {
  const std::vector<double> rising = {0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(sparkline(rising, 40), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline(rising, 4), "▁▃▆█");
  EXPECT_EQ(sparkline(std::vector<double>{3, 3}, 40), "▁▁");
  EXPECT_EQ(sparkline({}, 40), "");
}

TEST(Sparkline, SurvivesTheLargestNumbers) {
  constexpr double max = std::numeric_limits<double>::max();
  EXPECT_EQ(sparkline(std::vector<double>{-max, max, max}, 40), "▁██");
  EXPECT_EQ(sparkline(std::vector<double>{-max, -max, max, max}, 2), "▁█");
}

}  // namespace
}  // namespace caretaker::ctl
