// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "cleanup/plan.h"

namespace caretaker::bench {

// A build server: many tags of each of its repositories, every tenth image without any, some of them in use.
// The same at every run.
class MadeUpEngine {
 public:
  MadeUpEngine(std::size_t images, std::size_t containers);

  // What cleanup would do on it now, with a handful of patterns to keep. This object outlives the plan.
  [[nodiscard]] Plan plan() const;

 private:
  void add_image(std::size_t i);
  void add_container(std::size_t i, std::size_t images);

  Inventory inventory_;
  std::unordered_map<std::string, ObjectUsage> history_;
};

}  // namespace caretaker::bench
