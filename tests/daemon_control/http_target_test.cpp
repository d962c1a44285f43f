// SPDX-License-Identifier: MIT
#include "daemon/http_target.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

std::string error_of(std::string_view target) {
  const Result<RequestTarget> parsed = parse_target(target);
  return parsed ? "no error" : parsed.error().message;
}

TEST(ParseTarget, DecodesAfterSplitting) {
  const RequestTarget target = parse_target("/v1/jobs/a%2Fb%3Fc").value();
  EXPECT_EQ(target.segments, (std::vector<std::string>{"v1", "jobs", "a/b?c"}));
  EXPECT_TRUE(target.query.empty());
}

TEST(ParseTarget, KeepsQueryArgumentsInOrderAndRepeatedOnes) {
  EXPECT_EQ(parse_target("/m?label=a%26b%3Dc&since=1+h&label=%2B&flag&=x&&").value().query,
            (Query{{"label", "a&b=c"}, {"since", "1 h"}, {"label", "+"}, {"flag", ""}, {"", "x"}}));
}

TEST(ParseTarget, TakesAPlusInThePathAsItIs) {
  EXPECT_EQ(parse_target("/a+b").value().segments, std::vector<std::string>{"a+b"});
}

TEST(ParseTarget, KeepsEmptySegmentsSoThatTheyMatchNothing) {
  EXPECT_EQ(parse_target("/").value().segments, std::vector<std::string>{""});
  EXPECT_EQ(parse_target("/v1//x/?").value().segments, (std::vector<std::string>{"v1", "", "x", ""}));
}

TEST(ParseTarget, RefusesBadEscapes) {
  EXPECT_EQ(error_of("/a%"), "bad percent escape '%'");
  EXPECT_EQ(error_of("/a%4"), "bad percent escape '%4'");
  EXPECT_EQ(error_of("/a%zz"), "bad percent escape '%zz'");
  EXPECT_EQ(error_of("/a%-1"), "bad percent escape '%-1'");
  EXPECT_EQ(error_of("/a?x=%g0"), "bad percent escape '%g0'");
  EXPECT_EQ(error_of("/a?%f=1"), "bad percent escape '%f'");
}

TEST(ParseTarget, RefusesWhatIsNoText) {
  EXPECT_EQ(error_of("/%ff"), "not valid UTF-8 after percent-decoding");
  EXPECT_EQ(error_of("/a%00b"), "NUL byte");
}

TEST(ParseTarget, RefusesWhatIsNoPath) {
  for (const char* target : {"", "*", "v1", "http://localhost/v1", "?x=1"}) {
    EXPECT_EQ(error_of(target), "the path must begin with '/'") << target;
  }
}

}  // namespace
}  // namespace caretaker
