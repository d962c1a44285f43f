// SPDX-License-Identifier: MIT
// The checks of the configuration and of the account that reads it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "base/unique_fd.h"
#include "config/ini_file.h"
#include "ctl/configuration.h"
#include "ctl/doctor.h"

namespace caretaker::ctl {
namespace {

namespace fs = std::filesystem;

constexpr mode_t everybody_reads = S_IROTH;
constexpr mode_t others_write = S_IWOTH;

struct DropIns {
  std::vector<std::string> read;     // in the loader's order
  std::vector<std::string> ignored;  // files that somebody may have meant to be read
};

// What config.d holds, by the loader's rule. Hidden files are leftovers of editors.
DropIns list_drop_ins(const std::string& config_file) {
  DropIns found;
  std::error_code error;
  const fs::path folder = fs::path(config_file).parent_path() / "config.d";
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with('.') || name == "README" || it->is_directory(error)) continue;
    (name.ends_with(".ini") ? found.read : found.ignored).push_back(it->path().string());
  }
  std::ranges::sort(found.read);
  std::ranges::sort(found.ignored);
  return found;
}

bool holds_password(const std::string& file) {
  const Result<std::string> text = read_file(file, config_bytes_max);
  if (!text) return false;
  const IniFile ini = parse_ini(*text);
  return std::ranges::any_of(ini.sections, [](const IniSection& section) {
    return section.name == "mysql" &&
           std::ranges::find(section.entries, "password", &IniEntry::key) != section.entries.end();
  });
}

Result<> can_read(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail_errno(errno, file);
  return {};
}

void check_mode(const std::string& file, Findings& findings) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return;
  if ((status.st_mode & others_write) != 0) {
    findings.push_back({Verdict::error,
                        file + " can be changed by every user, and names commands that are run",
                        "chmod o-w " + file});
  }
  if ((status.st_mode & everybody_reads) != 0 && holds_password(file)) {
    findings.push_back({Verdict::warning, file + " holds the password of MySQL and can be read by every user",
                        "chown root:caretaker " + file + " && chmod 0640 " + file});
  }
}

void check_readable(Patient& patient, const std::string& file, Findings& findings) {
  if (!patient.account() || !patient.machine().may_act_as(*patient.account())) return;
  const Result<> read = patient.machine().act_as(*patient.account(), [&file] { return can_read(file); });
  if (read) return;
  findings.push_back(
      {Verdict::error,
       fmt::format("the user {} cannot read the configuration ({})", patient.user_name(),
                   read.error().message),
       fmt::format("chown root:caretaker {0} && chmod 0640 {0}; its folders need x for all", file)});
}

}  // namespace

Findings check_config_file(Patient& patient) {
  const std::string& file = patient.config_file();
  if (const Result<> read = can_read(file); !read) {
    if (read.error().code == EACCES || read.error().code == EPERM) {
      return one_finding(Verdict::skipped, "this user may not read " + file, "run it as root");
    }
    if (read.error().code == ENOENT) {
      return one_finding(Verdict::error, file + " is not there, and the service does not start without it",
                         "install the package again, or make an empty file: every setting has a default");
    }
    return one_finding(Verdict::error, read.error().message, "put the configuration there");
  }
  const LoadResult& loaded = patient.configuration();
  Findings findings;
  for (const Problem& problem : loaded.problems) {
    const bool is_error = problem.severity == Severity::error;
    findings.push_back({is_error ? Verdict::error : Verdict::warning, to_string(problem),
                        is_error ? "mend the line; caretakerctl check-config checks again" : ""});
  }
  if (!findings.empty()) return findings;
  const std::size_t count = list_drop_ins(file).read.size();
  return one_finding(Verdict::ok,
                     fmt::format("{} and {} drop-in{}, no mistake", file, count, count == 1 ? "" : "s"));
}

Findings check_config_access(Patient& patient) {
  const DropIns drop_ins = list_drop_ins(patient.config_file());
  std::vector<std::string> files = {patient.config_file()};
  files.insert(files.end(), drop_ins.read.begin(), drop_ins.read.end());
  Findings findings;
  for (const std::string& file : files) {
    check_mode(file, findings);
    check_readable(patient, file, findings);
  }
  for (const std::string& file : drop_ins.ignored) {
    findings.push_back(
        {Verdict::warning, file + " is not read: its name does not end in .ini", "rename or remove it"});
  }
  if (!findings.empty()) return findings;
  if (patient.account() && patient.machine().may_act_as(*patient.account())) {
    return one_finding(Verdict::ok, fmt::format("the user {} can read everything", patient.user_name()));
  }
  if (!patient.account()) {
    return one_finding(Verdict::skipped, "there is no user " + patient.user_name(), "see the check user");
  }
  return one_finding(Verdict::skipped,
                     fmt::format("whether the user {} can read everything", patient.user_name()),
                     "run it as root");
}

Findings check_user(Patient& patient) {
  const std::string user = patient.user_name();
  Findings findings;
  constexpr const char* fix = "systemd-sysusers, or install the package again";
  if (!patient.machine().find_account(user)) {
    findings.push_back({Verdict::error, fmt::format("there is no user {}", user), fix});
  }
  if (!patient.machine().find_group("caretaker")) {
    findings.push_back({Verdict::error, "there is no group caretaker", fix});
  }
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("user {}, group caretaker", user));
}

}  // namespace caretaker::ctl
