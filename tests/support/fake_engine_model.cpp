// SPDX-License-Identifier: MIT
#include "support/fake_engine_model.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace caretaker::fake {
namespace {

constexpr std::string_view id_prefix = "sha256:";

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

Labels image_attributes(const Image& image, const std::string& name) {
  Labels attributes = image.labels;
  attributes["name"] = name;
  return attributes;
}

Labels container_attributes(const Container& container) {
  Labels attributes = container.labels;
  attributes["image"] = container.image;
  attributes["name"] = container.name;
  return attributes;
}

template <class Map>
const typename Map::mapped_type* by_beginning(const Map& map, const std::string& beginning) {
  const auto found = map.lower_bound(beginning);
  return found != map.end() && found->first.starts_with(beginning) ? &found->second : nullptr;
}

bool is_hex(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

std::string familiar(std::string_view reference) {
  for (const std::string_view prefix :
       {"docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"}) {
    if (reference.starts_with(prefix)) return std::string(reference.substr(prefix.size()));
  }
  return std::string(reference);
}

std::string whole_reference(std::string_view reference) {
  std::string name = familiar(reference);
  const std::size_t digest = name.find('@');
  if (digest != std::string::npos) return repository_of(name) + name.substr(digest);
  return repository_of(name) == name ? name + ":latest" : name;
}

std::string repository_of(std::string_view reference) {
  const std::string_view name = reference.substr(0, reference.find('@'));
  const std::size_t slash = name.rfind('/');
  return std::string(name.substr(0, name.find(':', slash == std::string_view::npos ? 0 : slash)));
}

std::string short_id(std::string_view id) {
  if (id.starts_with(id_prefix)) id.remove_prefix(id_prefix.size());
  return std::string(id.substr(0, 12));
}

bool is_running(const Container& container) {
  constexpr std::array<std::string_view, 3> states = {"running", "paused", "restarting"};
  return std::ranges::find(states, container.state) != states.end();
}

bool is_hex_id(std::string_view name) {
  return name.size() == 64 && is_hex(name);
}

bool is_anonymous(const Volume& volume) {
  return volume.anonymous.value_or(is_hex_id(volume.name));
}

bool is_predefined(const Network& network) {
  constexpr std::array<std::string_view, 5> names = {"bridge", "host", "none", "podman", "ingress"};
  return network.predefined || std::ranges::find(names, network.name) != names.end();
}

// Podman has no word of volumes in use, calls what goes "remove" (its compat API renames that of images
// only), and knows images by hex id.
void Model::raise(std::string type, std::string action, std::string id, Labels attributes) {
  if (options.kind == EngineKind::podman) {
    if (action == "mount" || action == "unmount") return;
    if (action == "destroy") action = "remove";
    if (type == "image" && id.starts_with(id_prefix)) id.erase(0, id_prefix.size());
    if (type == "network" && attributes.contains("container")) {
      id = std::exchange(attributes["container"], "");
      attributes["network"] = std::exchange(attributes["name"], "");
    }
    if (attributes.contains("exitCode")) attributes["containerExitCode"] = attributes["exitCode"];
  }
  events.raise({.time_ns = 0,
                .type = std::move(type),
                .action = std::move(action),
                .actor_id = std::move(id),
                .attributes = std::move(attributes)});
}

void Model::index(const Image& image) {
  for (const std::string& tag : image.tags) {
    const auto holder = ids_by_reference_.find(whole_reference(tag));
    if (holder != ids_by_reference_.end() && holder->second != image.id) untag(tag);
    ids_by_reference_[whole_reference(tag)] = image.id;
  }
  for (const std::string& digest : image.digests) ids_by_reference_[whole_reference(digest)] = image.id;
}

void Model::unindex(const Image& image) {
  for (const auto* list : {&image.tags, &image.digests}) {
    for (const std::string& reference : *list) {
      const auto found = ids_by_reference_.find(whole_reference(reference));
      if (found != ids_by_reference_.end() && found->second == image.id) ids_by_reference_.erase(found);
    }
  }
}

// Takes the tag or digest from the image that has it, without an event: it moves, or the caller tells.
void Model::untag(const std::string& reference) {
  const std::string whole = whole_reference(reference);
  const auto holder = ids_by_reference_.find(whole);
  if (holder == ids_by_reference_.end()) return;
  Image& image = images.at(holder->second);
  const auto same = [&](const std::string& other) { return whole_reference(other) == whole; };
  std::erase_if(image.tags, same);
  std::erase_if(image.digests, same);
  ids_by_reference_.erase(holder);
}

void Model::raise_pull(const Image& image, const std::string& reference) {
  if (options.kind == EngineKind::podman) {
    raise("image", "pull", image.id, image_attributes(image, reference));
  } else {
    raise("image", "pull", reference, image_attributes(image, repository_of(reference)));
  }
}

void Model::put(const Image& image) {
  const auto old = images.find(image.id);
  const bool is_new = old == images.end();
  const std::vector<std::string> old_tags = is_new ? std::vector<std::string>{} : old->second.tags;
  if (!is_new) unindex(old->second);
  images[image.id] = image;
  index(image);
  for (const std::string& tag : image.tags) {
    if (is_new) {
      raise_pull(image, tag);
    } else if (!contains(old_tags, tag)) {
      raise("image", "tag", image.id, image_attributes(image, tag));
    }
  }
  if (is_new && image.tags.empty()) raise("image", "load", image.id, image_attributes(image, image.id));
  for (const std::string& tag : old_tags) {
    if (!contains(image.tags, tag)) raise("image", "untag", image.id, image_attributes(image, tag));
  }
}

void Model::bring(const std::string& reference, const Image& image) {
  const auto old = images.find(image.id);
  const bool is_new = old == images.end();
  Image brought = is_new ? image : old->second;
  if (is_new) brought.tags.clear();
  std::vector<std::string>& list = reference.find('@') == std::string::npos ? brought.tags : brought.digests;
  if (!contains(list, reference)) list.push_back(reference);
  std::ranges::sort(list);
  brought.tagged_ms = now_ms();
  images[image.id] = brought;
  index(brought);
  raise_pull(brought, reference);
}

// What containers do to volumes and networks when they start and end.
void Model::raise_use(const Container& container, bool begins) {
  for (const ContainerMount& mount : container.mounts) {
    if (mount.type != ContainerMount::Type::volume) continue;
    raise("volume", begins ? "mount" : "unmount", mount.name,
          {{"container", container.id}, {"driver", "local"}});
  }
  for (const auto& [id, network] : networks) {
    if (!contains(container.networks, id) && !contains(container.networks, network.name)) continue;
    raise("network", begins ? "connect" : "disconnect", id,
          {{"container", container.id}, {"name", network.name}, {"type", network.driver}});
  }
}

void Model::put(const Container& container) {
  const auto old = containers.find(container.id);
  const bool is_new = old == containers.end();
  const std::string old_state = is_new ? "" : old->second.state;
  const bool ran = !is_new && is_running(old->second);
  containers[container.id] = container;
  const Labels attributes = container_attributes(container);
  if (is_new) raise("container", "create", container.id, attributes);
  if (container.state == old_state) return;
  const bool runs = is_running(container);
  if (runs && !ran) {
    raise_use(container, true);
    raise("container", "start", container.id, attributes);
  }
  if (!runs && ran) {
    Labels ended = attributes;
    ended["exitCode"] = "0";
    raise("container", "die", container.id, ended);
    raise_use(container, false);
  }
  if (container.state == "paused") raise("container", "pause", container.id, attributes);
  if (old_state == "paused" && container.state == "running") {
    raise("container", "unpause", container.id, attributes);
  }
}

void Model::put(const Volume& volume) {
  const bool is_new = volumes.insert_or_assign(volume.name, volume).second;
  if (is_new) raise("volume", "create", volume.name, {{"driver", volume.driver}});
}

void Model::put(const Network& network) {
  const bool is_new = networks.insert_or_assign(network.id, network).second;
  if (is_new) raise("network", "create", network.id, {{"name", network.name}, {"type", network.driver}});
}

void Model::put(const BuildCacheRecord& record) {
  cache[record.id] = record;
}

void Model::drop_image(const std::string& id) {
  const auto found = images.find(id);
  if (found == images.end()) return;
  const Image image = found->second;
  unindex(image);
  images.erase(found);
  for (const std::string& tag : image.tags) raise("image", "untag", image.id, image_attributes(image, tag));
  raise("image", "delete", image.id, {{"name", image.id}});
}

void Model::drop_container(const std::string& id) {
  const auto found = containers.find(id);
  if (found == containers.end()) return;
  const Container container = found->second;
  containers.erase(found);
  const Labels attributes = container_attributes(container);
  if (is_running(container)) {
    raise("container", "kill", container.id, attributes);
    raise("container", "die", container.id, attributes);
    raise_use(container, false);
  }
  raise("container", "destroy", container.id, attributes);
}

void Model::drop_volume(const std::string& name) {
  const auto found = volumes.find(name);
  if (found == volumes.end()) return;
  const Volume volume = found->second;
  volumes.erase(found);
  raise("volume", "destroy", volume.name, {{"driver", volume.driver}});
}

void Model::drop_network(const std::string& id) {
  const auto found = networks.find(id);
  if (found == networks.end()) return;
  const Network network = found->second;
  networks.erase(found);
  raise("network", "destroy", network.id, {{"name", network.name}, {"type", network.driver}});
}

const Image* Model::find_image(std::string_view name) const {
  const auto by_reference = ids_by_reference_.find(whole_reference(name));
  if (by_reference != ids_by_reference_.end()) return &images.at(by_reference->second);
  if (name.starts_with(id_prefix)) return by_beginning(images, std::string(name));
  return is_hex(name) ? by_beginning(images, std::string(id_prefix).append(name)) : nullptr;
}

const Container* Model::find_container(std::string_view name) const {
  const auto exact = containers.find(std::string(name));
  if (exact != containers.end()) return &exact->second;
  for (const auto& [id, container] : containers) {
    if (container.name == name) return &container;
  }
  return is_hex(name) ? by_beginning(containers, std::string(name)) : nullptr;
}

const Network* Model::find_network(std::string_view name) const {
  const auto exact = networks.find(std::string(name));
  if (exact != networks.end()) return &exact->second;
  for (const auto& [id, network] : networks) {
    if (network.name == name) return &network;
  }
  return nullptr;
}

std::vector<const Container*> Model::users_of_image(const Image& image) const {
  std::vector<const Container*> users;
  for (const auto& [id, container] : containers) {
    if (container.image_id == image.id) users.push_back(&container);
  }
  return users;
}

std::vector<const Container*> Model::users_of_volume(const std::string& name) const {
  std::vector<const Container*> users;
  for (const auto& [id, container] : containers) {
    const bool mounts = std::ranges::any_of(container.mounts, [&](const ContainerMount& mount) {
      return mount.type == ContainerMount::Type::volume && mount.name == name;
    });
    if (mounts) users.push_back(&container);
  }
  return users;
}

std::vector<const Container*> Model::endpoints(const Network& network) const {
  std::vector<const Container*> live;
  for (const auto& [id, container] : containers) {
    const bool joined =
        contains(container.networks, network.id) || contains(container.networks, network.name);
    if (joined && is_running(container)) live.push_back(&container);
  }
  return live;
}

bool Model::has_children(const Image& image) const {
  return std::ranges::any_of(images, [&](const auto& entry) { return entry.second.parent_id == image.id; });
}

}  // namespace caretaker::fake
