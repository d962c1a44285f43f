// SPDX-License-Identifier: MIT
#include "cleanup/image_names.h"

#include <algorithm>
#include <string_view>

#include "config/image_reference.h"

namespace caretaker {
namespace {

constexpr std::string_view id_prefix = "sha256:";
constexpr std::size_t id_digits = 64;

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() <= id_digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// As Docker lists it: without its own registry's name. Empty where the text is no reference.
std::string canonical(const std::string& text) {
  auto reference = parse_image_reference(text);
  if (!reference) return {};
  for (const std::string_view registry : {"index.docker.io/", "docker.io/", "library/"}) {
    if (reference->repository.starts_with(registry)) reference->repository.erase(0, registry.size());
  }
  return to_string(*reference);
}

}  // namespace

void ImageNames::add(const Image& image) {
  point(image.id, image.id);
  for (const auto* references : {&image.tags, &image.digests}) {
    for (const std::string& reference : *references) {
      point(reference, image.id);
      if (const std::string name = canonical(reference); !name.empty()) point(name, image.id);
    }
  }
}

void ImageNames::point(const std::string& reference, const std::string& id) {
  if (const auto known = ids_.find(reference); known != ids_.end()) {
    known->second = id;
  } else if (ids_.size() < image_names_max) {
    ids_.emplace(reference, id);
  }
}

const std::string* ImageNames::find_exactly(const std::string& text) const {
  const auto known = ids_.find(text);
  return known == ids_.end() ? nullptr : &known->second;
}

const std::string* ImageNames::find(const std::string& text) const {
  if (const auto* id = find_exactly(text)) return id;
  if (const std::string name = canonical(text); !name.empty()) {
    if (const auto* id = find_exactly(name)) return id;
  }
  // containerd's image ids are digests; otherwise the tag in front of an unknown digest is the nearest guess.
  if (const auto at = text.find('@'); at != std::string::npos) {
    const auto* id = find_exactly(text.substr(at + 1));
    return id != nullptr ? id : find(text.substr(0, at));
  }
  const std::string beginning = text.starts_with(id_prefix) ? text : std::string(id_prefix) + text;
  if (!is_hex(std::string_view(beginning).substr(id_prefix.size()))) return nullptr;
  const auto first = ids_.lower_bound(beginning);
  if (first == ids_.end() || !first->first.starts_with(beginning)) return nullptr;
  const auto second = std::next(first);
  return second != ids_.end() && second->first.starts_with(beginning) ? nullptr : &first->second;
}

}  // namespace caretaker
