// SPDX-License-Identifier: MIT
#include "support/systemd_container.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "base/file.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

#ifdef CARETAKER_SYSTEMD_ROOT
constexpr const char* debian = CARETAKER_SYSTEMD_ROOT;
#else
constexpr const char* debian = "";
#endif

constexpr const char* place = "/run/caretaker-machine";  // the process has a /run of its own
constexpr const char* machine_root = "/run/caretaker-machine/root";
constexpr const char* group_prefix = "caretaker-test-";
constexpr std::size_t output_bytes_max = 16U << 20;
constexpr std::size_t text_bytes_max = 16U << 20;
const Words environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC",
                           "DEBIAN_FRONTEND=noninteractive"};

// Empty: it cannot be read, maybe because its process has ended.
std::string text_of(const std::string& path) {
  return read_file(path, text_bytes_max).value_or("");
}

bool say_failure(const char* step) {
  ::perror(step);
  return false;
}

// Between fork and exec: the Debian below, memory above.
bool mount_root() {
  ::umount2("/var/lib", MNT_DETACH);  // an empty one is there, and the Debian may be below
  for (const char* folder : {"", "/upper", "/work", "/root"}) {
    if (::mkdir((place + std::string(folder)).c_str(), 0755) != 0) return say_failure("mkdir below /run");
  }
  const std::string options =
      std::string("lowerdir=") + debian + ",upperdir=" + place + "/upper,workdir=" + place + "/work";
  return ::mount("overlay", machine_root, "overlay", 0, options.c_str()) == 0 || say_failure("mount overlay");
}

// Between fork and exec: version 2 of the control groups alone, as on every newer system, and a group of its
// own.
bool enter_own_group(const std::string& name) {
  ::umount2("/sys/fs/cgroup", MNT_DETACH);  // fails where nothing is mounted
  if (::mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, nullptr) != 0) return say_failure("mount cgroup2");
  const std::string group = "/sys/fs/cgroup/" + name;
  if (::mkdir(group.c_str(), 0755) != 0) return say_failure("mkdir of a control group");
  const int processes = ::open((group + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  const bool entered = ::write(processes, "0", 1) == 1;
  ::close(processes);
  return entered || say_failure("entering a control group");
}

std::function<bool()> preparation() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return [name = group_prefix + std::to_string(now)] { return mount_root() && enter_own_group(name); };
}

bool is_populated(int parent, const std::string& group) {
  const UniqueFd fd(::openat(parent, (group + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  return ::read(fd.get(), text, sizeof text - 1) > 0 && std::strstr(text, "populated 1") != nullptr;
}

// Control groups can be removed when nothing runs in them or below.
void remove_group(int parent, const char* name) {
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const folder = fd < 0 ? nullptr : ::fdopendir(fd);
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') remove_group(fd, entry->d_name);
  }
  ::closedir(folder);
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

// Also of those that were killed. Those of others that run stay.
void remove_groups(int parent) {
  const int fd = ::openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const folder = fd < 0 ? nullptr : ::fdopendir(fd);
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.starts_with(group_prefix) && !is_populated(parent, name)) remove_group(parent, name.c_str());
  }
  ::closedir(folder);
}

// The parent of the process `pid` when its program has this name, else -1; from /proc/PID/stat: "12 (name) S
// 1 ...".
pid_t parent_of(const std::string& pid, std::string_view program) {
  const std::string stat = text_of("/proc/" + pid + "/stat");
  const std::string name = "(" + std::string(program) + ") ";
  const std::size_t at = stat.find(name);
  if (at == std::string::npos) return -1;
  pid_t parent = -1;
  std::from_chars(stat.data() + at + name.size() + 2, stat.data() + stat.size(), parent);  // behind the state
  return parent;
}

}  // namespace

std::string SystemdContainer::hindrance() {
  if (::geteuid() != 0) return "booting a machine needs root";
  if (debian[0] == '\0') return "CARETAKER_SYSTEMD_ROOT is not set: ./dev test sets it";
  if (::access("/usr/bin/systemd-nspawn", X_OK) != 0)
    return "there is no systemd-nspawn (package systemd-container)";
  const TempDir dir;
  ContainedProcess attempt;
  try {
    attempt.start({"/bin/echo", "made"}, {}, dir.path("log"), preparation());
  } catch (const std::exception& failed) {
    return failed.what();
  }
  (void)eventually([&attempt] { return !attempt.is_running(); });
  const std::string said = text_of(dir.path("log"));
  return said == "made\n" ? "" : "this machine makes no container: " + said;
}

SystemdContainer::~SystemdContainer() {
  nspawn_.kill();
  if (control_groups_.get() >= 0) remove_groups(control_groups_.get());
}

void SystemdContainer::boot() {
  // Exit status 133 is the wish to boot again; what is mounted lasts as long as the loop.
  const std::string fuse = ::access("/dev/fuse", F_OK) == 0 ? "--bind=/dev/fuse" : "--bind=/dev/null";
  const Words command = {"/bin/sh",
                         "-c",
                         "until \"$@\"; [ $? -ne 133 ]; do :; done",
                         "sh",
                         "/usr/bin/systemd-nspawn",
                         std::string("--directory=") + machine_root,
                         "--machine=caretaker-test",
                         "--boot",
                         "--quiet",
                         "--register=no",
                         "--keep-unit",
                         "--settings=no",
                         "--console=pipe",
                         "--private-network",
                         "--link-journal=no",
                         "--resolv-conf=off",
                         "--timezone=off",
                         fuse};
  nspawn_.start(command, environment, console(), preparation());
  await_units();
  const std::string groups = "/proc/" + std::to_string(nspawn_.pid()) + "/root/sys/fs/cgroup";
  control_groups_ = UniqueFd(::open(groups.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

void SystemdContainer::reboot() {
  const pid_t before = leader_;
  (void)run({"systemctl", "reboot"});
  if (!eventually([before] { return ::kill(before, 0) != 0; }))
    throw std::runtime_error("no reboot: " + text_of(console()));
  await_units();
}

void SystemdContainer::find_leader() {
  leader_ = -1;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    const pid_t nspawn = name[0] > '9' ? -1 : parent_of(name, "systemd");
    if (nspawn < 0 || parent_of(std::to_string(nspawn), "systemd-nspawn") != nspawn_.pid()) continue;
    std::from_chars(name.data(), name.data() + name.size(), leader_);
  }
}

void SystemdContainer::await_units() {
  const bool up = eventually([this] {
    if (!nspawn_.is_running()) return true;
    find_leader();
    if (leader_ < 0) return false;
    const std::string state = run({"systemctl", "is-system-running"}).standard_output;
    return state == "running\n" || state == "degraded\n";
  });
  if (!up || leader_ < 0) throw std::runtime_error("the machine does not boot: " + text_of(console()));
}

ChildResult SystemdContainer::run(const Words& command, const std::string& user) const {
  Words words = {"nsenter", "--target=" + std::to_string(leader_), "--all", "--root", "--wd"};
  if (user != "root") words.insert(words.end(), {"runuser", "--user", user, "--"});
  words.insert(words.end(), command.begin(), command.end());
  auto child = run_child({.command = words,
                          .environment = environment,
                          .timeout = patience,
                          .output_bytes_max = output_bytes_max},
                         {});
  if (!child) throw std::runtime_error("nsenter: " + child.error().message);
  return std::move(*child);
}

std::string SystemdContainer::output(const Words& command) const {
  ChildResult ended = run(command);
  if (ended.exit_status != 0) {
    throw std::runtime_error(command.at(0) + " failed with " + std::to_string(ended.exit_status) + ": " +
                             ended.standard_output + ended.standard_error);
  }
  if (ended.standard_output.ends_with('\n')) ended.standard_output.pop_back();
  return ended.standard_output;
}

std::string SystemdContainer::mariadb(const std::string& sql, const std::string& database) const {
  return output({"mariadb", "--no-defaults", "--socket=/run/mysqld/mysqld.sock", "--user=root", "--batch",
                 "--skip-column-names", "--execute=" + sql, database});
}

std::string SystemdContainer::outside(std::string_view path) const {
  return "/proc/" + std::to_string(leader_) + "/root" + std::string(path);
}

void SystemdContainer::write(std::string_view path, std::string_view text, mode_t mode) const {
  const std::string file = outside(path);
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  if (::chmod(file.c_str(), mode) != 0 || text_of(file) != text)
    throw std::runtime_error("cannot write " + file);
}

void SystemdContainer::copy_in(const std::string& file, std::string_view path) const {
  const std::string target = outside(path);
  std::filesystem::create_directories(std::filesystem::path(target).parent_path());
  std::filesystem::copy_file(file, target, std::filesystem::copy_options::overwrite_existing);
}

std::string SystemdContainer::read(std::string_view path) const {
  return text_of(outside(path));
}

bool SystemdContainer::exists(std::string_view path) const {
  struct stat ignored{};
  return ::lstat(outside(path).c_str(), &ignored) == 0;
}

void SystemdContainer::remove(std::string_view path) const {
  std::filesystem::remove_all(outside(path));
}

}  // namespace caretaker
