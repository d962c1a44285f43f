// SPDX-License-Identifier: MIT
#include "support/daemon_process.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/unique_fd.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

constexpr std::size_t output_bytes_max = 64U << 20;

std::string program(const std::string& name) {
  return CARETAKER_BINARY_DIR "/" + name;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Between fork and exec.
void redirect(int fd, const std::string& path) {
  ::dup2(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), fd);
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -WTERMSIG(wait_status);
}

}  // namespace

std::string public_program(const std::string& name) {
  static const TempDir dir;
  const std::string copy = dir.path(name);
  if (std::filesystem::exists(copy)) return copy;
  std::filesystem::copy_file(program(name), copy);
  if (::chmod(dir.path().c_str(), 0755) != 0 || ::chmod(copy.c_str(), 0755) != 0) {
    throw std::runtime_error("cannot open " + copy + " to everybody");
  }
  return copy;
}

ChildResult run_program(const std::string& name, Words arguments, const std::string& user) {
  Words command = {user.empty() ? program(name) : public_program(name)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto child = run_child({.command = command,
                          .environment = {"TZ=UTC", "LC_ALL=C.UTF-8"},
                          .user = user,
                          .timeout = patience,
                          .output_bytes_max = output_bytes_max},
                         {});
  if (!child) throw std::runtime_error(name + ": " + child.error().message);
  return std::move(*child);
}

DaemonProcess::DaemonProcess(std::string_view config, Words arguments) : arguments_(std::move(arguments)) {
  write("config.ini", config);
  write("config.d/paths.ini", "[store]\npath = " + store() + "\n[control]\nsocket = " + socket() + "\n");
}

DaemonProcess::~DaemonProcess() {
  kill();
}

void DaemonProcess::launch() {
  Words command = {user_ ? public_program("caretakerd") : program("caretakerd"), "--config", config_file()};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string out = path("out");
  const std::string err = path("err");
  pid_ = ::fork();
  if (pid_ == 0) {
    redirect(STDOUT_FILENO, out);
    redirect(STDERR_FILENO, err);
    if (!user_ || (::setgroups(0, nullptr) == 0 && ::setgid(*user_) == 0 && ::setuid(*user_) == 0)) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // last: another user clears it
      ::execv(argv[0], argv.data());
    }
    ::_exit(127);
  }
}

void DaemonProcess::start() {
  launch();
  const bool listening = eventually([this] { return is_listening() || !is_running(); });
  if (!listening || !is_running()) throw std::runtime_error("caretakerd does not start: " + this->err());
}

bool DaemonProcess::is_listening() const {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket().copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool DaemonProcess::is_running() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    ended_ = status_of(status);
    pid_ = -1;
  }
  return pid_ > 0;
}

void DaemonProcess::run_as(uid_t user) {
  user_ = user;
  if (::chown(path().c_str(), user, user) != 0) throw std::runtime_error("cannot give the folder away");
}

void DaemonProcess::send(int signal) const {
  if (pid_ <= 0) throw std::runtime_error("caretakerd is not running");
  ::kill(pid_, signal);
}

int DaemonProcess::stop() {
  send(SIGTERM);
  return wait();
}

int DaemonProcess::wait() {
  if (!eventually([this] { return !is_running(); })) throw std::runtime_error("caretakerd does not end");
  return ended_;
}

void DaemonProcess::kill() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

ChildResult DaemonProcess::ctl(Words words, const std::string& user) const {
  words.insert(words.end(), {"--socket", socket()});
  return run_program("caretakerctl", std::move(words), user);
}

std::string DaemonProcess::out() const {
  return text_of(path("out"));
}

std::string DaemonProcess::err() const {
  return text_of(path("err"));
}

}  // namespace caretaker
