// SPDX-License-Identifier: MIT
#include "cleanup/plan_world.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace caretaker {

using std::chrono::days;

std::string image_id(std::string_view digits) {
  constexpr std::size_t length = 64;
  std::string id = "sha256:" + std::string(digits);
  return id.append(length - digits.size(), '0');
}

World::World() {
  policy.cleanup.mode = CleanupMode::enforce;
  policy.docker.containers = true;
  policy.docker.networks = true;
  policy.docker.keep_last = 0;
  moment.now_ms = now;
  moment.observation = {.first_ms = ago(days(365)), .since_ms = ago(days(365)), .until_ms = now};
  inventory.time_ms = now;
  inventory.images.complete = true;
  inventory.containers.complete = true;
  inventory.volumes.complete = true;
  inventory.networks.complete = true;
  inventory.build_cache.complete = true;
  inventory.service_images.complete = true;
}

ObjectUsage& World::usage(ObjectKind kind, const std::string& id) {
  const ObjectUsage known{.kind = kind,
                          .id = id,
                          .first_seen_ms = ago(days(100)),
                          .last_used_ms = 0,
                          .unused_since_ms = ago(days(100))};
  return history.try_emplace({kind, id}, known).first->second;
}

Image& World::add_image(std::string_view digits, std::vector<std::string> tags, std::uint64_t size) {
  Image image;
  image.id = image_id(digits);
  image.tags = std::move(tags);
  image.size_bytes = size;
  image.created_ms = ago(days(200));
  usage(ObjectKind::image, image.id);
  return inventory.images.items.emplace_back(std::move(image));
}

Container& World::add_container(const std::string& name, const std::string& image, const std::string& id) {
  Container container;
  container.id = name + "-id";
  container.name = name;
  container.image = image;
  container.image_id = id;
  container.state = "running";
  container.created_ms = ago(days(90));
  usage(ObjectKind::container, container.id);
  return inventory.containers.items.emplace_back(std::move(container));
}

Volume& World::add_volume(const std::string& name, bool anonymous) {
  Volume volume;
  volume.name = name;
  volume.driver = "local";
  volume.created_ms = ago(days(100));
  volume.anonymous = anonymous;
  usage(ObjectKind::volume, name);
  return inventory.volumes.items.emplace_back(std::move(volume));
}

Network& World::add_network(const std::string& name) {
  Network network;
  network.id = name + "-id";
  network.name = name;
  network.driver = "bridge";
  network.created_ms = ago(days(100));
  usage(ObjectKind::network, network.id);
  return inventory.networks.items.emplace_back(std::move(network));
}

BuildCacheRecord& World::add_record(const std::string& id, std::chrono::milliseconds unused,
                                    std::uint64_t size) {
  BuildCacheRecord record;
  record.id = id;
  record.type = "regular";
  record.in_use = false;
  record.size_bytes = size;
  record.created_ms = ago(unused);
  record.last_used_ms = ago(unused);
  return inventory.build_cache.items.emplace_back(std::move(record));
}

void World::used(std::string_view digits, std::chrono::milliseconds age) {
  usage(ObjectKind::image, image_id(digits)).last_used_ms = ago(age);
}

Plan World::plan() const {
  const FindUsage find = [this](ObjectKind kind, const std::string& id) -> const ObjectUsage* {
    const auto found = history.find({kind, id});
    return found == history.end() ? nullptr : &found->second;
  };
  return make_plan(inventory, find, policy, moment);
}

Verdict World::verdict(ObjectKind kind, const std::string& id) const {
  std::vector<Verdict> found;
  Plan made = plan();
  for (Verdict& verdict : made.verdicts) {
    if (verdict.kind == kind && verdict.id == id) found.push_back(std::move(verdict));
  }
  EXPECT_EQ(found.size(), 1U) << to_string(kind) << ' ' << id;
  return found.empty() ? Verdict() : found.front();
}

Verdict World::image_verdict(std::string_view digits) const {
  return verdict(ObjectKind::image, image_id(digits));
}

std::string targets(const Plan& plan, ObjectKind kind) {
  std::string text;
  for (const PlannedAction& action : plan.actions) {
    if (plan.verdicts[action.verdict].kind != kind) continue;
    for (const std::string& target : action.targets) text += (text.empty() ? "" : " ") + target;
  }
  return text;
}

}  // namespace caretaker
