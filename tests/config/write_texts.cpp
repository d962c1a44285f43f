// SPDX-License-Identifier: MIT
// Writes the two texts that are made from the key table into the source tree: run it after a change of the
// table.
#include <fstream>

#include "config/collector_names.h"
#include "config/reference.h"

int main() {
  const std::string root = CARETAKER_SOURCE_DIR;
  std::ofstream(root + "/docs/configuration.md")
      << caretaker::config_reference_markdown(caretaker::test_collectors);
  std::ofstream(root + "/config/config.ini") << caretaker::sample_config(caretaker::test_collectors);
}
