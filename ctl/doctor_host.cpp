// SPDX-License-Identifier: MIT
// The checks of the machine itself.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "ctl/doctor.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

constexpr std::int64_t clock_error_max_us = 1'000'000;
constexpr std::int64_t first_moment_ms = 1'735'689'600'000;  // 2025: no Caretaker is older
constexpr std::size_t machine_id_digits = 32;
constexpr const char* new_id_fix = "rm /etc/machine-id && systemd-machine-id-setup, then restart the machine";

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

Findings check_clock(Patient& patient) {
  constexpr const char* fix =
      "timedatectl set-ntp true; chronyc tracking or timedatectl timesync-status tell more";
  if (patient.now_ms() < first_moment_ms) {
    return one_finding(Verdict::error, "it is " + format_time(patient.now_ms()) + " by the clock: wrong",
                       fix);
  }
  const Result<ClockFacts> clock = patient.machine().clock();
  if (!clock) return one_finding(Verdict::skipped, clock.error().message);
  if (!clock->synchronised) {
    return one_finding(Verdict::warning,
                       "nothing keeps the clock right: rows of this host may not meet others", fix);
  }
  const std::string text =
      fmt::format("right within {}", format_duration_ms(static_cast<double>(clock->error_max_us) / 1000));
  if (clock->error_max_us > clock_error_max_us) return one_finding(Verdict::warning, text, fix);
  return one_finding(Verdict::ok, "synchronised, " + text);
}

Findings check_pressure(Patient& patient) {
  if (path_exists(patient.machine().paths.proc("pressure/cpu"))) return one_finding(Verdict::ok, "measured");
  return one_finding(Verdict::note, "the kernel does not measure it, so the pressure_* metrics are missing",
                     "add psi=1 to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub)");
}

Findings check_cgroup(Patient& patient) {
  if (path_exists(patient.machine().paths.sys("fs/cgroup/cgroup.controllers")))
    return one_finding(Verdict::ok, "v2");
  return one_finding(Verdict::note, "cgroup v2 is not mounted: limits of units are those of v1",
                     "add systemd.unified_cgroup_hierarchy=1 to the kernel's command line");
}

Findings check_journal(Patient& patient) {
  if (path_exists(patient.machine().paths.root("/var/log/journal"))) {
    return one_finding(Verdict::ok, "kept in /var/log/journal");
  }
  return one_finding(Verdict::note, "kept in memory only: after a restart nobody can look back",
                     "mkdir /var/log/journal && systemctl restart systemd-journald");
}

Findings check_machine_id(Patient& patient) {
  const std::string path = patient.machine().paths.root("/etc/machine-id");
  const Result<std::string> text = read_file(path, 4096);
  if (!text) return one_finding(Verdict::error, text.error().message, "systemd-machine-id-setup makes one");
  const std::string_view id = trim(*text);
  if (id.empty() || id == "uninitialized") {
    return one_finding(Verdict::error, path + " holds no id yet: every host of this image would be the same",
                       "systemd-machine-id-setup, then restart the machine");
  }
  if (id.size() != machine_id_digits || !std::ranges::all_of(id, is_lower_hex)) {
    return one_finding(Verdict::error, path + " is not 32 lower-case hexadecimal digits", new_id_fix);
  }
  if (std::ranges::count(id, id.front()) == static_cast<std::ptrdiff_t>(machine_id_digits)) {
    return one_finding(Verdict::error, path + " is a placeholder of an image", new_id_fix);
  }
  return one_finding(Verdict::ok, std::string(id.substr(0, 8)) + "...");
}

}  // namespace caretaker::ctl
