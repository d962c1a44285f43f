// SPDX-License-Identifier: MIT
#include "daemon/options.h"

#include <CLI/CLI.hpp>

namespace caretaker {
namespace {

constexpr int exit_code_usage = 2;

}  // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app{"Monitors this machine into SQL and cleans up what fills its disks.", "caretakerd"};
  app.set_version_flag("--version", CARETAKER_VERSION);
  auto* config = app.add_option("--config", options.config_file,
                                "Configuration file; drop-ins are config.d/*.ini beside it")
                     ->option_text("FILE [" + std::string(default_config_file) + "]");
  app.add_flag("--live", options.live, "Print a line with the headline values at every tick");

  auto* modes = app.add_option_group("Instead of running");
  modes->require_option(0, 1);
  const auto mode = [&](const std::string& name, Mode value, const std::string& help) {
    return modes->add_flag_callback(name, [&options, value] { options.mode = value; }, help);
  };
  mode("--check-config", Mode::check_config, "Check the configuration, touch nothing; exit 78 on a mistake");
  auto* once = mode("--once", Mode::once, "Collect once, print it, exit; needs no configuration and no root");
  mode("--print-config-reference", Mode::print_config_reference, "Print all settings as Markdown");
  mode("--print-sample-config", Mode::print_sample_config, "Print the commented sample configuration");
  mode("--print-collector-reference", Mode::print_collector_reference, "Print all metrics as Markdown");
  mode("--print-api-reference", Mode::print_api_reference, "Print the control API as Markdown");
  mode("--print-event-reference", Mode::print_event_reference, "Print all kinds of events as Markdown");
  mode("--print-journal-catalog", Mode::print_journal_catalog,
       "Print them as a message catalog of the journal");

  app.add_option("--format", options.once_format, "Output of --once")
      ->check(CLI::IsMember({"table", "json", "prometheus"}))
      ->needs(once)
      ->option_text("table|json|prometheus [table]");
  app.add_option("--collectors", options.once_collectors, "Collectors of --once")
      ->needs(once)
      ->option_text("NAME,...|all [all]");
  app.add_option("--procfs", options.paths.procfs, "Where /proc is")->option_text("DIR [/proc]");
  app.add_option("--sysfs", options.paths.sysfs, "Where /sys is")->option_text("DIR [/sys]");
  app.add_option("--rootfs", options.paths.rootfs, "Where the host's / is")->option_text("DIR [/]");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code_usage;
  }
  options.config_file_given = config->count() > 0;
  return options;
}

}  // namespace caretaker
