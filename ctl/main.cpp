// SPDX-License-Identifier: MIT
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collectors/collector.h"
#include "ctl/command_line.h"
#include "ctl/installed.h"
#include "ctl/systemd_manager.h"

namespace caretaker::ctl {
namespace {

std::vector<std::string_view> collector_names() {
  std::vector<std::string_view> names;
  for (const CollectorInfo& collector : collector_registry()) names.push_back(collector.name);
  return names;
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// The terminal's width, or no limit where the output is not a terminal.
std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Console standard_console() {
  std::setlocale(LC_CTYPE, "");
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  // NO_COLOR: https://no-color.org
  const bool colours = is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return {.out = std::cout,
          .error = std::cerr,
          .colours = colours,
          .utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8",
          .width = is_terminal ? terminal_width() : 0};
}

ExitCode run(int argc, char** argv) {
  const Console console = standard_console();
  const std::vector<std::string_view> collectors = collector_names();
  SystemdManager manager;
  StandardTerminal terminal;
  const SetupPlace place{.privileged = ::geteuid() == 0};
  const ExitCode exit = run_command_line(argc, argv,
                                         {.console = console,
                                          .config_file = config_file_default,
                                          .manager = manager,
                                          .terminal = terminal,
                                          .place = place,
                                          .collector_names = collectors,
                                          .now_ms = SystemClock().now().realtime_ns / ns_per_ms});
  if (std::cout.flush()) return exit;
  std::cerr << "caretakerctl: standard output cannot be written\n";
  return ExitCode::failed;
}

}  // namespace
}  // namespace caretaker::ctl

int main(int argc, char** argv) {
  try {
    return static_cast<int>(caretaker::ctl::run(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "caretakerctl: " << error.what() << '\n';
    return static_cast<int>(caretaker::ctl::ExitCode::failed);
  }
}
