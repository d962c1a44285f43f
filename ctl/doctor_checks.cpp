// SPDX-License-Identifier: MIT
#include <algorithm>

#include "ctl/doctor.h"

namespace caretaker::ctl {
namespace {

using std::chrono::seconds;

constexpr seconds local{2};     // files and accounts
constexpr seconds asking{5};    // the service manager or the daemon: the first question also connects
constexpr seconds network{12};  // the servers of [mysql], one after the other

constexpr DoctorCheck checks[] = {
    {"config", "The configuration and its drop-ins: that they can be read and have no mistake.", "", local,
     check_config_file},
    {"config-access", "Who may read and change the configuration, and drop-ins that are not read.", "", local,
     check_config_access},
    {"user", "The system user and group of the daemon.", "", asking, check_user},
    {"unit", "`caretaker.service`: installed, not masked, enabled, read anew after a change.", "", asking,
     check_unit},
    {"drop-ins",
     "What drop-ins of the unit name: groups and files of credentials that do not exist keep it "
     "from starting.",
     "unit", asking, check_drop_ins},
    {"service", "Whether the service runs, why it failed last, how often it was started again.", "unit",
     asking, check_service},
    {"daemon", "Whether the daemon answers on its control socket, and whether this user may ask.", "", asking,
     check_daemon},
    {"version", "Whether the daemon that runs is of the version that is installed.", "daemon", asking,
     check_version},
    {"store-folder",
     "The folder of the local store: there, writable for the daemon, with room to grow, and "
     "on a file system that can hold it.",
     "config", local, check_store_folder},
    {"store", "What the daemon says of its store: writable, nothing dropped.", "daemon", asking, check_store},
    {"jobs", "Jobs that are stuck, fail or miss their ticks.", "daemon", asking, check_jobs},
    {"mysql", "Whether delivery to MySQL is configured.", "config", local, check_mysql},
    {"mysql-password", "Where the password of MySQL comes from, and who may read it.", "mysql", local,
     check_mysql_password},
    {"mysql-server", "Every server of `[mysql]`: name, connection, TLS, login, writable.", "mysql-password",
     network, check_mysql_server},
    {"mysql-clock", "The clock of the MySQL server against this machine's.", "mysql-server", network,
     check_mysql_clock},
    {"mysql-tables", "The database: version of the tables, rights of the account, partitions.",
     "mysql-server", network, check_mysql_tables},
    {"mysql-delivery", "What the daemon says of its delivery: connected, not behind.", "mysql", asking,
     check_mysql_delivery},
    {"cleanup", "What cleanup may do, since when it watches, what holds it up.", "config", asking,
     check_cleanup},
    {"engine-socket", "The socket of the container engine: which one, and whether the daemon may open it.",
     "config", local, check_engine_socket},
    {"engine", "Whether a container engine answers there, and which one.", "engine-socket", asking,
     check_engine},
    {"gate", "The gate in front of the engine's socket: its units, and the group that lets it in.", "",
     asking, check_gate},
    {"clock", "Whether the kernel says that the clock is synchronised.", "", local, check_clock},
    {"pressure", "Whether the kernel measures pressure (PSI).", "", local, check_pressure},
    {"cgroup", "Whether cgroup v2 is mounted.", "", local, check_cgroup},
    {"journal", "Whether the journal outlives a restart of the machine.", "", local, check_journal},
    {"machine-id", "The machine id, which tells this host from others in SQL.", "", local, check_machine_id},
};

}  // namespace

std::span<const DoctorCheck> doctor_checks() {
  return checks;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::note:
      return "note";
    case Verdict::skipped:
      return "skipped";
    case Verdict::warning:
      return "warning";
    case Verdict::error:
      return "error";
  }
  return "error";
}

Findings one_finding(Verdict verdict, std::string found, std::string fix) {
  return {{verdict, std::move(found), std::move(fix)}};
}

Verdict worst_of(const Findings& findings) {
  Verdict worst = Verdict::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
  return worst;
}

}  // namespace caretaker::ctl
