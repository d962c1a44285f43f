// SPDX-License-Identifier: MIT
#include "docker/engine_objects.h"

#include <array>
#include <cstddef>

namespace caretaker {
namespace {

constexpr std::array<std::string_view, 2> kind_words = {"docker", "podman"};
constexpr std::array<std::string_view, 3> store_words = {"graphdriver", "containerd", "podman"};

}  // namespace

std::string_view to_string(EngineKind kind) {
  return kind_words[static_cast<std::size_t>(kind)];
}

std::string_view to_string(ImageStore store) {
  return store_words[static_cast<std::size_t>(store)];
}

std::string to_string(ApiVersion version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor);
}

}  // namespace caretaker
