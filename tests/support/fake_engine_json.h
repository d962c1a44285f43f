// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "docker/engine_objects.h"
#include "support/fake_engine_model.h"

// The shapes of objects, by API version and dialect.
namespace caretaker::fake {

// What a shape depends on besides the object.
struct Dialect {
  EngineKind kind = EngineKind::docker;
  ImageStore store = ImageStore::containerd;
  ApiVersion api;

  [[nodiscard]] bool podman() const { return kind == EngineKind::podman; }
  [[nodiscard]] bool since(int minor) const { return api >= ApiVersion{1, minor}; }
};

// Of one element of /images/json; `containers` use the image.
[[nodiscard]] nlohmann::json image_summary(const Image& image, const Dialect& dialect, bool shared_size,
                                           std::uint32_t containers);
[[nodiscard]] nlohmann::json image_details(const Image& image, const Dialect& dialect);
[[nodiscard]] nlohmann::json container_summary(const Container& container, const Model& model,
                                               const Dialect& dialect);
[[nodiscard]] nlohmann::json container_details(const Container& container, const Model& model,
                                               const Dialect& dialect);
[[nodiscard]] nlohmann::json volume_object(const Volume& volume, const Dialect& dialect);
[[nodiscard]] nlohmann::json libpod_volume_object(const Volume& volume);
[[nodiscard]] nlohmann::json network_object(const Network& network,
                                            const std::vector<const Container*>& endpoints, bool details);
[[nodiscard]] nlohmann::json build_cache_object(const BuildCacheRecord& record);
[[nodiscard]] nlohmann::json event_object(const EngineEvent& event, const Dialect& dialect);

// Like Go's encoder: no blanks, '<', '>' and '&' escaped.
[[nodiscard]] std::string to_text(const nlohmann::json& json);
// RFC3339 with as many decimals as are not zero; with `whole_seconds` none. 0 is Go's zero time.
[[nodiscard]] std::string rfc3339(std::int64_t ms, bool whole_seconds = false);

}  // namespace caretaker::fake
