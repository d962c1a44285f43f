// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace caretaker::ctl {

// How caretakerctl ends, the same for every command. 78 is EX_CONFIG of sysexits.h, as the daemon's own.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  no_daemon = 3,
  not_permitted = 4,
  timeout = 5,
  something_to_do = 10,
  incomplete = 11,
  doctor_warnings = 12,
  doctor_errors = 13,
  config_invalid = 78,
};

struct ExitCodeInfo {
  ExitCode code;
  std::string_view meaning;
};

// The one table: `caretakerctl --help` and docs/caretakerctl.md show it, a test keeps them equal.
inline constexpr ExitCodeInfo exit_codes[] = {
    {ExitCode::ok, "Done."},
    {ExitCode::failed, "The request was refused, the job failed or the answer made no sense."},
    {ExitCode::usage, "Wrong usage: unknown command, option or value."},
    {ExitCode::no_daemon, "No daemon is running at the socket."},
    {ExitCode::not_permitted, "Not permitted: only root and the daemon's own user may change things."},
    {ExitCode::timeout, "No answer in time."},
    {ExitCode::something_to_do,
     "Something would be removed (only of cleanup plan and cleanup run --dry-run)."},
    {ExitCode::incomplete,
     "Some kinds of objects could not be looked at (only of these two; comes before 10)."},
    {ExitCode::doctor_warnings, "doctor found something to look at (warnings, no errors)."},
    {ExitCode::doctor_errors, "doctor found something that does not work (errors)."},
    {ExitCode::config_invalid, "The configuration has mistakes; each is listed with file and line."},
};

// The table as lines for a terminal.
[[nodiscard]] std::string exit_code_text();

}  // namespace caretaker::ctl
