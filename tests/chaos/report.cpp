// SPDX-License-Identifier: MIT
#include "chaos/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>

#include "chaos/stand.h"

namespace caretaker::chaos {

std::string name_of(const Options& options) {
  const std::string faults =
      options.only.empty() ? "random" : fmt::format("{}", fmt::join(options.only, "-"));
  return faults + (options.engine == Engine::mariadb ? "-mariadb" : "-mysql");
}

std::string to_markdown(const Options& options, const Figures& figures) {
  int all = 0;
  std::string kinds;
  for (const auto& [name, count] : figures.faults) {
    all += count;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", name, count);
  }
  std::string text = fmt::format("| {} | seed {} |\n|---|---|\n", figures.server, options.seed);
  const auto row = [&text](const char* what, const auto& value) {
    text += fmt::format("| {} | {} |\n", what, value);
  };
  row("time", fmt::format("{} s", figures.time.count()));
  row("faults", all);
  row("starts of the daemon", figures.daemon_starts);
  row("starts of the server", figures.server_starts);
  row("samples on the server, each once", figures.samples);
  row("of these forgotten by a restored store", figures.forgotten);
  row("complete checks", figures.checks);
  row("longest time from the last fault to the last batch",
      fmt::format("{} ms", figures.recovery_max.count()));
  row("long back-offs ended by a restart", figures.back_offs_cut);
  row("faults by kind", kinds);
  return text;
}

void write_report(const std::string& page, const std::string& name, const std::string& text) {
  std::ifstream in(page);
  std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::string begin = fmt::format("<!-- chaos {} -->\n", name);
  const std::size_t from = whole.find(begin);
  const std::size_t to = whole.find("<!-- end -->", from == std::string::npos ? 0 : from);
  if (from == std::string::npos || to == std::string::npos)
    throw Failure("no place for " + name + " in " + page);
  whole.replace(from + begin.size(), to - from - begin.size(), text);
  std::ofstream(page) << whole;
}

}  // namespace caretaker::chaos
