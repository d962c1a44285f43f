// SPDX-License-Identifier: MIT
#include "docker/engine_socket.h"

#include "base/file.h"

namespace caretaker {

EngineSocket engine_socket(const std::string& configured, const DefaultSockets& defaults) {
  if (!configured.empty()) return {.path = configured, .engine = configured};
  const bool gate = path_exists(defaults.gate);
  return {.path = gate ? defaults.gate : defaults.engine, .engine = defaults.engine};
}

}  // namespace caretaker
