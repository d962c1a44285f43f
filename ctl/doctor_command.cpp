// SPDX-License-Identifier: MIT
#include "ctl/commands.h"
#include "ctl/doctor.h"
#include "ctl/doctor_report.h"
#include "ctl/local_machine.h"

namespace caretaker::ctl {

Answer<ExitCode> run_doctor(const Session& session) {
  const Arguments& arguments = session.arguments;
  LocalMachine machine;
  Patient patient({.config_file = arguments.config_file,
                   .socket = arguments.socket.value_or(""),
                   .collector_names = session.collector_names,
                   .now_ms = session.now_ms},
                  machine);
  const std::vector<CheckedOff> checks =
      run_checks(doctor_checks(), patient, arguments.timeout.value_or(doctor_time_max));
  if (arguments.json) {
    print_json(session, checks_json(checks));
  } else {
    print_checks(session.console, checks);
  }
  return exit_code_of(checks);
}

}  // namespace caretaker::ctl
