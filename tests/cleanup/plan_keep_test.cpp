// SPDX-License-Identifier: MIT
// [cleanup] keep and keep_labels.
#include <gtest/gtest.h>

#include "cleanup/plan_world.h"

namespace caretaker {
namespace {

using std::chrono::days;

struct Keep : testing::Test {
  Keep() {
    world.moment.wanted_bytes = PlanMoment::everything;
    world.policy.docker.volumes = VolumePolicy::all;
  }
  // The reason of an image with this tag when `glob` is kept.
  Reason image_with(const std::string& glob, const std::string& tag) {
    World each = world;
    each.policy.cleanup.keep = {"unrelated-*", glob};
    each.add_image("a1", {tag}).digests = {"app@" + image_id("d1")};
    const Verdict verdict = each.image_verdict("a1");
    EXPECT_EQ(verdict.rule, verdict.reason == Reason::keep_rule ? glob : "");
    return verdict.reason;
  }
  World world;
};

TEST_F(Keep, AGlobMatchesTheWholeOfAName) {
  EXPECT_EQ(image_with("app:1", "app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("app:*", "app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("*:1", "app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("a?p:[0-9]", "app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("*", "app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("app:", "app:1"), Reason::least_recently_used);
  EXPECT_EQ(image_with("pp:1", "app:1"), Reason::least_recently_used);
  EXPECT_EQ(image_with("App:1", "app:1"), Reason::least_recently_used);
}

TEST_F(Keep, ARepositoryMeansAllOfIt) {
  EXPECT_EQ(image_with("postgres", "postgres:16"), Reason::keep_rule);
  EXPECT_EQ(image_with("ci/*-base", "ci/app-base:7"), Reason::keep_rule);
  EXPECT_EQ(image_with("postgres", "postgres-exporter:1"), Reason::least_recently_used);
}

TEST_F(Keep, TheRegistryThatPeopleLeaveOutMayBeThereOrNot) {
  EXPECT_EQ(image_with("nginx:1", "docker.io/library/nginx:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("owner/app:1", "docker.io/owner/app:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("mine:*", "localhost/mine:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("docker.io/library/nginx:*", "nginx:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("docker.io/library/nginx:*", "docker.io/library/nginx:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("nginx:1", "ghcr.io/nginx:1"), Reason::least_recently_used);
}

TEST_F(Keep, DigestsAndIdsAreNamesToo) {
  EXPECT_EQ(image_with("app@" + image_id("d1"), "x:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("*@sha256:d1*", "x:1"), Reason::keep_rule);
  EXPECT_EQ(image_with(image_id("a1"), "x:1"), Reason::keep_rule);
  EXPECT_EQ(image_with("a1000*", "x:1"), Reason::keep_rule);
}

TEST_F(Keep, AnyTagOfAnImageKeepsAllOfIt) {
  world.policy.cleanup.keep = {"prod-*"};
  world.add_image("a1", {"app:1", "prod-app:1"});
  const Verdict verdict = world.image_verdict("a1");
  EXPECT_EQ(verdict.reason, Reason::keep_rule);
  EXPECT_EQ(verdict.explanation, "prod-app:1 matches [cleanup] keep = prod-*");
}

TEST_F(Keep, AnUntaggedImageIsKeptByItsLabel) {
  world.add_image("a1", {}).labels = {{"caretaker.keep", "true"}};
  EXPECT_EQ(world.image_reason("a1"), Reason::keep_label);
  EXPECT_EQ(world.image_verdict("a1").explanation,
            "it has a label of [cleanup] keep_labels = caretaker.keep");
}

TEST_F(Keep, LabelsMatchByAnyValueButFalseOrByTheirOwn) {
  const auto reason = [this](const std::string& rule, const Labels& labels) {
    World each = world;
    each.policy.cleanup.keep_labels = {rule};
    each.add_image("a1", {}).labels = labels;
    return each.image_reason("a1");
  };
  EXPECT_EQ(reason("keep", {{"keep", ""}}), Reason::keep_label);
  EXPECT_EQ(reason("keep", {{"keep", "no"}}), Reason::keep_label);
  EXPECT_EQ(reason("keep", {{"keep", "false"}}), Reason::dangling);
  EXPECT_EQ(reason("keep", {{"keeper", "true"}}), Reason::dangling);
  EXPECT_EQ(reason("tier=gold", {{"tier", "gold"}}), Reason::keep_label);
  EXPECT_EQ(reason("tier=gold", {{"tier", "silver"}}), Reason::dangling);
  EXPECT_EQ(reason("tier=false", {{"tier", "false"}}), Reason::keep_label);
  EXPECT_EQ(reason("tier=", {{"tier", ""}}), Reason::keep_label);
  EXPECT_EQ(reason("tier=", {{"tier", "gold"}}), Reason::dangling);
  EXPECT_EQ(reason("a=b=c", {{"a", "b=c"}}), Reason::keep_label);
}

TEST_F(Keep, VolumesContainersAndNetworksByNameAndLabel) {
  world.policy.cleanup.keep = {"prod-*"};
  world.add_volume("prod-db", false);
  world.add_volume("other-db", false).labels = {{"caretaker.keep", "1"}};
  world.add_network("prod-net");
  world.add_network("other-net").labels = {{"caretaker.keep", "1"}};
  for (const char* name : {"prod-batch", "other-batch"}) {
    Container& container = world.add_container(name, "x");
    container.state = "exited";
    container.finished_ms = world.ago(days(30));
    if (container.name == "other-batch") container.labels = {{"caretaker.keep", "1"}};
  }
  EXPECT_EQ(world.verdict(ObjectKind::volume, "prod-db").reason, Reason::keep_rule);
  EXPECT_EQ(world.verdict(ObjectKind::volume, "other-db").reason, Reason::keep_label);
  EXPECT_EQ(world.verdict(ObjectKind::network, "prod-net-id").reason, Reason::keep_rule);
  EXPECT_EQ(world.verdict(ObjectKind::network, "other-net-id").reason, Reason::keep_label);
  EXPECT_EQ(world.verdict(ObjectKind::container, "prod-batch-id").reason, Reason::keep_rule);
  EXPECT_EQ(world.verdict(ObjectKind::container, "other-batch-id").reason, Reason::keep_label);
  EXPECT_TRUE(world.plan().actions.empty());
}

TEST_F(Keep, TheCacheOfBuildxStaysWithoutAnyRule) {
  world.add_volume("buildx_buildkit_default0_state", false);
  const Verdict verdict = world.verdict(ObjectKind::volume, "buildx_buildkit_default0_state");
  EXPECT_EQ(verdict.reason, Reason::keep_rule);
  EXPECT_EQ(verdict.rule, "built in: buildx keeps its cache in it");
}

}  // namespace
}  // namespace caretaker
