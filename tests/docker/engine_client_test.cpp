// SPDX-License-Identifier: MIT
#include "docker/engine_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "docker/engine_client_fixture.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(EngineClientTest, SpeaksTheNewestApiThatBothKnow) {
  const auto old = meet("1.41");
  ASSERT_TRUE(old.has_value()) << old.error().message;
  EXPECT_EQ(old->api, (ApiVersion{1, 41}));
  EXPECT_EQ(old->kind, EngineKind::docker);
  const auto newer = meet("1.99", "1.44");
  ASSERT_TRUE(newer.has_value()) << newer.error().message;
  EXPECT_EQ(newer->api, api_version_max);
  EXPECT_EQ(client_.version().api, api_version_max);
}

TEST_F(EngineClientTest, RefusesEnginesThatAreTooOldOrTooNew) {
  EXPECT_EQ(meet("1.39").error().problem, EngineProblem::unsupported);
  EXPECT_EQ(meet("1.99", "1.90").error().problem, EngineProblem::unsupported);
  EXPECT_EQ(meet("2.0", "2.0").error().problem, EngineProblem::unsupported);
  EXPECT_EQ(meet("old").error().problem, EngineProblem::garbage);
  EXPECT_EQ(client_.images({}).error().problem, EngineProblem::unreachable);  // nobody was met
}

TEST_F(EngineClientTest, AsksNothingBeforeItKnowsTheEngine) {
  EXPECT_EQ(client_.info({}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.containers({}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.volumes({}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.volume("v", {}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.build_cache({}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.service_images({}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.remove_image("a", {}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.remove_volume("a", {}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.prune_build_cache({.unused_for_ms = 1}, {}).error().problem, EngineProblem::unreachable);
  EXPECT_EQ(client_.pull({.repository = "a", .tag = "1", .digest = {}}, "", {}).error().problem,
            EngineProblem::unreachable);
  EXPECT_EQ(client_.events(0, {}, {}, {}).problem, EngineProblem::unreachable);
  EXPECT_EQ(engine_.connections(), 0U);
}

TEST_F(EngineClientTest, AsksForSharedSizesOnlyWhereTheyAreKnown) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_answer("[]"));
  EXPECT_TRUE(client_.images({}).has_value());
  EXPECT_EQ(last_target(), "/v1.41/images/json?all=0");
  ASSERT_TRUE(meet("1.42"));
  engine_.answer(http_answer("[]"));
  EXPECT_TRUE(client_.images({}).has_value());
  EXPECT_EQ(last_target(), "/v1.42/images/json?all=0&shared-size=1");
}

TEST_F(EngineClientTest, ListsAllContainersWithoutTheirSizes) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_chunked({R"([{"Id":"a","Im)", R"(age":"x"},{"Id":"b"}])", "\n"}));
  const auto containers = client_.containers({});
  ASSERT_TRUE(containers.has_value()) << containers.error().message;
  EXPECT_EQ(containers->size(), 2U);
  EXPECT_EQ(containers->front().image, "x");
  EXPECT_EQ(last_target(), "/v1.41/containers/json?all=1");
}

TEST_F(EngineClientTest, GivesNoPartOfAListThatIsDamaged) {
  ASSERT_TRUE(meet("1.41"));
  for (const std::string& answer :
       {http_answer(R"([{"Id":"a"},{"Id":"b"})"), http_answer(R"([{"Id":"a"},{"Name":"b"}])"),
        http_answer(R"([{"Id":"a"},null])"), http_answer(""), http_answer("{}"), http_answer("OK"),
        http_chunked({R"([{"Id":"a"},)"}, false), http_chunked({R"([{"Id":"a"}])"}, false),
        http_answer(R"({"message":"x"})", "200 OK"), http_answer("[{\"Id\":\"a\",\"State\":\"\xFF\"}]")}) {
    engine_.answer(answer);
    const auto containers = client_.containers({});
    ASSERT_FALSE(containers.has_value()) << answer;
    EXPECT_EQ(containers.error().problem, EngineProblem::garbage) << answer;
    EXPECT_EQ(containers.error().http_status, 200);
    EXPECT_THAT(containers.error().message, StartsWith("GET /containers/json: "));
  }
}

TEST_F(EngineClientTest, TakesTenThousandImages) {
  ASSERT_TRUE(meet("1.44"));
  std::string list = "[";
  for (int number = 0; number < 10'000; ++number) {
    std::string id = std::to_string(number);
    id.insert(0, 64 - id.size(), '0');
    list += (number == 0 ? "" : ",") + (R"({"Id":"sha256:)" + id) + R"(","RepoTags":["app:1"],"Size":1})";
  }
  engine_.answer(http_answer(list + "]"));
  const auto images = client_.images({});
  ASSERT_TRUE(images.has_value()) << images.error().message;
  EXPECT_EQ(images->size(), 10'000U);
}

TEST_F(EngineClientTest, RefusesOneElementThatIsTooLarge) {
  ASSERT_TRUE(meet("1.44"));
  engine_.answer(http_answer(R"([{"Id":"a","Image":")" + std::string(element_bytes_max, 'x') + "\"}]"));
  const auto containers = client_.containers({});
  ASSERT_FALSE(containers.has_value());
  EXPECT_EQ(containers.error().problem, EngineProblem::garbage);
}

TEST_F(EngineClientTest, ReadsDockersVolumesFromTheirMember) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_answer(R"({"Volumes":[{"Name":"data"}],"Warnings":null})"));
  engine_.answer(http_answer(R"({"Volumes":null,"Warnings":null})"));
  engine_.answer(http_answer(R"({"Warnings":null})"));
  EXPECT_EQ(client_.volumes({})->size(), 1U);
  EXPECT_THAT(*client_.volumes({}), IsEmpty());
  EXPECT_EQ(client_.volumes({}).error().problem, EngineProblem::garbage);
}

TEST_F(EngineClientTest, AsksPodmanWhichVolumesAreAnonymous) {
  meet_podman("5.2.0-dev");
  engine_.answer(http_answer(R"([{"Name":"data","Anonymous":true}])"));
  EXPECT_EQ(client_.volumes({})->front().anonymous, true);
  EXPECT_EQ(last_target(), "/v5.2.0/libpod/volumes/json");
  engine_.answer(http_answer(R"({"Name":"data","Anonymous":true})"));
  EXPECT_EQ(client_.volume("data", {})->anonymous, true);
  EXPECT_EQ(last_target(), "/v5.2.0/libpod/volumes/data/json");
  engine_.answer(http_answer(R"({"message":"no such volume"})", "404 Not Found"));
  EXPECT_EQ(client_.volume("data", {}).error().problem, EngineProblem::not_found);
}

TEST_F(EngineClientTest, DoesNotGuessWhichVolumesOfPodmanAreAnonymous) {
  meet_podman();
  engine_.answer(http_answer("Not Found", "404 Not Found"));
  engine_.answer(http_answer(R"({"Volumes":[{"Name":")" + std::string(64, 'a') + "\"}]}"));
  const auto volumes = client_.volumes({});
  ASSERT_TRUE(volumes.has_value()) << volumes.error().message;
  EXPECT_EQ(volumes->front().anonymous, std::nullopt);
  EXPECT_EQ(last_target(), "/v1.41/volumes");
}

TEST_F(EngineClientTest, KnowsPodmanByItsHeaderAlone) {
  engine_.answer(http_answer("OK", "200 OK", "Libpod-API-Version: 5.0.0\r\n"));
  engine_.answer(http_answer(version_body("1.41", "1.24")));
  EXPECT_EQ(client_.negotiate({})->kind, EngineKind::podman);
}

TEST_F(EngineClientTest, DoesNotAskPodmanForWhatItLacks) {
  meet_podman();
  const std::size_t before = engine_.connections();
  EXPECT_EQ(client_.build_cache({}).error().problem, EngineProblem::unsupported);
  EXPECT_EQ(client_.service_images({}).error().problem, EngineProblem::unsupported);
  EXPECT_EQ(client_.prune_build_cache({.unused_for_ms = 1'000}, {}).error().problem,
            EngineProblem::unsupported);
  EXPECT_EQ(engine_.connections(), before);
}

TEST_F(EngineClientTest, ReadsBuildCacheInBothShapes) {
  ASSERT_TRUE(meet("1.41"));
  EXPECT_EQ(client_.build_cache({}).error().problem, EngineProblem::unsupported);
  ASSERT_TRUE(meet("1.43"));
  engine_.answer(
      http_answer(R"({"LayersSize":0,"Images":null,"Volumes":null,"BuildCache":[{"ID":"a"},{"ID":"b"}]})"));
  EXPECT_EQ(client_.build_cache({})->size(), 2U);
  EXPECT_EQ(last_target(), "/v1.43/system/df?type=build-cache");
  ASSERT_TRUE(meet("1.52"));
  engine_.answer(http_answer(R"({"BuildCacheUsage":{"TotalCount":1,"Items":[{"ID":"a","InUse":false}]}})"));
  engine_.answer(http_answer(R"({"BuildCacheUsage":{}})"));
  engine_.answer(http_answer("{}"));
  engine_.answer(http_answer(R"({"BuildCacheUsage":{"Items":[{"ID":"a"}]},"BuildCache":[{"ID":"a"}]})"));
  EXPECT_EQ(client_.build_cache({})->size(), 1U);
  EXPECT_EQ(last_target(), "/v1.52/system/df?type=build-cache&verbose=1");
  EXPECT_THAT(*client_.build_cache({}), IsEmpty());
  EXPECT_THAT(*client_.build_cache({}), IsEmpty());
  EXPECT_EQ(client_.build_cache({})->size(), 1U);
}

TEST_F(EngineClientTest, NamesTheImagesOfServicesOnce) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_answer(R"([{"Spec":{"TaskTemplate":{"ContainerSpec":{"Image":"b:1"}}}},
      {"Spec":{"TaskTemplate":{"ContainerSpec":{"Image":"a:1"}}},
       "PreviousSpec":{"TaskTemplate":{"ContainerSpec":{"Image":"b:1"}}}}])"));
  EXPECT_THAT(*client_.service_images({}), ElementsAre("a:1", "b:1"));
}

TEST_F(EngineClientTest, RemovesOneThingPerRequest) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_answer(R"([{"Untagged":"ghcr.io/o/app:1"},{"Deleted":"sha256:0"}])"));
  const auto removed = client_.remove_image("ghcr.io/o/app:1", {});
  ASSERT_TRUE(removed.has_value()) << removed.error().message;
  EXPECT_EQ(removed->http_status, 200);
  EXPECT_THAT(removed->untagged, ElementsAre("ghcr.io/o/app:1"));
  EXPECT_THAT(removed->deleted, ElementsAre("sha256:0"));
  EXPECT_EQ(last_target(), "/v1.41/images/ghcr.io/o/app:1?noprune=1");
  engine_.answer(http_answer("", "204 No Content"));
  EXPECT_EQ(client_.remove_container("00ff", {})->http_status, 204);
  EXPECT_EQ(last_target(), "/v1.41/containers/00ff?v=0");
  engine_.answer(http_answer("", "204 No Content"));
  EXPECT_EQ(client_.remove_volume("data", {})->http_status, 204);
  EXPECT_EQ(last_target(), "/v1.41/volumes/data");
  engine_.answer(http_answer("", "204 No Content"));
  EXPECT_EQ(client_.remove_network("00ff", {})->http_status, 204);
  EXPECT_EQ(last_target(), "/v1.41/networks/00ff");
}

TEST_F(EngineClientTest, SendsNoNameThatCouldMeanSomethingElse) {
  ASSERT_TRUE(meet("1.41"));
  const std::size_t before = engine_.connections();
  for (const char* name :
       {"", ".", "..", "../containers/x", "a//b", "a b", "a\nb", "a?force=1", "a#b", "a%2fb"}) {
    EXPECT_EQ(client_.remove_image(name, {}).error().problem, EngineProblem::not_allowed) << name;
    EXPECT_EQ(client_.remove_volume(name, {}).error().problem, EngineProblem::not_allowed) << name;
    EXPECT_EQ(client_.remove_container(name, {}).error().problem, EngineProblem::not_allowed) << name;
    EXPECT_EQ(client_.image(name, {}).error().problem, EngineProblem::not_allowed) << name;
  }
  EXPECT_EQ(client_.remove_volume("a/b", {}).error().problem, EngineProblem::not_allowed);
  EXPECT_EQ(engine_.connections(), before);
}

TEST_F(EngineClientTest, TellsGoneFromInUse) {
  ASSERT_TRUE(meet("1.41"));
  engine_.answer(http_answer(R"({"message":"No such image: a"})", "404 Not Found"));
  EXPECT_EQ(client_.image("a", {}).error().problem, EngineProblem::not_found);
  engine_.answer(http_answer(R"({"message":"conflict"})", "409 Conflict"));
  const auto removed = client_.remove_image("a", {});
  EXPECT_EQ(removed.error().problem, EngineProblem::in_use);
  EXPECT_EQ(removed.error().http_status, 409);
  engine_.answer(http_answer(R"({"message":"page not found"})", "404 Not Found"));
  EXPECT_EQ(client_.images({}).error().problem, EngineProblem::unsupported);
}

TEST_F(EngineClientTest, PrunesBuildCacheWithABoundOnly) {
  ASSERT_TRUE(meet("1.41"));
  const std::size_t before = engine_.connections();
  EXPECT_EQ(client_.prune_build_cache({.unused_for_ms = 0}, {}).error().problem, EngineProblem::not_allowed);
  EXPECT_EQ(client_.prune_build_cache({.unused_for_ms = -5'000}, {}).error().problem,
            EngineProblem::not_allowed);
  EXPECT_EQ(engine_.connections(), before);
  engine_.answer(http_answer(R"({"CachesDeleted":["a"],"SpaceReclaimed":7})"));
  const auto pruned = client_.prune_build_cache({.unused_for_ms = 604'799'001}, {});
  ASSERT_TRUE(pruned.has_value()) << pruned.error().message;
  EXPECT_EQ(pruned->reclaimed_bytes, 7U);
  EXPECT_EQ(last_target(), "/v1.41/build/prune?filters=%7B%22until%22%3A%5B%22604800s%22%5D%7D");
}

}  // namespace
}  // namespace caretaker
