// SPDX-License-Identifier: MIT
#include "config/value_type.h"

#include <gmock/gmock.h>

#include <array>

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using std::string;
using testing::ElementsAre;

// The error's text, or what the target holds then.
template <class Value>
string reading(const ValueType& type, std::string_view text) {
  Value value{};
  const auto done = set_value(type, text, &value);
  return done ? format_value(type, &value) : "! " + done.error().message;
}

TEST(ValueType, ReadsTextWithinItsLength) {
  EXPECT_EQ(reading<string>(TextType{5}, "hallo"), "hallo");
  EXPECT_EQ(reading<string>(TextType{5}, "hallo!"), "! is longer than 5 bytes");
  EXPECT_EQ(reading<string>(TextType{5}, ""), "! is empty");
  EXPECT_EQ(reading<string>(TextType{5, true}, ""), "");
  EXPECT_EQ(reading<string>(TextType{9}, "\"hallo\""), "! is in quotes: write it without them");
  EXPECT_EQ(reading<string>(TextType{9}, "ab # cd"),
            "! has a comment behind the value: write comments on lines of their own");
  EXPECT_EQ(reading<string>(TextType{9}, "ab#cd"), "ab#cd");
}

TEST(ValueType, ReadsAbsolutePaths) {
  EXPECT_EQ(reading<string>(PathType{9}, "/a/b"), "/a/b");
  EXPECT_EQ(reading<string>(PathType{9}, "a/b"), "! is not an absolute path: it must begin with '/'");
  EXPECT_EQ(reading<string>(PathType{3}, "/a/b"), "! is longer than 3 bytes");
  EXPECT_EQ(reading<string>(PathType{3}, ""), "! is empty");
  EXPECT_EQ(reading<string>(PathType{3, true}, ""), "");
}

TEST(ValueType, ReadsBools) {
  for (const char* yes : {"true", "yes", "on", "1"}) EXPECT_EQ(reading<bool>(BoolType{}, yes), "true") << yes;
  bool value = true;
  for (const char* no : {"false", "no", "off", "0"}) {
    value = true;
    EXPECT_TRUE(set_value(BoolType{}, no, &value));
    EXPECT_FALSE(value) << no;
  }
  for (const char* bad : {"", "True", "2", "t"}) {
    EXPECT_EQ(reading<bool>(BoolType{}, bad), "! is neither true nor false") << bad;
  }
}

TEST(ValueType, ReadsIntegersWithinTheirRange) {
  EXPECT_EQ(reading<std::uint16_t>(IntegerType{1, 65535}, "65535"), "65535");
  EXPECT_EQ(reading<int>(IntegerType{-3, 3}, "-3"), "-3");
  EXPECT_EQ(reading<int>(IntegerType{1, 3}, "4"), "! is out of range: 1 to 3");
  EXPECT_EQ(reading<int>(IntegerType{1, 3}, "0"), "! is out of range: 1 to 3");
  for (const char* bad : {"", "1.5", "1x", "99999999999999999999"}) {
    EXPECT_EQ(reading<int>(IntegerType{1, 3}, bad), "! is not a whole number") << bad;
  }
}

TEST(ValueType, ReadsDurationsWithinTheirRange) {
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h}, "90m"), "90m");
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h}, "5"), "5s");
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h}, "0"), "! is out of range: 1s to 1d");
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h, true}, "25h"), "! is out of range: 1s to 1d, or 0s");
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h, true}, "0"), "0s");
  EXPECT_EQ(reading<milliseconds>(DurationType{1s, 24h}, "5 min"),
            "! is not a duration such as 500ms, 5s, 10m, 1h or 7d");
}

TEST(ValueType, ReadsSizesWithinTheirRange) {
  EXPECT_EQ(reading<std::uint64_t>(BytesType{1024, 4096}, "4K"), "4K");
  EXPECT_EQ(reading<std::uint64_t>(BytesType{1024, 4096}, "4097"), "! is out of range: 1K to 4K");
  EXPECT_EQ(reading<std::uint64_t>(BytesType{1024, 4096}, "lots"),
            "! is not a size such as 4096, 64K, 512M or 10G");
}

TEST(ValueType, ReadsTheWordsOfAnEnum) {
  static constexpr std::array<std::string_view, 5> words = {"off", "preferred", "required", "verify-ca",
                                                            "verify-identity"};
  TlsMode mode{};
  ASSERT_TRUE(set_value(ChoiceType{words}, "verify-identity", &mode));
  EXPECT_EQ(mode, TlsMode::verify_identity);
  EXPECT_EQ(reading<TlsMode>(ChoiceType{words}, "requird"),
            "! is not one of 'off', 'preferred', 'required', 'verify-ca' or 'verify-identity' (did you mean "
            "'required'?)");
  EXPECT_EQ(reading<TlsMode>(ChoiceType{words}, ""),
            "! is not one of 'off', 'preferred', 'required', 'verify-ca' or 'verify-identity'");
}

TEST(ValueType, ReadsListsLineByLine) {
  std::vector<string> list = {"default"};
  ASSERT_TRUE(set_value(GlobsType{}, "ram*, loop*", &list));
  ASSERT_TRUE(append_values(GlobsType{}, "sr* 'a b'", &list));
  EXPECT_THAT(list, ElementsAre("ram*", "loop*", "sr*", "a b"));
  EXPECT_FALSE(append_values(GlobsType{}, "'x", &list));
  EXPECT_FALSE(set_value(GlobsType{}, "'x", &list));
  EXPECT_EQ(list.size(), 4U);
  ASSERT_TRUE(set_value(GlobsType{}, "", &list));
  EXPECT_TRUE(list.empty());
}

TEST(ValueType, ReadsHostsAndNamesTheWrongOne) {
  std::vector<string> hosts;
  ASSERT_TRUE(set_value(HostsType{3}, "db1:3306, [::1]", &hosts));
  EXPECT_FALSE(append_values(HostsType{3}, "db3 db4", &hosts));
  EXPECT_EQ(append_values(HostsType{3}, "db3:0", &hosts).error().message,
            "item 3 has a port that is no whole number from 1 to 65535");
  EXPECT_EQ(format_value(HostsType{3}, &hosts), "db1:3306 [::1]");
  ASSERT_TRUE(set_value(HostsType{3}, "", &hosts));
  EXPECT_TRUE(hosts.empty());
}

TEST(ValueType, ReadsCommandsWithTheirCommas) {
  std::vector<string> argv;
  ASSERT_TRUE(set_value(CommandType{}, "ps -o 'pid,rss' x,y", &argv));
  EXPECT_THAT(argv, ElementsAre("ps", "-o", "pid,rss", "x,y"));
}

TEST(ValueType, ReadsEnvironmentsOfNamesAndValues) {
  std::vector<string> environment;
  ASSERT_TRUE(set_value(EnvironmentType{}, "A=1,2 _b2= 'C=x y=z'", &environment));
  EXPECT_THAT(environment, ElementsAre("A=1,2", "_b2=", "C=x y=z"));
  for (const char* bad : {"A", "=1", "1A=2", "A-B=1", "A=x y"}) {
    EXPECT_EQ(reading<std::vector<string>>(EnvironmentType{}, bad),
              "! has an item that is not NAME=value (a value with blanks in it needs quotes)")
        << bad;
  }
}

TEST(ValueType, TakesSecretsAsTheyAreAndNeverShowsThem) {
  Secret secret;
  ASSERT_TRUE(set_value(SecretType{}, "\"a # b'", &secret));
  EXPECT_EQ(secret.reveal(), "\"a # b'");
  EXPECT_EQ(format_value(SecretType{}, &secret), "");
}

TEST(ValueType, KnowsWhichValuesAreLists) {
  EXPECT_TRUE(is_list(GlobsType{}));
  EXPECT_TRUE(is_list(CommandType{}));
  EXPECT_TRUE(is_list(HostsType{1}));
  EXPECT_TRUE(is_list(EnvironmentType{}));
  EXPECT_FALSE(is_list(TextType{9}));
  EXPECT_FALSE(is_list(SecretType{}));
}

}  // namespace
}  // namespace caretaker
