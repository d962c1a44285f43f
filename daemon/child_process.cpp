// SPDX-License-Identifier: MIT
#include "daemon/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "daemon/head_and_tail.h"

namespace caretaker {
namespace {

std::int64_t monotonic_ms() {
  return SystemClock().now().monotonic_ns / ns_per_ms;
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return Pipe{.read = UniqueFd(fds[0]), .write = UniqueFd(fds[1])};
}

struct Account {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

// Who the command runs as; nothing for the daemon's own user.
Result<std::optional<Account>> find_account(const std::string& user) {
  if (user.empty()) return std::nullopt;
  if (::geteuid() != 0) {
    return std::unexpected(
        Error{.code = EPERM, .message = "user = " + user + " needs a daemon that runs as root"});
  }
  std::array<char, 16384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (error != 0) return fail_errno(error, "user " + user);
  if (found == nullptr)
    return std::unexpected(Error{.code = ENOENT, .message = "there is no user named " + user});
  Account account{.uid = entry.pw_uid, .gid = entry.pw_gid, .groups = std::vector<gid_t>(256)};
  int count = static_cast<int>(account.groups.size());
  if (::getgrouplist(user.c_str(), entry.pw_gid, account.groups.data(), &count) < 0) {
    return fail("user " + user + " is in more than 256 groups");
  }
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

// argv or envp for exec: pointers into strings that outlive it.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& own) {
  std::vector<std::string> merged = own;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    // Ours alone: the service manager's sockets and the path of the secrets.
    if (name == "NOTIFY_SOCKET=" || name == "CREDENTIALS_DIRECTORY=" || name == "WATCHDOG_USEC=") continue;
    if (std::ranges::none_of(own, [&](const std::string& set) { return set.starts_with(name); })) {
      merged.emplace_back(text);
    }
  }
  return merged;
}

// All that the child needs between fork and exec, made before fork: only async-signal-safe calls are allowed
// there.
struct ExecPlan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::optional<Account> account;
  int standard_output;
  int standard_error;
  int start_error;  // gets errno when exec fails; closed by a good exec
  pid_t parent;
};

bool become(const Account& account) {
  return ::setgroups(account.groups.size(), account.groups.data()) == 0 && ::setgid(account.gid) == 0 &&
         ::setuid(account.uid) == 0;
}

bool redirect(const ExecPlan& plan) {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return null >= 0 && ::dup2(null, STDIN_FILENO) >= 0 && ::dup2(plan.standard_output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.standard_error, STDERR_FILENO) >= 0;
}

void reset_signals() {
  // Handlers are reset by exec, but ignored and blocked signals would be inherited.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void exec_child(const ExecPlan& plan) {
  ::setpgid(0, 0);
  // Setting the user clears the death signal: user first. A parent that died in between is seen by its pid.
  const bool ready = redirect(plan) && (!plan.account || become(*plan.account)) &&
                     ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == plan.parent;
  if (ready) {
    // What others opened without O_CLOEXEC. A kernel before 5.11 says no: all of ours are closed by exec
    // anyway.
    (void)::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    reset_signals();
    ::execvpe(plan.argv[0], plan.argv.data(), plan.envp.data());
  }
  const int error = errno;
  (void)!::write(plan.start_error, &error, sizeof error);
  ::_exit(127);
}

// Follows one running child to its end.
class ChildWatch {
 public:
  ChildWatch(pid_t pid, UniqueFd pidfd, Pipe standard_output, Pipe standard_error,
             const ChildOptions& options)
      : pid_(pid),
        pidfd_(std::move(pidfd)),
        stdout_(std::move(standard_output.read)),
        stderr_(std::move(standard_error.read)),
        stdout_text_(options.output_bytes_max),
        stderr_text_(options.output_bytes_max),
        start_ms_(monotonic_ms()),
        term_ms_(start_ms_ + options.timeout.count()) {}

  ChildResult run(const std::stop_token& stop, int stop_fd) {
    while (!exited_) {
      std::array<pollfd, 4> fds = {{{pidfd_.get(), POLLIN, 0},
                                    {stdout_.get(), POLLIN, 0},
                                    {stderr_.get(), POLLIN, 0},
                                    {stopping_ ? -1 : stop_fd, POLLIN, 0}}};
      ::poll(fds.data(), fds.size(),
             static_cast<int>(std::max<std::int64_t>(0, next_deadline_ms() - monotonic_ms())));
      if (stop.stop_requested() && !stopping_) terminate(child_stop_grace.count());
      if (fds[1].revents != 0) drain(stdout_, stdout_text_);
      if (fds[2].revents != 0) drain(stderr_, stderr_text_);
      if (fds[0].revents != 0) reap();
      enforce_deadline();
    }
    // Whatever is in the pipes now belongs to the run; a background process that holds them open is not
    // waited for.
    drain(stdout_, stdout_text_);
    drain(stderr_, stderr_text_);
    result_.duration_ms = monotonic_ms() - start_ms_;
    result_.standard_output = stdout_text_.text();
    result_.standard_error = stderr_text_.text();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::int64_t next_deadline_ms() const { return terminated_ ? kill_ms_ : term_ms_; }

  void terminate(std::int64_t grace_ms) {
    stopping_ = true;
    terminated_ = true;
    ::kill(-pid_, SIGTERM);
    kill_ms_ = monotonic_ms() + grace_ms;
  }

  void enforce_deadline() {
    if (exited_ || monotonic_ms() < next_deadline_ms()) return;
    if (!terminated_) {
      result_.timed_out = true;
      terminate(child_kill_grace.count());
    } else {
      ::kill(-pid_, SIGKILL);
      kill_ms_ = monotonic_ms() + child_kill_grace.count();
    }
  }

  void reap() {
    int status = 0;
    rusage usage{};
    if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return;
    exited_ = true;
    // What the command left behind in its group goes with it when it was ended by force.
    if (terminated_) ::kill(-pid_, SIGKILL);
    if (WIFEXITED(status)) result_.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    const auto to_ms = [](const timeval& time) { return time.tv_sec * ms_per_s + time.tv_usec / 1000; };
    result_.cpu_ms = to_ms(usage.ru_utime) + to_ms(usage.ru_stime);
  }

  static void drain(UniqueFd& fd, HeadAndTail& text) {
    // Bounded, so that a child that writes without end cannot keep us from the deadline.
    constexpr int reads_max = 64;
    std::array<char, 4096> buffer{};
    for (int i = 0; i < reads_max && fd.valid(); ++i) {
      const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        fd.reset();
        return;
      }
      text.append({buffer.data(), static_cast<std::size_t>(count)});
    }
  }

  pid_t pid_;
  UniqueFd pidfd_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  HeadAndTail stdout_text_;
  HeadAndTail stderr_text_;
  std::int64_t start_ms_;
  std::int64_t term_ms_;
  std::int64_t kill_ms_ = 0;
  bool stopping_ = false;
  bool terminated_ = false;
  bool exited_ = false;
  ChildResult result_;
};

// Waits until the child has replaced itself with the command, or tells why it could not.
Result<> wait_for_exec(UniqueFd start_error, pid_t pid, const std::string& program) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = ::read(start_error.get(), &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return {};
  ::waitpid(pid, nullptr, 0);
  return fail_errno(error != 0 ? error : ECHILD, "run " + program);
}

}  // namespace

Result<ChildResult> run_child(const ChildOptions& options, const std::stop_token& stop) {
  auto account = find_account(options.user);
  if (!account) return std::unexpected(account.error());
  auto standard_output = make_pipe();
  auto standard_error = make_pipe();
  auto start_error = make_pipe();
  if (!standard_output || !standard_error || !start_error) return fail("no file descriptors left for a pipe");
  for (const Pipe* pipe : {&*standard_output, &*standard_error})
    ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);

  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = merged_environment(options.environment);
  const ExecPlan plan{.argv = pointers(command),
                      .envp = pointers(environment),
                      .account = std::move(*account),
                      .standard_output = standard_output->write.get(),
                      .standard_error = standard_error->write.get(),
                      .start_error = start_error->write.get(),
                      .parent = ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, "fork");
  if (pid == 0) exec_child(plan);
  ::setpgid(pid, pid);  // in both, so that the group exists whoever comes first
  standard_output->write.reset();
  standard_error->write.reset();
  start_error->write.reset();
  if (auto started = wait_for_exec(std::move(start_error->read), pid, command[0]); !started) {
    return std::unexpected(started.error());
  }
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const UniqueFd stop_fd(::eventfd(0, EFD_CLOEXEC));
  const std::stop_callback wake(stop, [fd = stop_fd.get()] { (void)::eventfd_write(fd, 1); });
  return ChildWatch(pid, std::move(pidfd), std::move(*standard_output), std::move(*standard_error), options)
      .run(stop, stop_fd.get());
}

}  // namespace caretaker
