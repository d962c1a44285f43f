// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/fake_engine_fixture.h"

// The shapes of lists and objects by API version and dialect.
namespace caretaker {
namespace {

using nlohmann::json;

const char* const hex_name = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(FakeEngineShapes, ImagesOverTheVersions) {
  AskedEngine docker;
  Image untagged = fake_image(1, {}, 1000);
  untagged.shared_bytes = 400;
  docker.engine.put(untagged);
  docker.engine.put(fake_container(1, untagged, "exited"));

  const json v40 = docker.get("/v1.40/images/json?shared-size=1")[0];
  EXPECT_EQ(v40["RepoTags"], json({"<none>:<none>"}));
  EXPECT_EQ(v40["RepoDigests"], json({"<none>@<none>"}));
  EXPECT_EQ(v40["VirtualSize"], 1000);
  EXPECT_EQ(v40["SharedSize"], -1) << "not asked before 1.42";
  EXPECT_EQ(v40["Containers"], -1);

  const json v43 = docker.get("/v1.43/images/json?shared-size=1")[0];
  EXPECT_EQ(v43["RepoTags"], json::array());
  EXPECT_EQ(v43["VirtualSize"], 1000);
  EXPECT_EQ(v43["SharedSize"], 400);

  const json v50 = docker.get("/v1.50/images/json")[0];
  EXPECT_FALSE(v50.contains("VirtualSize"));
  EXPECT_EQ(v50["SharedSize"], -1);
  EXPECT_EQ(v50["Containers"], -1);
  EXPECT_EQ(v50["Size"], 1000);
  EXPECT_EQ(docker.get("/v1.51/images/json")[0]["Containers"], 1);
}

TEST(FakeEngineShapes, AnImageWithDigestsOnlyHasNoTagsBefore143) {
  AskedEngine docker;
  Image image = fake_image(1, {"app:1"});
  image.tags.clear();
  docker.engine.put(image);
  EXPECT_EQ(docker.get("/v1.42/images/json")[0]["RepoTags"], nullptr);
  EXPECT_EQ(docker.get("/v1.42/images/json")[0]["RepoDigests"][0], image.digests[0]);
}

TEST(FakeEngineShapes, IntermediateImagesAreShownOnlyWithAll) {
  AskedEngine docker(graphdriver_options());
  const Image parent = fake_image(1, {});
  Image child = fake_image(2, {"app:1"});
  child.parent_id = parent.id;
  docker.engine.put(parent);
  docker.engine.put(child);
  EXPECT_EQ(docker.get("/images/json").size(), 1U);
  EXPECT_EQ(docker.get("/images/json?all=1").size(), 2U);
  EXPECT_EQ(docker.get("/images/json?all=1&filters=%7B%22dangling%22:%5B%22true%22%5D%7D")[0]["Id"],
            parent.id);
}

TEST(FakeEngineShapes, FiltersThatAreNotHeededAreRefused) {
  AskedEngine docker;
  for (const char* list : {"/images/json", "/containers/json", "/volumes", "/networks"}) {
    const RawAnswer answer =
        docker.ask("GET", std::string(list) + "?filters=%7B%22label%22:%5B%22a%22%5D%7D");
    EXPECT_EQ(answer.status, 400) << list;
    EXPECT_EQ(json::parse(answer.body)["message"], "invalid filter 'label'");
    EXPECT_EQ(docker.ask("GET", std::string(list) + "?filters=%7B").status, 400) << list;
  }
}

TEST(FakeEngineShapes, OneImage) {
  AskedEngine docker;
  Image image = fake_image(7, {"registry.example.com:5000/team/app:1"});
  image.parent_id = fake_image(6, {}).id;
  image.labels = {{"keep", "true"}};
  image.created_ms = -86'400'000;
  image.tagged_ms = 1'700'000'000'120;
  docker.engine.put(image);
  const json v51 = docker.get("/v1.51/images/registry.example.com:5000%2Fteam%2Fapp:1/json");
  EXPECT_EQ(v51["Id"], image.id);
  EXPECT_EQ(v51["Parent"], image.parent_id);
  EXPECT_EQ(v51["Created"], "1969-12-31T00:00:00Z");
  EXPECT_EQ(v51["Metadata"]["LastTagTime"], "2023-11-14T22:13:20.12Z");
  EXPECT_EQ(v51["Config"]["Labels"]["keep"], "true");
  EXPECT_FALSE(docker.get("/v1.52/images/" + image.id + "/json").contains("Parent"));
  EXPECT_EQ(docker.get("/images/" + image.id.substr(7, 12) + "/json")["Id"], image.id);
  EXPECT_EQ(docker.get("/images/" + image.digests[0] + "/json")["Id"], image.id);
  EXPECT_EQ(json::parse(docker.ask("GET", "/images/none/json").body)["message"],
            "No such image: none:latest");
}

TEST(FakeEngineShapes, NamesOfTheHubAreShortOrWhole) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"nginx:latest"}));
  for (const char* name :
       {"nginx", "docker.io/library/nginx", "docker.io/library/nginx:latest", "library/nginx"}) {
    const int status = docker.ask("GET", std::string("/images/") + name + "/json").status;
    EXPECT_EQ(status, std::string_view(name) == "library/nginx" ? 404 : 200) << name;
  }
}

TEST(FakeEngineShapes, Containers) {
  AskedEngine docker;
  const Image image = fake_image(1, {"app:1"});
  docker.engine.put(Network{.id = std::string(64, 'a'), .name = "front", .driver = "bridge"});
  Container container = fake_container(1, image, "exited");
  container.finished_ms = 1'700'000'000'001;
  container.restarts = true;
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"},
                      {.type = ContainerMount::Type::image, .name = "tools:2"},
                      {.type = ContainerMount::Type::other, .name = "etc"}};
  container.networks = {"front", std::string(64, 'a')};
  docker.engine.put(container);
  docker.engine.put(fake_container(2, image));

  EXPECT_EQ(docker.get("/containers/json").size(), 1U);
  const json all = docker.get("/containers/json?all=1");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["Names"], json({"/container-1"}));
  EXPECT_EQ(all[0]["ImageID"], image.id);
  EXPECT_EQ(all[0]["Image"], "app:1");
  EXPECT_EQ(all[0]["State"], "exited");
  EXPECT_EQ(all[0]["Created"], container.created_ms / 1000);
  EXPECT_EQ(all[0]["Mounts"][0]["Name"], "data");
  EXPECT_EQ(all[0]["Mounts"][1]["Type"], "image");
  EXPECT_FALSE(all[0]["Mounts"][2].contains("Name"));
  EXPECT_EQ(all[0]["NetworkSettings"]["Networks"].size(), 1U);
  EXPECT_EQ(all[0]["NetworkSettings"]["Networks"]["front"]["NetworkID"], std::string(64, 'a'));

  const json one = docker.get("/containers/container-1/json");
  EXPECT_EQ(one["State"]["FinishedAt"], "2023-11-14T22:13:20.001Z");
  EXPECT_EQ(one["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped");
  EXPECT_EQ(one["Image"], image.id);
  EXPECT_EQ(one["Config"]["Image"], "app:1");
  const json other = docker.get("/containers/" + fake_container(2, image).id + "/json");
  EXPECT_EQ(other["State"]["FinishedAt"], "0001-01-01T00:00:00Z");
  EXPECT_EQ(other["HostConfig"]["RestartPolicy"]["Name"], "no");
  EXPECT_EQ(json::parse(docker.ask("GET", "/containers/none/json").body)["message"],
            "No such container: none");
}

TEST(FakeEngineShapes, Volumes) {
  AskedEngine docker;
  docker.engine.put(
      Volume{.name = "data", .driver = "local", .created_ms = 1'700'000'000'500, .has_options = true});
  docker.engine.put(Volume{.name = hex_name, .driver = "local", .anonymous = true});
  Container user = fake_container(1, fake_image(1, {}));
  user.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  docker.engine.put(user);
  const json list = docker.get("/v1.42/volumes");
  EXPECT_TRUE(list.contains("Warnings") && list["Warnings"].is_null());
  ASSERT_EQ(list["Volumes"].size(), 2U);
  EXPECT_EQ(list["Volumes"][0]["Labels"], json({{"com.docker.volume.anonymous", ""}}));
  EXPECT_EQ(list["Volumes"][0]["Options"], nullptr);
  EXPECT_EQ(list["Volumes"][1]["CreatedAt"], "2023-11-14T22:13:20Z");
  EXPECT_TRUE(list["Volumes"][1]["Options"].is_object());
  EXPECT_EQ(list["Volumes"][1]["Scope"], "local");
  EXPECT_EQ(docker.get("/v1.41/volumes")["Volumes"][0]["Labels"], nullptr);
  EXPECT_EQ(docker.get("/volumes?filters=%7B%22dangling%22:%7B%22true%22:true%7D%7D")["Volumes"].size(), 1U);
  EXPECT_EQ(docker.get("/volumes/data")["Name"], "data");
  EXPECT_EQ(json::parse(docker.ask("GET", "/volumes/none").body)["message"], "get none: no such volume");
}

TEST(FakeEngineShapes, Networks) {
  AskedEngine docker;
  docker.engine.put(Network{.id = "net1", .name = "front", .driver = "bridge", .labels = {{"a", "b"}}});
  docker.engine.put(Network{.id = "net2", .name = "back", .driver = "bridge", .endpoints = 3});
  for (int i = 0; i < 2; ++i) {
    Container container = fake_container(i, fake_image(1, {}), i == 0 ? "running" : "exited");
    container.networks = {"front"};
    docker.engine.put(container);
  }
  const json list = docker.get("/networks");
  EXPECT_EQ(list[0]["Name"], "front");
  EXPECT_EQ(list[0]["Labels"]["a"], "b");
  EXPECT_EQ(list[0]["Containers"], json::object());
  EXPECT_EQ(docker.get("/networks/front")["Containers"].size(), 1U) << "the live one";
  EXPECT_EQ(docker.get("/networks/net2")["Containers"].size(), 3U);
  EXPECT_EQ(json::parse(docker.ask("GET", "/networks/none").body)["message"], "network none not found");
}

TEST(FakeEngineShapes, BuildCacheOverTheVersions) {
  AskedEngine docker;
  docker.engine.put(BuildCacheRecord{.id = "rec1",
                                     .type = "regular",
                                     .size_bytes = 100,
                                     .in_use = false,
                                     .created_ms = 1,
                                     .last_used_ms = 2000});
  docker.engine.put(BuildCacheRecord{.id = "rec2", .type = "regular", .size_bytes = 50, .in_use = true});
  const json v41 = docker.get("/v1.41/system/df?type=build-cache");
  EXPECT_TRUE(v41["Volumes"].is_array()) << "type is not known there";
  EXPECT_EQ(v41["BuildCache"].size(), 2U);
  const json v51 = docker.get("/v1.51/system/df?type=build-cache");
  EXPECT_TRUE(v51["Volumes"].is_null());
  EXPECT_FALSE(v51.contains("BuildCacheUsage"));
  EXPECT_EQ(v51["BuildCache"][0]["ID"], "rec1");
  EXPECT_EQ(v51["BuildCache"][0]["LastUsedAt"], "1970-01-01T00:00:02Z");
  EXPECT_EQ(v51["BuildCache"][1]["LastUsedAt"], nullptr);
  EXPECT_EQ(v51["BuildCache"][1]["InUse"], true);
  const json v52 = docker.get("/v1.52/system/df?type=build-cache");
  EXPECT_EQ(v52["BuildCacheUsage"]["TotalSize"], 150);
  EXPECT_EQ(v52["BuildCacheUsage"]["Reclaimable"], 100);
  EXPECT_FALSE(v52["BuildCacheUsage"].contains("Items"));
  EXPECT_EQ(v52["BuildCache"].size(), 2U);
  const json verbose = docker.get("/v1.52/system/df?type=build-cache&verbose=1");
  EXPECT_EQ(verbose["BuildCacheUsage"]["Items"].size(), 2U);
  EXPECT_FALSE(verbose.contains("BuildCache"));
  AskedEngine empty;
  EXPECT_EQ(empty.get("/v1.52/system/df?type=build-cache&verbose=1")["BuildCacheUsage"], json::object());
}

TEST(FakeEngineShapes, ServicesNeedAManager) {
  AskedEngine docker;
  EXPECT_EQ(docker.ask("GET", "/services").status, 503);
  docker.engine.put_service("nginx:1.25@sha256:abc");
  EXPECT_EQ(docker.get("/services")[0]["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"],
            "nginx:1.25@sha256:abc");
  EXPECT_EQ(docker.get("/info")["Swarm"]["ControlAvailable"], true);
}

TEST(FakeEngineShapes, PodmansDialect) {
  AskedEngine podman(podman_options());
  const Image image = fake_image(1, {"docker.io/library/nginx:1.25"}, 1000);
  podman.engine.put(image);
  podman.engine.put(fake_image(2, {}));
  podman.engine.put(fake_container(1, image));
  podman.engine.put(Volume{.name = "data", .driver = "local"});
  podman.engine.put(Volume{.name = hex_name, .driver = "local", .anonymous = true});
  const json images = podman.get("/v1.41/images/json");
  EXPECT_EQ(images[0]["Containers"], 1);
  EXPECT_EQ(images[0]["VirtualSize"], 1000);
  EXPECT_EQ(images[0]["SharedSize"], 0);
  EXPECT_EQ(images[1]["RepoTags"], nullptr);
  EXPECT_EQ(podman.get("/v1.41/volumes")["Volumes"][0]["Labels"], json::object());
  const json libpod = podman.get("/v4.0.0/libpod/volumes/json");
  EXPECT_EQ(libpod[0]["Anonymous"], true);
  EXPECT_FALSE(libpod[1].contains("Anonymous"));
  const json usage = podman.get("/v1.41/system/df?type=build-cache");
  EXPECT_EQ(usage["Containers"][0]["ImageID"], "docker.io/library/nginx:1.25");
  EXPECT_EQ(usage["Images"][0]["RepoTags"], json({"1.25"}));
  EXPECT_EQ(usage["BuildCache"], json::array());
  const json error = json::parse(podman.ask("GET", "/images/none/json").body);
  EXPECT_EQ(error["response"], 404);
  EXPECT_EQ(error["cause"], "no such image");
}

TEST(FakeEngineShapes, TextIsAsGoWritesIt) {
  AskedEngine docker;
  Image image = fake_image(1, {"app:1"});
  image.labels = {{"note", "a<b> & \xff"}};
  docker.engine.put(image);
  const RawAnswer answer = docker.ask("GET", "/images/json");
  EXPECT_THAT(answer.body, testing::HasSubstr("a\\u003cb\\u003e \\u0026 \xEF\xBF\xBD"));
  EXPECT_TRUE(json::accept(answer.body));
}

}  // namespace
}  // namespace caretaker
