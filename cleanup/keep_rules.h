// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr std::string_view buildx_volume_prefix = "buildx_buildkit_";
inline constexpr std::string_view buildx_volume_rule = "built in: buildx keeps its cache in it";

// What the user said must stay, and what must stay anyway: [cleanup] keep and keep_labels. Borrows the
// configuration.
class KeepRules {
 public:
  explicit KeepRules(const CleanupConfig& config);

  struct Match {
    const std::string* glob = nullptr;  // null: none matches
    std::string name;                   // the one of the object's names that it matches
  };
  // By tag, digest reference, repository or id, with and without the registry that people leave out.
  [[nodiscard]] Match match_image(const Image& image, std::span<const std::string> repositories) const;
  [[nodiscard]] Match match(const std::string& id, const std::string& name) const;
  // The rule, or null. "label" matches any value but "false", "label=value" that value only.
  [[nodiscard]] const std::string* match_labels(const Labels& labels) const;

 private:
  // A glob, with the simple shapes that nearly all have found once instead of at every name.
  struct Glob {
    enum class Shape { exact, prefix, suffix, any } shape = Shape::any;
    std::string pattern;
    const std::string* rule = nullptr;  // as configured
    [[nodiscard]] bool matches(const std::string& name) const;
  };
  void add(std::string pattern, const std::string& rule);
  [[nodiscard]] const std::string* match_name(const std::string& name) const;
  [[nodiscard]] const std::string* match_with_short_form(const std::string& name) const;

  std::vector<Glob> globs_;
  const std::vector<std::string>& labels_;
};

}  // namespace caretaker
