// SPDX-License-Identifier: MIT
#include "cleanup/image_index.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

const std::string hex_a = "abc123" + std::string(58, '0');
const std::string hex_b = "abc124" + std::string(58, '0');
const std::string digest = "sha256:" + std::string(64, 'd');

ImageIndex names() {
  ImageIndex names;
  names.add(
      {.id = "sha256:" + hex_a, .tags = {"nginx:1.25", "nginx:latest"}, .digests = {"nginx@" + digest}});
  names.add({.id = "sha256:" + hex_b, .tags = {"registry:5000/team/app:2"}});
  return names;
}

// The id without its prefix; empty: not found.
std::string found(const ImageIndex& names, const std::string& text) {
  const std::string* id = names.find(text);
  return id == nullptr ? "" : id->substr(7);
}

TEST(ImageIndex, FindsWhatPeopleType) {
  for (const char* text :
       {"nginx", "nginx:1.25", "nginx:latest", "docker.io/nginx", "library/nginx",
        "docker.io/library/nginx:1.25", "index.docker.io/library/nginx", "abc123", "sha256:abc123"}) {
    EXPECT_EQ(found(names(), text), hex_a) << text;
  }
  EXPECT_EQ(found(names(), hex_a), hex_a);
  EXPECT_EQ(found(names(), "sha256:" + hex_b), hex_b);
  EXPECT_EQ(found(names(), "registry:5000/team/app:2"), hex_b);
}

TEST(ImageIndex, FindsDigests) {
  EXPECT_EQ(found(names(), "nginx@" + digest), hex_a);
  EXPECT_EQ(found(names(), "docker.io/library/nginx@" + digest), hex_a);
  EXPECT_EQ(found(names(), "nginx:1.25@" + digest), hex_a);
  // As with containerd, where the id is a digest.
  EXPECT_EQ(found(names(), "nginx@sha256:" + hex_b), hex_b);
  EXPECT_EQ(found(names(), "nginx:1.25@sha256:" + std::string(64, 'e')), hex_a);
}

TEST(ImageIndex, FindsPodmansFullNames) {
  ImageIndex names;
  names.add({.id = "sha256:" + hex_a, .tags = {"docker.io/library/nginx:latest"}});
  EXPECT_EQ(found(names, "docker.io/library/nginx:latest"), hex_a);
  EXPECT_EQ(found(names, "nginx"), hex_a);
  names.add({.id = "sha256:" + hex_b, .tags = {"localhost/app:latest"}});
  EXPECT_EQ(found(names, "app"), hex_b);
  EXPECT_EQ(found(names, "localhost/app"), hex_b);
}

TEST(ImageIndex, DoesNotGuess) {
  for (const char* text :
       {"", "@", "sha256:", "abc12", "abc", "nginx:1.26", "app:2", "zzz", "ABC123", "other/nginx"}) {
    EXPECT_EQ(found(names(), text), "") << text;
  }
}

TEST(ImageIndex, ATagIsBeforeTheBeginningOfAnId) {
  ImageIndex names;
  names.add({.id = "sha256:" + hex_a});
  names.add({.id = "sha256:" + hex_b, .tags = {"abc123:latest"}});
  EXPECT_EQ(found(names, "abc123"), hex_b);
}

TEST(ImageIndex, TagsMove) {
  ImageIndex moved = names();
  moved.point("nginx:latest", "sha256:" + hex_b);
  EXPECT_EQ(found(moved, "nginx"), hex_b);
  EXPECT_EQ(found(moved, "nginx:1.25"), hex_a);
}

}  // namespace
}  // namespace caretaker
