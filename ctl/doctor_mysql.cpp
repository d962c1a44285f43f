// SPDX-License-Identifier: MIT
// The checks of the delivery to MySQL.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/file.h"
#include "config/secrets.h"
#include "ctl/credential_store.h"
#include "ctl/doctor.h"
#include "ctl/format.h"
#include "sql/mysql_agent_check.h"
#include "sql/mysql_diagnosis.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds skew_max{2};   // the clocks of two machines with NTP are far closer
constexpr std::chrono::minutes lag_min{5};    // less is no news
constexpr std::int64_t lag_flushes_max = 10;  // flush intervals
constexpr const char* maintain_fix =
    "caretakerctl mysql maintain with an administrator's account, or enable caretaker-mysql-maintain.timer";

Findings mysql_off() {
  return one_finding(Verdict::skipped, "MySQL is not configured");
}

// Files that hold the password and that more than their owner and group may read.
void check_secret_file(const std::string& file, mode_t forbidden, Findings& findings) {
  struct stat status{};
  if (file.empty() || ::stat(file.c_str(), &status) != 0 || (status.st_mode & forbidden) == 0) return;
  findings.push_back({Verdict::warning,
                      fmt::format("{} holds the password and has the mode {:04o}", file,
                                  static_cast<unsigned>(status.st_mode & 07777U)),
                      "chmod " + std::string((forbidden & S_IRGRP) != 0 ? "0600 " : "0640 ") + file});
}

std::string failure_text(const ServerFailure& failure) {
  return failure.error.message.starts_with(failure.address)
             ? failure.error.message
             : fmt::format("{}: {}", failure.address, failure.error.message);
}

// "what is wrong; what to do", as with_fix() makes it, taken apart again.
Finding finding_of(Verdict verdict, const std::string& message) {
  const std::size_t at = message.find("; ");
  if (at == std::string::npos) return {verdict, message, "docs/sql.md tells how delivery is set up"};
  return {verdict, message.substr(0, at), message.substr(at + 2)};
}

std::string server_text(const MysqlServer& server) {
  return fmt::format("{} at {} as {}, {}", server.name, server.address, server.account,
                     server.tls_cipher.empty() ? "not encrypted" : "TLS " + server.tls_cipher);
}

void add_table_findings(const MysqlDiagnosis& mysql, const MysqlConfig& config, Findings& findings) {
  if (!mysql.schema_error.empty() && mysql.schema_version > 0) {
    findings.push_back({Verdict::note, mysql.schema_error, "the daemon does it with its next delivery"});
  }
  for (const std::string& right : mysql.rights_missing) {
    findings.push_back({Verdict::error, "the account has no right to " + right,
                        fmt::format("GRANT {} ON `{}`.* TO {};", agent_rights(false), config.database,
                                    mysql.server ? mysql.server->account : config.user)});
  }
  for (const std::string& table : mysql.tables_behind) {
    findings.push_back(
        {Verdict::warning, "nobody has made partitions of " + table + " for days", maintain_fix});
  }
  for (const std::string& table : mysql.tables_overflowing) {
    findings.push_back({Verdict::warning, table + " has rows in the catch-all partition pmax",
                        std::string(maintain_fix) + "; and look at the clocks of the hosts"});
  }
}

}  // namespace

Findings check_mysql(Patient& patient) {
  const MysqlConfig& mysql = patient.config().mysql;
  if (!mysql.enabled()) {
    return one_finding(Verdict::note, "not configured: samples stay in the local store",
                       "caretakerctl setup mysql, where they are wanted in MySQL");
  }
  return one_finding(
      Verdict::ok, fmt::format("{}, database {}, user {}", mysql_address(mysql), mysql.database, mysql.user));
}

Findings check_mysql_password(Patient& patient) {
  const MysqlConfig& mysql = patient.config().mysql;
  if (!mysql.enabled()) return mysql_off();
  const std::string stored = patient.machine().paths.root(CredentialStore::path(CredentialKind::plain));
  const std::string encrypted =
      patient.machine().paths.root(CredentialStore::path(CredentialKind::encrypted));
  const Result<Secret>& password = patient.mysql_password();
  if (!password && (password.error().code == EACCES || password.error().code == EPERM)) {
    if (patient.machine().is_root()) return {finding_of(Verdict::error, password.error().message)};
    return one_finding(Verdict::skipped, "this user may not read the password", "run it as root");
  }
  if (!password) {
    return one_finding(Verdict::error, password.error().message, "caretakerctl setup mysql stores it anew");
  }
  Findings findings;
  check_secret_file(mysql.password_file, S_IRWXO, findings);
  check_secret_file(stored, S_IRWXO | S_IRWXG, findings);
  if (!findings.empty()) return findings;
  if (!password->empty()) return one_finding(Verdict::ok, "from " + describe_mysql_password(mysql));
  if (path_exists(encrypted)) {
    return one_finding(Verdict::skipped,
                       encrypted + " is encrypted, and the service, which can read it, is down",
                       "systemctl start caretaker, then look again");
  }
  if (!patient.machine().is_root()) {
    return one_finding(Verdict::skipped, "a password that only root can see, or none", "run it as root");
  }
  return one_finding(Verdict::warning, "there is no password", "caretakerctl setup mysql stores one");
}

Findings check_mysql_server(Patient& patient) {
  const MysqlDiagnosis& mysql = patient.mysql();
  Findings findings;
  if (mysql.server) findings.push_back({Verdict::ok, server_text(*mysql.server), ""});
  for (const ServerFailure& failure : mysql.failures) {
    findings.push_back(finding_of(mysql.server ? Verdict::warning : Verdict::error, failure_text(failure)));
  }
  if (mysql.servers_skipped > 0) {
    findings.push_back(
        {Verdict::skipped, fmt::format("{} more servers: the time was up", mysql.servers_skipped), ""});
  }
  if (!findings.empty()) return findings;
  return one_finding(Verdict::error, "no server was tried", "set [mysql] host or socket");
}

Findings check_mysql_clock(Patient& patient) {
  const MysqlDiagnosis& mysql = patient.mysql();
  const std::string text = fmt::format("{} {}", format_span(std::abs(mysql.ahead.count())),
                                       mysql.ahead.count() < 0 ? "behind ours" : "ahead of ours");
  if (std::chrono::abs(mysql.ahead) <= skew_max) return one_finding(Verdict::ok, text);
  return one_finding(
      Verdict::warning, "the server's clock is " + text,
      "synchronise both clocks (timedatectl set-ntp true): rows of this host do not meet those "
      "of others");
}

Findings check_mysql_tables(Patient& patient) {
  const MysqlDiagnosis& mysql = patient.mysql();
  const MysqlConfig& config = patient.config().mysql;
  if (!mysql.error.empty()) return {finding_of(Verdict::error, mysql.error)};
  if (mysql.schema_version == 0) {
    return one_finding(Verdict::note,
                       fmt::format("{} {}", config.database,
                                   mysql.database_exists ? "has no tables yet" : "does not exist yet"),
                       "the first delivery makes it, where the account may; or caretakerctl setup mysql");
  }
  Findings findings;
  add_table_findings(mysql, config, findings);
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok,
                     fmt::format("version {}, rights and partitions are there", mysql.schema_version));
}

Findings check_mysql_delivery(Patient& patient) {
  const MysqlConfig& config = patient.config().mysql;
  if (!config.enabled()) return mysql_off();
  if (!patient.status()) return one_finding(Verdict::skipped, "no daemon answers", "see the check daemon");
  const MysqlAnswer& mysql = patient.status()->mysql;
  if (!mysql.enabled) {
    return one_finding(Verdict::warning, "the daemon runs with an older configuration, without MySQL",
                       "caretakerctl reload");
  }
  if (!mysql.last_error.empty()) return {finding_of(Verdict::error, mysql.last_error)};
  if (!mysql.connected) {
    return one_finding(Verdict::warning, "not connected yet", "look again in a moment");
  }
  Findings findings;
  const milliseconds lag(mysql.lag_ms.value_or(0));
  if (lag > std::max<milliseconds>(lag_min, lag_flushes_max * config.flush_interval)) {
    findings.push_back({Verdict::warning, fmt::format("{} behind", format_span(lag.count())),
                        "a backlog after an outage shrinks by itself; if it grows, the server is too slow"});
  }
  for (const std::string& note : mysql.notes) findings.push_back(finding_of(Verdict::note, note));
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok,
                     fmt::format("{} rows, {} behind", format_count(mysql.rows), format_span(lag.count())));
}

}  // namespace caretaker::ctl
