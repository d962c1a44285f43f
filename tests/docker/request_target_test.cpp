// SPDX-License-Identifier: MIT
#include "docker/request_target.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

TEST(RequestTarget, EncodesAllBytesThatCouldMeanSomethingElse) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("ghcr.io/a b:1@x+%", "/:@"), "ghcr.io/a%20b:1@x%2B%25");
  EXPECT_EQ(percent_encode(std::string_view("\0\n\xC3\xA9", 4)), "%00%0A%C3%A9");
}

TEST(RequestTarget, DecodesWhatItEncodes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_decode("%2f%2F"), "//");
}

TEST(RequestTarget, RefusesCutOrWrongEscapes) {
  for (const char* text : {"%", "a%2", "%G0", "%0G", "%%20"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(RequestTarget, MakesQueries) {
  EXPECT_EQ(to_query({}), "");
  EXPECT_EQ(to_query({{"all", "1"}, {"filters", "{\"a\":1}"}}), "?all=1&filters=%7B%22a%22%3A1%7D");
}

TEST(RequestTarget, TakesOffAnApiVersionOnly) {
  EXPECT_EQ(without_api_version("/v1.41/info"), "/info");
  EXPECT_EQ(without_api_version("/v4.0.0/libpod/info"), "/libpod/info");
  for (const char* path :
       {"/info", "/v1/info", "/v1./info", "/v.1/info", "/v1.4a/info", "/volumes/1.2", "/v1.41"}) {
    EXPECT_EQ(without_api_version(path), path);
  }
}

TEST(RequestTarget, KnowsNamesThatCanBeReadInOneWay) {
  for (const char* name : {"a", "nginx:1.25", "ghcr.io/owner/app@sha256:0a", "localhost:5000/x", "...",
                           "a..b", "caf\xC3\xA9", "a+b", "sha256:0123"}) {
    EXPECT_TRUE(is_plain_name(name)) << name;
  }
  for (const char* name :
       {"",     ".",    "..",    "/",     "a/",   "/a",  "a//b", "a/../b", "a/./b", "../a", "a b",
        "a\tb", "a\nb", "a\x7F", "a%2Fb", "a\\b", "a?b", "a#b",  "a;b",    "\xFF",  "\xC3"}) {
    EXPECT_FALSE(is_plain_name(name)) << name;
  }
  EXPECT_FALSE(is_plain_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace caretaker
