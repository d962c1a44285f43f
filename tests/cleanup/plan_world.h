// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cleanup/plan.h"

namespace caretaker {

// "sha256:" and 64 digits that begin with `digits`.
[[nodiscard]] std::string image_id(std::string_view digits);
inline constexpr std::uint64_t mib = 1ULL << 20;

// Everything that a plan is made from. To begin with: all kinds may go as soon as the defaults say, all lists
// are complete, the engine has been watched for a year, and whatever is added has been known for 100 days
// and was not used since.
struct World {
  World();

  std::int64_t now = 1'700'000'000'000;
  Inventory inventory;
  CleanupPolicy policy;
  PlanMoment moment;
  std::map<std::pair<ObjectKind, std::string>, ObjectUsage> history;

  [[nodiscard]] std::int64_t ago(std::chrono::milliseconds age) const { return now - age.count(); }

  // The references are good until the next object of the kind is added.
  Image& add_image(std::string_view digits, std::vector<std::string> tags, std::uint64_t size = 100 * mib);
  // Runs; made from `image` as the user typed it, with the id when it is given.
  Container& add_container(const std::string& name, const std::string& image, const std::string& id = "");
  Volume& add_volume(const std::string& name, bool anonymous = true);
  Network& add_network(const std::string& name);
  BuildCacheRecord& add_record(const std::string& id, std::chrono::milliseconds unused, std::uint64_t size);
  ObjectUsage& usage(ObjectKind kind, const std::string& id);
  // An image that was last used so long ago.
  void used(std::string_view digits, std::chrono::milliseconds ago);

  [[nodiscard]] Plan plan() const;
  // Of its own plan. Fails the test when there is not exactly one.
  [[nodiscard]] Verdict verdict(ObjectKind kind, const std::string& id) const;
  [[nodiscard]] Verdict image_verdict(std::string_view digits) const;
  [[nodiscard]] Reason image_reason(std::string_view digits) const { return image_verdict(digits).reason; }
};

// The targets of all actions of a kind, in order, with blanks between them.
[[nodiscard]] std::string targets(const Plan& plan, ObjectKind kind);

}  // namespace caretaker
