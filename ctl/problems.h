// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ctl/answers.h"

namespace caretaker::ctl {

// What is wrong, the worst first, one sentence part each: nothing is stored, jobs hang or fail, MySQL is
// away. `jobs` names the jobs that status only counts; where it is empty the counts are told.
[[nodiscard]] std::vector<std::string> find_problems(const StatusAnswer& status,
                                                     std::span<const JobAnswer> jobs, std::int64_t now_ms);

}  // namespace caretaker::ctl
