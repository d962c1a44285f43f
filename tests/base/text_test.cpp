// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace caretaker {
namespace {

TEST(Utf8, AcceptsOnlyWellFormedText) {
  EXPECT_TRUE(is_valid_utf8("plain, \xC3\xA9, \xE2\x82\xAC, \xF0\x9F\x98\x80"));
  for (const char* bad : {"\xFF", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

TEST(JsonString, EscapesAndReplacesWhatIsNotUtf8) {
  std::string out;
  append_json_string(out, "a\"\\\n\x01\xFF\xC3\xA9");
  EXPECT_EQ(out, "\"a\\\"\\\\\\u000a\\u0001\xEF\xBF\xBD\xC3\xA9\"");
}

TEST(LowerAscii, ChangesNothingButLettersOfAscii) {
  EXPECT_EQ(lower_ascii("Content-LENGTH: 5 [@Z`az{]"), "content-length: 5 [@z`az{]");
  EXPECT_EQ(lower_ascii("\xC3\x84"), "\xC3\x84");
}

TEST(TakeWord, WalksOverBlanks) {
  std::string_view text = "  eth0: \t12 ";
  EXPECT_EQ(take_word(text), "eth0:");
  EXPECT_EQ(take_word(text), "12");
  EXPECT_EQ(take_word(text), "");
}

TEST(TakeLine, NeedsNoNewlineAtTheEnd) {
  std::string_view text = "one\n\ntwo";
  EXPECT_EQ(take_line(text), "one");
  EXPECT_EQ(take_line(text), "");
  EXPECT_EQ(take_line(text), "two");
  EXPECT_TRUE(text.empty());
}

TEST(Glob, CoversTheWholeText) {
  EXPECT_TRUE(glob_match("/var/lib/docker/*", "/var/lib/docker/overlay2/x"));
  EXPECT_FALSE(glob_match("eth?", "eth10"));
}

TEST(NearestWord, OffersAlmostRightWordsOnly) {
  constexpr std::array<std::string_view, 3> keys = {"interval", "timeout", "enabled"};
  EXPECT_EQ(nearest_word("intervall", keys), "interval");
  EXPECT_EQ(nearest_word("enabeld", keys), "enabled");
  EXPECT_EQ(nearest_word("password", keys), std::nullopt);
}

}  // namespace
}  // namespace caretaker
