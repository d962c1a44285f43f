// SPDX-License-Identifier: MIT
#include "config/image_reference.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "base/text.h"

namespace caretaker {
namespace {

using std::string_view;

constexpr std::size_t repository_bytes_max = 255;
constexpr std::size_t tag_bytes_max = 128;
constexpr std::size_t sha256_digits = 64;
constexpr string_view digest_prefix = "sha256:";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_tag(string_view tag) {
  const auto is_word = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '_'; };
  return !tag.empty() && tag.size() <= tag_bytes_max && is_word(tag.front()) &&
         std::ranges::all_of(tag, [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(string_view digest) {
  if (!digest.starts_with(digest_prefix)) return false;
  digest.remove_prefix(digest_prefix.size());
  return digest.size() == sha256_digits &&
         std::ranges::all_of(digest, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// Lower case words with one '.', one or two '_', or any number of '-' between them.
bool is_path_part(string_view part) {
  const auto is_word = [](char c) { return is_digit(c) || is_lower(c); };
  if (part.empty() || !is_word(part.front()) || !is_word(part.back())) return false;
  for (std::size_t at = 0; at < part.size();) {
    if (is_word(part[at])) {
      ++at;
      continue;
    }
    const char separator = part[at];
    const std::size_t end = std::min(part.find_first_not_of(separator, at), part.size());
    const std::size_t length = end - at;
    const bool allowed =
        (separator == '.' && length == 1) || (separator == '_' && length <= 2) || separator == '-';
    if (!allowed || !is_word(part[end])) return false;
    at = end;
  }
  return true;
}

// As docker decides: the first part names a registry when it has a dot or a port, or is "localhost".
bool is_registry(string_view part) {
  return part.contains('.') || part.contains(':') || part == "localhost" ||
         std::ranges::any_of(part, is_upper);
}

bool is_registry_name(string_view registry) {
  const std::size_t colon = registry.rfind(':');
  if (colon != string_view::npos && !registry.ends_with(']')) {
    const string_view port = registry.substr(colon + 1);
    if (port.empty() || !std::ranges::all_of(port, is_digit)) return false;
    registry = registry.substr(0, colon);
  }
  const bool ipv6 = registry.starts_with('[') && registry.ends_with(']');
  return !registry.empty() && std::ranges::all_of(registry, [&](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '.' || c == '-' ||
           (ipv6 && (c == ':' || c == '[' || c == ']'));
  });
}

bool is_repository(string_view repository) {
  if (repository.size() > repository_bytes_max) return false;
  const std::vector<string_view> parts = split(repository, '/');
  std::span<const string_view> path(parts);
  if (path.size() > 1 && is_registry(path.front())) {
    if (!is_registry_name(path.front())) return false;
    path = path.subspan(1);
  }
  return std::ranges::all_of(path, is_path_part);
}

}  // namespace

Result<ImageReference> parse_image_reference(string_view text) {
  ImageReference reference;
  if (const std::size_t at = text.find('@'); at != string_view::npos) {
    reference.digest = text.substr(at + 1);
    text = text.substr(0, at);
    if (!is_digest(reference.digest)) return fail("has no digest of the form @sha256:<64 hex digits>");
  }
  const std::size_t slash = text.rfind('/');
  const std::size_t colon = text.rfind(':');
  const bool tagged = colon != string_view::npos && (slash == string_view::npos || colon > slash);
  if (tagged) {
    reference.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
    if (!is_tag(reference.tag)) {
      return fail("has a tag that is not 1 to 128 letters, digits, '_', '.' and '-'");
    }
  } else if (reference.digest.empty()) {
    reference.tag = "latest";
  }
  if (text.empty()) return fail("names no image");
  if (!is_repository(text)) {
    return fail("is not an image's name: write it as registry/path:tag, in lower case");
  }
  reference.repository = text;
  return reference;
}

std::string to_string(const ImageReference& reference) {
  if (!reference.digest.empty()) return reference.repository + '@' + reference.digest;
  return reference.repository + ':' + reference.tag;
}

}  // namespace caretaker
