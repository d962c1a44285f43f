// SPDX-License-Identifier: MIT
// The checks of the unit and of the daemon that it runs.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/doctor.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr const char* journal_fix = "journalctl -u caretaker -n 50 tells more";

// How systemd says that it could not even start the program (systemd.exec(5), "Process Exit Codes").
struct ExitReason {
  int status;
  std::string_view meaning;
  std::string_view fix;
};
constexpr ExitReason exit_reasons[] = {
    {1, "the daemon could not start", journal_fix},
    {78, "the configuration has mistakes", "caretakerctl check-config lists them"},
    {200, "its folder cannot be entered (CHDIR)", journal_fix},
    {203, "the program cannot be executed (EXEC)", "install the package again"},
    {216, "a group that it needs does not exist (GROUP)",
     "see the check drop-ins; systemctl cat caretaker shows SupplementaryGroups="},
    {217, "its user does not exist (USER)", "systemd-sysusers, or install the package again"},
    {218, "a capability cannot be set (CAPABILITIES)", "run it outside of a restricted container"},
    {226, "its sandbox cannot be made (NAMESPACE)",
     "look for a path in a drop-in that does not exist; in a container allow nested namespaces"},
    {228, "its filter of system calls cannot be set (SECCOMP)", "the kernel must have seccomp"},
    {233, "its folder below /run cannot be made (RUNTIME_DIRECTORY)", journal_fix},
    {238, "its folder below /var/lib cannot be made (STATE_DIRECTORY)",
     "look at the owner and the file system of /var/lib/caretaker"},
    {243, "a credential cannot be loaded (CREDENTIALS)",
     "see the check drop-ins; caretakerctl setup mysql stores the password anew"},
};

std::string describe_end(const UnitFacts& unit) {
  if (unit.result == "exit-code") {
    const auto* reason = std::ranges::find(exit_reasons, unit.exit_status, &ExitReason::status);
    return fmt::format("exit status {}{}", unit.exit_status,
                       reason == std::end(exit_reasons) ? "" : fmt::format(": {}", reason->meaning));
  }
  if (unit.result == "signal" || unit.result == "core-dump") {
    return fmt::format("ended by signal {}", unit.exit_status);
  }
  if (unit.result == "watchdog") return "it gave no sign of life for too long (watchdog)";
  if (unit.result == "timeout") return "it did not start or stop in time";
  if (unit.result == "oom-kill") return "the kernel ended it for want of memory";
  if (unit.result == "start-limit-hit") return "it failed too often in a short time";
  return unit.result;
}

std::string fix_of(const UnitFacts& unit) {
  if (unit.result == "start-limit-hit") {
    return "mend the cause, then systemctl reset-failed caretaker && systemctl start caretaker";
  }
  const auto* reason = std::ranges::find(exit_reasons, unit.exit_status, &ExitReason::status);
  if (unit.result != "exit-code" || reason == std::end(exit_reasons)) return journal_fix;
  return std::string(reason->fix);
}

// The drop-in that says `text`, for people; empty when none can be read.
std::string place_of(const UnitFacts& unit, const std::string& text) {
  for (const std::string& file : unit.drop_ins) {
    const Result<std::string> content = read_file(file);
    if (content && content->contains(text)) return file;
  }
  return {};
}

// systemd skips a path that is no absolute one: it is looked for in the credential store, and may be missing.
void check_credential(const UnitFacts& unit, const UnitCredential& credential, Findings& findings) {
  struct stat status{};
  if (!credential.source.starts_with('/') || ::stat(credential.source.c_str(), &status) == 0) return;
  if (errno == EACCES) {
    findings.push_back(
        {Verdict::skipped, "this user may not look for " + credential.source, "run it as root"});
    return;
  }
  const std::string place = place_of(unit, credential.source);
  findings.push_back(
      {Verdict::error,
       fmt::format("{}: the credential {} is not at {}, so the unit cannot start (243)",
                   place.empty() ? "the unit" : place, credential.name, credential.source),
       "caretakerctl setup mysql stores it; or remove the line, then systemctl daemon-reload"});
}

Findings failed_service(const UnitFacts& unit) {
  const bool again = unit.sub_state == "auto-restart";
  return one_finding(Verdict::error,
                     fmt::format("{}: {}", again ? "it fails and is started again and again" : "it failed",
                                 describe_end(unit)),
                     fix_of(unit));
}

}  // namespace

Findings check_unit(Patient& patient) {
  const Result<UnitFacts>& unit = patient.unit();
  if (!unit) return one_finding(Verdict::skipped, "systemd cannot be asked: " + unit.error().message);
  if (unit->load_state == "not-found") {
    return one_finding(Verdict::error, "caretaker.service is not installed", "install the package");
  }
  if (unit->load_state == "masked") {
    return one_finding(Verdict::error, "caretaker.service is masked", "systemctl unmask caretaker");
  }
  if (unit->load_state != "loaded") {
    return one_finding(Verdict::error, "caretaker.service cannot be loaded: " + unit->load_state,
                       "systemd-analyze verify caretaker.service names the mistake");
  }
  Findings findings;
  if (unit->needs_reload) {
    findings.push_back({Verdict::warning, "its files changed since systemd read them",
                        "systemctl daemon-reload && systemctl restart caretaker"});
  }
  if (unit->unit_file_state != "enabled" && unit->unit_file_state != "static") {
    findings.push_back({Verdict::warning,
                        fmt::format("it is {}: the next boot does not start it", unit->unit_file_state),
                        "systemctl enable caretaker"});
  }
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("installed, {}", unit->unit_file_state));
}

Findings check_drop_ins(Patient& patient) {
  const UnitFacts& unit = *patient.unit();
  Findings findings;
  for (const std::string& group : unit.groups) {
    if (patient.machine().find_group(group)) continue;
    const std::string place = place_of(unit, group);
    findings.push_back({Verdict::error,
                        fmt::format("{}: there is no group {}, so the unit cannot start (216)",
                                    place.empty() ? "the unit" : place, group),
                        "make the group or remove it there, then systemctl daemon-reload"});
  }
  for (const UnitCredential& credential : unit.credentials) check_credential(unit, credential, findings);
  if (!findings.empty()) return findings;
  const std::size_t count = unit.drop_ins.size();
  return one_finding(
      Verdict::ok, count == 0 ? "none" : fmt::format("{}, nothing missing", fmt::join(unit.drop_ins, ", ")));
}

Findings check_service(Patient& patient) {
  const UnitFacts& unit = *patient.unit();
  if (unit.active_state == "failed" || unit.sub_state == "auto-restart") return failed_service(unit);
  if (unit.active_state == "inactive") {
    return one_finding(Verdict::warning, "it does not run", "systemctl start caretaker");
  }
  if (unit.active_state != "active" && unit.active_state != "reloading") {
    return one_finding(Verdict::note, fmt::format("it is {} ({})", unit.active_state, unit.sub_state),
                       "look again in a moment");
  }
  const std::string since = format_span(elapsed_ms(unit.active_since_us / 1000, patient.now_ms()));
  if (unit.restarts == 0) return one_finding(Verdict::ok, "runs for " + since);
  return one_finding(Verdict::warning,
                     fmt::format("runs for {}; systemd had to start it again {} time{}", since, unit.restarts,
                                 unit.restarts == 1 ? "" : "s"),
                     "journalctl -u caretaker -p warning tells why; systemctl restart caretaker begins to "
                     "count anew");
}

Findings check_daemon(Patient& patient) {
  const Answer<StatusAnswer>& status = patient.status();
  if (status) {
    return one_finding(Verdict::ok,
                       fmt::format("caretakerd {} answers at {}, pid {}, up for {}", status->version,
                                   patient.socket(), status->pid, format_span(status->uptime_ms)));
  }
  const Failure& failure = status.error();
  if (failure.exit == ExitCode::not_permitted) {
    return one_finding(Verdict::skipped, failure.message,
                       "run it as root, or join the group: usermod -aG caretaker $USER, then log in again");
  }
  if (failure.exit == ExitCode::no_daemon && !patient.unit_is_active()) {
    return one_finding(Verdict::skipped, "no daemon runs", "systemctl start caretaker");
  }
  if (failure.exit == ExitCode::no_daemon) {
    return one_finding(Verdict::error, "the service runs, but: " + failure.message,
                       "systemctl restart caretaker; [control] socket may have been changed since its start");
  }
  return one_finding(Verdict::error, failure.message,
                     "systemctl restart caretaker; " + std::string(journal_fix));
}

Findings check_version(Patient& patient) {
  const std::string& running = patient.status()->version;
  if (running == CARETAKER_VERSION) return one_finding(Verdict::ok, running);
  return one_finding(Verdict::warning,
                     fmt::format("the daemon is {}, this program is {}", running, CARETAKER_VERSION),
                     "systemctl restart caretaker");
}

}  // namespace caretaker::ctl
