// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "docker/engine_client.h"
#include "support/docker_engine.h"
#include "support/podman_service.h"

namespace caretaker {

[[nodiscard]] inline std::unique_ptr<ContainerEngine> make_engine(EngineKind kind) {
  if (kind == EngineKind::podman) return std::make_unique<PodmanService>();
  return std::make_unique<DockerEngine>();
}

// The end of the names of tests.
[[nodiscard]] inline std::string name_of_engine(const testing::TestParamInfo<EngineKind>& test) {
  return std::string(to_string(test.param));
}

// The answer, or the test ends.
template <class T>
[[nodiscard]] T value_of(EngineResult<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(to_string(result.error().problem)) + ": " + result.error().message);
  }
  return std::move(*result);
}

// A real engine and a client that has found it.
class RealEngine : public testing::Test {
 protected:
  void start(EngineKind kind) {
    engine_ = make_engine(kind);
    client_ = std::make_unique<EngineClient>(EngineClientOptions{.socket = engine_->socket()});
    (void)value_of(client_->negotiate({}));
  }
  void SetUp() override {
    if (const std::string hindrance = ContainerEngine::hindrance(); !hindrance.empty()) {
      GTEST_SKIP() << hindrance;
    }
  }

  [[nodiscard]] ContainerEngine& engine() { return *engine_; }
  [[nodiscard]] EngineClient& client() { return *client_; }

 private:
  std::unique_ptr<ContainerEngine> engine_;
  std::unique_ptr<EngineClient> client_;
};

// The same for Docker and Podman.
class EachRealEngine : public RealEngine, public testing::WithParamInterface<EngineKind> {
 protected:
  void SetUp() override {
    RealEngine::SetUp();
    if (!IsSkipped()) start(GetParam());
  }
  [[nodiscard]] static bool is_podman() { return GetParam() == EngineKind::podman; }
  // How the engine calls an image that was imported as `name`.
  [[nodiscard]] static std::string full(const std::string& name) {
    return is_podman() ? "docker.io/library/" + name : name;
  }
};

}  // namespace caretaker
