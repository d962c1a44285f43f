// SPDX-License-Identifier: MIT
#include "cleanup/plan_oracle.h"

#include <algorithm>

namespace caretaker {
namespace {

using Kind = ObjectKind;

std::uint64_t certain_bytes(const Image& image) {
  if (!image.size_bytes || !image.shared_bytes || *image.shared_bytes > *image.size_bytes) return 0;
  return *image.size_bytes - *image.shared_bytes;
}

std::uint64_t likely_bytes(const Image& image) {
  return image.shared_bytes ? certain_bytes(image) : image.size_bytes.value_or(0);
}

std::string line(Kind kind, const std::string& id) {
  return std::string(to_string(kind)) + ' ' + id;
}

bool goes(Reason reason) {
  return reason == Reason::dangling || reason == Reason::unused_too_long ||
         reason == Reason::least_recently_used;
}

template <class T, class Name>
bool twice(const std::vector<T>& items, Name name, const std::string& value) {
  return std::ranges::count(items, value, name) > 1;
}

}  // namespace

Oracle::Oracle(const World& world) : world_(world) {
  judge();
  order_actions();
  stop_when_enough();
  limit();
  for (const Judged& item : judged_) {
    verdicts_.push_back(line(item.kind, item.id) + ' ' + std::string(to_string(item.reason)));
  }
  std::ranges::sort(verdicts_);
}

ObjectUsage Oracle::usage(Kind kind, const std::string& id) const {
  const auto found = world_.history.find({kind, id});
  ObjectUsage usage = found == world_.history.end() ? ObjectUsage() : found->second;
  if (usage.first_seen_ms == 0) usage.first_seen_ms = world_.now;
  return usage;
}

bool Oracle::watched_long_enough() const {
  const std::int64_t since_ms = world_.moment.observation.since_ms;
  return since_ms > 0 && world_.now - since_ms >= world_.policy.cleanup.min_age.count();
}

bool Oracle::young(Kind kind, const std::string& id, std::int64_t changed_ms) const {
  const std::int64_t min_age_ms = world_.policy.cleanup.min_age.count();
  return world_.now - usage(kind, id).first_seen_ms < min_age_ms || world_.now - changed_ms < min_age_ms ||
         !watched_long_enough();
}

bool Oracle::used_recently(Kind kind, const std::string& id, std::int64_t limit_ms) const {
  const std::int64_t since_ms = usage(kind, id).unused_since_ms;
  return since_ms == 0 || world_.now - since_ms < limit_ms ||
         world_.now - world_.moment.observation.since_ms < limit_ms;
}

std::int64_t Oracle::last_used(const Image& image) const {
  const ObjectUsage own = usage(Kind::image, image.id);
  return std::max({own.first_seen_ms, own.last_used_ms, image.tagged_ms});
}

bool Oracle::stays_before(const Image& left, const Image& right) const {
  if (needed(left) != needed(right)) return needed(left);
  if (last_used(left) != last_used(right)) return last_used(left) > last_used(right);
  if (left.created_ms != right.created_ms) return left.created_ms > right.created_ms;
  return left.id < right.id;
}

bool Oracle::kept_last(const Image& image) const {
  for (const std::string& repository : repositories(image)) {
    const auto before = std::ranges::count_if(world_.inventory.images.items, [&](const Image& other) {
      return &other != &image && !dangling(other) && repositories(other).contains(repository) &&
             stays_before(other, image);
    });
    if (before < world_.policy.docker.keep_last) return true;
  }
  return false;
}

bool Oracle::dangling(const Image& image) const {
  if (!image.tags.empty()) return false;
  if (image.digests.empty()) return true;
  for (const Image& other : world_.inventory.images.items) {
    if (other.tags.empty()) continue;
    for (const std::string& repository : repositories(other)) {
      if (repositories(image).contains(repository)) return true;
    }
  }
  return false;
}

Reason Oracle::image(const Image& image) const {
  const Inventory& inventory = world_.inventory;
  const ImagePolicy policy = world_.policy.docker.images;
  if (policy == ImagePolicy::off) return Reason::kind_off;
  if (policy == ImagePolicy::dangling && !dangling(image)) return Reason::kind_off;
  const bool nameless = std::ranges::any_of(inventory.containers.items, [](const Container& container) {
    return container.image.empty() && container.image_id.empty();
  });
  const bool all =
      inventory.images.complete && inventory.containers.complete && inventory.service_images.complete;
  if (!all || nameless || twice(inventory.images.items, &Image::id, image.id)) return Reason::unknown_state;
  return needed(image) ? Reason::in_use : unneeded_image(image);
}

Reason Oracle::unneeded_image(const Image& image) const {
  const DockerCleanupConfig& docker = world_.policy.docker;
  if (kept(names(image))) return Reason::keep_rule;
  if (labelled(image.labels)) return Reason::keep_label;
  if (pulled(image)) return Reason::pull_in_flight;
  for (const Image& other : world_.inventory.images.items) {
    if (other.id != image.id && other.parent_id == image.id) return Reason::has_children;
  }
  if (young(Kind::image, image.id, image.tagged_ms)) return Reason::too_young;
  const std::int64_t unused_ms = world_.now - last_used(image);
  if (dangling(image)) {
    return unused_ms < docker.dangling_unused_for.count() ? Reason::recently_used : Reason::dangling;
  }
  if (kept_last(image)) return Reason::keep_last;
  const std::int64_t limit_ms = docker.image_unused_for.count();
  if (limit_ms > 0 && unused_ms >= limit_ms) return Reason::unused_too_long;
  return world_.moment.wanted_bytes == 0 ? Reason::not_needed : Reason::least_recently_used;
}

Reason Oracle::container(const Container& container) const {
  if (!world_.policy.docker.containers) return Reason::kind_off;
  if (!world_.inventory.containers.complete || container.state.empty()) return Reason::unknown_state;
  const bool created = container.state == "created";
  if (!created && container.state != "exited" && container.state != "dead") return Reason::in_use;
  const std::int64_t end_ms = created ? container.created_ms : container.finished_ms;
  if (end_ms == 0) return Reason::unknown_state;
  if (container.restarts) return Reason::in_use;
  if (kept({container.id, container.name})) return Reason::keep_rule;
  if (labelled(container.labels)) return Reason::keep_label;
  if (young(Kind::container, container.id, container.created_ms)) return Reason::too_young;
  const bool recently = world_.now - end_ms < world_.policy.docker.container_exited_for.count();
  return recently ? Reason::recently_used : Reason::unused_too_long;
}

Reason Oracle::network(const Network& network) const {
  const Inventory& inventory = world_.inventory;
  if (!world_.policy.docker.networks) return Reason::kind_off;
  const bool all = inventory.networks.complete && inventory.containers.complete;
  if (!all || network.driver == "overlay") return Reason::unknown_state;
  if (network_needed(network)) return Reason::in_use;
  if (network.predefined) return Reason::predefined;
  if (kept({network.id, network.name})) return Reason::keep_rule;
  if (labelled(network.labels)) return Reason::keep_label;
  if (young(Kind::network, network.id, network.created_ms)) return Reason::too_young;
  const bool recently =
      used_recently(Kind::network, network.id, world_.policy.docker.network_unused_for.count());
  return recently ? Reason::recently_used : Reason::unused_too_long;
}

Reason Oracle::volume(const Volume& volume) const {
  const Inventory& inventory = world_.inventory;
  const VolumePolicy policy = world_.policy.docker.volumes;
  if (policy == VolumePolicy::off) return Reason::kind_off;
  if (!inventory.volumes.complete || !inventory.containers.complete) return Reason::unknown_state;
  if (volume_needed(volume.name)) return Reason::in_use;
  if (volume.name.starts_with("buildx_buildkit_") || kept({volume.name})) return Reason::keep_rule;
  if (labelled(volume.labels)) return Reason::keep_label;
  if (policy != VolumePolicy::all && volume.anonymous != true) return Reason::named;
  if (volume.driver != "local" || volume.has_options) return Reason::foreign_volume;
  if (young(Kind::volume, volume.name, volume.created_ms)) return Reason::too_young;
  const bool recently =
      used_recently(Kind::volume, volume.name, world_.policy.docker.volume_unused_for.count());
  return recently ? Reason::recently_used : Reason::unused_too_long;
}

Reason Oracle::record(const BuildCacheRecord& record) const {
  if (!world_.policy.docker.build_cache) return Reason::kind_off;
  if (!world_.inventory.build_cache.complete) return Reason::unknown_state;
  if (record.in_use || record.shared) return Reason::in_use;
  if (record.type == "internal" || record.type == "frontend") return Reason::predefined;
  if (record.last_used_ms == 0 && record.created_ms == 0) return Reason::unknown_state;
  const std::int64_t min_age_ms = world_.policy.cleanup.min_age.count();
  if (world_.now - record.created_ms < min_age_ms || !watched_long_enough()) return Reason::too_young;
  const std::int64_t unused_ms = world_.now - std::max(record.last_used_ms, record.created_ms);
  const bool recently =
      unused_ms < world_.policy.docker.build_cache_unused_for.count() || unused_ms < min_age_ms;
  return recently ? Reason::recently_used : Reason::unused_too_long;
}

void Oracle::judge() {
  const Inventory& inventory = world_.inventory;
  const bool has_cache = inventory.engine.kind == EngineKind::docker;
  for (const BuildCacheRecord& item : inventory.build_cache.items) {
    if (has_cache) judged_.push_back({Kind::build_cache, item.id, record(item)});
  }
  for (const Image& item : inventory.images.items) judged_.push_back({Kind::image, item.id, image(item)});
  for (const Container& item : inventory.containers.items) {
    judged_.push_back({Kind::container, item.id, container(item)});
  }
  for (const Network& item : inventory.networks.items) {
    judged_.push_back({Kind::network, item.id, network(item)});
  }
  for (const Volume& item : inventory.volumes.items)
    judged_.push_back({Kind::volume, item.name, volume(item)});
}

void Oracle::order_actions() {
  const bool can_sweep = world_.inventory.engine.kind == EngineKind::docker &&
                         world_.inventory.build_cache.unsupported && world_.policy.docker.build_cache &&
                         watched_long_enough();
  const bool sweeps = std::ranges::any_of(
      judged_, [](const Judged& item) { return item.kind == Kind::build_cache && goes(item.reason); });
  if (can_sweep || sweeps) actions_.push_back(line(Kind::build_cache, "*"));
  const auto add = [this](Kind kind, Reason reason) {
    std::vector<std::string> lines;
    for (const Judged& item : judged_) {
      if (item.kind == kind && item.reason == reason) lines.push_back(line(kind, item.id));
    }
    std::ranges::sort(lines);
    actions_.insert(actions_.end(), lines.begin(), lines.end());
  };
  add(Kind::image, Reason::dangling);
  add(Kind::image, Reason::unused_too_long);
  std::vector<Image> waiting;
  for (const Image& item : world_.inventory.images.items) {
    if (image(item) == Reason::least_recently_used) waiting.push_back(item);
  }
  std::ranges::sort(waiting, [this](const Image& left, const Image& right) {
    if (last_used(left) != last_used(right)) return last_used(left) < last_used(right);
    if (certain_bytes(left) != certain_bytes(right)) return certain_bytes(left) > certain_bytes(right);
    return left.id < right.id;
  });
  for (const Image& item : waiting) actions_.push_back(line(Kind::image, item.id));
  add(Kind::container, Reason::unused_too_long);
  add(Kind::network, Reason::unused_too_long);
  add(Kind::volume, Reason::unused_too_long);
}

void Oracle::set(const std::string& action, Reason reason) {
  for (Judged& item : judged_) {
    const bool swept = action == line(Kind::build_cache, "*") && item.kind == Kind::build_cache;
    if ((swept && goes(item.reason)) || line(item.kind, item.id) == action) item.reason = reason;
  }
}

void Oracle::stop_when_enough() {
  if (world_.moment.wanted_bytes == PlanMoment::everything) return;
  std::uint64_t freed = 0;
  for (const BuildCacheRecord& item : world_.inventory.build_cache.items) {
    if (world_.inventory.engine.kind == EngineKind::docker && goes(record(item))) {
      freed += item.size_bytes.value_or(0);
    }
  }
  for (const Image& item : world_.inventory.images.items) {
    const Reason reason = image(item);
    if (reason == Reason::dangling || reason == Reason::unused_too_long) freed += likely_bytes(item);
  }
  for (const std::string& action : std::vector<std::string>(actions_)) {
    const auto found = std::ranges::find_if(world_.inventory.images.items, [&](const Image& item) {
      return line(Kind::image, item.id) == action && image(item) == Reason::least_recently_used;
    });
    if (found == world_.inventory.images.items.end()) continue;
    if (freed >= world_.moment.wanted_bytes) {
      set(action, Reason::enough_freed);
      std::erase(actions_, action);
    } else {
      freed += likely_bytes(*found);
    }
  }
}

void Oracle::limit() {
  for (const Kind kind : {Kind::build_cache, Kind::image, Kind::container, Kind::network, Kind::volume}) {
    if (world_.moment.wanted_bytes > 0 && (kind == Kind::image || kind == Kind::build_cache)) continue;
    const auto all = std::ranges::count(judged_, kind, &Judged::kind);
    const auto going = std::ranges::count_if(
        judged_, [&](const Judged& item) { return item.kind == kind && goes(item.reason); });
    if (going <= 10 || going * 100 <= all * world_.policy.cleanup.max_share) continue;
    const std::string word = std::string(to_string(kind)) + ' ';
    for (const std::string& action : actions_) {
      if (action.starts_with(word)) set(action, Reason::over_max_share);
    }
    std::erase_if(actions_, [&](const std::string& action) { return action.starts_with(word); });
  }
  while (actions_.size() > static_cast<std::size_t>(world_.policy.cleanup.max_deletes)) {
    set(actions_.back(), Reason::over_max_deletes);
    actions_.pop_back();
  }
}

}  // namespace caretaker
