// SPDX-License-Identifier: MIT
// The checks of the local store and of the jobs that fill it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "ctl/doctor.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t room_bytes_min = 64ULL << 20;  // less is an error, whatever the limit of the store
constexpr std::uint64_t missed_share_warning = 100;    // one tick of so many
constexpr std::int64_t headline_age_intervals_max = 3;

// File systems on which SQLite's log of writes, shared memory and locks do not work together (statfs(2)).
struct RemoteFilesystem {
  std::int64_t magic;
  const char* name;
};
constexpr RemoteFilesystem remote_filesystems[] = {{0x6969, "NFS"},     {0xFF534D42, "CIFS"},
                                                   {0xFE534D42, "SMB"}, {0x517B, "SMB"},
                                                   {0x01021997, "9p"},  {0x00C36400, "CephFS"}};

std::uint64_t size_of(const std::string& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void check_room(Patient& patient, const std::string& folder, Findings& findings) {
  const Config& config = patient.config();
  const Result<FilesystemSpace> room = patient.machine().space(folder);
  if (!room) {
    findings.push_back({Verdict::error, room.error().message, "look for a failing disk: dmesg"});
    return;
  }
  if (room->files > 0 && room->files_free == 0) {
    findings.push_back(
        {Verdict::error, folder + ": its file system has no inodes left", "remove files there"});
  }
  const std::uint64_t free = room->avail_bytes;
  const std::uint64_t used = size_of(config.store.path) + size_of(config.store.path + "-wal");
  const std::uint64_t wanted = config.store.size_max > used ? config.store.size_max - used : 0;
  if (free >= room_bytes_min && free >= wanted) return;
  findings.push_back(
      {free < room_bytes_min ? Verdict::error : Verdict::warning,
       fmt::format("{} has {} free; the store has {} and may grow to {}", folder,
                   format_size(static_cast<double>(free)), format_size(static_cast<double>(used)),
                   format_size(static_cast<double>(config.store.size_max))),
       "make room, or set [store] size_max lower"});
}

void check_kind(const std::string& folder, Findings& findings) {
  struct statfs facts{};
  if (::statfs(folder.c_str(), &facts) != 0) return;
  for (const RemoteFilesystem& remote : remote_filesystems) {
    if (static_cast<std::int64_t>(facts.f_type) != remote.magic) continue;
    findings.push_back({Verdict::warning,
                        fmt::format("{} is on {}, where an SQLite database may break", folder, remote.name),
                        "name a place on a local disk as [store] path"});
  }
}

void check_aside(const std::string& store, Findings& findings) {
  const fs::path path(store);
  const std::string prefix = path.filename().string() + ".corrupt-";
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(path.parent_path(), error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")) found.push_back(name);
  }
  if (found.empty()) return;
  std::ranges::sort(found);
  findings.push_back({Verdict::warning,
                      fmt::format("a corrupt store was moved aside: {}", fmt::join(found, ", ")),
                      "look for a failing disk (dmesg, smartctl -a); what was not delivered is still in it; "
                      "remove it when it is of no use"});
}

Result<> can_write(const std::string& path, int mode) {
  if (::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0) return fail_errno(errno, path);
  return {};
}

void check_writable(Patient& patient, const std::string& folder, Findings& findings) {
  const auto& account = patient.account();
  if (!account || !patient.machine().may_act_as(*account)) {
    findings.push_back({Verdict::skipped,
                        fmt::format("whether the user {} can write to {}", patient.user_name(), folder),
                        "run it as root"});
    return;
  }
  const std::string& store = patient.config().store.path;
  const Result<> written = patient.machine().act_as(*account, [&]() -> Result<> {
    if (Result<> may = can_write(folder, R_OK | W_OK | X_OK); !may) return may;
    if (Result<> may = can_write(store, R_OK | W_OK); !may && may.error().code != ENOENT) return may;
    return {};
  });
  if (written) return;
  if (written.error().code == EROFS) {
    findings.push_back({Verdict::error, folder + " is on a file system that is mounted read-only",
                        "mount it writable, or name another place as [store] path"});
    return;
  }
  findings.push_back(
      {Verdict::error,
       fmt::format("the user {} cannot write there: {}", patient.user_name(), written.error().message),
       fmt::format("chown -R {}:caretaker {}", patient.user_name(), folder)});
}

std::string stale_text(const StatusAnswer& status, std::int64_t now_ms) {
  if (!status.headline.time_ms || status.interval_ms <= 0) return {};
  const std::int64_t age_ms = elapsed_ms(*status.headline.time_ms, now_ms);
  if (age_ms / status.interval_ms <= headline_age_intervals_max) return {};
  return fmt::format("the last measurement is {} old", format_span(age_ms));
}

void check_job(const JobAnswer& job, Findings& findings) {
  const std::string reason = job.last_error.empty() ? "" : ": " + job.last_error;
  if (job.state == "stuck") {
    findings.push_back({Verdict::error, fmt::format("{} is stuck{}", job.name, reason),
                        "look for a dead mount, engine or server that it waits for; it goes on by itself"});
  } else if (job.state == "failed" && job.kind != "mysql") {  // the check of the delivery tells that
    findings.push_back({Verdict::warning, fmt::format("{} failed{}", job.name, reason),
                        fmt::format("caretakerctl run {} tries again and shows its output", job.name)});
  } else if (job.missed > 0 && job.missed * missed_share_warning > job.runs) {
    findings.push_back({Verdict::warning,
                        fmt::format("{} missed {} ticks in {} runs: it takes longer than its interval",
                                    job.name, format_count(job.missed), format_count(job.runs)),
                        "a longer interval for it, or see what slows it down"});
  } else if (job.state == "paused") {
    findings.push_back({Verdict::note, fmt::format("{} is paused", job.name),
                        fmt::format("caretakerctl start {}", job.name)});
  }
}

}  // namespace

Findings check_store_folder(Patient& patient) {
  const Config& config = patient.config();
  const std::string folder = fs::path(config.store.path).parent_path().string();
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) {
    const int error = errno;
    if (error == EACCES) {
      return one_finding(Verdict::skipped, "this user may not look at " + folder, "run it as root");
    }
    if (error == ENOENT && folder == "/var/lib/caretaker") {
      return one_finding(Verdict::note, folder + " is not there yet: the first start makes it",
                         "systemctl start caretaker");
    }
    return one_finding(Verdict::error, fail_errno(error, folder).error().message,
                       fmt::format("install -d -o {} -g caretaker -m 0750 {}", patient.user_name(), folder));
  }
  if (!S_ISDIR(status.st_mode)) {
    return one_finding(Verdict::error, folder + " is not a folder", "name another place as [store] path");
  }
  Findings findings;
  check_room(patient, folder, findings);
  check_kind(folder, findings);
  check_writable(patient, folder, findings);
  check_aside(config.store.path, findings);
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("{}, {}", config.store.path,
                                              format_size(static_cast<double>(size_of(config.store.path)))));
}

Findings check_store(Patient& patient) {
  const StoreAnswer& store = patient.status()->store;
  Findings findings;
  if (!store.writable) {
    findings.push_back({Verdict::error,
                        fmt::format("it cannot be written: {} ({} samples wait in memory)", store.last_error,
                                    format_count(store.queue_samples)),
                        "make room or mend the rights of " + store.path + "; it goes on by itself"});
  }
  for (const auto& [reason, count] : store.dropped) {
    if (count == 0) continue;
    findings.push_back({Verdict::warning,
                        fmt::format("{} samples were dropped: {}", format_count(count), reason),
                        "docs/reliability.md tells the reasons apart; the count stays in the store"});
  }
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("{} samples, {} wait for MySQL, none dropped",
                                              format_count(store.collected), format_count(store.pending)));
}

Findings check_jobs(Patient& patient) {
  const Answer<std::string> body = patient.ask("/v1/jobs");
  const Answer<std::vector<JobAnswer>> jobs =
      body ? parse_jobs(*body) : Answer<std::vector<JobAnswer>>(std::unexpected(body.error()));
  if (!jobs) {
    return one_finding(Verdict::error, jobs.error().message, "journalctl -u caretaker -n 50 tells more");
  }
  Findings findings;
  if (std::string stale = stale_text(*patient.status(), patient.now_ms()); !stale.empty()) {
    findings.push_back({Verdict::error, std::move(stale), "see the jobs: caretakerctl jobs"});
  }
  for (const JobAnswer& job : *jobs) check_job(job, findings);
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("{}, all well", jobs->size()));
}

}  // namespace caretaker::ctl
