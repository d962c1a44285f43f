// SPDX-License-Identifier: MIT
#include "ctl/cleanup_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace caretaker::ctl {
namespace {

TEST(ShortId, CutsOnlyWhatIsAnId) {
  const std::string digits(64, 'a');
  EXPECT_EQ(short_id("sha256:" + digits), "aaaaaaaaaaaa");
  EXPECT_EQ(short_id(digits), "aaaaaaaaaaaa");
  EXPECT_EQ(short_id(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(short_id("sha256:abc"), "sha256:abc");
  EXPECT_EQ(short_id(digits + "a"), digits + "a");
  EXPECT_EQ(short_id(""), "");
}

TEST(BytesRange, HasTheUnitOnceWhereBothAreAlike) {
  constexpr std::uint64_t mib = 1U << 20;
  EXPECT_EQ(format_bytes_range(0, 0), "-");
  EXPECT_EQ(format_bytes_range(mib, mib), "1 MiB");
  EXPECT_EQ(format_bytes_range(mib, mib + 1), "1 MiB");
  EXPECT_EQ(format_bytes_range(mib, 2 * mib), "1..2 MiB");
  EXPECT_EQ(format_bytes_range(mib, 2048 * mib), "1 MiB..2 GiB");
  EXPECT_EQ(format_bytes_range(0, 2 * mib), "0..2 MiB");
  EXPECT_EQ(format_bytes_range(1, 2), "1..2 B");
  EXPECT_EQ(format_bytes_range(9, 2), "2 B");
}

TEST(LastUse, TellsWhatWasNeverSeenFromWhatHasNoHistory) {
  EXPECT_EQ(format_last_use({.last_used_ms = 1000}, 61'000), "1m 0s ago");
  EXPECT_EQ(format_last_use({.last_used_ms = 1000}, 1999), "just now");
  EXPECT_EQ(format_last_use({.first_seen_ms = 1000}, 61'000), "not seen");
  EXPECT_EQ(format_last_use({}, 61'000), "-");
}

TEST(Progress, CountsTheObjectAtWork) {
  EXPECT_EQ(describe_progress({.done = 2, .planned = 12, .object = "nginx:1.25"}), "3 of 12: nginx:1.25");
  EXPECT_EQ(describe_progress({.done = 12, .planned = 12, .object = "*"}), "12 of 12: build cache");
  EXPECT_EQ(describe_progress({.done = std::numeric_limits<std::uint64_t>::max()}), "0 of 0: ");
}

TEST(FreedBytes, NeverOverflows) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(freed_bytes({.avail_bytes_before = 3, .avail_bytes_after = 10}), 7);
  EXPECT_EQ(freed_bytes({.avail_bytes_before = 10, .avail_bytes_after = 3}), -7);
  EXPECT_LT(freed_bytes({.avail_bytes_before = most, .avail_bytes_after = 0}), 0);
  EXPECT_GT(freed_bytes({.avail_bytes_before = 0, .avail_bytes_after = most}), 0);
}

}  // namespace
}  // namespace caretaker::ctl
