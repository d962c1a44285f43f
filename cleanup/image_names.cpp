// SPDX-License-Identifier: MIT
#include "cleanup/image_names.h"

#include <algorithm>
#include <cstddef>

#include "cleanup/plan.h"
#include "config/image_reference.h"

namespace caretaker {
namespace {

using std::string_view;

constexpr std::size_t id_digits_max = 64;
constexpr string_view id_algorithm = "sha256:";
constexpr string_view default_registries[] = {"docker.io/", "index.docker.io/"};
constexpr string_view default_folder = "library/";

bool is_hex(string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The engine's short form: no default registry, and no "library/" before a name without other folders.
string_view canonical_repository(string_view repository) {
  for (const string_view registry : default_registries) {
    if (repository.starts_with(registry)) repository.remove_prefix(registry.size());
  }
  if (repository.starts_with(default_folder) && !repository.substr(default_folder.size()).contains('/')) {
    repository.remove_prefix(default_folder.size());
  }
  return repository;
}

}  // namespace

ImageName parse_image_name(string_view text) {
  if (!id_digits(text).empty()) return {};
  ImageName name;
  const std::size_t at = std::min(text.find('@'), text.size());
  if (at < text.size()) name.digest = text.substr(at + 1);
  text = text.substr(0, at);
  const std::size_t slash = text.rfind('/');
  const std::size_t colon = text.rfind(':');
  const bool tagged = colon != string_view::npos && (slash == string_view::npos || colon > slash);
  name.repository = canonical_repository(tagged ? text.substr(0, colon) : text);
  if (tagged) {
    name.reference = name.repository + std::string(text.substr(colon));
  } else if (name.digest.empty() && !text.empty()) {
    name.reference = name.repository + ":latest";
  }
  return name;
}

string_view id_digits(string_view text) {
  const bool named = text.starts_with(id_algorithm);
  if (named) text.remove_prefix(id_algorithm.size());
  return is_hex(text) && (named || text.size() == id_digits_max) ? text : string_view();
}

string_view id_prefix(string_view text) {
  if (text.starts_with(id_algorithm)) text.remove_prefix(id_algorithm.size());
  return is_hex(text) && text.size() <= id_digits_max ? text : string_view();
}

std::vector<std::string> image_repositories(const Image& image) {
  std::vector<std::string> repositories;
  repositories.reserve(image.tags.size() + image.digests.size());
  for (const std::vector<std::string>* list : {&image.tags, &image.digests}) {
    for (const std::string& text : *list) repositories.push_back(parse_image_name(text).repository);
  }
  std::ranges::sort(repositories);
  const auto rest = std::ranges::unique(repositories);
  repositories.erase(rest.begin(), rest.end());
  return repositories;
}

string_view short_image_name(string_view text) {
  for (const string_view registry :
       {string_view("docker.io/library/"), string_view("docker.io/"), string_view("localhost/")}) {
    if (text.starts_with(registry)) return text.substr(registry.size());
  }
  return text;
}

std::string canonical_reference(const std::string& text) {
  if (!parse_image_reference(text) || !id_digits(text).empty()) return text;
  const ImageName name = parse_image_name(text);
  return name.digest.empty() ? name.reference : name.repository + '@' + name.digest;
}

}  // namespace caretaker
