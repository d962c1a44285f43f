// SPDX-License-Identifier: MIT
#include "ctl/exit_codes.h"

#include <fmt/format.h>

namespace caretaker::ctl {

std::string exit_code_text() {
  std::string text = "Exit codes:\n";
  for (const auto& [code, meaning] : exit_codes) {
    text += fmt::format("  {:>2}  {}\n", static_cast<int>(code), meaning);
  }
  return text;
}

}  // namespace caretaker::ctl
