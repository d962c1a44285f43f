// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/configuration.h"
#include "ctl/format.h"
#include "sql/mysql_maintenance.h"

namespace caretaker::ctl {
namespace {

// The account of the command line in place of the agent's. Another user never gets the agent's password.
MysqlConfig with_account(MysqlConfig config, const Arguments& arguments) {
  if (!arguments.mysql_user.empty()) {
    config.user = arguments.mysql_user;
    config.password = {};
    config.password_file.clear();
  }
  if (!arguments.mysql_password_file.empty()) {
    config.password = {};
    config.password_file = arguments.mysql_password_file;
  }
  return config;
}

void print_report(const Session& session, const MaintenanceReport& report) {
  std::ostream& out = session.console.out;
  for (const std::string& action : report.actions) out << escape_text(action) << '\n';
  if (report.actions.empty() && report.problems.empty()) out << "nothing to do\n";
  if (!report.finished) out << "more is left for the next run\n";
  std::ostream& error = session.console.error;
  for (const std::string& problem : report.problems) error << escape_text(problem) << '\n';
  if (!report.fix.empty()) error << escape_text(report.fix) << '\n';
  for (const std::string& warning : report.warnings) error << escape_text(warning) << '\n';
}

std::string report_json(const MaintenanceReport& report, bool dry_run) {
  std::string json = fmt::format(
      R"({{"dry_run":{},"finished":{},"partitions_added":{},"partitions_dropped":{},"rows_moved":{},)"
      R"("rows_in_catch_all":{},"rows_deleted":{},"actions":)",
      dry_run, report.finished, report.partitions_added, report.partitions_dropped, report.rows_moved,
      report.rows_in_catch_all, report.rows_deleted);
  append_json_strings(json, report.actions);
  json += R"(,"problems":)";
  append_json_strings(json, report.problems);
  json += R"(,"fix":)";
  append_json_string(json, report.fix);
  json += R"(,"warnings":)";
  append_json_strings(json, report.warnings);
  return json + "}";
}

}  // namespace

Answer<ExitCode> run_mysql_maintain(const Session& session) {
  const Arguments& arguments = session.arguments;
  const std::string file = config_file(arguments);
  const LoadResult loaded = load_config(file, {.collector_names = session.collector_names});
  if (!loaded.ok()) return std::unexpected(config_failure(file, loaded));
  if (!loaded.config.mysql.enabled()) {
    return std::unexpected(Failure{.code = "mysql_off",
                                   .message = file + " names no MySQL server",
                                   .hint = "set [mysql] host or socket, or use --config"});
  }
  const auto report =
      connect_and_maintain_mysql(with_account(loaded.config.mysql, arguments), arguments.dry_run,
                                 arguments.timeout.value_or(other_host_wait));
  if (!report) {
    return std::unexpected(Failure{.code = "mysql_failed", .message = report.error().message});
  }
  if (report->elsewhere) {
    return std::unexpected(Failure{.exit = ExitCode::timeout,
                                   .code = "busy",
                                   .message = "another host maintains the tables at the moment",
                                   .hint = "try again in some minutes"});
  }
  if (arguments.json) {
    print_json(session, report_json(*report, arguments.dry_run));
  } else {
    print_report(session, *report);
  }
  return report->problems.empty() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace caretaker::ctl
