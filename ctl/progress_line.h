// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ctl/console.h"

namespace caretaker::ctl {

// One line of a terminal that is written again and again, and erased at the end. Nothing elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(const Console& console) : console_(console) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { erase(); }

  void show(std::string_view text);  // of any origin
  void erase();

 private:
  const Console& console_;
  std::string shown_;  // what is on the screen
};

}  // namespace caretaker::ctl
