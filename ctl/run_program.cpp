// SPDX-License-Identifier: MIT
#include "ctl/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/unique_fd.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int fds[2] = {-1, -1};
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void give(int fd, int as) { ::posix_spawn_file_actions_adddup2(&actions_, fd, as); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// What a running program writes, until it closes both streams or the time is over.
class Reader {
 public:
  Reader(int out, int error) : streams_{{{out, POLLIN, 0}, {error, POLLIN, 0}}} {}

  // False: the time is over.
  bool read_all(ProgramResult& result, steady_clock::time_point deadline) {
    while (streams_[0].fd >= 0 || streams_[1].fd >= 0) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
      if (left <= 0) return false;
      const int ready = ::poll(streams_.data(), streams_.size(), static_cast<int>(left));
      if (ready < 0 && errno != EINTR) return false;
      if (ready <= 0) continue;
      if (streams_[0].revents != 0) read_some(streams_[0], result.out);
      if (streams_[1].revents != 0) read_some(streams_[1], result.error);
    }
    return true;
  }

 private:
  static void read_some(pollfd& stream, std::string& text) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(stream.fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {
      stream.fd = -1;  // poll(2) passes it over
      return;
    }
    const std::size_t room = program_output_bytes_max - text.size();
    text.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
  }

  std::array<pollfd, 2> streams_;
};

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Result<pid_t> spawn(std::vector<std::string> command, const Pipe& in, const Pipe& out, const Pipe& error) {
  Actions actions;
  actions.give(in.read.get(), STDIN_FILENO);
  actions.give(out.write.get(), STDOUT_FILENO);
  actions.give(error.write.get(), STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, command.front().c_str(), actions.get(), nullptr, argv.data(), environ);
  if (failed != 0) return fail_errno(failed, command.front());
  return pid;
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& command, std::string_view input,
                                  milliseconds timeout) {
  if (input.size() > program_input_bytes_max) return fail(command.front() + ": too much input");
  auto in = make_pipe();
  auto out = make_pipe();
  auto error = make_pipe();
  if (!in) return std::unexpected(in.error());
  if (!out) return std::unexpected(out.error());
  if (!error) return std::unexpected(error.error());
  // Before there is a reader: a program that reads nothing must not end us with SIGPIPE.
  if (::write(in->write.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    return fail_errno(errno, command.front() + ": input");
  }
  const auto pid = spawn(command, *in, *out, *error);
  if (!pid) return std::unexpected(pid.error());
  in->read.reset();
  in->write.reset();
  out->write.reset();
  error->write.reset();
  ProgramResult result;
  const bool in_time =
      Reader(out->read.get(), error->read.get()).read_all(result, steady_clock::now() + timeout);
  if (!in_time) ::kill(*pid, SIGKILL);
  result.exit_status = wait_for(*pid);
  if (!in_time) return fail_errno(ETIMEDOUT, command.front());
  return result;
}

}  // namespace caretaker::ctl
