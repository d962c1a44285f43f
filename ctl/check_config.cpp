// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/configuration.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

void print_valid(const Session& session, const std::string& file, const std::vector<std::string>& warnings) {
  if (session.arguments.json) {
    std::string json = R"({"file":)";
    append_json_string(json, file);
    json += R"(,"valid":true,"warnings":)";
    append_json_strings(json, warnings);
    print_json(session, json + "}");
  } else {
    session.console.out << fmt::format("{}: valid\n", escape_text(file));
  }
  for (const std::string& warning : warnings) session.console.error << escape_text(warning) << '\n';
}

}  // namespace

Answer<ExitCode> run_check_config(const Session& session) {
  const std::string file = config_file(session.arguments);
  const LoadResult loaded = load_config(file, {.collector_names = session.collector_names});
  if (!loaded.ok()) return std::unexpected(config_failure(file, loaded));
  print_valid(session, file, problem_lines(loaded, Severity::warning));
  return ExitCode::ok;
}

}  // namespace caretaker::ctl
