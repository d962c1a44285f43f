// SPDX-License-Identifier: MIT
// The event streams of Docker 20.10 and Podman 4.3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "docker/real_engine.h"
#include "support/eventually.h"
#include "support/registry_process.h"

namespace caretaker {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

// Listens on a thread and with a client of its own.
class Listener {
 public:
  explicit Listener(const ContainerEngine& engine, std::int64_t since_ns = 0)
      : thread_([this, socket = engine.socket(), since_ns](const std::stop_token& stop) {
          EngineClient client({.socket = socket});
          if (auto found = client.negotiate(stop); !found) {
            end_ = found.error();
          } else {
            end_ = client.events(
                since_ns, [this] { connected_ = true; },
                [this](const EngineEvent& event) {
                  const std::lock_guard lock(mutex_);
                  events_.push_back(event);
                },
                stop);
          }
          ended_ = true;
        }) {
    if (!eventually([this] { return connected_ || ended_; }) || !connected_) {
      throw std::runtime_error("no events: " + end_.message);
    }
  }

  // An event with these parts was seen, or is soon.
  [[nodiscard]] bool hears(const std::string& type, const std::string& action, const std::string& actor_id) {
    return eventually([&] {
      for (const EngineEvent& event : events()) {
        if (event.type == type && event.action == action && event.actor_id == actor_id) return true;
      }
      return false;
    });
  }
  [[nodiscard]] std::vector<EngineEvent> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // How it ended by itself.
  [[nodiscard]] EngineError end() {
    if (!eventually([this] { return ended_.load(); })) throw std::runtime_error("it does not end");
    return end_;
  }
  EngineError stop() {
    thread_.request_stop();
    return end();
  }

 private:
  std::mutex mutex_;
  std::vector<EngineEvent> events_;
  EngineError end_;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: it uses all of them
};

using EngineEventsE2e = EachRealEngine;

INSTANTIATE_TEST_SUITE_P(, EngineEventsE2e, testing::Values(EngineKind::docker, EngineKind::podman),
                         name_of_engine);

TEST_P(EngineEventsE2e, TellWhichImageAContainerUses) {
  engine().import_image("app:1");
  Listener listener(engine());
  const std::string container = engine().exited_container("app:1");
  EXPECT_TRUE(listener.hears("container", "create", container));
  EXPECT_TRUE(listener.hears("container", "start", container));
  EXPECT_TRUE(listener.hears("container", "die", container));
  for (const EngineEvent& event : listener.events()) {
    EXPECT_GT(event.time_ns, 0) << event.action;
    if (event.type != "container") continue;
    EXPECT_EQ(event.attributes.at("image"), full("app:1")) << event.action;
  }
  engine().docker({"rm", container});
  EXPECT_TRUE(listener.hears("container", "destroy", container));
  EXPECT_EQ(listener.stop().problem, EngineProblem::stopped);
}

TEST_P(EngineEventsE2e, TellWhatHappensToImages) {
  Listener listener(engine());
  const std::string id = engine().import_image("app:1");
  engine().docker({"tag", "app:1", "app:2"});
  EXPECT_TRUE(listener.hears("image", "tag", id));
  engine().docker({"rmi", "app:1", "app:2"});
  EXPECT_TRUE(listener.hears("image", "untag", id));
  EXPECT_TRUE(listener.hears("image", "delete", id));
}

TEST_P(EngineEventsE2e, TellOfAPull) {
  RegistryProcess registry;
  const std::string name = registry.host() + "/app:1";
  engine().import_image(name);
  engine().docker({"push", name});
  engine().docker({"rmi", name});
  Listener listener(engine());
  engine().docker({"pull", name});
  EXPECT_TRUE(listener.hears("image", "pull", name));
}

TEST_P(EngineEventsE2e, AreToldAgainSinceATime) {
  engine().import_image("app:1");
  Listener before(engine());
  const std::string container = engine().exited_container("app:1");
  ASSERT_TRUE(before.hears("container", "die", container));
  const std::int64_t last_ns = before.events().back().time_ns;
  before.stop();
  const std::string missed = engine().exited_container("app:1");
  Listener after(engine(), last_ns);
  EXPECT_TRUE(after.hears("container", "create", missed));
  EXPECT_TRUE(after.hears("container", "die", missed));
}

TEST_P(EngineEventsE2e, EndWithTheEngine) {
  engine().import_image("app:1");
  Listener listener(engine());
  engine().kill();
  EXPECT_EQ(listener.end().problem, EngineProblem::unreachable);
  engine().start();
  Listener again(engine());
  const std::string container = engine().exited_container("app:1");
  EXPECT_TRUE(again.hears("container", "die", container));
}

using DockerEventsE2e = RealEngine;

TEST_F(DockerEventsE2e, TellOfVolumesAndNotOfHealthChecks) {
  start(EngineKind::docker);
  engine().import_image("app:1");
  engine().docker({"volume", "create", "database"});
  Listener listener(engine());
  const std::string container = engine().run_container("app:1", {"-v", "database:/data"});
  EXPECT_TRUE(listener.hears("volume", "mount", "database"));
  engine().docker({"exec", container, "/bin/busybox", "true"});
  engine().docker({"rm", "-f", container});
  EXPECT_TRUE(listener.hears("volume", "unmount", "database"));
  EXPECT_TRUE(listener.hears("container", "destroy", container));
  for (const EngineEvent& event : listener.events())
    EXPECT_THAT(event.action, Not(testing::StartsWith("exec")));
}

}  // namespace
}  // namespace caretaker
