// SPDX-License-Identifier: MIT
#include "ctl/setup_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/host_paths.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t file_bytes_max = 64U << 10;
constexpr mode_t folder_mode = 0755;

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : path.substr(0, slash);
}

std::string name_of(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// Content, rights and the disk, in the order in which nobody sees more than he may.
Result<> fill(int fd, std::string_view text, const FileAccess& access, const std::string& path) {
  if (access.group && ::fchown(fd, static_cast<uid_t>(-1), *access.group) != 0) {
    return fail_errno(errno, "change the group of " + path);
  }
  if (::fchmod(fd, access.mode) != 0) return fail_errno(errno, "change the mode of " + path);
  if (auto written = write_all(fd, text, "write " + path); !written) return written;
  if (::fsync(fd) != 0) return fail_errno(errno, "sync " + path);
  return {};
}

struct GroupLine {
  std::string_view name;
  gid_t id = 0;
};

// group(5): name:password:id:members
std::optional<GroupLine> parse_group(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() < 3) return std::nullopt;
  const auto id = parse_number<gid_t>(fields[2]);
  if (!id) return std::nullopt;
  return GroupLine{fields[0], *id};
}

}  // namespace

std::string SetupFiles::real(std::string_view path) const {
  return HostPaths{.rootfs = root_}.root(path);
}

Result<UniqueFd> SetupFiles::open_folder_of(std::string_view path) const {
  const std::string folder = real(folder_of(path));
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(errno, "open " + folder);
  return fd;
}

Result<std::optional<std::string>> SetupFiles::read(std::string_view path) const {
  const std::string file = real(path);
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return fail_errno(errno, "look at " + file);
  }
  if (!S_ISREG(status.st_mode)) return fail(file + " is not a regular file");
  auto text = read_file(file, file_bytes_max);
  if (!text) return std::unexpected(text.error());
  return std::move(*text);
}

bool SetupFiles::exists(std::string_view path) const {
  struct stat status{};
  return ::lstat(real(path).c_str(), &status) == 0;
}

Result<> SetupFiles::replace(std::string_view path, std::string_view text, const FileAccess& access) const {
  const std::string file = real(path);
  auto folder = open_folder_of(path);
  if (!folder) return std::unexpected(folder.error());
  const std::string name = name_of(path);
  const std::string draft = "." + name + ".tmp";
  ::unlinkat(folder->get(), draft.c_str(), 0);  // of a run that was cut off
  const UniqueFd fd(
      ::openat(folder->get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return fail_errno(errno, "make " + file);
  if (auto filled = fill(fd.get(), text, access, file); !filled) {
    ::unlinkat(folder->get(), draft.c_str(), 0);
    return filled;
  }
  if (::renameat(folder->get(), draft.c_str(), folder->get(), name.c_str()) != 0) {
    const int code = errno;
    ::unlinkat(folder->get(), draft.c_str(), 0);
    return fail_errno(code, "put in place " + file);
  }
  if (::fsync(folder->get()) != 0) return fail_errno(errno, "sync the folder of " + file);
  return {};
}

Result<> SetupFiles::rename(std::string_view from, std::string_view to) const {
  auto folder = open_folder_of(from);
  if (!folder) return std::unexpected(folder.error());
  if (::renameat(folder->get(), name_of(from).c_str(), folder->get(), name_of(to).c_str()) != 0) {
    return fail_errno(errno, "put in place " + real(to));
  }
  if (::fsync(folder->get()) != 0) return fail_errno(errno, "sync the folder of " + real(to));
  return {};
}

Result<> SetupFiles::remove(std::string_view path) const {
  if (::unlink(real(path).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return fail_errno(errno, "remove " + real(path));
  }
  return {};
}

Result<> SetupFiles::make_folder(std::string_view path, mode_t mode) const {
  if (exists(path)) return {};
  if (path != "/") {
    if (auto above = make_folder(folder_of(path), folder_mode); !above) return above;
  }
  const std::string folder = real(path);
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return fail_errno(errno, "make " + folder);
  // Whatever the umask left of it.
  if (::chmod(folder.c_str(), mode) != 0) return fail_errno(errno, "change the mode of " + folder);
  return {};
}

Result<> SetupFiles::check_writable(std::string_view path) const {
  std::string_view folder = folder_of(path);
  while (folder != "/" && !exists(folder)) folder = folder_of(folder);
  if (::access(real(folder).c_str(), W_OK | X_OK) != 0) return fail_errno(errno, "write to " + real(folder));
  return {};
}

Result<gid_t> SetupFiles::group_id(std::string_view name) const {
  const auto text = read_file(real("/etc/group"));
  if (!text) return std::unexpected(text.error());
  for (std::string_view rest = *text; !rest.empty();) {
    const auto group = parse_group(take_line(rest));
    if (group && group->name == name) return group->id;
  }
  return std::unexpected(Error{ENOENT, "there is no group " + std::string(name)});
}

std::optional<std::string> SetupFiles::group_name(gid_t id) const {
  const auto text = read_file(real("/etc/group"));
  if (!text) return std::nullopt;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto group = parse_group(take_line(rest));
    if (group && group->id == id) return std::string(group->name);
  }
  return std::nullopt;
}

}  // namespace caretaker::ctl
