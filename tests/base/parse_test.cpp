// SPDX-License-Identifier: MIT
#include "base/parse.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using std::chrono::milliseconds;

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), 18446744073709551615ULL);
  for (const char* bad : {"", " 1", "1 ", "12abc", "0x10", "+1", "18446744073709551616"}) {
    EXPECT_FALSE(parse_number<std::uint64_t>(bad)) << bad;
  }
  EXPECT_FALSE(parse_number<std::uint64_t>("-5"));
}

TEST(ParseDuration, KnowsUnitsFractionsAndBareSeconds) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("5"), milliseconds(5000));
  EXPECT_EQ(parse_duration("0.5s"), milliseconds(500));
  EXPECT_EQ(parse_duration("10m"), milliseconds(600'000));
  EXPECT_EQ(parse_duration("7d"), milliseconds(604'800'000));
  for (const char* bad : {"", "s", "5 s", "-1s", "1w", "1.2.3s", "99999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(ParseBytes, KnowsPowersOf1024) {
  EXPECT_EQ(parse_bytes("4096"), 4096U);
  EXPECT_EQ(parse_bytes("64K"), 65536U);
  EXPECT_EQ(parse_bytes("512MiB"), 512U << 20);
  EXPECT_EQ(parse_bytes("10GB"), 10ULL << 30);
  for (const char* bad : {"", "M", "1.5G", "-1", "1X", "9999999999T"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Format, IsReadBackAsTheSameValue) {
  for (const std::int64_t ms : {0L, 1L, 500L, 1000L, 90'000L, 600'000L, 604'800'000L}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))), milliseconds(ms));
  }
  for (const std::uint64_t bytes : {0ULL, 1ULL, 4096ULL, 512ULL << 20, 3ULL << 40}) {
    EXPECT_EQ(parse_bytes(format_bytes(bytes)), bytes);
  }
}

}  // namespace
}  // namespace caretaker
