// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/cleanup_record.h"
#include "cleanup/image_index.h"
#include "cleanup/inventory.h"
#include "docker/engine_objects.h"

namespace caretaker {

// So many objects are remembered; of more the new ones count as seen just now, every time.
inline constexpr std::size_t usage_objects_max = 100'000;
// That the watch goes on, with nothing else to tell, is written so often.
inline constexpr std::chrono::milliseconds observation_write_interval{60'000};
// Engines tell the time of creation in whole seconds.
inline constexpr std::chrono::milliseconds created_tolerance{1'000};

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
  // whose list is complete). An object made anew under an old name begins anew. While it is not known what
  // all containers use, everything is in use.
  void reconcile(const Inventory& inventory);

  // Null: not seen yet.
  [[nodiscard]] const ObjectUsage* find(ObjectKind kind, const std::string& id) const;
  [[nodiscard]] const Observation& observation() const { return observation_; }
  // What is to be written since the last call. That an object is still in use is nothing new: its last use is
  // written when it ends, and after a restart it is observation().until_ms.
  [[nodiscard]] UsageChange take_changes();

 private:
  struct Entry {
    ObjectUsage usage;
    bool stored = false;
  };

  void apply_image(const EngineEvent& event, std::int64_t time_ms);
  void use(ObjectKind kind, const std::string& id, std::int64_t time_ms);
  void use_image(const std::string& text, std::int64_t time_ms);
  // What the newest inventory shows of one object.
  void see(ObjectKind kind, const std::string& id, bool in_use, std::int64_t now_ms);
  void begin_anew_if_created(ObjectKind kind, const std::string& id, std::int64_t created_ms,
                             std::int64_t now_ms);
  void see_images(const Inventory& inventory);
  void see_tags(const Inventory& inventory);
  void see_containers(const Inventory& inventory);
  void see_volumes(const Inventory& inventory);
  void see_networks(const Inventory& inventory);
  void forget(ObjectKind kind, const std::string& id);
  void forget_all_but(ObjectKind kind, const std::set<std::string>& ids);
  void forget_the_future(std::int64_t now_ms);
  // Null when there are too many.
  Entry* entry(ObjectKind kind, const std::string& id, std::int64_t first_seen_ms);
  void changed(const Entry& entry);

  Observation observation_;
  Observation written_;
  std::map<Key, Entry> objects_;
  ImageIndex names_;  // of the last inventory that had all images, and what events told since
  std::map<std::string, std::string> container_images_;  // ids, of the last inventory
  std::set<Key> changed_;
  std::set<Key> forgotten_;
};

}  // namespace caretaker
