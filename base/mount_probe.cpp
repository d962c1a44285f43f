// SPDX-License-Identifier: MIT
#include "base/mount_probe.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/thread.h"

namespace caretaker {
namespace {

constexpr int helper_fd = 3;
constexpr std::chrono::milliseconds exit_wait_max{100};
constexpr std::chrono::milliseconds exit_poll_interval{1};

// Both ends are the same program on the same machine: the struct itself is the wire format. A request is the
// path, without a terminating NUL.
struct Reply {
  std::int32_t error = 0;
  FilesystemSpace space;
};

// posix_spawn(3) with everything the helper needs: its socket, no other descriptor, no blocked signal, a
// process group of its own (so that Ctrl-C in a terminal does not reach it).
class Spawn {
 public:
  explicit Spawn(int socket) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    for (int fd = 0; fd < helper_fd; ++fd) {
      keep(::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDWR, 0));
    }
    keep(::posix_spawn_file_actions_adddup2(&actions_, socket, helper_fd));
    keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, helper_fd + 1));
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    keep(::posix_spawnattr_setsigmask(&attributes_, &none));
    keep(::posix_spawnattr_setsigdefault(&attributes_, &all));
    keep(::posix_spawnattr_setpgroup(&attributes_, 0));
    keep(::posix_spawnattr_setflags(&attributes_,
                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> run(std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    pid_t pid = -1;
    if (error_ == 0) {
      error_ = ::posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    }
    if (error_ != 0) return fail_errno(error_, "start " + command[0]);
    return pid;
  }

 private:
  void keep(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

bool reaped(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) != 0;
}

bool reaped_within(pid_t pid, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!reaped(pid)) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(exit_poll_interval);
  }
  return true;
}

void reap_in_background(pid_t pid) {
  // No thread to be had: a zombie until the daemon ends is the lesser evil. The handle detaches what it
  // started.
  (void)Thread::start("reaper", [pid] {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  });
}

}  // namespace

MountProbe::MountProbe(std::vector<std::string> command, std::string path, std::chrono::milliseconds timeout)
    : command_(std::move(command)), path_(std::move(path)), timeout_(timeout) {}

MountProbe::~MountProbe() {
  stop_helper();
}

void MountProbe::request(std::int64_t monotonic_ns) {
  if (in_flight_) return;
  if (helper_ < 0) {
    if (auto started = start_helper(); !started) {
      failure_ = std::move(started.error());
      return;
    }
  }
  if (::send(socket_.get(), path_.data(), path_.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    failure_ = fail_errno(errno, "ask the statvfs helper about " + path_).error();
    stop_helper();
    return;
  }
  in_flight_ = true;
  sent_ns_ = monotonic_ns;
}

std::optional<Result<FilesystemSpace>> MountProbe::take_answer() {
  if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
  if (!in_flight_) return std::nullopt;
  Reply reply;
  const ssize_t size = ::recv(socket_.get(), &reply, sizeof reply, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  in_flight_ = false;
  if (size != static_cast<ssize_t>(sizeof reply)) {
    stop_helper();
    return fail("the statvfs helper for " + path_ + " ended or gave a wrong answer");
  }
  if (reply.error != 0) return fail_errno(reply.error, "statvfs " + path_);
  return reply.space;
}

bool MountProbe::stuck(std::int64_t monotonic_ns) const {
  return in_flight_ && monotonic_ns - sent_ns_ >= timeout_.count() * ns_per_ms;
}

void MountProbe::wait_for_answers(std::span<const MountProbe* const> probes,
                                  std::chrono::milliseconds limit) {
  std::array<pollfd, mount_probes_max> waiting{};
  nfds_t count = 0;
  for (const MountProbe* probe : probes.first(std::min(probes.size(), mount_probes_max))) {
    if (probe->in_flight_) waiting[count++] = {.fd = probe->socket_.get(), .events = POLLIN, .revents = 0};
  }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (nfds_t open = count; open > 0;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    if (::poll(waiting.data(), count, static_cast<int>(left.count())) < 0 && errno != EINTR) return;
    for (pollfd& entry : std::span(waiting).first(count)) {
      if (entry.fd < 0 || entry.revents == 0) continue;
      entry = {.fd = -1, .events = 0, .revents = 0};  // poll(2) skips negative descriptors
      --open;
    }
  }
}

Result<void> MountProbe::start_helper() {
  if (command_.empty()) return fail("no helper process to measure " + path_ + " with");
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail_errno(errno, "socketpair for " + path_);
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const auto pid = Spawn(theirs.get()).run(command_);
  if (!pid) return std::unexpected(pid.error());
  socket_ = std::move(ours);
  helper_ = *pid;
  return {};
}

void MountProbe::stop_helper() {
  socket_.reset();
  if (helper_ < 0) return;
  const pid_t pid = std::exchange(helper_, -1);
  ::kill(pid, SIGKILL);
  // With a request in flight it most likely hangs in the kernel, so waiting for it here would be in vain.
  const bool ended = std::exchange(in_flight_, false) ? reaped(pid) : reaped_within(pid, exit_wait_max);
  if (!ended) reap_in_background(pid);
}

int run_statvfs_helper() {
  // A parent that died before this line has closed the socket, so the first recv() ends us then.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "statvfs-helper");
  std::array<char, PATH_MAX> buffer{};
  for (;;) {
    const ssize_t size = ::recv(helper_fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return 0;
    const auto space = read_filesystem_space(std::string(buffer.data(), static_cast<std::size_t>(size)));
    const Reply reply =
        space ? Reply{.error = 0, .space = *space} : Reply{.error = space.error().code, .space = {}};
    if (::send(helper_fd, &reply, sizeof reply, MSG_NOSIGNAL) < 0) return 1;
  }
}

}  // namespace caretaker
