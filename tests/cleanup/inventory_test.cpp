// SPDX-License-Identifier: MIT
#include "cleanup/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t now = 1'700'000'000'000;

const Image nginx = fake_image(1, {"nginx:1.25"});

// One object of each kind.
void fill(FakeEngine& engine) {
  engine.put(nginx);
  engine.put(fake_container(1, nginx));
  engine.put(fake_container(2, nginx, "exited"));
  engine.put(Volume{.name = "data", .driver = "local"});
  engine.put(Network{.id = std::string(64, 'e'), .name = "front", .driver = "bridge"});
  engine.put(BuildCacheRecord{.id = "cache1", .type = "regular", .size_bytes = 7});
}

EngineResult<Inventory> look(FakeEngine& engine, bool container_ends = false,
                             const std::stop_token& stop = {}) {
  EngineClient client({.socket = engine.socket()});
  if (auto version = client.negotiate(stop); !version) return std::unexpected(version.error());
  return take_inventory(client, container_ends, now, stop);
}

TEST(Inventory, ListsEverything) {
  FakeEngine engine;
  fill(engine);
  const auto inventory = look(engine);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_EQ(inventory->time_ms, now);
  EXPECT_TRUE(inventory->images.complete);
  EXPECT_THAT(inventory->images.items, ElementsAre(testing::Field(&Image::id, nginx.id)));
  EXPECT_TRUE(inventory->containers.complete);
  EXPECT_EQ(inventory->containers.items.size(), 2U);
  EXPECT_TRUE(inventory->volumes.complete);
  EXPECT_THAT(inventory->volumes.items, ElementsAre(testing::Field(&Volume::name, "data")));
  EXPECT_TRUE(inventory->networks.complete);
  EXPECT_THAT(inventory->networks.items, testing::Contains(testing::Field(&Network::name, "front")));
  EXPECT_TRUE(inventory->build_cache.complete);
  EXPECT_THAT(inventory->build_cache.items, ElementsAre(testing::Field(&BuildCacheRecord::id, "cache1")));
  EXPECT_TRUE(inventory->service_images.complete);
  EXPECT_THAT(inventory->service_images.items, IsEmpty());
}

TEST(Inventory, DescribesTheEngine) {
  FakeEngine docker({.version = "20.10.24", .api_max = {1, 41}, .store = ImageStore::graphdriver});
  const auto inventory = look(docker);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_EQ(describe_engine(inventory->engine, inventory->info),
            "docker 20.10.24, API 1.41, graphdriver overlay2");
}

TEST(Inventory, AsksForServicesOfASwarmManagerOnly) {
  FakeEngine engine;
  ASSERT_TRUE(look(engine));
  for (const FakeRequest& request : engine.take_requests()) {
    EXPECT_THAT(request.target, testing::Not(HasSubstr("/services")));
  }
  engine.put_service("redis:7");
  const auto inventory = look(engine);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_TRUE(inventory->service_images.complete);
  EXPECT_THAT(inventory->service_images.items, ElementsAre("redis:7"));
}

TEST(Inventory, AListThatFailsIsIncompleteAndTheOthersGoOn) {
  const std::vector<std::string> paths = {"/images/json", "/containers/json", "/volumes",
                                          "/networks",    "/system/df",       "/services"};
  for (std::size_t failing = 0; failing < paths.size(); ++failing) {
    FakeEngine engine;
    fill(engine);
    engine.put_service("redis:7");
    engine.add_fault({.path_prefix = paths[failing],
                      .kind = FakeFault::Kind::status,
                      .status = 500,
                      .body = R"({"message":"disk on fire"})"});
    const auto inventory = look(engine);
    ASSERT_TRUE(inventory) << inventory.error().message;
    const auto check = [&](std::size_t kind, const auto& listing) {
      const bool failed = kind == failing;
      EXPECT_EQ(listing.complete, !failed) << paths[kind];
      EXPECT_EQ(listing.items.empty(), failed) << paths[kind];
      EXPECT_FALSE(listing.unsupported);
      EXPECT_THAT(listing.problem, HasSubstr(failed ? "disk on fire" : ""));
      EXPECT_EQ(listing.problem.empty(), !failed);
    };
    check(0, inventory->images);
    check(1, inventory->containers);
    check(2, inventory->volumes);
    check(3, inventory->networks);
    check(4, inventory->build_cache);
    check(5, inventory->service_images);
  }
}

TEST(Inventory, AListThatIsCutIsIncomplete) {
  FakeEngine engine;
  fill(engine);
  engine.add_fault({.path_prefix = "/images/json", .kind = FakeFault::Kind::cut, .bytes = 20});
  const auto inventory = look(engine);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_FALSE(inventory->images.complete);
  EXPECT_THAT(inventory->images.items, IsEmpty());
  EXPECT_TRUE(inventory->containers.complete);
}

TEST(Inventory, OldEnginesAndPodmanHaveNoBuildCache) {
  FakeEngine old({.version = "20.10.24", .api_max = {1, 41}});
  FakeEngine podman({.kind = EngineKind::podman, .version = "4.3.1", .api_max = {1, 41}});
  for (FakeEngine* engine : {&old, &podman}) {
    const auto inventory = look(*engine);
    ASSERT_TRUE(inventory) << inventory.error().message;
    EXPECT_FALSE(inventory->build_cache.complete);
    EXPECT_TRUE(inventory->build_cache.unsupported);
    EXPECT_NE(inventory->build_cache.problem, "");
    EXPECT_TRUE(inventory->images.complete);
    EXPECT_TRUE(inventory->service_images.complete);
  }
}

TEST(Inventory, AnEngineThatGoesAwayEndsAll) {
  FakeEngine engine;
  fill(engine);
  EngineClient client({.socket = engine.socket()});
  ASSERT_TRUE(client.negotiate({}));
  engine.stop();
  const auto inventory = take_inventory(client, false, now, {});
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().problem, EngineProblem::unreachable);
}

TEST(Inventory, AConnectionThatIsLostInBetweenEndsAll) {
  for (const char* path : {"/volumes", "/containers/c"}) {
    FakeEngine engine;
    fill(engine);
    engine.add_fault({.path_prefix = path, .kind = FakeFault::Kind::close});
    const auto inventory = look(engine, true);
    ASSERT_FALSE(inventory) << path;
    EXPECT_EQ(inventory.error().problem, EngineProblem::unreachable);
  }
}

TEST(Inventory, IsStoppedWhileTheEngineHangs) {
  FakeEngine engine;
  std::stop_source stop;
  engine.add_fault({.path_prefix = "/networks", .kind = FakeFault::Kind::hang});
  std::jthread stopper([&] {
    const auto asked = [&] {
      const auto requests = engine.take_requests();
      return !requests.empty() && requests.back().target.find("/networks") != std::string::npos;
    };
    EXPECT_TRUE(eventually(asked));
    stop.request_stop();
  });
  const auto inventory = look(engine, false, stop.get_token());
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().problem, EngineProblem::stopped);
}

TEST(Inventory, WithoutInformationAboutTheEngineThereIsNone) {
  FakeEngine engine;
  engine.add_fault({.path_prefix = "/info", .kind = FakeFault::Kind::status, .status = 403});
  const auto inventory = look(engine);
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().problem, EngineProblem::forbidden);
}

// The containers' ends, by the last digit of their ids; -1: not in the list.
std::vector<std::int64_t> ends(const Inventory& inventory) {
  std::vector<std::int64_t> found(2, -1);
  for (const Container& container : inventory.containers.items) {
    found.at(static_cast<std::size_t>(container.id.back() - '1')) = container.finished_ms;
  }
  return found;
}

TEST(Inventory, AsksWhenContainersEnded) {
  FakeEngine engine;
  fill(engine);
  auto inventory = look(engine);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(ends(*inventory), ElementsAre(0, 0));
  (void)engine.take_requests();
  inventory = look(engine, true);
  ASSERT_TRUE(inventory);
  EXPECT_THAT(ends(*inventory), ElementsAre(0, fake_container(2, nginx, "exited").finished_ms));
  const std::string running = fake_container(1, nginx).id;
  for (const FakeRequest& request : engine.take_requests()) {
    EXPECT_THAT(request.target, testing::Not(HasSubstr(running)));
  }
}

TEST(Inventory, AContainerThatIsGoneMeanwhileIsNotListed) {
  FakeEngine engine;
  fill(engine);
  engine.add_fault({.path_prefix = "/containers/c",
                    .kind = FakeFault::Kind::status,
                    .status = 404,
                    .body = R"({"message":"No such container"})"});
  const auto inventory = look(engine, true);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_THAT(ends(*inventory), ElementsAre(0, -1));
  EXPECT_TRUE(inventory->containers.complete);
}

TEST(Inventory, AnEndThatCannotBeAskedForStaysUnknown) {
  FakeEngine engine;
  fill(engine);
  engine.add_fault({.path_prefix = "/containers/c", .kind = FakeFault::Kind::status, .status = 500});
  const auto inventory = look(engine, true);
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_THAT(ends(*inventory), ElementsAre(0, 0));
}

}  // namespace
}  // namespace caretaker
