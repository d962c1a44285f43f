// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace caretaker {

// An image by name, as docker pull takes it: "[registry[:port]/]path[:tag][@sha256:digest]".
struct ImageReference {
  std::string repository;  // "ubuntu", "ghcr.io/owner/app"
  std::string tag;         // "latest" where the text has neither tag nor digest; may be empty beside a digest
  std::string digest;      // "sha256:<64 hex>" or empty
  bool operator==(const ImageReference&) const = default;
};

// Checks the grammar of references (github.com/distribution/reference): lower case repository, tag of at most
// 128 characters. Never means all tags.
[[nodiscard]] Result<ImageReference> parse_image_reference(std::string_view text);
// "repository:tag", "repository@digest"; with both the digest decides and the tag is left out.
[[nodiscard]] std::string to_string(const ImageReference& reference);

}  // namespace caretaker
