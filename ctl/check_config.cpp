// SPDX-License-Identifier: MIT
#include "ctl/commands.h"

namespace caretaker::ctl {

Answer<ExitCode> run_check_config(const Session& session) {
  return std::unexpected(Failure{.message = session.arguments.config_file});
}

}  // namespace caretaker::ctl
