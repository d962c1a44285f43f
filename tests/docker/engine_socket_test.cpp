// SPDX-License-Identifier: MIT
#include "docker/engine_socket.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

TEST(EngineSocketChoice, IsWhatTheConfigurationNames) {
  const TempDir dir;
  const DefaultSockets defaults{.gate = dir.write("gate", ""), .engine = dir.write("engine", "")};
  const EngineSocket chosen = engine_socket("/run/podman/podman.sock", defaults);
  EXPECT_EQ(chosen.path, "/run/podman/podman.sock");
  EXPECT_EQ(chosen.engine, "/run/podman/podman.sock");
}

TEST(EngineSocketChoice, IsTheGateWhereThereIsOneAtThatMoment) {
  const TempDir dir;
  const DefaultSockets defaults{.gate = dir.path("gate"), .engine = dir.write("engine", "")};
  EXPECT_EQ(engine_socket("", defaults).path, defaults.engine);
  dir.write("gate", "");
  EXPECT_EQ(engine_socket("", defaults).path, defaults.gate);
  EXPECT_EQ(engine_socket("", defaults).engine, defaults.engine) << "its age is the engine's";
  std::filesystem::remove(defaults.gate);
  EXPECT_EQ(engine_socket("", defaults).path, defaults.engine);
}

TEST(EngineSocketChoice, NamesThePlacesOfTheUnitAndOfDocker) {
  const DefaultSockets defaults;
  EXPECT_EQ(defaults.gate, "/run/caretaker-docker-gate.sock");
  EXPECT_EQ(defaults.engine, "/var/run/docker.sock");
}

}  // namespace
}  // namespace caretaker
