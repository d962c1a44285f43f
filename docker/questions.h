// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/image_reference.h"
#include "docker/conversation.h"
#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr ApiVersion api_shared_size{1, 42};         // /images/json?shared-size=1
inline constexpr ApiVersion api_disk_usage_by_type{1, 42};  // /system/df?type=
inline constexpr ApiVersion api_disk_usage_items{1, 52};    // /system/df?verbose=1

// All that is asked, in the words of one engine: its API version, Docker's dialect or Podman's. Pure.
class Questions {
 public:
  Questions(std::chrono::milliseconds inactivity_timeout, std::chrono::milliseconds change_inactivity_timeout)
      : inactivity_timeout_(inactivity_timeout), change_inactivity_timeout_(change_inactivity_timeout) {}

  // `libpod_version`: of Podman's own API, empty where there is none.
  void set_engine(EngineKind kind, ApiVersion api, std::string libpod_version);
  [[nodiscard]] bool has_libpod() const { return !libpod_version_.empty(); }

  [[nodiscard]] Question ping() const;
  [[nodiscard]] Question version() const;
  [[nodiscard]] Question info() const;
  [[nodiscard]] Question images() const;
  [[nodiscard]] Question containers() const;
  [[nodiscard]] Question volumes() const;
  [[nodiscard]] Question libpod_volumes() const;
  [[nodiscard]] Question networks() const;
  [[nodiscard]] Question services() const;
  [[nodiscard]] Question build_cache() const;
  [[nodiscard]] Question events(std::int64_t since_ns) const;

  [[nodiscard]] Question image(const std::string& name) const;
  [[nodiscard]] Question container(const std::string& id) const;
  [[nodiscard]] Question volume(const std::string& name) const;
  [[nodiscard]] Question libpod_volume(const std::string& name) const;
  [[nodiscard]] Question network(const std::string& id) const;

  [[nodiscard]] Question remove_image(const std::string& name) const;
  [[nodiscard]] Question remove_container(const std::string& id) const;
  [[nodiscard]] Question remove_volume(const std::string& name) const;
  [[nodiscard]] Question remove_network(const std::string& id) const;
  [[nodiscard]] Question prune_build_cache(const BuildPruneBounds& bounds) const;
  [[nodiscard]] Question pull(const ImageReference& reference, const std::string& registry_auth) const;

 private:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] Question get(std::string target) const;
  [[nodiscard]] Question ask(const std::string& path, const Parameters& parameters = {}) const;
  [[nodiscard]] Question ask_about(std::string path, const std::string& name) const;
  [[nodiscard]] Question change(const char* method, const std::string& path,
                                const Parameters& parameters) const;
  [[nodiscard]] Question remove(std::string path, const std::string& name,
                                const Parameters& parameters = {}) const;

  std::chrono::milliseconds inactivity_timeout_;
  std::chrono::milliseconds change_inactivity_timeout_;
  EngineKind kind_ = EngineKind::docker;
  ApiVersion api_;
  std::string libpod_version_;
};

}  // namespace caretaker
