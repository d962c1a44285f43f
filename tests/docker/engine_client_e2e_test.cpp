// SPDX-License-Identifier: MIT
// The client against the engines of Debian 12: Docker 20.10 and Podman 4.3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "docker/engine_client.h"
#include "docker/real_engine.h"
#include "support/registry_process.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr std::uint64_t busybox_bytes = 1'900'000;
constexpr std::int64_t day_ms = 86'400'000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

MATCHER(IsRecent, "") {
  return arg > now_ms() - day_ms && arg < now_ms() + day_ms;
}

template <class T>
std::vector<std::string> ids_of(const std::vector<T>& objects) {
  std::vector<std::string> ids;
  for (const T& object : objects) ids.push_back(object.id);
  return ids;
}

template <class T>
T with_id(const std::vector<T>& objects, const std::string& id) {
  const auto found = std::ranges::find(objects, id, &T::id);
  if (found == objects.end()) throw std::runtime_error("not listed: " + id);
  return *found;
}

template <class T>
EngineError error_of(const EngineResult<T>& result) {
  if (result) throw std::runtime_error("it worked");
  return result.error();
}

using EngineClientE2e = EachRealEngine;

INSTANTIATE_TEST_SUITE_P(, EngineClientE2e, testing::Values(EngineKind::docker, EngineKind::podman),
                         name_of_engine);

TEST_P(EngineClientE2e, KnowsWhoAnswers) {
  const EngineVersion& version = client().version();
  EXPECT_EQ(version.kind, GetParam());
  EXPECT_EQ(version.api, (ApiVersion{1, 41}));
  EXPECT_THAT(version.version, StartsWith(is_podman() ? "4.3." : "20.10."));
  const EngineInfo info = value_of(client().info({}));
  EXPECT_EQ(info.driver, "vfs");
  EXPECT_EQ(info.store, is_podman() ? ImageStore::podman : ImageStore::graphdriver);
  EXPECT_THAT(info.storage_paths, ElementsAre(engine().root()));
  EXPECT_FALSE(info.swarm_manager);
}

TEST_P(EngineClientE2e, ListsImagesWithAllTheirTags) {
  const std::string app =
      engine().import_image("app:1", {.labels = {{"stage", "test"}}, .payload_bytes = 1'000'000});
  engine().docker({"tag", "app:1", "app:latest"});
  const std::string old = engine().import_image("web:1");
  const std::string web = engine().import_image("web:1");
  const std::vector<Image> images = value_of(client().images({}));
  EXPECT_THAT(ids_of(images), UnorderedElementsAre(app, old, web));
  const Image image = with_id(images, app);
  EXPECT_THAT(image.tags, ElementsAre(full("app:1"), full("app:latest")));
  EXPECT_THAT(image.labels, Contains(Pair("stage", "test")));
  EXPECT_THAT(image.created_ms, IsRecent());
  EXPECT_GT(image.size_bytes.value_or(0), busybox_bytes + 1'000'000);
  EXPECT_THAT(with_id(images, old).tags, IsEmpty());
  EXPECT_THAT(with_id(images, web).tags, ElementsAre(full("web:1")));
}

TEST_P(EngineClientE2e, ShowsOneImageByTagAndById) {
  const std::string id = engine().import_image("app:1", {.labels = {{"stage", "test"}}});
  for (const std::string& name : {std::string("app:1"), id}) {
    const Image image = value_of(client().image(name, {}));
    EXPECT_EQ(image.id, id);
    EXPECT_THAT(image.tags, ElementsAre(full("app:1")));
    EXPECT_THAT(image.labels, Contains(Pair("stage", "test")));
    EXPECT_THAT(image.created_ms, IsRecent());
  }
  EXPECT_EQ(error_of(client().image("app:2", {})).problem, EngineProblem::not_found);
}

TEST_P(EngineClientE2e, ListsContainersInEveryState) {
  const std::string image = engine().import_image("app:1");
  const std::string created = engine().create_container("app:1", {"--name", "web"});
  const std::string running = engine().run_container("app:1", {"--label", "stage=test"});
  const std::string exited = engine().exited_container(image, {"--restart", "on-failure:3"});
  const std::vector<Container> containers = value_of(client().containers({}));
  EXPECT_THAT(ids_of(containers), UnorderedElementsAre(created, running, exited));
  EXPECT_EQ(with_id(containers, created).state, "created");
  EXPECT_EQ(with_id(containers, created).name, "web");
  EXPECT_EQ(with_id(containers, running).state, "running");
  EXPECT_THAT(with_id(containers, running).labels, Contains(Pair("stage", "test")));
  EXPECT_EQ(with_id(containers, exited).state, "exited");
  for (const Container& container : containers) {
    EXPECT_EQ(container.image_id, image);
    EXPECT_THAT(container.created_ms, IsRecent());
  }
  const Container shown = value_of(client().container(exited, {}));
  EXPECT_EQ(shown.image_id, image);
  EXPECT_EQ(shown.state, "exited");
  EXPECT_TRUE(shown.restarts);
  EXPECT_THAT(shown.finished_ms, IsRecent());
  EXPECT_FALSE(value_of(client().container(created, {})).restarts);
}

TEST_P(EngineClientE2e, TellsAnonymousVolumesFromNamedOnes) {
  engine().import_image("app:1");
  engine().docker({"volume", "create", "--label", "stage=test", "database"});
  engine().docker({"volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "memory"});
  const std::string container = engine().create_container("app:1", {"-v", "/cache", "-v", "database:/data"});
  const std::vector<Volume> volumes = value_of(client().volumes({}));
  ASSERT_THAT(volumes, SizeIs(3));
  for (const Volume& volume : volumes) {
    EXPECT_EQ(volume.driver, "local");
    EXPECT_THAT(volume.created_ms, IsRecent());
    const bool named = volume.name == "database" || volume.name == "memory";
    EXPECT_EQ(volume.anonymous, !named) << volume.name;
    EXPECT_EQ(volume.has_options, volume.name == "memory") << volume.name;
    const Volume shown = value_of(client().volume(volume.name, {}));
    EXPECT_EQ(shown.anonymous, volume.anonymous) << volume.name;
    EXPECT_EQ(shown.created_ms, volume.created_ms);
  }
  EXPECT_THAT(volumes, Contains(AllOf(Field(&Volume::name, "database"),
                                      Field(&Volume::labels, ElementsAre(Pair("stage", "test"))))));
  const auto listed = with_id(value_of(client().containers({})), container);
  EXPECT_THAT(listed.mounts, SizeIs(2));
  for (const ContainerMount& mount : listed.mounts) {
    EXPECT_EQ(mount.type, ContainerMount::Type::volume);
    EXPECT_THAT(volumes, Contains(Field(&Volume::name, mount.name)));
  }
}

TEST_P(EngineClientE2e, TakesATagAndLeavesTheImageToItsOtherTag) {
  const std::string id = engine().import_image("app:1");
  engine().docker({"tag", "app:1", "app:2"});
  const EngineError by_id = error_of(client().remove_image(id, {}));
  EXPECT_EQ(by_id.problem, EngineProblem::in_use) << by_id.message;
  const Removed untagged = value_of(client().remove_image("app:1", {}));
  EXPECT_THAT(untagged.untagged, ElementsAre(full("app:1")));
  EXPECT_THAT(untagged.deleted, IsEmpty());
  EXPECT_THAT(value_of(client().image(id, {})).tags, ElementsAre(full("app:2")));
  const Removed removed = value_of(client().remove_image("app:2", {}));
  EXPECT_THAT(removed.deleted, Contains(id));
  EXPECT_THAT(value_of(client().images({})), IsEmpty());
  EXPECT_EQ(error_of(client().remove_image("app:2", {})).problem, EngineProblem::not_found);
}

TEST_P(EngineClientE2e, DeletesAnImageWithoutTagsById) {
  const std::string old = engine().import_image("app:1");
  const std::string app = engine().import_image("app:1");
  const Removed removed = value_of(client().remove_image(old, {}));
  EXPECT_EQ(removed.http_status, 200);
  EXPECT_THAT(removed.deleted, Contains(old));
  EXPECT_THAT(ids_of(value_of(client().images({}))), ElementsAre(app));
}

TEST_P(EngineClientE2e, CannotTakeAnImageFromAContainer) {
  const std::string id = engine().import_image("app:1");
  for (const bool running : {false, true}) {
    const std::string container =
        running ? engine().run_container("app:1") : engine().exited_container("app:1");
    for (const std::string& name : {std::string("app:1"), id}) {
      const EngineError error = error_of(client().remove_image(name, {}));
      EXPECT_EQ(error.problem, EngineProblem::in_use) << error.message;
      EXPECT_EQ(error.http_status, 409);
      EXPECT_THAT(error.message, HasSubstr("container"));
    }
    engine().docker({"rm", "-f", container});
  }
  EXPECT_THAT(value_of(client().image(id, {})).tags, ElementsAre(full("app:1")));
}

TEST_P(EngineClientE2e, DeletesAStoppedContainerAndNotItsVolumes) {
  engine().import_image("app:1");
  const std::string running = engine().run_container("app:1");
  const std::string exited = engine().exited_container("app:1", {"-v", "/cache"});
  const EngineError error = error_of(client().remove_container(running, {}));
  EXPECT_EQ(error.problem, EngineProblem::in_use) << error.message;
  (void)value_of(client().remove_container(exited, {}));
  EXPECT_EQ(error_of(client().container(exited, {})).problem, EngineProblem::not_found);
  EXPECT_THAT(ids_of(value_of(client().containers({}))), ElementsAre(running));
  EXPECT_THAT(value_of(client().volumes({})), SizeIs(1));
}

TEST_P(EngineClientE2e, DeletesAVolumeThatNoContainerHas) {
  engine().import_image("app:1");
  engine().docker({"volume", "create", "database"});
  const std::string container = engine().create_container("app:1", {"-v", "database:/data"});
  const EngineError error = error_of(client().remove_volume("database", {}));
  EXPECT_EQ(error.problem, EngineProblem::in_use) << error.message;
  EXPECT_EQ(error.http_status, 409);
  engine().docker({"rm", container});
  (void)value_of(client().remove_volume("database", {}));
  EXPECT_THAT(value_of(client().volumes({})), IsEmpty());
  EXPECT_EQ(error_of(client().remove_volume("database", {})).problem, EngineProblem::not_found);
}

TEST_P(EngineClientE2e, KnowsTheNetworksThatNobodyMade) {
  const std::vector<Network> networks = value_of(client().networks({}));
  EXPECT_FALSE(networks.empty());
  for (const Network& network : networks) EXPECT_TRUE(network.predefined) << network.name;
}

TEST_P(EngineClientE2e, FindsTheEngineAgainAfterARestart) {
  const std::string id = engine().import_image("app:1");
  const std::string container = engine().run_container("app:1", {"-v", "/cache"});
  engine().stop();
  EXPECT_EQ(error_of(client().images({})).problem, EngineProblem::unreachable);
  EXPECT_EQ(error_of(client().negotiate({})).problem, EngineProblem::unreachable);
  engine().start();
  (void)value_of(client().negotiate({}));
  EXPECT_THAT(ids_of(value_of(client().images({}))), ElementsAre(id));
  EXPECT_THAT(ids_of(value_of(client().containers({}))), ElementsAre(container));
  EXPECT_THAT(value_of(client().volumes({})), ElementsAre(Field(&Volume::anonymous, true)));
}

TEST_P(EngineClientE2e, PullsOneTagOfARepository) {
  RegistryProcess registry;
  const std::string repository = registry.host() + "/team/app";
  for (const char* tag : {":1", ":2"}) {
    engine().import_image(repository + tag);
    engine().docker({"push", repository + tag});
    engine().docker({"rmi", repository + tag});
  }
  ASSERT_THAT(value_of(client().images({})), IsEmpty());
  const ImageReference reference{.repository = repository, .tag = "1", .digest = {}};
  const Pulled pulled = value_of(client().pull(reference, {}, {}));
  if (!is_podman()) {
    EXPECT_THAT(pulled.digest, StartsWith("sha256:"));
  }
  const std::vector<Image> images = value_of(client().images({}));
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_THAT(images[0].tags, ElementsAre(repository + ":1"));
  ASSERT_THAT(images[0].digests, SizeIs(testing::Ge(1U)));
  const Pulled again = value_of(client().pull(reference, {}, {}));
  EXPECT_EQ(again.digest, pulled.digest);
  EXPECT_THAT(ids_of(value_of(client().images({}))), ElementsAre(images[0].id));
  (void)value_of(client().remove_image(repository + ":1", {}));
  const std::string digest = images[0].digests[0].substr(images[0].digests[0].find('@') + 1);
  (void)value_of(client().pull({.repository = repository, .tag = {}, .digest = digest}, {}, {}));
  EXPECT_THAT(ids_of(value_of(client().images({}))), ElementsAre(images[0].id));
}

TEST_P(EngineClientE2e, SaysWhyAPullFailed) {
  RegistryProcess registry;
  const EngineError error =
      error_of(client().pull({.repository = registry.host() + "/app", .tag = "7", .digest = {}}, {}, {}));
  // Podman answers 200 and tells it in the stream.
  EXPECT_EQ(error.problem, is_podman() ? EngineProblem::failed : EngineProblem::not_found) << error.message;
  EXPECT_THAT(error.message, HasSubstr("manifest unknown"));
  EXPECT_THAT(value_of(client().images({})), IsEmpty());
}

using DockerClientE2e = RealEngine;

TEST_F(DockerClientE2e, KeepsAnImageThatOthersAreMadeFrom) {
  start(EngineKind::docker);
  const std::string base = engine().import_image("base:1");
  const std::string container = engine().exited_container("base:1");
  const std::string child = engine().commit(container, "child:1");
  engine().docker({"rm", container});
  EXPECT_EQ(with_id(value_of(client().images({})), child).parent_id, base);
  const EngineError error = error_of(client().remove_image(base, {}));
  EXPECT_EQ(error.problem, EngineProblem::in_use) << error.message;
  EXPECT_THAT(error.message, HasSubstr("dependent child images"));
  const Removed removed = value_of(client().remove_image("child:1", {}));
  EXPECT_THAT(removed.deleted, Contains(child));
  EXPECT_THAT(removed.deleted, testing::Not(Contains(base)));
  EXPECT_THAT(ids_of(value_of(client().images({}))), ElementsAre(base));
}

TEST_F(DockerClientE2e, LeavesBuildCacheOfOldEnginesUncounted) {
  start(EngineKind::docker);
  EXPECT_EQ(error_of(client().build_cache({})).problem, EngineProblem::unsupported);
  const BuildPruned pruned = value_of(client().prune_build_cache({.unused_for_ms = 3'600'000}, {}));
  EXPECT_EQ(pruned.reclaimed_bytes, 0U);
}

TEST_F(DockerClientE2e, DeletesANetworkThatSomebodyMade) {
  start(EngineKind::docker);
  engine().docker({"network", "create", "--config-only", "--label", "stage=test", "made"});
  const std::vector<Network> networks = value_of(client().networks({}));
  const auto made = std::ranges::find(networks, "made", &Network::name);
  ASSERT_NE(made, networks.end());
  EXPECT_FALSE(made->predefined);
  EXPECT_THAT(made->labels, Contains(Pair("stage", "test")));
  EXPECT_EQ(value_of(client().network(made->id, {})).endpoints, 0U);
  const auto none = std::ranges::find(networks, "none", &Network::name);
  EXPECT_EQ(error_of(client().remove_network(none->id, {})).problem, EngineProblem::refused);
  (void)value_of(client().remove_network(made->id, {}));
  EXPECT_EQ(error_of(client().network(made->id, {})).problem, EngineProblem::not_found);
}

using PodmanClientE2e = RealEngine;

TEST_F(PodmanClientE2e, HasNoBuildCache) {
  start(EngineKind::podman);
  EXPECT_EQ(error_of(client().build_cache({})).problem, EngineProblem::unsupported);
  EXPECT_EQ(error_of(client().prune_build_cache({.unused_for_ms = 3'600'000}, {})).problem,
            EngineProblem::unsupported);
}

}  // namespace
}  // namespace caretaker
