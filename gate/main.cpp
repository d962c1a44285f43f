// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>
#include <variant>

#include "gate/options.h"
#include "systemd/activation.h"
#include "systemd/notify.h"

namespace caretaker {
namespace {

int complain(const Error& error, int exit_code) {
  fmt::print(stderr, "caretaker-docker-gate: {}\n", error.message);
  return exit_code;
}

Result<> run(EventLoop& loop, UniqueFd listener, GateOptions options) {
  std::vector<EventLoop::SourceHandle> signals;
  for (const int number : {SIGTERM, SIGINT}) {
    auto source = loop.add_signal(number, [&loop] { loop.quit(); });
    if (!source) return std::unexpected(source.error());
    signals.push_back(std::move(*source));
  }
  Audit audit;
  const std::string status = "Passing requests on to " + options.engine;
  auto gate = Gate::start(loop, std::move(listener), std::move(options), audit);
  if (!gate) return std::unexpected(gate.error());
  (void)notify_ready(status);  // without a manager that listens there is nobody to tell
  if (const Result<> turned = loop.run(); !turned) return turned;
  (void)notify_stopping("Stopping");
  if ((*gate)->failure()) return std::unexpected(*(*gate)->failure());
  return {};
}

int run(int argc, char** argv) {
  auto parsed = parse_command_line(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  auto& line = std::get<CommandLine>(parsed);
  if (line.print_rules) {
    fmt::print("{}", rules_markdown());
    return 0;
  }
  block_signals({SIGTERM, SIGINT, SIGPIPE});
  auto listener = take_listening_socket();
  if (!listener) return complain(listener.error(), exit_code_wrong_use);
  auto loop = EventLoop::create([](const Error& error) { complain(error, 0); });
  if (!loop) return complain(loop.error(), 1);
  const Result<> ran = run(**loop, std::move(*listener), std::move(line.gate));
  return ran ? 0 : complain(ran.error(), 1);
}

}  // namespace
}  // namespace caretaker

int main(int argc, char** argv) {
  try {
    return caretaker::run(argc, argv);
  } catch (const std::exception& exception) {
    return caretaker::complain({.code = 0, .message = exception.what()}, 1);
  }
}
