// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/host_paths.h"

namespace caretaker {

// Who this host is. The id comes from the machine id, so a renamed host keeps its series.
struct HostIdentity {
  std::int64_t id = 0;     // XXH3 of the machine id (machine-id(5)), of the host name where there is none
  std::string name;        // gethostname(2), or the configured one
  std::string machine_id;  // 32 hex digits, may be empty
  std::string boot_id;     // /proc/sys/kernel/random/boot_id, may be empty
};

// `name` empty: the kernel's host name. Never fails: what cannot be read stays empty.
[[nodiscard]] HostIdentity read_host_identity(const HostPaths& paths, std::string name = {});

}  // namespace caretaker
