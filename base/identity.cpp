// SPDX-License-Identifier: MIT
#include "base/identity.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

namespace caretaker {
namespace {

std::string read_trimmed(const std::string& path) {
  const auto text = read_file(path, 4096);
  return text ? std::string(trim(*text)) : std::string();
}

std::string kernel_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

}  // namespace

HostIdentity read_host_identity(const HostPaths& paths, std::string name) {
  HostIdentity identity;
  identity.name = name.empty() ? kernel_host_name() : std::move(name);
  identity.machine_id = read_trimmed(paths.root("/etc/machine-id"));
  identity.boot_id = read_trimmed(paths.proc("sys/kernel/random/boot_id"));
  identity.id = hash64({identity.machine_id.empty() ? identity.name : identity.machine_id});
  return identity;
}

}  // namespace caretaker
