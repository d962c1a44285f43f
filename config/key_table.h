// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/value_type.h"

namespace caretaker {

// One line of the table: everything that the loader, the reference page and the sample know about a key.
struct Key {
  std::string_view
      section;  // "mysql", "collector.filesystem"; "collector.*" and "job.*" for all of their kind
  std::string_view name;
  ValueType type;
  // The member that the key sets. `instance` is the NAME of [collector.NAME] and [job.NAME], which is added
  // to the config when it is not there yet.
  Target (*target)(Config& config, std::string_view instance);
  std::string_view help;  // a sentence or two, Markdown, no '|'
};

// All keys, those of a section together, in the order of the reference page.
[[nodiscard]] std::span<const Key> key_table();

// The keys of [section], where that is a section that the table knows; empty otherwise.
[[nodiscard]] std::vector<const Key*> keys_of(std::string_view section);

// "cpu" of "collector.cpu"; empty for the sections without a NAME.
[[nodiscard]] std::string_view instance_of(std::string_view section);

// The key's default as text.
[[nodiscard]] std::string default_text(const Key& key);

}  // namespace caretaker
