// SPDX-License-Identifier: MIT
#include "sql/store_files.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace caretaker {
namespace {

constexpr std::array companions{"", "-wal", "-shm"};
constexpr mode_t store_mode = 0640;
constexpr std::string_view quarantine_mark = ".corrupt-";

// The sorted names of the sets (their times sort as text). A folder that cannot be read has none.
std::set<std::string> quarantined_sets(const std::string& path) {
  std::set<std::string> sets;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(std::filesystem::absolute(path).parent_path(), error), end;
       !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with(std::filesystem::path(path).filename().string() + std::string(quarantine_mark))) {
      continue;
    }
    for (const std::string_view companion : {"-wal", "-shm"}) {
      if (name.ends_with(companion)) name.erase(name.size() - companion.size());
    }
    sets.insert((entry->path().parent_path() / name).string());
  }
  return sets;
}

void remove_oldest_sets(const std::string& path) {
  std::set<std::string> sets = quarantined_sets(path);
  while (sets.size() > quarantined_sets_max) {
    for (const char* companion : companions) ::unlink((*sets.begin() + companion).c_str());
    sets.erase(sets.begin());
  }
}

}  // namespace

Result<> create_store_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, store_mode));
  if (!fd.valid()) return errno == EEXIST ? Result<>() : fail_errno(errno, "create " + path);
  if (::fchmod(fd.get(), store_mode) != 0)
    return fail_errno(errno, "chmod " + path);  // whatever the umask was
  return {};
}

Result<std::string> quarantine_store(const std::string& path, std::int64_t time_ms) {
  std::string target =
      fmt::format("{}{}{:%Y%m%dT%H%M%S}.{:03}Z", path, quarantine_mark,
                  fmt::gmtime(static_cast<std::time_t>(time_ms / ms_per_s)), time_ms % ms_per_s);
  for (const char* companion : companions) {
    const std::string from = path + companion;
    if (::rename(from.c_str(), (target + companion).c_str()) != 0 && errno != ENOENT) {
      return fail_errno(errno, "move aside " + from);
    }
  }
  remove_oldest_sets(path);
  return target;
}

}  // namespace caretaker
