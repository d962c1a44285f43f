// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/commands.h"

namespace caretaker::ctl {

// `cleanup run --dry-run`: prints as `cleanup plan` does.
[[nodiscard]] Answer<ExitCode> run_cleanup_dry_run(const Session& session);

}  // namespace caretaker::ctl
