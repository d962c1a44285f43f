// SPDX-License-Identifier: MIT
#include "gate/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/parse.h"
#include "docker/request_rules.h"

namespace caretaker {
namespace {

// The longest path that a socket can have, without its end.
constexpr std::size_t socket_path_bytes_max = 107;

std::string check_path(const std::string& path) {
  if (path.starts_with('/') && path.size() <= socket_path_bytes_max) return {};
  return fmt::format("'{}' is no absolute path of at most {} bytes", path, socket_path_bytes_max);
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app{
      "Passes on to a container engine what cleanup may ask of it, and nothing else. Started by systemd when "
      "somebody connects to caretaker-docker-gate.socket.",
      "caretaker-docker-gate"};
  app.set_version_flag("--version", CARETAKER_VERSION);
  app.add_option("--engine", line.gate.engine, "The engine's Unix socket")
      ->check(check_path)
      ->option_text("PATH [" + line.gate.engine + "]");
  app.add_option_function<std::string>(
         "--idle-exit",
         [&line](const std::string& text) {
           const auto duration = parse_duration(text);
           if (!duration)
             throw CLI::ValidationError("--idle-exit",
                                        fmt::format("'{}' {}", text, duration.error().message));
           line.gate.idle_time = *duration;
         },
         "End after this time without a connection; 0s: never")
      ->option_text("DURATION [" + format_duration(idle_time_default) + "]");
  app.add_flag("--print-rules", line.print_rules, "Print what may be asked, as Markdown");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code_wrong_use;
  }
  return line;
}

std::string rules_markdown() {
  std::string text = "| request and query | for |\n|---|---|\n";
  for (const RequestRule& rule : request_rules()) {
    const std::string query = rule.query.empty() ? "" : fmt::format(" `{}`", rule.query);
    text += fmt::format("| `{} {}`{} | {} |\n", rule.method, rule.path, query, rule.why);
  }
  return text;
}

}  // namespace caretaker
