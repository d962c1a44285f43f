// SPDX-License-Identifier: MIT
// The client's whole conversation with engines that keep a state, in every dialect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "docker/engine_client.h"
#include "docker/request_rules.h"
#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

struct Dialect {
  const char* name;
  EngineKind kind;
  const char* version;
  ApiVersion api;
  ImageStore store;
};

class EngineSessionTest : public testing::TestWithParam<Dialect> {
 protected:
  static FakeEngineOptions options() {
    const Dialect& dialect = GetParam();
    return {.kind = dialect.kind,
            .version = dialect.version,
            .api_max = dialect.api,
            .api_min = dialect.api < ApiVersion{1, 44} ? ApiVersion{1, 12} : ApiVersion{1, 44},
            .store = dialect.store};
  }

  void SetUp() override { ASSERT_TRUE(client_.negotiate({}).has_value()); }

  // Whatever a test makes the client do, it sends nothing that is not in the list.
  void TearDown() override {
    for (const FakeRequest& request : engine_.take_requests()) {
      EXPECT_TRUE(check_engine_request(request.method, request.target).has_value()) << request.target;
      EXPECT_EQ(request.target.find("force"), std::string::npos) << request.target;
    }
  }

  [[nodiscard]] static bool podman() { return GetParam().kind == EngineKind::podman; }
  [[nodiscard]] static bool since(ApiVersion api) { return !podman() && GetParam().api >= api; }

  FakeEngine engine_{options()};
  EngineClient client_{{.socket = engine_.socket()}};
};

TEST_P(EngineSessionTest, KnowsWhomItSpeaksTo) {
  EXPECT_EQ(client_.version().kind, GetParam().kind);
  EXPECT_EQ(client_.version().version, GetParam().version);
  EXPECT_EQ(client_.version().api, GetParam().api);
  const auto info = client_.info({});
  ASSERT_TRUE(info.has_value()) << info.error().message;
  EXPECT_EQ(info->store, GetParam().store);
  ASSERT_FALSE(info->storage_paths.empty());
  EXPECT_EQ(info->storage_paths.back(), "/var/lib/docker");
  EXPECT_EQ(info->storage_paths.size(), info->store == ImageStore::containerd ? 2U : 1U);
}

TEST_P(EngineSessionTest, SeesTheSameImagesInTheListAndAlone) {
  Image tagged = fake_image(1, {"app:2", "app:1"}, 5'000);
  tagged.shared_bytes = 700;
  tagged.labels = {{"keep", "true"}};
  tagged.created_ms = -1'000;
  engine_.put(tagged);
  engine_.put(fake_image(2, {}, 100));
  engine_.put(fake_container(1, tagged));
  const auto images = client_.images({});
  ASSERT_TRUE(images.has_value()) << images.error().message;
  ASSERT_EQ(images->size(), 2U);
  for (const Image& listed : *images) {
    const auto shown = client_.image(listed.id, {});
    ASSERT_TRUE(shown.has_value()) << shown.error().message;
    EXPECT_EQ(shown->id, listed.id);
    EXPECT_EQ(shown->tags, listed.tags);
    EXPECT_EQ(shown->digests, listed.digests);
    EXPECT_EQ(shown->created_ms, listed.created_ms);
    EXPECT_EQ(shown->labels, listed.labels);
    EXPECT_EQ(shown->size_bytes, listed.size_bytes);
    const bool is_tagged = listed.id == tagged.id;
    EXPECT_EQ(listed.tags.size(), is_tagged ? 2U : 0U);
    if (!is_tagged) continue;
    EXPECT_EQ(listed.created_ms, -1'000);
    EXPECT_EQ(listed.size_bytes, 5'000U);
    EXPECT_EQ(listed.labels, tagged.labels);
    EXPECT_EQ(listed.shared_bytes, since({1, 42}) ? std::optional<std::uint64_t>(700) : std::nullopt);
    if (since({1, 51})) {
      EXPECT_EQ(listed.containers, 1U);
    } else if (!podman()) {
      EXPECT_EQ(listed.containers, std::nullopt);
    }
  }
  EXPECT_EQ(client_.image("nope:1", {}).error().problem, EngineProblem::not_found);
}

TEST_P(EngineSessionTest, SeesWhatContainersUse) {
  const Image image = fake_image(1, {"app:1"});
  engine_.put(image);
  engine_.put(Volume{.name = "data", .driver = "local"});
  Container container = fake_container(1, image, "exited");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  container.labels = {{"a", "b"}};
  engine_.put(container);
  const auto listed = client_.containers({});
  ASSERT_TRUE(listed.has_value()) << listed.error().message;
  ASSERT_EQ(listed->size(), 1U);
  const auto shown = client_.container(container.id, {});
  ASSERT_TRUE(shown.has_value()) << shown.error().message;
  for (const Container& seen : {listed->front(), *shown}) {
    EXPECT_EQ(seen.id, container.id);
    EXPECT_EQ(seen.name, container.name);
    EXPECT_EQ(seen.image, podman() ? seen.image : "app:1");
    EXPECT_TRUE(seen.image_id == image.id || (podman() && seen.image_id.empty())) << seen.image_id;
    EXPECT_EQ(seen.state, "exited");
    EXPECT_EQ(seen.created_ms, container.created_ms);
    EXPECT_EQ(seen.labels, container.labels);
    ASSERT_EQ(seen.mounts.size(), 1U);
    EXPECT_EQ(seen.mounts[0].type, ContainerMount::Type::volume);
    EXPECT_EQ(seen.mounts[0].name, "data");
  }
  EXPECT_EQ(shown->finished_ms, container.finished_ms);
}

TEST_P(EngineSessionTest, SeesVolumesAndNetworks) {
  const std::string hex(64, 'e');
  engine_.put(Volume{.name = "data", .driver = "local", .created_ms = 1'704'067'200'000});
  engine_.put(Volume{.name = hex, .driver = "local", .anonymous = true});
  engine_.put(Volume{.name = "nfs", .driver = "local", .has_options = true});
  const auto volumes = client_.volumes({});
  ASSERT_TRUE(volumes.has_value()) << volumes.error().message;
  ASSERT_EQ(volumes->size(), 3U);
  for (const Volume& volume : *volumes) {
    EXPECT_EQ(volume.anonymous, volume.name == hex) << volume.name;
    EXPECT_EQ(volume.has_options, volume.name == "nfs") << volume.name;
    const auto shown = client_.volume(volume.name, {});
    ASSERT_TRUE(shown.has_value()) << shown.error().message;
    EXPECT_EQ(shown->anonymous, volume.anonymous);
    EXPECT_EQ(shown->has_options, volume.has_options);
    EXPECT_EQ(shown->created_ms, volume.created_ms);
  }
  engine_.put(Network{.id = hex, .name = "front", .driver = "bridge"});
  const auto networks = client_.networks({});
  ASSERT_TRUE(networks.has_value()) << networks.error().message;
  EXPECT_THAT(*networks, Contains(testing::Field(&Network::name, "front")));
  const auto shown = client_.network(hex, {});
  ASSERT_TRUE(shown.has_value()) << shown.error().message;
  EXPECT_EQ(shown->endpoints, 0U);
  EXPECT_FALSE(shown->predefined);
}

TEST_P(EngineSessionTest, SeesBuildCacheWhereItCanBeAskedFor) {
  engine_.put(BuildCacheRecord{.id = "one", .type = "regular", .size_bytes = 10, .in_use = false});
  engine_.put(BuildCacheRecord{.id = "two", .type = "regular", .size_bytes = 20, .in_use = true});
  const auto records = client_.build_cache({});
  if (!since({1, 42})) {
    EXPECT_EQ(records.error().problem, EngineProblem::unsupported);
    return;
  }
  ASSERT_TRUE(records.has_value()) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  EXPECT_FALSE((*records)[0].in_use);
  EXPECT_TRUE((*records)[1].in_use);
  EXPECT_TRUE(client_.prune_build_cache({.unused_for_ms = 3'600'000}, {}).has_value());
}

TEST_P(EngineSessionTest, RemovesImagesOnlyWhereNothingIsLost) {
  const Image image = fake_image(1, {"app:1", "app:2"});
  engine_.put(image);
  EXPECT_EQ(client_.remove_image(image.id, {}).error().problem, EngineProblem::in_use);  // two tags
  const auto tag = client_.remove_image("app:1", {});
  ASSERT_TRUE(tag.has_value()) << tag.error().message;
  EXPECT_THAT(tag->deleted, IsEmpty());
  const Container container = fake_container(1, image, "exited");
  engine_.put(container);
  EXPECT_EQ(client_.remove_image("app:2", {}).error().problem, EngineProblem::in_use);
  EXPECT_EQ(engine_.images().size(), 1U);
  EXPECT_TRUE(client_.remove_container(container.id, {}).has_value());
  const auto last = client_.remove_image("app:2", {});
  ASSERT_TRUE(last.has_value()) << last.error().message;
  EXPECT_THAT(last->deleted, testing::Not(IsEmpty()));
  EXPECT_THAT(engine_.images(), IsEmpty());
  EXPECT_EQ(client_.remove_image("app:2", {}).error().problem, EngineProblem::not_found);
}

TEST_P(EngineSessionTest, RemovesNoVolumeInUseAndNoRunningContainer) {
  const Image image = fake_image(1, {"app:1"});
  engine_.put(image);
  engine_.put(Volume{.name = "data", .driver = "local"});
  Container container = fake_container(1, image, "running");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  engine_.put(container);
  EXPECT_EQ(client_.remove_volume("data", {}).error().problem, EngineProblem::in_use);
  EXPECT_EQ(client_.remove_container(container.id, {}).error().problem, EngineProblem::in_use);
  container.state = "exited";
  engine_.put(container);
  EXPECT_TRUE(client_.remove_container(container.id, {}).has_value());
  EXPECT_EQ(client_.remove_container(container.id, {}).error().problem, EngineProblem::not_found);
  EXPECT_TRUE(client_.remove_volume("data", {}).has_value());
  EXPECT_EQ(client_.remove_volume("data", {}).error().problem, EngineProblem::not_found);
}

TEST_P(EngineSessionTest, PullsWhatIsThereAndSaysWhatIsNot) {
  engine_.publish("app:1", fake_image(1, {"app:1"}));
  engine_.fail_pull("app:2", "toomanyrequests: slow down");
  const auto pulled = client_.pull({.repository = "app", .tag = "1", .digest = {}}, "eyJ9", {});
  ASSERT_TRUE(pulled.has_value()) << pulled.error().message;
  EXPECT_EQ(engine_.images().size(), 1U);
  const auto limited = client_.pull({.repository = "app", .tag = "2", .digest = {}}, "", {});
  ASSERT_FALSE(limited.has_value());
  EXPECT_THAT(limited.error().message, HasSubstr("toomanyrequests"));
  EXPECT_FALSE(client_.pull({.repository = "app", .tag = "3", .digest = {}}, "", {}).has_value());
}

TEST_P(EngineSessionTest, HearsWhatHappensAndWhatItMissed) {
  const Image image = fake_image(1, {"app:1"});
  engine_.put(image);
  std::mutex mutex;
  std::vector<EngineEvent> heard;
  std::atomic<int> connected = 0;
  const auto listen = [&](std::int64_t since_ns, const std::stop_token& stop) {
    return client_.events(
        since_ns, [&] { ++connected; },
        [&](const EngineEvent& event) {
          const std::lock_guard lock(mutex);
          heard.push_back(event);
        },
        stop);
  };
  const auto has_heard = [&](const std::string& action, const std::string& actor) {
    const std::lock_guard lock(mutex);
    return std::ranges::any_of(heard, [&](const EngineEvent& event) {
      return event.type == "container" && event.action == action && event.actor_id == actor;
    });
  };
  const Container first = fake_container(1, image);
  const Container second = fake_container(2, image);
  {
    std::stop_source stop;
    std::thread listener([&] { EXPECT_EQ(listen(0, stop.get_token()).problem, EngineProblem::stopped); });
    EXPECT_TRUE(eventually([&] { return connected == 1; }));
    engine_.put(first);
    EXPECT_TRUE(eventually([&] { return has_heard("create", first.id); }));
    stop.request_stop();
    listener.join();
  }
  engine_.put(second);  // while nobody listens
  std::int64_t last_ns = 0;
  for (const EngineEvent& event : heard) last_ns = std::max(last_ns, event.time_ns);
  EXPECT_GT(last_ns, 0);
  std::stop_source stop;
  std::thread listener([&] { EXPECT_EQ(listen(last_ns, stop.get_token()).problem, EngineProblem::stopped); });
  EXPECT_TRUE(eventually([&] { return has_heard("create", second.id); }));
  stop.request_stop();
  listener.join();
}

TEST_P(EngineSessionTest, LosesTheEventsWithTheEngine) {
  std::atomic<bool> connected = false;
  EngineError error;
  std::thread listener(
      [&] { error = client_.events(0, [&] { connected = true; }, [](const EngineEvent&) {}, {}); });
  EXPECT_TRUE(eventually([&] { return connected.load(); }));
  engine_.stop();
  listener.join();
  EXPECT_TRUE(error.problem == EngineProblem::unreachable || error.problem == EngineProblem::garbage)
      << error.message;
  EXPECT_EQ(client_.negotiate({}).error().problem, EngineProblem::unreachable);
  engine_.start();
  EXPECT_TRUE(client_.negotiate({}).has_value());
}

TEST_P(EngineSessionTest, SurvivesEveryFaultOfAList) {
  engine_.put(fake_image(1, {"app:1"}));
  using Kind = FakeFault::Kind;
  const auto ask = [&](FakeFault fault) {
    fault.method = "GET";
    fault.path_prefix = "/images/json";
    engine_.add_fault(std::move(fault));
    const auto images = client_.images({});
    return images ? EngineProblem::not_allowed : images.error().problem;
  };
  EXPECT_EQ(ask({.kind = Kind::status, .status = 500, .body = "{\"message\":\"no\"}"}),
            EngineProblem::failed);
  EXPECT_EQ(ask({.kind = Kind::status, .status = 403, .body = "Forbidden"}), EngineProblem::forbidden);
  EXPECT_EQ(ask({.kind = Kind::close}), EngineProblem::unreachable);
  EXPECT_EQ(ask({.kind = Kind::cut, .bytes = 20}), EngineProblem::garbage);
  EXPECT_EQ(ask({.kind = Kind::garbage, .body = "\x01\x02garbage\r\n\r\n"}), EngineProblem::garbage);
  EXPECT_EQ(ask({.kind = Kind::body, .body = "[{\"Id\":\"x\"}]"}), EngineProblem::garbage);
  engine_.add_fault({.method = "GET",
                     .path_prefix = "/images/json",
                     .kind = Kind::drip,
                     .pause = std::chrono::milliseconds(1)});
  const auto dripped = client_.images({});
  ASSERT_TRUE(dripped.has_value()) << dripped.error().message;
  EXPECT_EQ(dripped->size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Dialects, EngineSessionTest,
    testing::Values(Dialect{"Docker19", EngineKind::docker, "19.03.15", {1, 40}, ImageStore::graphdriver},
                    Dialect{"Docker20", EngineKind::docker, "20.10.24", {1, 41}, ImageStore::graphdriver},
                    Dialect{"Docker23", EngineKind::docker, "23.0.6", {1, 42}, ImageStore::graphdriver},
                    Dialect{"Docker24", EngineKind::docker, "24.0.9", {1, 43}, ImageStore::graphdriver},
                    Dialect{"Docker25", EngineKind::docker, "25.0.6", {1, 44}, ImageStore::containerd},
                    Dialect{"Docker28", EngineKind::docker, "28.0.4", {1, 48}, ImageStore::graphdriver},
                    Dialect{"Docker28b", EngineKind::docker, "28.4.0", {1, 51}, ImageStore::graphdriver},
                    Dialect{"Docker29", EngineKind::docker, "29.0.0", {1, 52}, ImageStore::containerd},
                    Dialect{"Docker293", EngineKind::docker, "29.3.0", {1, 54}, ImageStore::containerd},
                    Dialect{"Podman4", EngineKind::podman, "4.3.1", {1, 41}, ImageStore::podman},
                    Dialect{"Podman5", EngineKind::podman, "5.8.0", {1, 44}, ImageStore::podman}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace caretaker
