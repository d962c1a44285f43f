// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace caretaker {

// The credentials of registries, as `docker login` and `podman login` write them: the `auths` of a docker
// config.json. Credential helpers are programs of the user who logged in; they are not run. Immutable, any
// thread. Errors and messages name registries and the file, never what is in it.
class RegistryAuth {
 public:
  RegistryAuth() = default;  // none

  // Reads a file of at most auth_file_bytes_max.
  [[nodiscard]] static Result<RegistryAuth> load(const std::string& path);
  // Pure; `path` is for messages.
  [[nodiscard]] static Result<RegistryAuth> parse(std::string_view text, const std::string& path);

  // The value of X-Registry-Auth for a pull from that repository ("ubuntu", "ghcr.io/owner/app"): base64url
  // JSON, empty when the registry needs none as far as the file tells. An error when the registry's
  // credentials are with a helper.
  [[nodiscard]] Result<Secret> header_for(const std::string& repository) const;

 private:
  std::string path_;
  std::map<std::string, Secret> headers_;  // by host; Docker Hub is "docker.io"
  std::set<std::string> helper_hosts_;     // of credHelpers
  bool helper_for_all_ = false;            // credsStore
};
inline constexpr std::size_t auth_file_bytes_max = 1U << 20;

// The host that a repository is pulled from: "docker.io", "ghcr.io", "localhost:5000".
[[nodiscard]] std::string registry_of(std::string_view repository);

}  // namespace caretaker
