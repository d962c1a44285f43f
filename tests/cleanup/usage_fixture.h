// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.h"
#include "cleanup/usage_history.h"

namespace caretaker::usage_test {

using enum ObjectKind;

inline constexpr std::int64_t now = 1'700'000'000'000;
inline constexpr std::int64_t minute = 60'000;
inline constexpr std::int64_t day = 24 * 60 * minute;

inline const std::string id_a = "sha256:" + std::string(64, 'a');
inline const std::string id_b = "sha256:" + std::string(64, 'b');

inline Image image_a() {
  return {.id = id_a, .tags = {"nginx:1.25", "nginx:latest"}};
}
inline Image image_b() {
  return {.id = id_b, .tags = {"redis:7"}};
}

inline Container made_from(const Image& from, const std::string& text, const std::string& state = "running") {
  return {.id = "c1", .name = "web", .image_id = from.id, .image = text, .state = state};
}

// All lists are complete and empty.
inline Inventory inventory(std::int64_t time_ms) {
  Inventory inventory;
  inventory.time_ms = time_ms;
  inventory.images.complete = true;
  inventory.containers.complete = true;
  inventory.volumes.complete = true;
  inventory.networks.complete = true;
  inventory.build_cache.complete = true;
  inventory.service_images.complete = true;
  return inventory;
}

// Both images, nothing uses them.
inline Inventory two_images(std::int64_t time_ms) {
  Inventory made = inventory(time_ms);
  made.images.items = {image_a(), image_b()};
  return made;
}

inline EngineEvent event(const std::string& type, const std::string& action, const std::string& actor,
                         std::int64_t time_ms, const Labels& attributes = {}) {
  return {.time_ns = time_ms * ns_per_ms,
          .type = type,
          .action = action,
          .actor_id = actor,
          .attributes = attributes};
}

// Watches since `now`.
class UsageHistoryTest : public testing::Test {
 protected:
  UsageHistoryTest() { history.connected(now, false); }

  ObjectUsage usage(ObjectKind kind, const std::string& id) const {
    const ObjectUsage* found = history.find(kind, id);
    return found == nullptr ? ObjectUsage{} : *found;
  }
  bool knows(ObjectKind kind, const std::string& id) const { return history.find(kind, id) != nullptr; }

  UsageHistory history{{}, {}};
};

}  // namespace caretaker::usage_test
