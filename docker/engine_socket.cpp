// SPDX-License-Identifier: MIT
#include "docker/engine_socket.h"

#include <sys/stat.h>

namespace caretaker {

EngineSocket engine_socket(const std::string& configured, const DefaultSockets& defaults) {
  if (!configured.empty()) return {.path = configured, .engine = configured};
  struct stat status{};
  const bool gate = ::stat(defaults.gate.c_str(), &status) == 0;
  return {.path = gate ? defaults.gate : defaults.engine, .engine = defaults.engine};
}

}  // namespace caretaker
