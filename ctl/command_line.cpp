// SPDX-License-Identifier: MIT
#include "ctl/command_line.h"

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/configuration.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::string_view program = "caretakerctl: ";

void print_failure(const Console& console, const Failure& failure, bool json) {
  if (json) console.out << failure_json(failure) << '\n';
  console.error << program << failure_line(failure) << '\n';
  for (const std::string& problem : failure.problems) console.error << escape_text(problem) << '\n';
}

}  // namespace

ExitCode run_command_line(int argc, const char* const* argv, const Surroundings& surroundings) {
  const Console& console = surroundings.console;
  const auto arguments = parse_arguments(argc, argv);
  if (!arguments) {
    const Ending& ending = arguments.error();
    if (ending.exit == ExitCode::ok) {
      console.out << ending.text;
    } else {
      console.error << program << ending.text << '\n';
    }
    return ending.exit;
  }
  const std::string socket = arguments->socket
                                 ? *arguments->socket
                                 : daemon_socket(surroundings.config_file, surroundings.collector_names);
  Client client(socket, arguments->timeout.value_or(request_timeout_default));
  const Answer<ExitCode> ended = arguments->command->run({.arguments = *arguments,
                                                          .client = client,
                                                          .console = console,
                                                          .manager = surroundings.manager,
                                                          .terminal = surroundings.terminal,
                                                          .place = surroundings.place,
                                                          .collector_names = surroundings.collector_names,
                                                          .now_ms = surroundings.now_ms});
  if (ended) return *ended;
  print_failure(console, ended.error(), arguments->json);
  return ended.error().exit;
}

}  // namespace caretaker::ctl
