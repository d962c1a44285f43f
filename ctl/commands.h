// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/console.h"
#include "ctl/failure.h"
#include "ctl/service_manager.h"
#include "ctl/setup_place.h"
#include "ctl/terminal.h"

namespace caretaker::ctl {

// What a command works with. Everything outlives the command.
struct Session {
  const Arguments& arguments;
  Client& client;
  const Console& console;
  ServiceManager& manager;
  Terminal& terminal;
  const SetupPlace& place;
  std::span<const std::string_view> collector_names;
  std::int64_t now_ms;  // UTC
};

// Prints to session.console.out; how it ended, or the failure that the caller prints.
using CommandFunction = Answer<ExitCode> (*)(const Session&);

struct CommandInfo {
  std::string_view name;      // one word, or two: `mysql maintain`
  std::string_view summary;   // one sentence
  std::string_view examples;  // command lines, one per line
  CommandFunction run;
};

// All commands in the order of the help text.
[[nodiscard]] std::span<const CommandInfo> command_table();

Answer<ExitCode> run_status(const Session& session);
Answer<ExitCode> run_jobs(const Session& session);
Answer<ExitCode> run_start(const Session& session);
Answer<ExitCode> run_stop(const Session& session);
Answer<ExitCode> run_restart(const Session& session);
Answer<ExitCode> run_run(const Session& session);
Answer<ExitCode> run_reload(const Session& session);
Answer<ExitCode> run_metrics(const Session& session);
Answer<ExitCode> run_history(const Session& session);
Answer<ExitCode> run_check_config(const Session& session);
Answer<ExitCode> run_doctor(const Session& session);
Answer<ExitCode> run_mysql_maintain(const Session& session);
Answer<ExitCode> run_mysql_redeliver(const Session& session);
Answer<ExitCode> run_cleanup_status(const Session& session);
Answer<ExitCode> run_cleanup_plan(const Session& session);
Answer<ExitCode> run_cleanup_run(const Session& session);
Answer<ExitCode> run_cleanup_explain(const Session& session);
Answer<ExitCode> run_cleanup_history(const Session& session);
Answer<ExitCode> run_setup_mysql(const Session& session);
Answer<ExitCode> run_setup_docker(const Session& session);
Answer<ExitCode> run_version(const Session& session);

// Prints the answer as it came, for --json.
void print_json(const Session& session, std::string_view body);

}  // namespace caretaker::ctl
