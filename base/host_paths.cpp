// SPDX-License-Identifier: MIT
#include "base/host_paths.h"

namespace caretaker {

std::string HostPaths::join(std::string_view root, std::string_view path) {
  while (root.ends_with('/')) root.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(root) + "/" + std::string(path);
}

}  // namespace caretaker
