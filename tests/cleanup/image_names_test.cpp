// SPDX-License-Identifier: MIT
#include "cleanup/image_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cleanup/plan.h"
#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CanonicalReference, IsWhatTheEngineLists) {
  const std::string digest = image_id("12");
  EXPECT_EQ(canonical_reference("ubuntu"), "ubuntu:latest");
  EXPECT_EQ(canonical_reference("ubuntu:22.04"), "ubuntu:22.04");
  EXPECT_EQ(canonical_reference("library/ubuntu"), "ubuntu:latest");
  EXPECT_EQ(canonical_reference("docker.io/ubuntu"), "ubuntu:latest");
  EXPECT_EQ(canonical_reference("docker.io/library/ubuntu"), "ubuntu:latest");
  EXPECT_EQ(canonical_reference("index.docker.io/library/ubuntu:1"), "ubuntu:1");
  EXPECT_EQ(canonical_reference("docker.io/owner/app"), "owner/app:latest");
  EXPECT_EQ(canonical_reference("library/owner/app"), "library/owner/app:latest");
  EXPECT_EQ(canonical_reference("registry:5000/library/app"), "registry:5000/library/app:latest");
  EXPECT_EQ(canonical_reference("localhost/app:1"), "localhost/app:1");
  EXPECT_EQ(canonical_reference("docker.io/library/app@" + digest), "app@" + digest);
  EXPECT_EQ(canonical_reference("app:1@" + digest), "app@" + digest);
}

TEST(CanonicalReference, LeavesWhatIsNoReference) {
  EXPECT_EQ(canonical_reference(image_id("3f2a")), image_id("3f2a"));
  EXPECT_EQ(canonical_reference(image_id("3f2a").substr(7)), image_id("3f2a").substr(7));
  EXPECT_EQ(canonical_reference("sha256:3f2a1b"), "sha256:3f2a1b");
  EXPECT_EQ(canonical_reference(""), "");
  EXPECT_EQ(canonical_reference("Not A Reference"), "Not A Reference");
}

TEST(ImageNames, TakeTagAndDigestApart) {
  const ImageName name = parse_image_name("docker.io/library/nginx:1.25@" + image_id("9"));
  EXPECT_EQ(name.reference, "nginx:1.25");
  EXPECT_EQ(name.repository, "nginx");
  EXPECT_EQ(name.digest, image_id("9"));
  EXPECT_EQ(parse_image_name("registry:5000/app").reference, "registry:5000/app:latest");
  EXPECT_EQ(parse_image_name("nginx@" + image_id("9")).reference, "");
  EXPECT_EQ(parse_image_name(image_id("9")).repository, "");
  EXPECT_EQ(parse_image_name("").reference, "");
}

TEST(ImageNames, KnowIdsFromWordsOfHexDigits) {
  EXPECT_EQ(id_digits("sha256:3f2a"), "3f2a");
  EXPECT_EQ(id_digits("cafe"), "");
  EXPECT_EQ(id_prefix("cafe"), "cafe");
  EXPECT_EQ(id_prefix("nginx"), "");
  EXPECT_EQ(id_prefix("cafe:1"), "");
  EXPECT_EQ(id_prefix(""), "");
  EXPECT_EQ(id_prefix(std::string(65, 'a')), "");
}

TEST(ImageNames, RepositoriesComeOnceAndFromDigestsToo) {
  Image image;
  EXPECT_THAT(image_repositories(image), IsEmpty());
  image.tags = {"nginx:1", "nginx:2", "docker.io/library/nginx:3", "app:1"};
  image.digests = {"app@" + image_id("1"), "mirror:5000/nginx@" + image_id("2")};
  EXPECT_THAT(image_repositories(image), ElementsAre("app", "mirror:5000/nginx", "nginx"));
}

}  // namespace
}  // namespace caretaker
