// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/engine_objects.h"

namespace caretaker {

// A text that may name an image, taken apart. What is not there is empty; all empty for an image id.
struct ImageName {
  std::string reference;   // canonical "repository:tag"
  std::string repository;  // canonical: "nginx", never "docker.io/library/nginx"
  std::string digest;      // "sha256:..."
};
// Never fails: a text that breaks the grammar of references is split where the tag should begin.
[[nodiscard]] ImageName parse_image_name(std::string_view text);

// The hex digits when the text can only be an id ("sha256:..." or 64 digits), otherwise empty.
[[nodiscard]] std::string_view id_digits(std::string_view text);
// The hex digits when the text is, or may be, the beginning of an id: "3f2a1b".
[[nodiscard]] std::string_view id_prefix(std::string_view text);

// All canonical repositories of an image's tags and digests, each once, sorted.
[[nodiscard]] std::vector<std::string> image_repositories(const Image& image);

// Without the registry that a person leaves out: "docker.io/library/", "docker.io/", "localhost/".
[[nodiscard]] std::string_view short_image_name(std::string_view text);

}  // namespace caretaker
