// SPDX-License-Identifier: MIT
#include "cleanup/explain.h"

#include <gtest/gtest.h>

#include <limits>

namespace caretaker {
namespace {

using namespace std::chrono_literals;

std::string age(std::chrono::milliseconds duration) {
  return age_text(duration.count());
}

TEST(Explain, AgesAreRoundedDownInTheUnitThatSaysEnough) {
  EXPECT_EQ(age(0ms), "0 s");
  EXPECT_EQ(age(-5h), "0 s");
  EXPECT_EQ(age(1999ms), "1 s");
  EXPECT_EQ(age(119s), "119 s");
  EXPECT_EQ(age(120s), "2 min");
  EXPECT_EQ(age(119min), "119 min");
  EXPECT_EQ(age(120min), "2 h");
  EXPECT_EQ(age(47h + 59min), "47 h");
  EXPECT_EQ(age(48h), "2 days");
  EXPECT_EQ(age(54 * 24h + 23h), "54 days");
  EXPECT_EQ(age_text(std::numeric_limits<std::int64_t>::max()), "106751991167 days");
}

TEST(Explain, SettingsAreToldExactly) {
  EXPECT_EQ(setting_text(4h), "4 h");
  EXPECT_EQ(setting_text(90min), "90 min");
  EXPECT_EQ(setting_text(24h), "1 day");
  EXPECT_EQ(setting_text(7 * 24h), "7 days");
  EXPECT_EQ(setting_text(25h), "25 h");
  EXPECT_EQ(setting_text(0ms), "0 s");
  EXPECT_EQ(setting_text(1500ms), "1500 ms");
}

TEST(Explain, BytesHaveOneDecimalAndNeverFourDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text((1ULL << 20) - 1), "1.0 MiB");
  EXPECT_EQ(bytes_text(1945555040), "1.8 GiB");
  EXPECT_EQ(bytes_text(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Explain, CountsKnowOneFromMany) {
  EXPECT_EQ(count_text(1, "other"), "1 other");
  EXPECT_EQ(count_text(0, "record"), "0 records");
  EXPECT_EQ(count_text(12, "record"), "12 records");
}

}  // namespace
}  // namespace caretaker
