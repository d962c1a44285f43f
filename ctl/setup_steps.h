// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/commands.h"
#include "ctl/failure.h"

namespace caretaker::ctl {

// One thing that a setup command does: shown first, then done.
struct SetupStep {
  std::string name;                          // a stable word for --json
  std::string title;                         // "make the database system_monitor"
  std::vector<std::string> shown;            // the SQL or the file's lines, as they will be
  std::function<Answer<std::string>()> run;  // what came of it, in a few words
};

struct SetupPlan {
  std::string heading;             // what is set up where
  std::vector<std::string> notes;  // what to know before saying yes
  std::vector<SetupStep> steps;    // in order; each may run again
  std::vector<std::string> after;  // what is left to the user once all is done
};

// Shows the plan; with --dry-run that is all. Otherwise asks (or has --yes) and takes the steps in order, to
// the first that fails. What was done before stays: another run goes on from there.
[[nodiscard]] Answer<ExitCode> carry_out(const Session& session, const SetupPlan& plan);

// Of a file, a unit or a program. Rights that are missing, and a read-only file system, are not_permitted.
[[nodiscard]] Failure setup_failure(const Error& error, const std::string& what);

[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

// `caretakerctl setup ...` changes the system: root only, and somebody has to say yes. The failure, if so.
[[nodiscard]] Answer<> check_may_set_up(const Session& session);

}  // namespace caretaker::ctl
