// SPDX-License-Identifier: MIT
#include "ctl/format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace caretaker::ctl {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

TEST(FormatSize, ShowsThreeDigitsAndNeverFourInFrontOfTheUnit) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(999), "999 B");
  EXPECT_EQ(format_size(1000), "0.98 KiB");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(15.0 * (1 << 30)), "15 GiB");
  EXPECT_EQ(format_size(1023.9 * 1024), "1 MiB");
  EXPECT_EQ(format_size(-2048), "-2 KiB");
  EXPECT_EQ(format_rate(1258291.2), "1.2 MiB/s");
}

TEST(FormatSpan, UsesTheTwoLargestUnits) {
  EXPECT_EQ(format_span(-5), "0 ms");
  EXPECT_EQ(format_span(999), "999 ms");
  EXPECT_EQ(format_span(1999), "1.9 s");
  EXPECT_EQ(format_span(3'050), "3 s");
  EXPECT_EQ(format_span(59'999), "59 s");
  EXPECT_EQ(format_span(123'000), "2m 3s");
  EXPECT_EQ(format_span(3'600'000), "1h 0m");
  EXPECT_EQ(format_span(273'600'000), "3d 4h");
  EXPECT_EQ(format_span(int64_max), "106751991167d 7h");
}

TEST(FormatDurationMs, ShowsThreeDigitsBelowASecond) {
  EXPECT_EQ(format_duration_ms(0), "0 ms");
  EXPECT_EQ(format_duration_ms(0.354), "0.35 ms");
  EXPECT_EQ(format_duration_ms(12.34), "12.3 ms");
  EXPECT_EQ(format_duration_ms(1250.75), "1.2 s");
  EXPECT_EQ(format_duration_ms(-1), "0 ms");
  EXPECT_EQ(format_duration_ms(1e308), "104249991d 8h");
}

TEST(ElapsedMs, DoesNotOverflow) {
  EXPECT_EQ(elapsed_ms(5, 7), 2);
  EXPECT_EQ(elapsed_ms(7, 5), 0);
  EXPECT_EQ(elapsed_ms(int64_min, int64_max), int64_max);
}

TEST(FormatCount, GroupsByThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(18446744073709551615ULL), "18,446,744,073,709,551,615");
}

TEST(FormatTime, IsInTheLocalTimeZoneAndSurvivesAnyNumber) {
  ::setenv("TZ", "UTC", 1);
  EXPECT_EQ(format_time(1'763'702'200'000), "2025-11-21 05:16:40");
  EXPECT_EQ(format_time(int64_max), "292278994-08-17 07:12:55");
  EXPECT_EQ(format_time(int64_min), "-292275055-05-16 16:47:05");
}

TEST(FormatValue, KeepsWholeNumbersInFull) {
  EXPECT_EQ(format_value(9007199254740991, ""), "9007199254740991");
  EXPECT_EQ(format_value(12345.678912, "seconds"), "12345.7");
  EXPECT_EQ(format_value(1e300, ""), "1e+300");
  EXPECT_EQ(format_value(16106127360, "bytes"), "15 GiB");
  EXPECT_EQ(format_value(std::numeric_limits<double>::infinity(), ""), "inf");
}

TEST(EscapeText, LeavesNothingThatMovesTheCursorOrTurnsTheText) {
  EXPECT_EQ(escape_text("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(escape_text("a\x1b[31m\n\t\x7f"), "a\\u001b[31m\\u000a\\u0009\\u007f");
  EXPECT_EQ(escape_text("\xC2\x9B"
                        "2J"),
            "\\u009b2J");
  EXPECT_EQ(escape_text("\xE2\x80\xAE"
                        "gpj"),
            "\\u202egpj");
  EXPECT_EQ(escape_text("\xFF"
                        "a\xC3"),
            "\xEF\xBF\xBD"
            "a\xEF\xBF\xBD");
  EXPECT_EQ(escape_text(std::string_view("\0", 1)), "\\u0000");
}

TEST(EscapeJsonControls, KeepsTheJsonTheSame) {
  EXPECT_EQ(escape_json_controls("{\n \"a\": \"\x7f\xC2\x9B\xC3\xA9\"}"),
            "{\n \"a\": \"\\u007f\\u009b\xC3\xA9\"}");
}

}  // namespace
}  // namespace caretaker::ctl
