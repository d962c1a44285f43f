// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/daemon_process.h"
#include "support/sql_server.h"
#include "support/temp_dir.h"
#include "support/wire_proxy.h"

namespace caretaker::chaos {

// A promise that was broken, or a part that did not come back.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The same sequence for the same seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] std::size_t below(std::size_t end) { return engine_() % end; }
  [[nodiscard]] int between(int first, int last) {
    return first + static_cast<int>(below(static_cast<std::size_t>(last - first) + 1));
  }
  [[nodiscard]] bool coin() { return below(2) == 0; }

 private:
  std::mt19937_64 engine_;
};

// Behind the longest back-off from an error that passes by itself, on a slow machine.
inline constexpr std::chrono::seconds recovery_limit{300};

inline constexpr const char* account = "chaos";  // the daemon's, on the server

// A real server, the wire to it and the real daemon, which delivers to it through that wire. Everything is
// used from one thread. What does not come back throws.
class Stand {
 public:
  explicit Stand(Engine engine);

  SqlServer server;
  WireProxy wire{server.port()};
  DaemonProcess daemon;
  TempDir room;  // what faults keep, such as copies of the store

  void start_daemon();
  // With the order to die at the n-th pass of a fault point.
  void start_doomed(std::string_view point, int passes);
  void kill_daemon();
  void stop_daemon();  // in order
  void start_server();
  void write_password(bool right) const;
  void write_flush_interval(std::chrono::milliseconds interval) const;
  // For a fault that the daemon waits longer for than anybody wants to watch.
  void expect_long_back_off() { long_back_off_ = true; }
  // The server forgets rows that it has acknowledged, of the last seconds.
  void delete_newest_rows();
  // Has everything that was deleted sent again, and waits until it is.
  void restore_deleted_rows();
  // The store is another one now: what the server has from before cannot come back.
  void begin_history();
  // Nothing is broken any more, and everything runs. False: the daemon may take its time to try again.
  bool lift();

  // Of the local store, as it is on the disk.
  [[nodiscard]] std::int64_t stored_seq() const;
  [[nodiscard]] std::int64_t delivered_seq() const;
  [[nodiscard]] bool periods_delivered() const;
  // Asks until the answer is yes; false after `limit`. Throws when the daemon ends meanwhile.
  template <class Predicate>
  bool watch(std::chrono::milliseconds limit, const Predicate& done) {
    const auto deadline = Clock::now() + limit;
    while (!done()) {
      if (Clock::now() > deadline) return false;
      expect_daemon();
      pause(poll_interval);
    }
    return true;
  }
  static void pause(std::chrono::milliseconds time);
  // The daemon has not ended by itself.
  void expect_daemon();

  [[nodiscard]] int daemon_starts() const { return daemon_starts_; }
  [[nodiscard]] int server_starts() const { return server_starts_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds poll_interval{20};

  void make_account();

  bool doomed_ = false;
  bool long_back_off_ = false;
  std::int64_t history_begin_ms_ = 0;
  std::int64_t deleted_since_ms_ = 0;  // 0: nothing is deleted
  int daemon_starts_ = 0;
  int server_starts_ = 1;
};

}  // namespace caretaker::chaos
