// SPDX-License-Identifier: MIT
// bench_startup ROUNDS RUN_MS COMMAND...: starts the command, as a service manager would, waits for READY=1
// on its notification socket (sd_notify(3)), lets it run, sends SIGTERM and waits for its end. Prints
// "ready_ms VALUE" and "stop_ms VALUE" for each round.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "base/parse.h"
#include "base/unique_fd.h"
#include "bench/program.h"

namespace caretaker::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int rounds_max = 1'000;
constexpr std::chrono::seconds ready_deadline{10};
constexpr std::chrono::seconds stop_deadline{10};

double milliseconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count();
}

// The service manager's end of sd_notify, in a folder of its own.
class NotifySocket {
 public:
  NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    std::string folder = std::filesystem::temp_directory_path() / "caretaker-bench.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("mkdtemp " + folder);
    folder_ = folder;
    const std::string path = folder_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
      throw std::runtime_error("bind " + path);
    }
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void wait_until_ready() const {
    pollfd poll{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    for (;;) {
      if (::poll(&poll, 1, std::chrono::milliseconds(ready_deadline).count()) <= 0) {
        throw std::runtime_error("no READY=1 in time");
      }
      char buffer[4'096];
      const auto size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0 && std::string_view(buffer, static_cast<std::size_t>(size)).contains("READY=1")) return;
    }
  }

 private:
  UniqueFd socket_;
  std::filesystem::path folder_;
};

// Ends with the round, however it goes.
class Child {
 public:
  explicit Child(char** command) {
    if (::posix_spawnp(&pid_, command[0], nullptr, nullptr, command, environ) != 0) {
      throw std::runtime_error(std::string("cannot start ") + command[0]);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // Asks it to end and waits.
  void stop() {
    ::kill(pid_, SIGTERM);
    const auto deadline = SteadyClock::now() + stop_deadline;
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
      if (SteadyClock::now() > deadline) throw std::runtime_error("it does not end");
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    pid_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("it ended with an error");
  }

 private:
  pid_t pid_ = -1;
};

void run_round(std::chrono::milliseconds run_time, char** command) {
  const NotifySocket socket;
  const auto begin = SteadyClock::now();
  Child child(command);
  socket.wait_until_ready();
  const double ready_ms = milliseconds_since(begin);
  std::this_thread::sleep_for(run_time);
  const auto stop_begin = SteadyClock::now();
  child.stop();
  fmt::print("ready_ms {:.2f}\nstop_ms {:.2f}\n", ready_ms, milliseconds_since(stop_begin));
}

int run(int argc, char** argv) {
  const auto rounds = argc > 3 ? parse_number<int>(argv[1]) : std::nullopt;
  const auto run_ms = argc > 3 ? parse_number<std::uint32_t>(argv[2]) : std::nullopt;
  if (!rounds || *rounds < 1 || *rounds > rounds_max || !run_ms) {
    fmt::print(stderr, "usage: bench_startup ROUNDS RUN_MS COMMAND...\n");
    return 2;
  }
  for (int round = 0; round < *rounds; ++round) run_round(std::chrono::milliseconds(*run_ms), argv + 3);
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_startup", caretaker::bench::run, argc, argv);
}
