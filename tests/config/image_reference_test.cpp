// SPDX-License-Identifier: MIT
#include "config/image_reference.h"

#include <gmock/gmock.h>

namespace caretaker {
namespace {

using std::string;

const string digest = "sha256:" + string(64, 'a');

string reading(std::string_view text) {
  const auto reference = parse_image_reference(text);
  return reference ? reference->repository + "|" + reference->tag + "|" + reference->digest
                   : "! " + reference.error().message;
}

TEST(ImageReference, WithoutTagMeansLatestAndNeverAllTags) {
  EXPECT_EQ(reading("ubuntu"), "ubuntu|latest|");
  EXPECT_EQ(reading("localhost:5000/app"), "localhost:5000/app|latest|");
}

TEST(ImageReference, MayHaveRegistryTagAndDigest) {
  EXPECT_EQ(reading("nginx:1.25"), "nginx|1.25|");
  EXPECT_EQ(reading("ghcr.io/owner/app_1__x-y:V1.2_b"), "ghcr.io/owner/app_1__x-y|V1.2_b|");
  EXPECT_EQ(reading("[fd00::1]:5000/app:1"), "[fd00::1]:5000/app|1|");
  EXPECT_EQ(reading("app@" + digest), "app||" + digest);
  EXPECT_EQ(reading("app:1@" + digest), "app|1|" + digest);
}

TEST(ImageReference, MistakesAreNamed) {
  for (const char* name :
       {"Ubuntu", "a//b", "a_", "a___b", "a..b", "-a", "a b", "host:port/a", "https://x/y", "a/"}) {
    EXPECT_THAT(reading(name), testing::StartsWith("! is not an image's name")) << name;
  }
  EXPECT_EQ(reading(""), "! names no image");
  EXPECT_EQ(reading(":1"), "! names no image");
  for (const string& tag : {string("a:"), string("a:.x"), string("a:b/c:d e"), "a:" + string(129, 'x')}) {
    EXPECT_THAT(reading(tag), testing::StartsWith("! has a tag")) << tag;
  }
  for (const string& bad :
       {string("a@"), string("a@sha256:12"), "a@md5:" + string(64, 'a'), "a@sha256:" + string(64, 'A')}) {
    EXPECT_THAT(reading(bad), testing::StartsWith("! has no digest")) << bad;
  }
}

TEST(ImageReference, IsShownAsTheEngineTakesIt) {
  EXPECT_EQ(to_string(ImageReference{"nginx", "1.25", ""}), "nginx:1.25");
  EXPECT_EQ(to_string(ImageReference{"nginx", "1.25", digest}), "nginx@" + digest);
}

}  // namespace
}  // namespace caretaker
