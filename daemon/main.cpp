// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "base/host_paths.h"
#include "base/identity.h"
#include "base/mount_probe.h"
#include "base/text.h"
#include "cleanup/metrics.h"
#include "cleanup/pull.h"
#include "collectors/collector.h"
#include "collectors/reference.h"
#include "config/problem.h"
#include "config/reference.h"
#include "daemon/api.h"
#include "daemon/api_reference.h"
#include "daemon/daemon.h"
#include "daemon/log.h"
#include "daemon/once.h"
#include "daemon/options.h"
#include "systemd/event_loop.h"
#include "systemd/event_pages.h"
#include "systemd/journal.h"

namespace caretaker {
namespace {

std::vector<std::string_view> collector_names() {
  std::vector<std::string_view> names;
  for (const CollectorInfo& collector : collector_registry()) names.push_back(collector.name);
  return names;
}

std::string metric_reference() {
  const OtherMetrics others[] = {
      {"cleanup",
       "Of the job `cleanup`, at every look at the disks (`[cleanup] check_interval`), where there is a "
       "container "
       "engine. Counters begin at 0 when the daemon or the job starts.",
       cleanup_metrics()},
      {"pull", "Of the jobs `pull.NAME`, after every run.", pull_metrics()},
  };
  return collector_reference_markdown(others);
}

// What is to be said before there is a daemon: an event where the journal listens, else text for whoever
// started it.
void tell_before_start(const Options& options, const char* kind, const std::string& message) {
  if (!journal_available()) {
    fmt::print(stderr, "{}\n", message);
    return;
  }
  if (const auto log = Log::open({}, read_host_identity(options.paths).name)) {
    (*log)->write({.kind = kind, .subject = options.config_file, .message = message});
  }
}

// The configuration, or the exit code after its mistakes were printed.
std::variant<Config, int> load_or_explain(const Options& options) {
  LoadResult loaded = load_daemon_config(options);
  const CheckReport report = check(loaded.problems);
  fmt::print(stderr, "{}", report.text);
  if (report.exit_code != 0) return report.exit_code;
  return std::move(loaded.config);
}

int check_config(const Options& options) {
  const auto loaded = load_or_explain(options);
  if (const int* exit_code = std::get_if<int>(&loaded)) return *exit_code;
  const bool exists = std::filesystem::exists(options.config_file);
  fmt::print("{}: {}\n", options.config_file, exists ? "ok" : "not there, so every setting has its default");
  return 0;
}

// The same for a start.
std::variant<Config, int> load_or_tell(const Options& options) {
  LoadResult loaded = load_daemon_config(options);
  const CheckReport report = check(loaded.problems);
  if (report.exit_code != 0) {
    tell_before_start(options, "config_invalid", std::string(trim(report.text)));
    return report.exit_code;
  }
  if (!report.text.empty()) tell_before_start(options, "config_warning", std::string(trim(report.text)));
  return std::move(loaded.config);
}

int run_daemon(const Options& options, char** argv) {
  auto config = load_or_tell(options);
  if (const int* exit_code = std::get_if<int>(&config)) return *exit_code;
  // Before any thread is started, so that every thread inherits it.
  block_signals({SIGTERM, SIGINT, SIGHUP, SIGPIPE});
  // One heap for all threads: each further arena would keep its own free memory.
  ::mallopt(M_ARENA_MAX, 1);
  auto daemon = Daemon::start(options, std::get<Config>(std::move(config)));
  if (!daemon) {
    tell_before_start(options, "daemon_failed", "caretakerd: " + daemon.error().message);
    return 1;
  }
  const int exit_code = (*daemon)->run();
  if ((*daemon)->restart_requested()) ::execv(own_executable, argv);  // ends whatever thread is left
  // Nothing may be destroyed under a thread that is stuck in a call: the kernel cleans up for us.
  if (!(*daemon)->all_threads_ended()) ::_exit(exit_code);
  return exit_code;
}

OnceOptions once_options(const Options& options) {
  OnceOptions once{.paths = options.paths,
                   .format = *parse_once_format(options.once_format),
                   .statvfs_helper_command = statvfs_helper_command()};
  for (const std::string_view name : split(options.once_collectors, ','))
    once.collectors.emplace_back(trim(name));
  return once;
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == statvfs_helper_argument) return run_statvfs_helper();
  const auto parsed = parse_options(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  const auto& options = std::get<Options>(parsed);
  switch (options.mode) {
    case Mode::run:
      return run_daemon(options, argv);
    case Mode::once:
      return run_once(once_options(options), stdout, stderr);
    case Mode::check_config:
      return check_config(options);
    case Mode::print_config_reference:
      fmt::print("{}", config_reference_markdown(collector_names()));
      return 0;
    case Mode::print_sample_config:
      fmt::print("{}", sample_config(collector_names()));
      return 0;
    case Mode::print_collector_reference:
      fmt::print("{}", metric_reference());
      return 0;
    case Mode::print_api_reference:
      fmt::print("{}", api_reference_markdown(api_routes(nullptr)));
      return 0;
    case Mode::print_event_reference:
      fmt::print("{}", event_reference_markdown());
      return 0;
    case Mode::print_journal_catalog:
      fmt::print("{}", journal_catalog());
      return 0;
  }
  std::unreachable();
}

}  // namespace
}  // namespace caretaker

int main(int argc, char** argv) {
  try {
    return caretaker::run(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "caretakerd: {}\n", exception.what());
    return 1;
  }
}
