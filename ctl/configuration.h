// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"
#include "ctl/arguments.h"
#include "ctl/failure.h"

namespace caretaker::ctl {

// The file that the command line names, else the installed one.
[[nodiscard]] std::string config_file(const Arguments& arguments);

// The control socket of the daemon that the configuration `file` describes. The standard one where that file
// cannot be read, or names a socket that is not there (a daemon takes another one only with its next start).
[[nodiscard]] std::string daemon_socket(const std::string& file,
                                        std::span<const std::string_view> collector_names);

// FILE:LINE: ..., one per problem of this severity.
[[nodiscard]] std::vector<std::string> problem_lines(const LoadResult& loaded, Severity severity);

// Of a configuration that is not ok(): its mistakes, then its warnings.
[[nodiscard]] Failure config_failure(const std::string& file, const LoadResult& loaded);

}  // namespace caretaker::ctl
