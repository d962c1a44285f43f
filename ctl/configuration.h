// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "config/loader.h"
#include "ctl/arguments.h"
#include "ctl/failure.h"

namespace caretaker::ctl {

// The file that the command line names, else the installed one.
[[nodiscard]] std::string config_file(const Arguments& arguments);

// FILE:LINE: ..., one per problem of this severity.
[[nodiscard]] std::vector<std::string> problem_lines(const LoadResult& loaded, Severity severity);

// Of a configuration that is not ok(): its mistakes, then its warnings.
[[nodiscard]] Failure config_failure(const std::string& file, const LoadResult& loaded);

}  // namespace caretaker::ctl
