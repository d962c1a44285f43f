// SPDX-License-Identifier: MIT
#include "docker/timestamp.h"

#include <gtest/gtest.h>

#include <limits>

namespace caretaker {
namespace {

TEST(Timestamp, ReadsWhatEnginesWrite) {
  EXPECT_EQ(parse_timestamp_ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_timestamp_ms("1970-01-01T00:00:01.5Z"), 1'500);
  EXPECT_EQ(parse_timestamp_ms("2024-02-29T23:59:59.123456789Z"), 1'709'251'199'123);
  EXPECT_EQ(parse_timestamp_ms("2024-02-29T23:59:59.9Z"), 1'709'251'199'900);
  EXPECT_EQ(parse_timestamp_ms("2024-03-01T01:59:59.123+02:00"), 1'709'251'199'123);
  EXPECT_EQ(parse_timestamp_ms("2024-02-29T18:29:59.123-05:30"), 1'709'251'199'123);
  EXPECT_EQ(parse_timestamp_ms("1969-12-31T23:59:59Z"), -1'000);
}

TEST(Timestamp, TakesGosZeroTimeAsUnknown) {
  EXPECT_EQ(parse_timestamp_ms("0001-01-01T00:00:00Z"), 0);
}

TEST(Timestamp, RefusesEverythingElse) {
  for (const char* text :
       {"", "2 days ago", "2024-02-29", "2024-02-29T23:59:59", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.0123456789Z", "2024-01-01T00:00:00+0200", "2024-01-01T00:00:00+02:00 ",
        "2024-01-01 00:00:00Z", "-024-01-01T00:00:00Z", "2024-01-01T00:00:00ZZ", "2024-01-01T00:00:00.5",
        "2024-+1-01T00:00:00Z"}) {
    EXPECT_EQ(parse_timestamp_ms(text), std::nullopt) << text;
  }
}

TEST(Timestamp, KeepsAbsurdSecondsWithinRange) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(seconds_to_ms(-62'135'596'800), -62'135'596'800'000);
  EXPECT_EQ(seconds_to_ms(most), most / 1'000 * 1'000);
  EXPECT_EQ(seconds_to_ms(std::numeric_limits<std::int64_t>::min()), -(most / 1'000 * 1'000));
}

}  // namespace
}  // namespace caretaker
