// SPDX-License-Identifier: MIT
#include "cleanup/uses.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "cleanup/explain.h"
#include "cleanup/image_names.h"

namespace caretaker {
namespace {

using std::string_view;
using How = ObjectUse::How;

constexpr string_view local_registry = "localhost/";

void sort_index(std::vector<std::pair<string_view, std::size_t>>& index) {
  std::ranges::sort(index);
}

// "container web-1 (running) and 2 others"
std::string who(const ObjectUse& use) {
  const Container& container = *use.container;
  std::string text = fmt::format("container {} ({})", container.name.empty() ? container.id : container.name,
                                 container.state.empty() ? "state unknown" : container.state);
  if (use.containers > 1) text += fmt::format(" and {}", count_text(use.containers - 1, "other"));
  return text;
}

}  // namespace

std::string use_rule(const ObjectUse& use) {
  if (use.container != nullptr) return use.container->name.empty() ? use.container->id : use.container->name;
  return use.text != nullptr ? *use.text : std::string();
}

std::string use_text(const ObjectUse& use) {
  const string_view s = use.containers > 1 ? "" : "s";
  switch (use.how) {
    case How::object:
      return fmt::format("{} use{} it", who(use), s);
    case How::named:
      return fmt::format("{} refer{} to it as {}", who(use), s, *use.text);
    case How::similar:
      return fmt::format("{} may use it: it names {}, which is not in the list", who(use), *use.text);
    case How::mounted:
      return fmt::format("{} mount{} it", who(use), s);
    case How::service:
      return fmt::format("a service is made from {}", *use.text);
    case How::counted:
      break;
  }
  return fmt::format("the engine counts {} that use it and are not in the list",
                     count_text(use.containers, "container"));
}

std::vector<const Container*> containers_by_rank(const Inventory& inventory) {
  std::vector<const Container*> containers;
  containers.reserve(inventory.containers.items.size());
  for (const Container& container : inventory.containers.items) containers.push_back(&container);
  std::ranges::sort(containers, {}, [](const Container* container) {
    return std::tuple(container->state != "running", string_view(container->name), string_view(container->id),
                      string_view(container->image), string_view(container->image_id));
  });
  return containers;
}

ImageUses::ImageUses(std::span<const Image* const> images,
                     std::span<const std::vector<std::string>> repositories)
    : images_(images), uses_(images.size()), last_(images.size()), used_(images.size()) {
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (const std::string& tag : images[i]->tags) {
      references_.push_back(parse_image_name(tag).reference);
      owners.push_back(i);
    }
    for (const string_view digest : images[i]->digests) {
      by_digest_.emplace_back(digest.substr(std::min(digest.find('@') + 1, digest.size())), i);
    }
    by_digest_.emplace_back(images[i]->id, i);  // containerd's ids are digests
    for (const std::string& repository : repositories[i]) by_repository_.emplace_back(repository, i);
    ids_.emplace_back(id_prefix(images[i]->id), i);
  }
  for (std::size_t i = 0; i < references_.size(); ++i) {
    const string_view reference = references_[i];
    by_reference_.emplace_back(reference, owners[i]);
    // Podman finds "app" as "localhost/app".
    if (reference.starts_with(local_registry)) {
      by_reference_.emplace_back(reference.substr(local_registry.size()), owners[i]);
    }
  }
  for (Index* index : {&ids_, &by_reference_, &by_digest_, &by_repository_}) sort_index(*index);
}

void ImageUses::mark(std::size_t image, const Claim& claim) {
  ObjectUse& use = uses_[image];
  if (!used_[image]) {
    used_[image] = true;
    use.container = claim.container;
    use.text = claim.text;
    use.how = claim.how;
  }
  if (claim.container != nullptr && last_[image] != claim.container) {
    last_[image] = claim.container;
    ++use.containers;
  }
}

bool ImageUses::claim_all(const Index& index, string_view key, const Claim& claim) {
  if (key.empty()) return false;
  const auto found = std::ranges::equal_range(index, key, {}, &Index::value_type::first);
  for (const auto& [text, image] : found) mark(image, claim);
  return !found.empty();
}

ImageUses::Found ImageUses::claim_named(const std::string& text, const Claim& claim) {
  if (claim_all(ids_, id_digits(text), claim)) return Found::for_ever;
  const ImageName name = parse_image_name(text);
  const bool by_digest = claim_all(by_digest_, name.digest, claim);
  const bool by_tag = claim_all(by_reference_, name.reference, claim);
  if (by_digest) return Found::for_ever;
  return by_tag ? Found::today : Found::nothing;
}

void ImageUses::claim_similar(const std::string& text, const Claim& claim) {
  if (const ImageName name = parse_image_name(text); !name.repository.empty()) {
    claim_all(by_repository_, name.repository, claim);
    claim_all(by_repository_, std::string(local_registry) + name.repository, claim);
  }
  const string_view prefix = id_prefix(text);
  if (prefix.empty()) return;
  for (auto at = std::ranges::lower_bound(ids_, prefix, {}, &Index::value_type::first);
       at != ids_.end() && at->first.starts_with(prefix); ++at) {
    mark(at->second, claim);
  }
}

void ImageUses::add_container(const Container& container) {
  const bool has_id = !container.image_id.empty();
  const std::string& id = container.image_id;
  const std::string& text = container.image.empty() ? id : container.image;
  Claim claim{.container = &container, .text = &text, .how = How::object};
  bool known = has_id && claim_named(id, claim) == Found::for_ever;
  claim.how = How::named;
  const Found named = claim_named(text, claim);
  if (!has_id) known = named == Found::for_ever;
  if (!known) {
    claim.how = How::similar;
    claim_similar(text, claim);
    claim_similar(id, claim);
  }
  for (const ContainerMount& mount : container.mounts) {
    if (mount.type != ContainerMount::Type::image) continue;
    claim = {.container = &container, .text = &mount.name, .how = How::mounted};
    if (claim_named(mount.name, claim) != Found::nothing) continue;
    claim.how = How::similar;
    claim_similar(mount.name, claim);
  }
}

void ImageUses::add_service(const std::string& reference) {
  const Claim claim{.text = &reference, .how = How::service};
  if (claim_named(reference, claim) != Found::nothing) return;
  // Its image is on another node, or it was named by the beginning of an id.
  if (!id_prefix(reference).empty()) claim_similar(reference, claim);
}

void ImageUses::add_counts() {
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const std::uint32_t count = images_[i]->containers.value_or(0);
    if (count == 0 || used_[i]) continue;
    used_[i] = true;
    uses_[i] = {.containers = count, .how = How::counted};
  }
}

const ObjectUse* ImageUses::find(std::size_t image) const {
  return used_[image] ? &uses_[image] : nullptr;
}

NameUses NameUses::of_volumes(std::span<const Container* const> containers) {
  NameUses uses;
  for (const Container* container : containers) {
    for (const ContainerMount& mount : container->mounts) {
      if (mount.type == ContainerMount::Type::volume) uses.add(mount.name, *container);
    }
  }
  return uses;
}

NameUses NameUses::of_networks(std::span<const Container* const> containers) {
  NameUses uses;
  for (const Container* container : containers) {
    for (const std::string& network : container->networks) uses.add(network, *container);
  }
  return uses;
}

void NameUses::add(string_view name, const Container& container) {
  if (name.empty()) return;
  auto& [use, last] = uses_[name];
  if (use.container == nullptr) use.container = &container;
  if (last == &container) return;
  last = &container;
  ++use.containers;
}

const ObjectUse* NameUses::find(string_view name) const {
  const auto found = uses_.find(name);
  return found == uses_.end() ? nullptr : &found->second.first;
}

}  // namespace caretaker
