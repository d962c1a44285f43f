// SPDX-License-Identifier: MIT
#include "support/gate_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "support/eventually.h"

namespace caretaker {
namespace {

constexpr int backlog = 128;
constexpr int passed_fd = 3;  // SD_LISTEN_FDS_START

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -WTERMSIG(wait_status);
}

}  // namespace

GateProcess::GateProcess(std::vector<std::string> options)
    : options_(std::move(options)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), backlog) != 0) {
    throw std::runtime_error("cannot listen on " + socket());
  }
}

GateProcess::~GateProcess() {
  kill();
}

void GateProcess::start() {
  if (is_running()) throw std::runtime_error("the gate is already running");
  const std::string err = dir_.path("err");
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), STDERR_FILENO);
  if (listener_.get() == passed_fd) {
    ::fcntl(passed_fd, F_SETFD, 0);
  } else {
    ::dup2(listener_.get(), passed_fd);
  }
  std::string program = CARETAKER_BINARY_DIR "/caretaker-docker-gate";
  std::string pid = "LISTEN_PID=" + std::to_string(::getpid());
  std::string count = "LISTEN_FDS=1";
  std::vector<char*> argv = {program.data()};
  for (std::string& option : options_) argv.push_back(option.data());
  argv.push_back(nullptr);
  char* const envp[] = {pid.data(), count.data(), nullptr};
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execve(argv[0], argv.data(), envp);
  ::_exit(127);
}

bool GateProcess::is_running() {
  int status = 0;
  if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    ended_ = status_of(status);
    pid_ = -1;
  }
  return pid_ > 0;
}

int GateProcess::stop() {
  if (!is_running()) throw std::runtime_error("the gate is not running");
  ::kill(pid_, SIGTERM);
  return wait();
}

int GateProcess::wait() {
  if (!eventually([this] { return !is_running(); })) throw std::runtime_error("the gate does not end");
  return ended_;
}

void GateProcess::break_socket() const {
  ::shutdown(listener_.get(), SHUT_RDWR);
}

void GateProcess::kill() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

std::string GateProcess::err() const {
  std::ifstream file(dir_.path("err"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace caretaker
