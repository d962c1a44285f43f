// SPDX-License-Identifier: MIT
#include "sql/mysql_literal.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/parse.h"

namespace caretaker {
namespace {

std::string text_of(double number) {
  std::string out;
  append_double(out, number);
  return out;
}

TEST(MysqlLiteral, DoublesAreShortAndReadBackAsTheSameValue) {
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(42), "42");
  using Limits = std::numeric_limits<double>;
  for (const double number : {1.0 / 3, -2.5e-300, Limits::max(), Limits::lowest(), Limits::min(),
                              Limits::denorm_min(), 9'007'199'254'740'993.0, 18'446'744'073'709'551'615.0}) {
    EXPECT_EQ(parse_number<double>(text_of(number)), number);
  }
}

TEST(MysqlLiteral, IntegersKeepTheirSign) {
  std::string out;
  append_integer(out, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out, "-9223372036854775808");
}

TEST(MysqlLiteral, TimesAreUtcWithMilliseconds) {
  EXPECT_EQ(time_literal(0), "'1970-01-01 00:00:00.000'");
  EXPECT_EQ(time_literal(1'709'251'199'007), "'2024-02-29 23:59:59.007'");
  EXPECT_EQ(time_literal(-1), "'1969-12-31 23:59:59.999'");
}

TEST(MysqlLiteral, WritesTimesAsNumbers) {
  const auto number = [](std::int64_t time_ms) {
    std::string text;
    append_time_number(text, time_ms);
    return text;
  };
  EXPECT_EQ(number(0), "19700101000000");
  EXPECT_EQ(number(1'709'251'199'000), "20240229235959");
  EXPECT_EQ(number(1'709'251'199'007), "20240229235959.007");
}

}  // namespace
}  // namespace caretaker
