// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/parse.h"
#include "base/unique_fd.h"
#include "ctl/doctor.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t findings_max = 200;          // of one check
constexpr std::size_t text_bytes_max = 64U << 10;  // of one text of a finding
constexpr milliseconds end_of_child_max{200};

// The outcome of one check on its way through the pipe: the number of findings, and of each its verdict and
// its two texts. Both ends are the same program, so numbers go as they are in memory.
void put(std::string& out, std::uint32_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string packed(const Findings& findings) {
  std::string out;
  const std::size_t count = std::min(findings.size(), findings_max);
  put(out, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    put(out, static_cast<std::uint32_t>(findings[i].verdict));
    for (const std::string* text : {&findings[i].found, &findings[i].fix}) {
      const std::size_t size = std::min(text->size(), text_bytes_max);
      put(out, static_cast<std::uint32_t>(size));
      out.append(*text, 0, size);
    }
  }
  return out;
}

// The parent's end of the pipe.
class Reader {
 public:
  Reader(int fd, steady_clock::time_point deadline) : fd_(fd), deadline_(deadline) {}

  std::optional<Findings> take() {
    const std::uint32_t count = number(findings_max);
    Findings findings;
    for (std::uint32_t i = 0; i < count && !failed_; ++i) {
      Finding finding;
      finding.verdict = static_cast<Verdict>(number(static_cast<std::uint32_t>(Verdict::error)));
      finding.found = text();
      finding.fix = text();
      findings.push_back(std::move(finding));
    }
    if (failed_ || findings.empty()) return std::nullopt;
    return findings;
  }

  [[nodiscard]] bool too_late() const { return too_late_; }

 private:
  std::uint32_t number(std::size_t max) {
    std::uint32_t value = 0;
    std::array<char, sizeof value> bytes{};
    fill(bytes.data(), bytes.size());
    std::memcpy(&value, bytes.data(), sizeof value);
    if (value > max) failed_ = true;
    return failed_ ? 0 : value;
  }

  std::string text() {
    std::string bytes(number(text_bytes_max), '\0');
    fill(bytes.data(), bytes.size());
    return bytes;
  }

  void fill(char* to, std::size_t size) {
    while (size > 0 && !failed_) {
      pollfd polled{.fd = fd_, .events = POLLIN, .revents = 0};
      const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
      const int ready = ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
      if (ready < 0 && errno == EINTR) continue;
      too_late_ = ready == 0;
      const ssize_t got = ready > 0 ? ::read(fd_, to, size) : -1;
      if (got < 0 && ready > 0 && errno == EINTR) continue;
      failed_ = got <= 0;
      if (failed_) return;
      to += got;
      size -= static_cast<std::size_t>(got);
    }
  }

  int fd_;
  steady_clock::time_point deadline_;
  bool failed_ = false;
  bool too_late_ = false;
};

// Why a check makes no sense after what became of the one that it needs; empty where it does.
Findings blocked_by(std::span<const CheckedOff> done, std::string_view needed) {
  const auto found = std::ranges::find(done, needed, &CheckedOff::name);
  if (found == done.end()) return {};
  for (const Finding& finding : found->findings) {
    // Its reason is this one's, too; one fix is enough.
    if (finding.verdict == Verdict::skipped) return one_finding(Verdict::skipped, finding.found);
    if (finding.verdict != Verdict::error) continue;
    return one_finding(Verdict::skipped, "the check '" + std::string(needed) + "' has to be well first");
  }
  return {};
}

Findings look(const DoctorCheck& check, Patient& patient, std::span<const CheckedOff> done) {
  if (Findings blocked = blocked_by(done, check.needs); !blocked.empty()) return blocked;
  try {
    return check.look(patient);
  } catch (const std::exception& exception) {
    return one_finding(Verdict::error, std::string("the check failed: ") + exception.what());
  }
}

// A process that makes the checks one after the other and tells of each through a pipe.
class Child {
 public:
  Child(std::span<const DoctorCheck> checks, Patient& patient, std::vector<CheckedOff> done) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    from_child_.reset(ends[0]);
    const UniqueFd to_parent(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) work(checks, patient, std::move(done), to_parent.get());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Whoever hangs in the kernel stays; it holds nothing of ours, and init takes it over.
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    const auto deadline = steady_clock::now() + end_of_child_max;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0 && steady_clock::now() < deadline) {
      ::poll(nullptr, 0, 1);
    }
  }

  [[nodiscard]] int pipe() const { return from_child_.get(); }
  [[nodiscard]] bool started() const { return pid_ > 0; }

 private:
  [[noreturn]] static void work(std::span<const DoctorCheck> checks, Patient& patient,
                                std::vector<CheckedOff> done, int to_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Who waits for the end of our output must not wait for a process that hangs.
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
    for (const DoctorCheck& check : checks) {
      done.push_back({check.name, look(check, patient, done)});
      if (!write_all(to_parent, packed(done.back().findings), "pipe")) break;
    }
    ::_exit(0);
  }

  UniqueFd from_child_;
  pid_t pid_ = -1;
};

Findings given_up(const DoctorCheck& check, const Reader& reader, bool out_of_time) {
  if (out_of_time) return one_finding(Verdict::skipped, "the time for all checks was up");
  if (!reader.too_late()) return one_finding(Verdict::error, "the check itself broke off");
  return one_finding(Verdict::error, "no end within " + format_duration(check.limit),
                     "look for a dead mount or server behind the paths and names that this check looks at");
}

}  // namespace

std::vector<CheckedOff> run_checks(std::span<const DoctorCheck> checks, Patient& patient,
                                   milliseconds time_max) {
  const auto end = steady_clock::now() + time_max;
  std::vector<CheckedOff> done;
  while (done.size() < checks.size()) {
    const Child child(checks.subspan(done.size()), patient, done);
    bool alive = child.started();
    while (alive && done.size() < checks.size()) {
      const DoctorCheck& check = checks[done.size()];
      const auto limit = steady_clock::now() + check.limit;
      Reader reader(child.pipe(), std::min(limit, end));
      std::optional<Findings> findings = reader.take();
      alive = findings.has_value();
      const bool out_of_time = !alive && steady_clock::now() >= end;
      done.push_back({check.name, alive ? std::move(*findings) : given_up(check, reader, out_of_time)});
    }
    if (!child.started()) {
      const DoctorCheck& check = checks[done.size()];
      done.push_back({check.name, one_finding(Verdict::error, "no process can be started")});
    }
  }
  return done;
}

}  // namespace caretaker::ctl
