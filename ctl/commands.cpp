// SPDX-License-Identifier: MIT
#include "ctl/commands.h"

#include "base/text.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr CommandInfo commands[] = {
    {"status", "Show how the daemon is, what is wrong first.",
     "caretakerctl status\ncaretakerctl status --json", run_status},
    {"jobs", "List the jobs with their state, last and next run.",
     "caretakerctl jobs\ncaretakerctl jobs --names", run_jobs},
    {"start", "Start the service, or resume jobs.",
     "caretakerctl start\ncaretakerctl start cpu disk\ncaretakerctl start --all", run_start},
    {"stop", "Stop the service, or pause jobs.",
     "caretakerctl stop\ncaretakerctl stop backup\ncaretakerctl stop --all", run_stop},
    {"restart", "Restart the service, or jobs.",
     "caretakerctl restart\ncaretakerctl restart mysql\ncaretakerctl restart --all", run_restart},
    {"run", "Run a job now and wait for its result.",
     "caretakerctl run disk\ncaretakerctl run backup --timeout 2h", run_run},
    {"reload", "Read the configuration again; with a mistake the old one keeps running.",
     "caretakerctl reload", run_reload},
    {"metrics", "Show the newest value of every metric.",
     "caretakerctl metrics\ncaretakerctl metrics 'filesystem_*'", run_metrics},
    {"history", "Show the values of a metric over time.",
     "caretakerctl history load1\n"
     "caretakerctl history cpu_seconds_total --label cpu=0 --label mode=idle --since 10m",
     run_history},
    {"check-config", "Check a configuration as the daemon would read it; touches nothing.",
     "caretakerctl check-config\ncaretakerctl check-config ./config.ini", run_check_config},
    {"doctor", "Check the whole installation and say how to mend what is wrong; changes nothing.",
     "caretakerctl doctor\ncaretakerctl doctor --json", run_doctor},
    {"cleanup status", "Show how full the disks are, how cleanup is and what it did last.",
     "caretakerctl cleanup status", run_cleanup_status},
    {"cleanup plan", "Show what cleanup would remove now, and why; removes nothing.",
     "caretakerctl cleanup plan\ncaretakerctl cleanup plan --pressure --all", run_cleanup_plan},
    {"cleanup run", "Clean up now and wait for the result.",
     "caretakerctl cleanup run --dry-run\ncaretakerctl cleanup run", run_cleanup_run},
    {"cleanup explain", "Tell why one object stays or goes.",
     "caretakerctl cleanup explain nginx:1.25\ncaretakerctl cleanup explain 5d0da3dc9764 --pressure",
     run_cleanup_explain},
    {"cleanup history", "List the runs of cleanup and what they removed.",
     "caretakerctl cleanup history\ncaretakerctl cleanup history --since 30d --actions", run_cleanup_history},
    {"mysql maintain", "Make and drop partitions, delete old rows; needs no daemon.",
     "caretakerctl mysql maintain --dry-run\n"
     "caretakerctl mysql maintain --user caretaker_admin --password-file /root/mysql-admin-password",
     run_mysql_maintain},
    {"mysql redeliver", "Send what was delivered once more, where the server may have lost it.",
     "caretakerctl mysql redeliver --since 2h", run_mysql_redeliver},
    {"setup mysql", "Make the database and an account for the agent, and configure it.",
     "caretakerctl setup mysql --dry-run\n"
     "caretakerctl setup mysql --host db1 --tls verify-identity --admin-user root",
     run_setup_mysql},
    {"setup docker", "Let cleanup reach the container engine, through a gate of its own.",
     "caretakerctl setup docker --dry-run\ncaretakerctl setup docker --engine /run/podman/podman.sock",
     run_setup_docker},
    {"version", "Show the versions of this client and of the daemon.", "caretakerctl version", run_version},
};

}  // namespace

std::span<const CommandInfo> command_table() {
  return commands;
}

void print_json(const Session& session, std::string_view body) {
  session.console.out << escape_json_controls(trim(body)) << '\n';
}

}  // namespace caretaker::ctl
