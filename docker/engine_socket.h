// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace caretaker {

// Where an engine is found when `[cleanup.docker] socket` is empty.
struct DefaultSockets {
  std::string gate = "/run/caretaker-docker-gate.sock";  // of caretaker-docker-gate(8)
  std::string engine = "/var/run/docker.sock";
};

struct EngineSocket {
  std::string path;    // to connect to
  std::string engine;  // the engine's own, which it makes anew when it starts
};

// `configured`, or the gate's socket where that exists, or else the engine's own. To be asked before every
// connection: the gate may be set up while the daemon runs.
[[nodiscard]] EngineSocket engine_socket(const std::string& configured, const DefaultSockets& defaults = {});

}  // namespace caretaker
