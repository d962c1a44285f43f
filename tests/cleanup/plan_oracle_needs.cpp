// SPDX-License-Identifier: MIT
// Who needs what, and what people want to keep.
#include <algorithm>

#include "base/text.h"
#include "cleanup/plan_oracle.h"

namespace caretaker {
namespace {

std::string without(std::string text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

bool is_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_id(const std::string& text) {
  return is_hex(without(text, "sha256:")) && (text.starts_with("sha256:") || text.size() == 64);
}

std::string before_at(const std::string& text) {
  return text.substr(0, text.find('@'));
}

std::string digest_of(const std::string& text) {
  return text.contains('@') ? text.substr(text.find('@') + 1) : "";
}

// The random worlds know only these ways to write a repository of Docker's own registry.
std::string plain(const std::string& name) {
  return without(without(name, "docker.io/"), "library/");
}

bool has_tag(const std::string& name) {
  const std::size_t slash = name.find('/');
  return name.substr(slash == std::string::npos ? 0 : slash).contains(':');
}

std::string repository_of(const std::string& text) {
  const std::string name = plain(before_at(text));
  return has_tag(name) ? name.substr(0, name.rfind(':')) : name;
}

}  // namespace

std::set<std::string> Oracle::repositories(const Image& image) {
  std::set<std::string> names;
  for (const std::string& tag : image.tags) names.insert(repository_of(tag));
  for (const std::string& digest : image.digests) names.insert(repository_of(digest));
  return names;
}

std::vector<std::string> Oracle::names(const Image& image) {
  std::vector<std::string> names = {image.id, without(image.id, "sha256:")};
  names.insert(names.end(), image.tags.begin(), image.tags.end());
  names.insert(names.end(), image.digests.begin(), image.digests.end());
  for (const std::string& repository : repositories(image)) names.push_back(repository);
  return names;
}

bool Oracle::means_for_ever(const std::string& text, const Image& image) const {
  if (is_id(text)) return without(text, "sha256:") == without(image.id, "sha256:");
  const std::string digest = digest_of(text);
  if (digest.empty()) return false;
  return image.id == digest ||
         std::ranges::any_of(image.digests, [&](const std::string& own) { return digest_of(own) == digest; });
}

bool Oracle::means(const std::string& text, const Image& image) const {
  if (means_for_ever(text, image)) return true;
  std::string name = plain(before_at(text));
  if (is_id(text) || name.empty()) return false;
  if (!has_tag(name)) {
    if (text.contains('@')) return false;
    name += ":latest";
  }
  return std::ranges::any_of(
      image.tags, [&](const std::string& tag) { return plain(tag) == name || tag == "localhost/" + name; });
}

bool Oracle::means_anything(const std::string& text) const {
  return std::ranges::any_of(world_.inventory.images.items,
                             [&](const Image& image) { return means(text, image); });
}

bool Oracle::could_mean(const std::string& text, const Image& image) const {
  const std::string digits = without(text, "sha256:");
  if (is_hex(digits) && without(image.id, "sha256:").starts_with(digits)) return true;
  if (is_id(text) || text.empty()) return false;
  const std::set<std::string> own = repositories(image);
  return own.contains(repository_of(text)) || own.contains("localhost/" + repository_of(text));
}

bool Oracle::needs(const Container& container, const Image& image) const {
  const std::string& id = container.image_id;
  const std::string& text = container.image.empty() ? id : container.image;
  if (means(id, image) || means(text, image)) return true;
  const std::string& surest = id.empty() ? text : id;
  const bool known = std::ranges::any_of(world_.inventory.images.items,
                                         [&](const Image& other) { return means_for_ever(surest, other); });
  if (!known && (could_mean(text, image) || could_mean(id, image))) return true;
  return std::ranges::any_of(container.mounts, [&](const ContainerMount& mount) {
    if (mount.type != ContainerMount::Type::image) return false;
    return means(mount.name, image) || (!means_anything(mount.name) && could_mean(mount.name, image));
  });
}

bool Oracle::needed(const Image& image) const {
  for (const Container& container : world_.inventory.containers.items) {
    if (needs(container, image)) return true;
  }
  for (const std::string& service : world_.inventory.service_images.items) {
    if (means(service, image)) return true;
    const bool may_be_id = is_hex(without(service, "sha256:")) && !means_anything(service);
    if (may_be_id && could_mean(service, image)) return true;
  }
  return image.containers.value_or(0) > 0;
}

bool Oracle::volume_needed(const std::string& name) const {
  for (const Container& container : world_.inventory.containers.items) {
    for (const ContainerMount& mount : container.mounts) {
      if (mount.type == ContainerMount::Type::volume && mount.name == name) return true;
    }
  }
  return false;
}

bool Oracle::network_needed(const Network& network) const {
  for (const Container& container : world_.inventory.containers.items) {
    for (const std::string& name : container.networks) {
      if (name == network.name || name == network.id) return true;
    }
  }
  return network.endpoints.value_or(0) > 0;
}

bool Oracle::kept(const std::vector<std::string>& names) const {
  for (std::string glob : world_.policy.cleanup.keep) {
    for (const std::string& name : names) {
      for (const std::string prefix : {"", "localhost/", "docker.io/", "docker.io/library/"}) {
        if (glob_match(glob, without(name, prefix)) || glob_match(without(glob, prefix), name)) return true;
      }
    }
  }
  return false;
}

bool Oracle::labelled(const Labels& labels) const {
  for (const std::string& rule : world_.policy.cleanup.keep_labels) {
    for (const auto& [label, value] : labels) {
      if (rule == label && value != "false") return true;
      if (rule == label + "=" + value) return true;
    }
  }
  return false;
}

bool Oracle::pulled(const Image& image) const {
  return std::ranges::any_of(world_.moment.pins, [&](const std::string& pin) {
    return repositories(image).contains(repository_of(pin));
  });
}

}  // namespace caretaker
