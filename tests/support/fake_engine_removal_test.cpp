// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "support/fake_engine_fixture.h"

// Deletions and prunes, and their refusals.
namespace caretaker {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(FakeEngineRemoval, ATagGoesAndTheLastOneTakesTheImage) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1", "app:2"});
  docker.engine.put(image);
  EXPECT_EQ(docker.remove("/images/app:1"), "200 [{\"Untagged\":\"app:1\"}]\n");
  EXPECT_EQ(docker.engine.images()[0].tags, std::vector<std::string>{"app:2"});
  EXPECT_EQ(docker.remove("/images/app:2?noprune=1"),
            "200 [{\"Untagged\":\"app:2\"},{\"Deleted\":\"" + image.id + "\"}]\n");
  EXPECT_TRUE(docker.engine.images().empty());
  EXPECT_EQ(docker.remove("/images/app:2"), "404 No such image: app:2");
}

TEST(FakeEngineRemoval, ByIdOnlyWithoutSeveralTags) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1", "other:1"});
  docker.engine.put(image);
  EXPECT_EQ(docker.remove("/images/" + image.id),
            "409 conflict: unable to delete a00000000001 (must be forced) - image is referenced in multiple "
            "repositories");
  EXPECT_THAT(docker.remove("/images/other:1"), StartsWith("200"));
  EXPECT_THAT(docker.remove("/images/" + image.id), StartsWith("200"));
  EXPECT_TRUE(docker.engine.images().empty());
}

TEST(FakeEngineRemoval, NotWhileAContainerUsesIt) {
  for (const FakeEngineOptions& options : {FakeEngineOptions{}, graphdriver_options()}) {
    AskedEngine docker(options);
    const Image image = fake_image(1, {"app:1"});
    docker.engine.put(image);
    docker.engine.put(fake_container(1, image, "running"));
    EXPECT_EQ(
        docker.remove("/images/" + image.id),
        "409 conflict: unable to delete a00000000001 (cannot be forced) - image is being used by running "
        "container c00000000001");
    docker.engine.put(fake_container(1, image, "exited"));
    EXPECT_EQ(docker.remove("/images/" + image.id),
              "409 conflict: unable to delete a00000000001 (must be forced) - image is being used by stopped "
              "container c00000000001");
    const bool graphdriver = options.store == ImageStore::graphdriver;
    EXPECT_EQ(docker.remove("/images/app:1"),
              graphdriver
                  ? "409 conflict: unable to remove repository reference \"app:1\" (must force) - "
                    "container c00000000001 is using its referenced image a00000000001"
                  : "409 conflict: unable to delete app:1 (must be forced) - container c00000000001 is "
                    "using its referenced image a00000000001");
    EXPECT_EQ(docker.engine.images().size(), 1U);
  }
}

TEST(FakeEngineRemoval, NotWhileItHasChildrenOnAGraphdriver) {
  AskedEngine docker(graphdriver_options());
  const Image parent = fake_image(1, {});
  Image child = fake_image(2, {"app:1"});
  child.parent_id = parent.id;
  docker.engine.put(parent);
  docker.engine.put(child);
  EXPECT_EQ(
      docker.remove("/images/" + parent.id),
      "409 conflict: unable to delete a00000000001 (cannot be forced) - image has dependent child images");
  EXPECT_THAT(docker.remove("/images/app:1?noprune=1"), StartsWith("200"));
  EXPECT_EQ(docker.engine.images().size(), 1U) << "noprune keeps the parent";
  docker.engine.put(child);
  EXPECT_THAT(docker.remove("/images/app:1"), HasSubstr(parent.id));
  EXPECT_TRUE(docker.engine.images().empty());
}

TEST(FakeEngineRemoval, DigestsGoWithTheLastTagOfTheirRepository) {
  AskedEngine docker(graphdriver_options());
  const Image image = fake_image(1, {"app:1", "other:1"});
  docker.engine.put(image);
  EXPECT_THAT(docker.remove("/images/app:1"), HasSubstr("app@sha256:d"));
  EXPECT_EQ(docker.engine.images()[0].digests, std::vector<std::string>{image.digests[1]});
}

TEST(FakeEngineRemoval, ContainersVolumesAndNetworksThatAreNotInUse) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1"});
  Container container = fake_container(1, image, "running");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  container.networks = {"front"};
  docker.engine.put(Volume{.name = "data", .driver = "local"});
  docker.engine.put(Network{.id = "net1", .name = "front", .driver = "bridge"});
  docker.engine.put(Network{.id = "net0", .name = "bridge", .driver = "bridge", .predefined = true});
  docker.engine.put(container);
  EXPECT_THAT(docker.remove("/containers/container-1"),
              StartsWith("409 cannot remove container \"/container-1\""));
  EXPECT_EQ(docker.remove("/volumes/data"), "409 remove data: volume is in use - [" + container.id + "]");
  EXPECT_THAT(docker.remove("/networks/net1"), StartsWith("403 error while removing network"));
  EXPECT_EQ(docker.remove("/networks/net0"), "403 bridge is a pre-defined network and cannot be removed");
  docker.engine.put(fake_container(1, image, "exited"));
  EXPECT_EQ(docker.remove("/containers/" + container.id + "?v=0"), "204 ");
  EXPECT_EQ(docker.remove("/volumes/data"), "204 ");
  EXPECT_EQ(docker.remove("/networks/net1"), "204 ");
  EXPECT_EQ(docker.remove("/containers/" + container.id), "404 No such container: " + container.id);
  EXPECT_EQ(docker.remove("/volumes/data"), "404 get data: no such volume");
  EXPECT_EQ(docker.remove("/networks/net1"), "404 network net1 not found");
  EXPECT_EQ(docker.engine.networks().size(), 1U);
}

TEST(FakeEngineRemoval, PodmanSaysItInItsWay) {
  AskedEngine podman(podman_options());
  const Image image = fake_image(1, {"docker.io/library/app:1", "docker.io/library/app:2"});
  podman.engine.put(image);
  EXPECT_THAT(podman.remove("/images/" + image.id), StartsWith("500 unable to delete image"));
  EXPECT_THAT(podman.remove("/images/docker.io/library/app:2"), HasSubstr("Untagged"));
  podman.engine.put(fake_container(1, image, "exited"));
  const RawAnswer used = podman.ask("DELETE", "/images/" + image.id);
  EXPECT_EQ(used.status, 409);
  EXPECT_EQ(json::parse(used.body)["cause"], "image is in use by a container");
  EXPECT_THAT(podman.remove("/containers/container-1"), StartsWith("204"));
  const json records = json::parse(podman.ask("DELETE", "/images/" + image.id).body);
  EXPECT_EQ(records[0]["Deleted"], image.id.substr(7));
  EXPECT_EQ(records[1]["Untagged"], "docker.io/library/app:1");
  EXPECT_EQ(json::parse(podman.ask("DELETE", "/volumes/none").body)["cause"], "no such volume");
}

TEST(FakeEngineRemoval, BuildCacheByLastUse) {
  AskedEngine docker;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto record = [&](const char* id, std::int64_t hours, bool in_use) {
    docker.engine.put(BuildCacheRecord{.id = id,
                                       .type = "regular",
                                       .size_bytes = 10,
                                       .in_use = in_use,
                                       .created_ms = 1,
                                       .last_used_ms = now_ms - hours * 3'600'000});
  };
  record("old", 200, false);
  record("old-but-used", 200, true);
  record("young", 1, false);
  const RawAnswer answer =
      docker.ask("POST", "/v1.41/build/prune?filters=%7B%22until%22:%5B%22168h%22%5D%7D");
  EXPECT_EQ(json::parse(answer.body), json({{"CachesDeleted", {"old"}}, {"SpaceReclaimed", 10}}));
  EXPECT_EQ(docker.engine.build_cache().size(), 2U);
  EXPECT_EQ(docker.ask("POST", "/build/prune?filters=%7B%22until%22:%5B%22soon%22%5D%7D").status, 400);
  EXPECT_EQ(docker.ask("POST", "/build/prune?filters=%7B%22unused-for%22:%7B%221h30m%22:true%7D%7D").status,
            200);
  EXPECT_EQ(docker.engine.build_cache().size(), 2U);
}

TEST(FakeEngineRemoval, ForceAndPrunesWorkAndAreSeen) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1", "app:2"});
  Container container = fake_container(1, image, "running");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "scratch"}};
  docker.engine.put(image);
  docker.engine.put(fake_image(2, {}));
  docker.engine.put(Volume{.name = "scratch", .driver = "local", .anonymous = true});
  docker.engine.put(Volume{.name = "named", .driver = "local", .anonymous = false});
  docker.engine.put(Network{.id = "net1", .name = "front", .driver = "bridge"});
  docker.engine.put(container);
  docker.engine.put(fake_container(2, image, "exited"));
  EXPECT_EQ(docker.remove("/containers/container-1?force=1&v=1"), "204 ");
  EXPECT_EQ(docker.engine.volumes().size(), 1U);
  EXPECT_EQ(docker.ask("POST", "/v1.42/volumes/prune").status, 200);
  EXPECT_EQ(docker.engine.volumes().size(), 1U) << "named ones stay since 1.42";
  EXPECT_EQ(docker.ask("POST", "/v1.41/volumes/prune").status, 200);
  EXPECT_TRUE(docker.engine.volumes().empty());
  EXPECT_EQ(docker.ask("POST", "/containers/prune").status, 200);
  EXPECT_TRUE(docker.engine.containers().empty());
  EXPECT_EQ(docker.ask("POST", "/images/prune").status, 200);
  EXPECT_EQ(docker.engine.images().size(), 1U);
  EXPECT_EQ(docker.ask("POST", "/networks/prune").status, 200);
  EXPECT_TRUE(docker.engine.networks().empty());
  EXPECT_THAT(docker.remove("/images/" + image.id + "?force=1"), StartsWith("200"));
  EXPECT_EQ(docker.engine.take_requests().size(), 7U);
}

TEST(FakeEngineRemoval, ACallbackMayChangeTheWorldBefore) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1"});
  docker.engine.put(image);
  docker.engine.on_delete([&](const FakeRequest&) { docker.engine.put(fake_container(1, image)); });
  EXPECT_THAT(docker.remove("/images/app:1"), StartsWith("409"));
  docker.engine.on_delete(nullptr);
  docker.engine.remove_container(fake_container(1, image).id);
  EXPECT_THAT(docker.remove("/images/app:1"), StartsWith("200"));
}

TEST(FakeEngineRemoval, ATagMovesToTheImageThatGetsIt) {
  AskedEngine docker;
  const Image before = fake_image(1, {"app:latest"});
  const Image after = fake_image(2, {"app:latest"});
  docker.engine.put(before);
  docker.engine.put(after);
  EXPECT_TRUE(docker.engine.images()[0].tags.empty());
  EXPECT_THAT(docker.remove("/images/app"), HasSubstr(after.id));
  EXPECT_EQ(docker.engine.images()[0].id, before.id);
  docker.engine.remove_image(before.id);
  EXPECT_TRUE(docker.engine.images().empty());
}

}  // namespace
}  // namespace caretaker
