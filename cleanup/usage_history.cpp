// SPDX-License-Identifier: MIT
#include "cleanup/usage_history.h"

#include <algorithm>
#include <string_view>

#include "base/clock.h"
#include "cleanup/image_names.h"
#include "cleanup/uses.h"

namespace caretaker {
namespace {

using enum ObjectKind;

std::string attribute(const EngineEvent& event, const std::string& name) {
  const auto found = event.attributes.find(name);
  return found == event.attributes.end() ? std::string() : found->second;
}

// Whether each image of the inventory is needed by something.
std::vector<bool> images_in_use(const Inventory& inventory) {
  const std::vector<Image>& images = inventory.images.items;
  if (!inventory.containers.complete || !inventory.service_images.complete) {
    return std::vector<bool>(images.size(), true);
  }
  std::vector<const Image*> pointers;
  std::vector<std::vector<std::string>> repositories;
  for (const Image& item : images) {
    pointers.push_back(&item);
    repositories.push_back(image_repositories(item));
  }
  ImageUses uses(pointers, repositories);
  for (const Container& item : inventory.containers.items) uses.add_container(item);
  for (const std::string& reference : inventory.service_images.items) uses.add_service(reference);
  uses.add_counts();
  std::vector<bool> in_use;
  for (std::size_t i = 0; i < images.size(); ++i) in_use.push_back(uses.find(i) != nullptr);
  return in_use;
}

// Words that are not known count as running.
bool runs(const Container& container) {
  constexpr std::string_view ended[] = {"created", "exited", "dead"};
  return std::ranges::find(ended, container.state) == std::end(ended);
}

}  // namespace

UsageHistory::UsageHistory(std::vector<ObjectUsage> stored, const Observation& observation)
    : observation_(observation), written_(observation) {
  for (ObjectUsage& usage : stored) {
    if (objects_.size() >= usage_objects_max) break;
    // What was in use when last looked at was so for as long as we looked.
    if (usage.unused_since_ms == 0) {
      usage.last_used_ms = std::max(usage.last_used_ms, observation.until_ms);
    }
    Key key(usage.kind, usage.id);
    objects_.insert_or_assign(std::move(key), Entry{.usage = std::move(usage), .stored = true});
  }
}

void UsageHistory::connected(std::int64_t now_ms, bool gap) {
  if (observation_.first_ms == 0) {
    observation_.first_ms = now_ms;
    gap = true;
  }
  if (gap) {
    observation_.since_ms = now_ms;
    observation_.until_ms = now_ms;
  }
}

void UsageHistory::observed(std::int64_t now_ms) {
  observation_.until_ms = now_ms;
  // A clock that goes back must not make the watch begin in the future.
  observation_.first_ms = std::min(observation_.first_ms, now_ms);
  observation_.since_ms = std::min(observation_.since_ms, now_ms);
}

void UsageHistory::apply(const EngineEvent& event) {
  if (event.time_ns > 0) observation_.last_event_ns = event.time_ns;
  // An event before the watch began says only that there was a use; that it was long ago must be seen.
  const std::int64_t time_ms = std::max(event.time_ns / ns_per_ms, observation_.since_ms);
  if (event.type == "container") {
    use_image(attribute(event, "image"), time_ms);
    // What was typed may mean another image by now.
    if (const auto own = container_images_.find(event.actor_id); own != container_images_.end()) {
      use(image, own->second, time_ms);
    }
    if (event.action == "destroy") {
      forget(container, event.actor_id);
    } else {
      use(container, event.actor_id, time_ms);
    }
  } else if (event.type == "image") {
    apply_image(event, time_ms);
  } else if (event.type == "volume" || event.type == "network") {
    const ObjectKind kind = event.type == "volume" ? volume : network;
    if (event.action == "destroy") {
      forget(kind, event.actor_id);
    } else if (event.action != "prune") {
      use(kind, event.actor_id, time_ms);
    }
  }
}

void UsageHistory::apply_image(const EngineEvent& event, std::int64_t time_ms) {
  const std::string_view action = event.action;
  if (action == "delete" || action == "untag" || action == "prune") return;
  use_image(event.actor_id, time_ms);
  // The tag moves before the next inventory shows it, and containers may be made of it at once.
  const std::string name = attribute(event, "name");
  if ((action == "tag" || action == "load" || action == "import") && !name.empty()) {
    if (const std::string* id = names_.find(event.actor_id)) names_.point(name, std::string(*id));
  }
}

void UsageHistory::use_image(const std::string& text, std::int64_t time_ms) {
  if (const std::string* id = names_.find(text)) use(image, *id, time_ms);
}

void UsageHistory::use(ObjectKind kind, const std::string& id, std::int64_t time_ms) {
  if (id.empty() || time_ms <= 0) return;
  Entry* known = entry(kind, id, time_ms);
  if (known == nullptr) return;
  ObjectUsage& usage = known->usage;
  const ObjectUsage before = usage;
  usage.last_used_ms = std::max(usage.last_used_ms, time_ms);
  if (usage.unused_since_ms == 0) return;
  usage.unused_since_ms = std::max(usage.unused_since_ms, time_ms);
  if (usage != before) changed(*known);
}

void UsageHistory::reconcile(const Inventory& inventory) {
  forget_the_future(inventory.time_ms);
  see_images(inventory);
  see_tags(inventory);
  see_containers(inventory);
  see_volumes(inventory);
  see_networks(inventory);
}

void UsageHistory::see_images(const Inventory& inventory) {
  const std::vector<bool> in_use = images_in_use(inventory);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < inventory.images.items.size(); ++i) {
    const std::string& id = inventory.images.items[i].id;
    see(image, id, in_use[i], inventory.time_ms);
    ids.insert(id);
  }
  if (inventory.images.complete) forget_all_but(image, ids);
}

// An image with a tag that meant another one before was pulled, built or tagged: somebody wanted it.
void UsageHistory::see_tags(const Inventory& inventory) {
  if (!inventory.images.complete) return;
  ImageIndex names;
  for (const Image& item : inventory.images.items) {
    names.add(item);
    const bool news = std::ranges::any_of(item.tags, [&](const std::string& tag) {
      const std::string* before = names_.find_tag(tag);
      return before == nullptr || *before != item.id;
    });
    if (news && !names_.empty()) use(image, item.id, inventory.time_ms);
  }
  names_ = std::move(names);
}

void UsageHistory::see_containers(const Inventory& inventory) {
  std::set<std::string> ids;
  if (inventory.containers.complete) container_images_.clear();
  for (const Container& item : inventory.containers.items) {
    if (!item.image_id.empty()) container_images_[item.id] = item.image_id;
    see(container, item.id, runs(item), inventory.time_ms);
    if (!runs(item)) use(container, item.id, std::min(item.finished_ms, inventory.time_ms));
    ids.insert(item.id);
  }
  if (inventory.containers.complete) forget_all_but(container, ids);
}

void UsageHistory::see_volumes(const Inventory& inventory) {
  const NameUses uses = NameUses::of_volumes(containers_by_rank(inventory));
  std::set<std::string> names;
  for (const Volume& item : inventory.volumes.items) {
    begin_anew_if_created(volume, item.name, item.created_ms, inventory.time_ms);
    const bool in_use = !inventory.containers.complete || uses.find(item.name) != nullptr;
    see(volume, item.name, in_use, inventory.time_ms);
    names.insert(item.name);
  }
  if (inventory.volumes.complete) forget_all_but(volume, names);
}

void UsageHistory::see_networks(const Inventory& inventory) {
  const NameUses uses = NameUses::of_networks(containers_by_rank(inventory));
  std::set<std::string> ids;
  for (const Network& item : inventory.networks.items) {
    begin_anew_if_created(network, item.id, item.created_ms, inventory.time_ms);
    const bool in_use =
        !inventory.containers.complete || uses.find(item.id) != nullptr || uses.find(item.name) != nullptr;
    see(network, item.id, in_use, inventory.time_ms);
    ids.insert(item.id);
  }
  if (inventory.networks.complete) forget_all_but(network, ids);
}

void UsageHistory::see(ObjectKind kind, const std::string& id, bool in_use, std::int64_t now_ms) {
  const bool is_new = !objects_.contains(Key(kind, id));
  Entry* known = entry(kind, id, now_ms);
  if (known == nullptr) return;
  ObjectUsage& usage = known->usage;
  const bool was_in_use = usage.unused_since_ms == 0;
  if (in_use) {
    usage.last_used_ms = now_ms;
    usage.unused_since_ms = 0;
  } else if (was_in_use) {
    usage.unused_since_ms = now_ms;
    // Its last use was not watched: it may have ended a moment ago.
    const bool ended_unseen = !is_new && usage.last_used_ms < observation_.since_ms;
    if (ended_unseen) usage.last_used_ms = now_ms;
  }
  if (is_new || in_use != was_in_use) changed(*known);
}

void UsageHistory::begin_anew_if_created(ObjectKind kind, const std::string& id, std::int64_t created_ms,
                                         std::int64_t now_ms) {
  const ObjectUsage* usage = find(kind, id);
  if (usage == nullptr || created_ms > now_ms) return;
  if (created_ms > usage->first_seen_ms + created_tolerance.count()) forget(kind, id);
}

// Whatever a clock that was ahead has left counts as of now, or it would never end.
void UsageHistory::forget_the_future(std::int64_t now_ms) {
  for (auto& [key, known] : objects_) {
    ObjectUsage& usage = known.usage;
    if (std::max({usage.first_seen_ms, usage.last_used_ms, usage.unused_since_ms}) <= now_ms) continue;
    usage.first_seen_ms = std::min(usage.first_seen_ms, now_ms);
    usage.last_used_ms = std::min(usage.last_used_ms, now_ms);
    usage.unused_since_ms = std::min(usage.unused_since_ms, now_ms);
    changed(known);
  }
}

void UsageHistory::forget(ObjectKind kind, const std::string& id) {
  const auto known = objects_.find(Key(kind, id));
  if (known == objects_.end()) return;
  changed_.erase(known->first);
  if (known->second.stored) forgotten_.insert(known->first);
  objects_.erase(known);
}

void UsageHistory::forget_all_but(ObjectKind kind, const std::set<std::string>& ids) {
  std::vector<std::string> gone;
  for (auto known = objects_.lower_bound(Key(kind, "")); known != objects_.end(); ++known) {
    if (known->first.first != kind) break;
    if (!ids.contains(known->first.second)) gone.push_back(known->first.second);
  }
  for (const std::string& id : gone) forget(kind, id);
}

UsageHistory::Entry* UsageHistory::entry(ObjectKind kind, const std::string& id, std::int64_t first_seen_ms) {
  const Key key(kind, id);
  if (const auto known = objects_.find(key); known != objects_.end()) return &known->second;
  if (objects_.size() >= usage_objects_max) return nullptr;
  const ObjectUsage usage{.kind = kind, .id = id, .first_seen_ms = first_seen_ms};
  Entry& made = objects_.emplace(key, Entry{.usage = usage}).first->second;
  // It may be in the store from before it was made anew; what is written now replaces that.
  if (forgotten_.erase(key) > 0) made.stored = true;
  changed(made);
  return &made;
}

void UsageHistory::changed(const Entry& entry) {
  changed_.emplace(entry.usage.kind, entry.usage.id);
}

const ObjectUsage* UsageHistory::find(ObjectKind kind, const std::string& id) const {
  const auto known = objects_.find(Key(kind, id));
  return known == objects_.end() ? nullptr : &known->second.usage;
}

UsageChange UsageHistory::take_changes() {
  UsageChange change;
  for (const Key& key : changed_) {
    Entry& known = objects_.at(key);
    known.stored = true;
    change.changed.push_back(known.usage);
  }
  change.forgotten.assign(forgotten_.begin(), forgotten_.end());
  changed_.clear();
  forgotten_.clear();

  const std::int64_t since_written_ms = observation_.until_ms - written_.until_ms;
  const bool news = !change.empty() || observation_.first_ms != written_.first_ms ||
                    observation_.since_ms != written_.since_ms || since_written_ms < 0 ||
                    since_written_ms >= observation_write_interval.count();
  if (news && observation_ != written_) {
    change.observation = observation_;
    written_ = observation_;
  }
  return change;
}

}  // namespace caretaker
