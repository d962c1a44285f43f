// SPDX-License-Identifier: MIT
#include "ctl/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <sstream>

#include "base/parse.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t help_column_width = 28;

// The first words of commands of two words.
struct GroupInfo {
  std::string_view name;
  std::string_view summary;
};
constexpr GroupInfo groups[] = {
    {"cleanup", "Commands about the cleanup of container images, build cache and volumes."},
    {"mysql", "Commands about the delivery to MySQL."},
    {"setup", "Commands that connect Caretaker with what is there; each shows its plan first."},
};

std::string_view summary_of_group(std::string_view name) {
  const auto* group = std::ranges::find(groups, name, &GroupInfo::name);
  return group == std::end(groups) ? std::string_view() : group->summary;
}

std::string examples_footer(const CommandInfo& command) {
  std::string text = "Examples:\n";
  for (const std::string_view line : split(command.examples, '\n')) text += fmt::format("  {}\n", line);
  return text + "\n--socket, --timeout and --json work with every command, see caretakerctl --help.\n";
}

// A duration option: base/parse.h's form, from 1 ms to `max`.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds max,
                          const std::string& help, std::function<void(std::chrono::milliseconds)> set) {
  return app
      .add_option_function<std::string>(
          name,
          [=, set = std::move(set)](const std::string& text) {
            const Result<std::chrono::milliseconds> duration = parse_duration(text);
            if (!duration) throw CLI::ValidationError(name, duration.error().message);
            if (duration->count() < 1 || *duration > max) {
              throw CLI::ValidationError(name, fmt::format("must be from 1ms to {}", format_duration(max)));
            }
            set(*duration);
          },
          help)
      ->type_name("DURATION");
}

std::string check_not_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

std::string check_label(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals == std::string::npos || equals == 0 ? fmt::format("'{}' is not NAME=VALUE", text) : "";
}

void add_job_list(CLI::App& command, Arguments& arguments) {
  CLI::Option* jobs = command.add_option("JOB", arguments.jobs, "Jobs; none means the service itself")
                          ->type_name("")
                          ->check(check_not_empty);
  command.add_flag("--all", arguments.all_jobs, "All jobs, not the service")->excludes(jobs);
}

CLI::Option* add_since(CLI::App& command, Arguments& arguments, const std::string& help) {
  return add_duration(command, "--since", std::chrono::hours(24 * 3650), help,
                      [&arguments](std::chrono::milliseconds since) { arguments.since = since; });
}

void add_history_options(CLI::App& command, Arguments& arguments) {
  command.add_option("METRIC", arguments.metric, "Name of the metric")
      ->type_name("")
      ->required()
      ->check(check_not_empty);
  command.add_option("--label", arguments.labels, "Only series with this label; may be given again")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check(check_label);
  add_since(
      command, arguments,
      fmt::format("How far back, such as 10m or 7d (default {})", format_duration(history_since_default)));
  command
      .add_option("--limit", arguments.points_max,
                  fmt::format("At most so many points, the newest (default {})", history_points_default))
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, history_points_max));
}

void add_mysql_maintain_options(CLI::App& command, Arguments& arguments) {
  command.add_option("--user", arguments.mysql_user, "The account, instead of [mysql] user")
      ->type_name("NAME")
      ->check(check_not_empty);
  command
      .add_option("--password-file", arguments.mysql_password_file,
                  "The file with its password, instead of the configured one")
      ->type_name("FILE")
      ->check(check_not_empty);
  command.add_option("--config", arguments.config_file, "The configuration; without it the installed one")
      ->type_name("FILE");
  command.add_flag("--dry-run", arguments.dry_run, "Only say what would be done");
}

void add_pressure(CLI::App& command, Arguments& arguments) {
  command.add_flag("--pressure", arguments.pressure, "As if the disks were too full");
}

void add_cleanup_options(CLI::App& command, std::string_view name, Arguments& arguments) {
  if (name == "cleanup plan") {
    add_pressure(command, arguments);
    command.add_flag("--all", arguments.what_stays, "List also what stays, and why");
  }
  if (name == "cleanup run") {
    command.add_flag("--dry-run", arguments.dry_run, "Delete nothing; record what would be deleted");
  }
  if (name == "cleanup explain") {
    command.add_option("OBJECT", arguments.object, "A name, an id, or the beginning of an id")
        ->type_name("")
        ->required()
        ->check(check_not_empty);
    add_pressure(command, arguments);
  }
  if (name == "cleanup history") {
    add_since(
        command, arguments,
        fmt::format("How far back, such as 12h or 30d (default {})", format_duration(cleanup_since_default)));
    command
        .add_option("--limit", arguments.runs_max,
                    fmt::format("At most so many runs, the newest (default {})", cleanup_runs_default))
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, cleanup_runs_max));
    command.add_flag("--actions", arguments.with_actions, "With the objects of each run");
  }
}

void add_command_options(CLI::App& command, std::string_view name, Arguments& arguments) {
  if (name == "start" || name == "stop" || name == "restart") add_job_list(command, arguments);
  if (name == "history") add_history_options(command, arguments);
  if (name == "jobs") command.add_flag("--names", arguments.names_only, "Only the names, one per line");
  if (name == "run") {
    command.add_option("JOB", arguments.jobs, "The job")
        ->type_name("")
        ->required()
        ->expected(1)
        ->check(check_not_empty);
  }
  if (name == "metrics") {
    command.add_option("GLOB", arguments.metric, "Only metrics whose name matches, such as 'cpu*'")
        ->type_name("");
  }
  if (name == "mysql redeliver") add_since(command, arguments, "How far back, such as 2h")->required();
  if (name == "mysql maintain") add_mysql_maintain_options(command, arguments);
  if (name.starts_with("cleanup ")) add_cleanup_options(command, name, arguments);
  if (name == "doctor") {
    command.add_option("--config", arguments.config_file, "The configuration; without it the installed one")
        ->type_name("FILE");
  }
  if (name.starts_with("setup ")) add_setup_options(command, name, arguments);
  if (name == "check-config") {
    command.add_option("FILE", arguments.config_file, "The file; without it the installed one")
        ->type_name("");
  }
}

void add_common_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--socket", arguments.socket,
                 "The daemon's control socket (default: [control] socket of the installed configuration)")
      ->type_name("PATH")
      ->envname("CARETAKER_SOCKET");
  add_duration(app, "--timeout", request_timeout_max,
               fmt::format("How long to wait for an answer (default {}; run: as long as the job may take)",
                           format_duration(request_timeout_default)),
               [&arguments](std::chrono::milliseconds timeout) { arguments.timeout = timeout; });
  app.add_flag("--json", arguments.json, "Print one JSON object, as the daemon's API gives it");
  app.set_version_flag("--version", "caretakerctl " CARETAKER_VERSION,
                       "Print this client's version and exit");
}

// `mysql maintain` is the command `maintain` of the group `mysql`.
CLI::App* add_command(CLI::App& app, const CommandInfo& info) {
  const std::size_t space = info.name.find(' ');
  if (space == std::string_view::npos) {
    return app.add_subcommand(std::string(info.name), std::string(info.summary));
  }
  const std::string group(info.name.substr(0, space));
  const auto same =
      app.get_subcommands([&group](const CLI::App* other) { return other->get_name() == group; });
  CLI::App* parent = same.empty() ? nullptr : same.front();
  if (parent == nullptr) {
    parent = app.add_subcommand(group, std::string(summary_of_group(group)));
    parent->require_subcommand(1);
  }
  return parent->add_subcommand(std::string(info.name.substr(space + 1)), std::string(info.summary));
}

void add_commands(CLI::App& app, Arguments& arguments) {
  for (const CommandInfo& info : command_table()) {
    CLI::App* command = add_command(app, info);
    add_command_options(*command, info.name, arguments);
    command->footer(examples_footer(info));
    command->final_callback([&arguments, &info] { arguments.command = &info; });
  }
}

// The commands of `group` as their second words; with an empty group the first words of all.
std::vector<std::string_view> words_of(std::string_view group) {
  std::vector<std::string_view> words;
  for (const CommandInfo& info : command_table()) {
    const std::vector<std::string_view> parts = split(info.name, ' ');
    if (group.empty()) {
      if (words.empty() || words.back() != parts.front()) words.push_back(parts.front());
    } else if (parts.size() == 2 && parts.front() == group) {
      words.push_back(parts.back());
    }
  }
  return words;
}

// CLI11 says only that a command is required; the word that was meant to be one is in the rest.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const std::string group = chosen.empty() ? "" : chosen.front()->get_name();
  const std::vector<std::string_view> words = words_of(group);
  const bool is_complete = !chosen.empty() && (words.empty() || !chosen.front()->get_subcommands().empty());
  if (is_complete) return error.what();
  const std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  if (rest.empty() || rest.front().starts_with('-')) {
    if (group.empty()) return error.what();
    return fmt::format("'{}' needs one of its commands: {}", group, fmt::join(words, ", "));
  }
  const std::string prefix = group.empty() ? "" : group + ' ';
  std::string text = fmt::format("unknown command '{}{}'", prefix, rest.front());
  if (const auto near = nearest_word(rest.front(), words))
    text += fmt::format(" (did you mean '{}{}'?)", prefix, *near);
  return text;
}

Ending end_of(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    std::ostringstream out;
    app.exit(error, out, out);
    return {.exit = ExitCode::ok, .text = out.str()};
  }
  return {.exit = ExitCode::usage, .text = escape_text(explain(app, error)) + "; see: caretakerctl --help"};
}

}  // namespace

std::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("Looks at and steers the Caretaker daemon of this machine.", "caretakerctl");
  app.get_formatter()->column_width(help_column_width);
  app.require_subcommand(1);
  app.fallthrough();
  add_common_options(app, arguments);
  add_commands(app, arguments);
  app.footer(exit_code_text());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(end_of(app, error));
  }
  return arguments;
}

}  // namespace caretaker::ctl
