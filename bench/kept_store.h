// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "sql/local_store.h"

namespace caretaker::bench {

// A store from which retention takes nothing, however old and large it is made.
inline LocalStoreOptions keep_everything(std::string path) {
  LocalStoreOptions options;
  options.path = std::move(path);
  options.retention = std::chrono::days{3'650};
  options.retention_1m = std::chrono::days{3'650};
  options.retention_1h = std::chrono::days{36'500};
  options.size_bytes_max = 16ULL << 40;
  return options;
}

}  // namespace caretaker::bench
