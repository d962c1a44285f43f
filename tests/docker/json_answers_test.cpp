// SPDX-License-Identifier: MIT
#include "docker/json_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace caretaker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(VersionAnswer, OfDockerAndPodman) {
  const Result<VersionAnswer> docker = parse_version_answer(
      R"({"Platform":{"Name":""},"Components":[{"Name":"Engine","Version":"20.10.24"}],"Version":"20.10.24",
      "ApiVersion":"1.41","MinAPIVersion":"1.12"})");
  ASSERT_TRUE(docker.has_value()) << docker.error().message;
  EXPECT_EQ(docker->kind, EngineKind::docker);
  EXPECT_EQ(docker->version, "20.10.24");
  EXPECT_EQ(docker->api_max, (ApiVersion{1, 41}));
  EXPECT_EQ(docker->api_min, (ApiVersion{1, 12}));
  const Result<VersionAnswer> podman = parse_version_answer(
      R"({"Components":[{"Name":"Podman Engine","Version":"4.3.1"}],"Version":"4.3.1","ApiVersion":"1.41"})");
  ASSERT_TRUE(podman.has_value()) << podman.error().message;
  EXPECT_EQ(podman->kind, EngineKind::podman);
  EXPECT_EQ(podman->api_min, (ApiVersion{1, 0}));
}

TEST(VersionAnswer, IsRefusedWithoutVersionsThatCanBeCompared) {
  for (const char* text :
       {"{}", R"({"ApiVersion":"1"})", R"({"ApiVersion":"1.x"})", R"({"ApiVersion":"1.41.2"})",
        R"({"ApiVersion":"-1.41"})", R"({"ApiVersion":1.41})", R"({"ApiVersion":"1.99999"})",
        R"({"ApiVersion":"1.41","MinAPIVersion":"old"})"}) {
    EXPECT_FALSE(parse_version_answer(text).has_value()) << text;
  }
}

TEST(InfoAnswer, OfAGraphDriverNamesTheEnginesRoot) {
  const Result<EngineInfo> info = parse_info(
      R"({"ID":"ABCD","Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"]],
      "DockerRootDir":"/data/docker","Swarm":{"ControlAvailable":true}})",
      EngineKind::docker);
  ASSERT_TRUE(info.has_value()) << info.error().message;
  EXPECT_EQ(info->id, "ABCD");
  EXPECT_EQ(info->store, ImageStore::graphdriver);
  EXPECT_EQ(info->driver, "overlay2");
  EXPECT_THAT(info->storage_paths, ElementsAre("/data/docker"));
  EXPECT_TRUE(info->swarm_manager);
}

TEST(InfoAnswer, OfTheContainerdStoreNamesContainerdsRootFirst) {
  const auto paths = [](const std::string& containerd) {
    const Result<EngineInfo> info =
        parse_info(R"({"Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],)"
                   R"("DockerRootDir":"/data/docker","Swarm":{"ControlAvailable":false})" +
                       containerd + "}",
                   EngineKind::docker);
    EXPECT_TRUE(info.has_value());
    EXPECT_EQ(info->store, ImageStore::containerd);
    return info->storage_paths;
  };
  EXPECT_THAT(paths(""), ElementsAre("/var/lib/containerd", "/data/docker"));
  EXPECT_THAT(paths(R"(,"Containerd":{"Address":"/run/containerd/containerd.sock"})"),
              ElementsAre("/var/lib/containerd", "/data/docker"));
  EXPECT_THAT(paths(R"(,"Containerd":{"Address":"/var/run/docker/containerd/containerd.sock"})"),
              ElementsAre("/data/docker/containerd/daemon", "/data/docker"));
}

TEST(InfoAnswer, OfPodmanHasNoIdBecauseItChanges) {
  const Result<EngineInfo> info = parse_info(
      R"({"ID":"one-of-many","Driver":"overlay","DriverStatus":[["Using metacopy","false"]],
      "DockerRootDir":"/var/lib/containers/storage","Swarm":{"ControlAvailable":false}})",
      EngineKind::podman);
  ASSERT_TRUE(info.has_value()) << info.error().message;
  EXPECT_EQ(info->id, "");
  EXPECT_EQ(info->store, ImageStore::podman);
  EXPECT_THAT(info->storage_paths, ElementsAre("/var/lib/containers/storage"));
}

TEST(ServiceImages, AreThoseOfNowAndOfARollback) {
  const Result<std::vector<std::string>> images = parse_service_images(
      R"({"ID":"s","Spec":{"TaskTemplate":{"ContainerSpec":{"Image":"app:2@sha256:0"}}},
      "PreviousSpec":{"TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}})");
  ASSERT_TRUE(images.has_value()) << images.error().message;
  EXPECT_THAT(*images, ElementsAre("app:2@sha256:0", "app:1"));
  EXPECT_THAT(*parse_service_images(R"({"ID":"s","Spec":{"TaskTemplate":{"PluginSpec":{}}}})"), IsEmpty());
  EXPECT_FALSE(
      parse_service_images(R"({"Spec":{"TaskTemplate":{"ContainerSpec":{"Image":1}}}})").has_value());
  EXPECT_FALSE(parse_service_images(R"({"Spec":[]})").has_value());
}

TEST(RemovedAnswer, GathersUntaggedAndDeleted) {
  Removed removed;
  EXPECT_TRUE(parse_removed(R"({"Untagged":"app:1"})", removed).has_value());
  EXPECT_TRUE(parse_removed(R"({"Deleted":"sha256:0"})", removed).has_value());
  EXPECT_FALSE(parse_removed(R"({"Deleted":1})", removed).has_value());
  EXPECT_THAT(removed.untagged, ElementsAre("app:1"));
  EXPECT_THAT(removed.deleted, ElementsAre("sha256:0"));
}

TEST(BuildPrunedAnswer, MayHaveNothing) {
  EXPECT_EQ(parse_build_pruned(R"({"CachesDeleted":["a","b"],"SpaceReclaimed":7})")->deleted.size(), 2U);
  EXPECT_EQ(parse_build_pruned(R"({"CachesDeleted":null,"SpaceReclaimed":0})")->reclaimed_bytes, 0U);
  EXPECT_FALSE(parse_build_pruned(R"({"CachesDeleted":"a"})").has_value());
}

TEST(PullStepAnswer, KnowsErrorsOfOldAndNewEngines) {
  EXPECT_EQ(parse_pull_step(R"({"errorDetail":{"code":1,"message":"no space"},"error":"old words"})")->error,
            "no space");
  EXPECT_EQ(parse_pull_step(R"({"errorDetail":{"message":"no space"}})")->error, "no space");
  EXPECT_EQ(parse_pull_step(R"({"error":"no space"})")->error, "no space");
  EXPECT_EQ(parse_pull_step(R"({"errorDetail":{}})")->error, "unknown error");
  const Result<PullStep> step =
      parse_pull_step(R"({"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"0a"})");
  EXPECT_EQ(step->status, "Downloading");
  EXPECT_EQ(step->object, "0a");
  EXPECT_EQ(step->error, "");
}

TEST(RemovedAnswer, GivesPodmansBareIdsTheirPrefix) {
  const std::string hex(64, 'a');
  Removed removed;
  EXPECT_TRUE(parse_removed(R"({"Deleted":")" + hex + "\"}", removed).has_value());
  EXPECT_THAT(removed.deleted, ElementsAre("sha256:" + hex));
}

TEST(EventAnswer, OfApi141AndOf152) {
  const Result<EngineEvent> old = parse_event(
      R"({"status":"start","id":"c1","from":"nginx","Type":"container","Action":"start","Actor":{"ID":"c1",
      "Attributes":{"image":"nginx","name":"web"}},"scope":"local","time":1700000000,"timeNano":1700000000123456789})");
  ASSERT_TRUE(old.has_value()) << old.error().message;
  EXPECT_EQ(old->type, "container");
  EXPECT_EQ(old->action, "start");
  EXPECT_EQ(old->actor_id, "c1");
  EXPECT_EQ(old->time_ns, 1'700'000'000'123'456'789);
  EXPECT_THAT(old->attributes, Contains(Pair("image", "nginx")));
  const Result<EngineEvent> now = parse_event(
      R"({"Type":"image","Action":"untag","Actor":{"ID":"sha256:0","Attributes":null},"scope":"local","time":7})");
  ASSERT_TRUE(now.has_value()) << now.error().message;
  EXPECT_EQ(now->time_ns, 7'000'000'000);
  EXPECT_THAT(now->attributes, IsEmpty());
}

TEST(EventAnswer, LosesTheTailOfItsAction) {
  EXPECT_EQ(parse_event(R"({"Type":"container","Action":"exec_create: /bin/sh -c x:y"})")->action,
            "exec_create");
  EXPECT_EQ(parse_event(R"({"Type":"container","Action":"health_status: healthy"})")->action,
            "health_status");
}

TEST(EventAnswer, OfPodmanIsTranslated) {
  const auto event = [](const char* text) { return parse_event(text).value_or(EngineEvent{}); };
  EXPECT_EQ(event(R"({"Type":"container","Action":"remove","Actor":{"ID":"c1"}})").action, "destroy");
  EXPECT_EQ(event(R"({"Type":"container","Action":"died","Actor":{"ID":"c1"}})").action, "die");
  EXPECT_EQ(event(R"({"Type":"image","Action":"remove","Actor":{"ID":"i1"}})").action, "delete");
  const std::string hex(64, 'a');
  const std::string actor = R"(","Action":"create","Actor":{"ID":")" + hex + "\"}}";
  EXPECT_EQ(event((R"({"Type":"image)" + actor).c_str()).actor_id, "sha256:" + hex);
  EXPECT_EQ(event((R"({"Type":"container)" + actor).c_str()).actor_id, hex);
  const EngineEvent volume =
      event(R"({"Type":"volume","Action":"remove","Actor":{"ID":"","Attributes":{"name":"data"}}})");
  EXPECT_EQ(volume.action, "destroy");
  EXPECT_EQ(volume.actor_id, "data");
  EXPECT_EQ(
      event(R"({"Type":"image","Action":"pull","Actor":{"ID":"","Attributes":{"name":"app:1"}}})").actor_id,
      "app:1");
}

TEST(EventAnswer, KeepsAbsurdTimesWithinRange) {
  EXPECT_EQ(parse_event(R"({"Type":"image","time":9223372036854775807})")->time_ns, 0);
  EXPECT_EQ(parse_event(R"({"Type":"image","time":-9223372036854775807})")->time_ns, 0);
  EXPECT_FALSE(parse_event(R"({"Type":"image","Actor":[]})").has_value());
  EXPECT_FALSE(parse_event(R"({"Action":"pull"})").has_value());
}

TEST(ErrorBodyAnswer, TellsTheEnginesWordsFromAProxys) {
  EXPECT_EQ(parse_error_body(R"({"message":"no such image"})").message, "no such image");
  EXPECT_TRUE(parse_error_body(R"({"cause":"x","message":"y","response":500})").from_engine);
  EXPECT_EQ(parse_error_body(" <html>403</html>\n").message, "<html>403</html>");
  EXPECT_FALSE(parse_error_body("<html>").from_engine);
  EXPECT_FALSE(parse_error_body("{}").from_engine);
  EXPECT_FALSE(parse_error_body("").from_engine);
}

}  // namespace
}  // namespace caretaker
