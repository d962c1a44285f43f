// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/cleanup_record.h"
#include "cleanup/inventory.h"
#include "docker/engine_objects.h"

namespace caretaker {

// So many objects are remembered; of more the new ones count as seen just now, every time.
inline constexpr std::size_t usage_objects_max = 100'000;

// When each object was first seen and last used: from events, and from what the inventory shows. It only
// learns of uses, never of idleness: not to know is to be in use. Pure state, one thread, times are given in.
class UsageHistory {
 public:
  using Key = std::pair<ObjectKind, std::string>;

  // What the local store remembers.
  UsageHistory(std::vector<ObjectUsage> stored, const Observation& observation);

  // The event stream is connected. `gap`: uses since `observation().until_ms` may have been missed, so the
  // continuous observation begins anew. The very first connection begins the observation.
  void connected(std::int64_t now_ms, bool gap);
  // All events up to `now_ms` have been applied.
  void observed(std::int64_t now_ms);
  // A container's image is what the user typed: it is resolved through the newest inventory's tags, at the
  // time of the event, because tags move. What cannot be resolved is left to the next reconcile().
  void apply(const EngineEvent& event);
  // The truth of the moment: new objects are first seen, used ones used now, gone ones forgotten (of kinds
  // whose list is complete). An object made anew under an old name begins anew.
  void reconcile(const Inventory& inventory);

  // Null: not seen yet.
  [[nodiscard]] const ObjectUsage* find(ObjectKind kind, const std::string& id) const;
  [[nodiscard]] const Observation& observation() const { return observation_; }
  // What is to be written since the last call.
  [[nodiscard]] UsageChange take_changes();

 private:
  void use(ObjectKind kind, const std::string& id, std::int64_t time_ms);
  ObjectUsage* entry(ObjectKind kind, const std::string& id, std::int64_t now_ms);

  Observation observation_;
  std::map<Key, ObjectUsage> objects_;
  std::map<std::string, std::string>
      image_ids_;  // reference, id or digest -> image id, of the last inventory
  UsageChange changes_;
};

}  // namespace caretaker
