// SPDX-License-Identifier: MIT
#include "cleanup/image_index.h"

#include <string_view>

#include "cleanup/image_names.h"

namespace caretaker {
namespace {

constexpr std::string_view id_algorithm = "sha256:";
// Podman finds "app" as "localhost/app".
constexpr std::string_view local_registry = "localhost/";

}  // namespace

void ImageIndex::add(const Image& image) {
  insert(image.id, image.id);
  for (const std::string& tag : image.tags) point(tag, image.id);
  for (const std::string& digest : image.digests) insert(parse_image_name(digest).digest, image.id);
}

void ImageIndex::point(const std::string& reference, const std::string& id) {
  insert(parse_image_name(reference).reference, id);
}

void ImageIndex::insert(const std::string& key, const std::string& id) {
  if (key.empty()) return;
  if (const auto known = ids_.find(key); known != ids_.end()) {
    known->second = id;
  } else if (ids_.size() < image_index_max) {
    ids_.emplace(key, id);
  }
}

const std::string* ImageIndex::find_key(const std::string& key) const {
  const auto known = ids_.find(key);
  return known == ids_.end() ? nullptr : &known->second;
}

const std::string* ImageIndex::find_tag(const std::string& reference) const {
  const std::string key = parse_image_name(reference).reference;
  if (key.empty()) return nullptr;
  if (const std::string* id = find_key(key)) return id;
  return find_key(std::string(local_registry) + key);
}

const std::string* ImageIndex::find(const std::string& text) const {
  // Where both are given, the digest decides; an unknown one leaves the tag as the best guess.
  if (const std::string* id = find_key(parse_image_name(text).digest)) return id;
  if (const std::string* id = find_tag(text)) return id;
  const std::string_view digits = id_prefix(text);
  if (digits.empty()) return nullptr;
  const std::string beginning = std::string(id_algorithm) + std::string(digits);
  const std::string* found = nullptr;
  for (auto at = ids_.lower_bound(beginning); at != ids_.end() && at->first.starts_with(beginning); ++at) {
    if (found != nullptr && *found != at->second) return nullptr;
    found = &at->second;
  }
  return found;
}

}  // namespace caretaker
