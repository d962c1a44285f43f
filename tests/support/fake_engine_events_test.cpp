// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "support/fake_engine_fixture.h"

// Streams: events and pulls.
namespace caretaker {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class Listener {
 public:
  explicit Listener(const FakeEngine& engine, const std::string& target = "/events")
      : client_(engine.socket()) {
    client_.send_request("GET", target);
    EXPECT_EQ(client_.read_head().status, 200);
  }

  json next() { return json::parse(client_.next_chunk(), nullptr, false); }
  // "container create", ...: so many events.
  std::vector<std::string> words(std::size_t count) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < count; ++i) {
      const json event = next();
      if (!event.is_object()) break;
      words.push_back(event.value("Type", "") + ' ' + event.value("Action", ""));
    }
    return words;
  }

 private:
  RawHttpClient client_;
};

TEST(FakeEngineEvents, TellWhatAContainerDoes) {
  FakeEngine engine;
  Image image = fake_image(1, {"app:1"});
  engine.put(image);
  engine.put(Volume{.name = "data", .driver = "local"});
  engine.put(Network{.id = "net1", .name = "front", .driver = "bridge"});
  Listener listener(engine);
  Container container = fake_container(1, image, "running");
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  container.networks = {"net1"};
  container.labels = {{"a", "b"}};
  engine.put(container);
  const json create = listener.next();
  EXPECT_EQ(create["Action"], "create");
  EXPECT_EQ(create["Actor"]["ID"], container.id);
  EXPECT_EQ(create["Actor"]["Attributes"], json({{"a", "b"}, {"image", "app:1"}, {"name", "container-1"}}));
  EXPECT_EQ(create["timeNano"].get<std::int64_t>() / 1'000'000'000, create["time"]);
  EXPECT_FALSE(create.contains("status")) << "gone with 1.52";
  const json mount = listener.next();
  EXPECT_EQ(mount["Action"], "mount");
  EXPECT_EQ(mount["Actor"]["ID"], "data");
  EXPECT_EQ(mount["Actor"]["Attributes"]["container"], container.id);
  EXPECT_THAT(listener.words(2), ElementsAre("network connect", "container start"));
  container.state = "exited";
  engine.put(container);
  EXPECT_THAT(listener.words(3), ElementsAre("container die", "volume unmount", "network disconnect"));
  engine.remove_container(container.id);
  EXPECT_THAT(listener.words(1), ElementsAre("container destroy"));
}

TEST(FakeEngineEvents, TellWhatHappensToImagesAndVolumes) {
  AskedEngine docker(graphdriver_options());
  Listener listener(docker.engine);
  Image image = fake_image(1, {"app:1"});
  docker.engine.put(image);
  const json pull = listener.next();
  EXPECT_EQ(pull["Action"], "pull");
  EXPECT_EQ(pull["Actor"]["ID"], "app:1");
  EXPECT_EQ(pull["status"], "pull");
  EXPECT_EQ(pull["id"], "app:1");
  image.tags = {"app:1", "app:2"};
  docker.engine.put(image);
  const json tag = listener.next();
  EXPECT_EQ(tag["Action"], "tag");
  EXPECT_EQ(tag["Actor"]["ID"], image.id);
  EXPECT_EQ(docker.ask("DELETE", "/images/app:2").status, 200);
  EXPECT_EQ(docker.ask("DELETE", "/images/app:1").status, 200);
  EXPECT_THAT(listener.words(4), ElementsAre("image untag", "image untag", "image untag", "image delete"));
  docker.engine.put(Volume{.name = "data", .driver = "local"});
  docker.engine.remove_volume("data");
  EXPECT_THAT(listener.words(2), ElementsAre("volume create", "volume destroy"));
  EXPECT_EQ(docker.ask("POST", "/build/prune").status, 200);
  EXPECT_THAT(listener.words(1), ElementsAre("builder prune"));
}

TEST(FakeEngineEvents, AreFiltered) {
  FakeEngine engine;
  Listener images(engine, "/events?filters=%7B%22type%22:%5B%22image%22%5D%7D");
  Listener some(
      engine,
      "/events?filters=%7B%22type%22:%7B%22container%22:true,%22image%22:true%7D,%22event%22:%7B%22start"
      "%22:true,%22exec_create%22:true,%22load%22:true%7D%7D");
  engine.put(fake_container(1, fake_image(1, {"app:1"})));
  engine.raise({.type = "container", .action = "exec_create: sh -c true", .actor_id = "c1"});
  engine.put(fake_image(2, {}));
  EXPECT_THAT(images.words(1), ElementsAre("image load"));
  EXPECT_THAT(some.words(3),
              ElementsAre("container start", "container exec_create: sh -c true", "image load"));
}

TEST(FakeEngineEvents, ListenersAreCountedAndLeave) {
  FakeEngine engine;
  EXPECT_EQ(engine.listeners(), 0U);
  {
    const Listener one(engine);
    const Listener two(engine);
    EXPECT_EQ(engine.listeners(), 2U);
  }
  EXPECT_TRUE(eventually([&] { return engine.listeners() == 0; }));
}

TEST(FakeEngineEvents, SinceReadsTheRing) {
  AskedEngine docker;
  for (int i = 0; i < 300; ++i) {
    docker.engine.raise(
        {.time_ns = 1'000'000'000 + i, .type = "volume", .action = "mount", .actor_id = "data"});
  }
  const auto count = [&](const std::string& since) {
    const RawAnswer answer = docker.ask("GET", "/events?until=2&since=" + since);
    return std::count(answer.body.begin(), answer.body.end(), '\n');
  };
  EXPECT_EQ(count("0"), 256) << "the ring's size";
  EXPECT_EQ(count("1.000000290"), 10);
  EXPECT_EQ(count("1.5"), 0);
  EXPECT_EQ(docker.ask("GET", "/events?since=yesterday").status, 400);
  EXPECT_EQ(docker.ask("GET", "/events?filters=text").status, 400);
}

TEST(FakeEngineEvents, PodmanHasOtherWords) {
  AskedEngine podman(podman_options());
  Listener listener(podman.engine);
  const Image image = fake_image(1, {"docker.io/library/app:1"});
  podman.engine.put(image);
  EXPECT_EQ(listener.next()["Actor"]["ID"], image.id.substr(7));
  Container container = fake_container(1, image);
  container.mounts = {{.type = ContainerMount::Type::volume, .name = "data"}};
  podman.engine.put(container);
  EXPECT_THAT(listener.words(2), ElementsAre("container create", "container start"));
  container.state = "exited";
  podman.engine.put(container);
  const json die = listener.next();
  EXPECT_EQ(die["Action"], "die");
  EXPECT_EQ(die["status"], "die");
  EXPECT_EQ(die["Actor"]["Attributes"]["containerExitCode"], "0");
  podman.engine.remove_container(container.id);
  podman.engine.remove_image(image.id);
  EXPECT_THAT(listener.words(3), ElementsAre("container remove", "image untag", "image delete"));
}

TEST(FakeEnginePull, BringsAnImage) {
  AskedEngine docker;
  const Image image = fake_image(1, {"nginx:1.25"});
  docker.engine.publish("nginx:1.25", image);
  const RawAnswer first = docker.ask("POST", "/images/create?fromImage=nginx&tag=1.25");
  EXPECT_EQ(first.headers.at("transfer-encoding"), "chunked");
  EXPECT_THAT(first.body, HasSubstr("progressDetail"));
  EXPECT_THAT(first.body, HasSubstr("\"Digest: sha256:d00000000001"));
  EXPECT_THAT(first.body, HasSubstr("\"Status: Downloaded newer image for nginx:1.25\""));
  ASSERT_EQ(docker.engine.images().size(), 1U);
  EXPECT_GT(docker.engine.images()[0].tagged_ms, image.tagged_ms);
  const RawAnswer second = docker.ask("POST", "/images/create?fromImage=docker.io/library/nginx&tag=1.25");
  EXPECT_THAT(second.body, HasSubstr("\"Status: Image is up to date for nginx:1.25\""));
}

TEST(FakeEnginePull, MovesTheTag) {
  AskedEngine docker;
  docker.engine.put(fake_image(1, {"nginx:1.25", "mine:1"}));
  docker.engine.publish("nginx:1.25", fake_image(2, {}));
  Listener listener(docker.engine);
  EXPECT_EQ(docker.ask("POST", "/images/create?fromImage=nginx:1.25").status, 200);
  EXPECT_EQ(docker.engine.images()[0].tags, std::vector<std::string>{"mine:1"});
  EXPECT_EQ(docker.engine.images()[1].tags, std::vector<std::string>{"nginx:1.25"});
  EXPECT_THAT(listener.words(1), ElementsAre("image pull"));
}

TEST(FakeEnginePull, ByDigestBringsNoTag) {
  AskedEngine docker;
  const Image image = fake_image(1, {"nginx:1.25"});
  const std::string digest = image.digests[0].substr(6);
  docker.engine.publish("nginx@" + digest, image);
  EXPECT_EQ(docker.ask("POST", "/images/create?fromImage=nginx&tag=" + digest).status, 200);
  EXPECT_TRUE(docker.engine.images()[0].tags.empty());
  EXPECT_EQ(docker.get("/images/nginx@" + digest + "/json")["Id"], image.id);
}

TEST(FakeEnginePull, WithoutTagBringsAllOfThem) {
  AskedEngine docker;
  docker.engine.publish("app:1", fake_image(1, {}));
  docker.engine.publish("app:2", fake_image(2, {}));
  docker.engine.publish("other:1", fake_image(3, {}));
  EXPECT_EQ(docker.ask("POST", "/images/create?fromImage=app").status, 200);
  EXPECT_EQ(docker.engine.images().size(), 2U);
}

TEST(FakeEnginePull, FailsInsideTheStreamOrBefore) {
  AskedEngine docker;
  docker.engine.fail_pull("app:1", "toomanyrequests: limit");
  const RawAnswer failed = docker.ask("POST", "/images/create?fromImage=app&tag=1");
  EXPECT_EQ(failed.status, 200);
  EXPECT_THAT(failed.body,
              HasSubstr("{\"error\":\"toomanyrequests: limit\",\"errorDetail\":{\"message\":\"toomany"));
  const RawAnswer unknown = docker.ask("POST", "/images/create?fromImage=app&tag=2");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("manifest unknown"));
  docker.engine.publish("app:1", fake_image(1, {}));
  EXPECT_THAT(docker.ask("POST", "/images/create?fromImage=app&tag=1").body, HasSubstr("Downloaded"));

  AskedEngine podman(podman_options());
  const RawAnswer in_stream = podman.ask("POST", "/images/create?fromImage=app&tag=2");
  EXPECT_EQ(in_stream.status, 200);
  EXPECT_THAT(in_stream.body, HasSubstr("errorDetail"));
  podman.engine.publish("app:2", fake_image(1, {}));
  EXPECT_EQ(podman.ask("POST", "/images/create?fromImage=app&tag=2").status, 200);
  EXPECT_EQ(podman.engine.images()[0].tags, std::vector<std::string>{"docker.io/library/app:2"});
}

}  // namespace
}  // namespace caretaker
