// SPDX-License-Identifier: MIT
#include "chaos/stand.h"

#include <csignal>
#include <cstdlib>
#include <thread>

#include "support/sqlite_rows.h"

namespace caretaker::chaos {
namespace {

constexpr const char* right_password = "right";
constexpr std::chrono::milliseconds usual_flush_interval{150};

// Collectors that add rows and nothing new are off.
constexpr const char* quick_config =
    "[service]\ninterval = 100ms\n"
    "[store]\ncommit_interval = 100ms\nretention = 30d\n"
    "[job.tick]\ncommand = sh -c 'echo tick'\ninterval = 300ms\n"
    "[collector.disk]\nenabled = no\n[collector.filesystem]\nenabled = no\n"
    "[collector.memory]\nenabled = no\n[collector.self]\nenabled = no\n[collector.vmstat]\nenabled = no\n";

}  // namespace

Stand::Stand(Engine engine) : server(engine), daemon(quick_config) {
  make_account();
  daemon.write("config.d/mysql.ini", "[mysql]\nhost = 127.0.0.1\nport = " + std::to_string(wire.port()) +
                                         "\nuser = " + account +
                                         "\npassword_file = " + daemon.path("password") +
                                         "\ndatabase = monitor\ntls = off\n"
                                         "connect_timeout = 2s\nio_timeout = 2s\n");
  write_flush_interval(usual_flush_interval);
  write_password(true);
}

void Stand::make_account() {
  server.execute("CREATE DATABASE monitor");
  server.execute(std::string("CREATE USER ") + account + "@'%' IDENTIFIED BY '" + right_password + "'");
  server.execute(std::string("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO ") +
                 account + "@'%'");
  server.execute("CREATE USER crowd@'%'");
}

void Stand::write_password(bool right) const {
  daemon.write("password", right ? right_password : "wrong");
}

void Stand::write_flush_interval(std::chrono::milliseconds interval) const {
  daemon.write("config.d/flush.ini",
               "[mysql]\nflush_interval = " + std::to_string(interval.count()) + "ms\n");
}

void Stand::start_daemon() {
  doomed_ = false;
  long_back_off_ = false;
  ++daemon_starts_;
  daemon.start();
}

void Stand::start_doomed(std::string_view point, int passes) {
  ::setenv("CARETAKER_FAULT", (std::string(point) + ":" + std::to_string(passes)).c_str(), 1);
  doomed_ = true;
  long_back_off_ = false;
  ++daemon_starts_;
  daemon.launch();
  ::unsetenv("CARETAKER_FAULT");
}

void Stand::expect_daemon() {
  if (daemon.is_running()) return;
  const int status = daemon.wait();
  if (!doomed_ || status != -SIGKILL) {
    throw Failure("caretakerd ended by itself with " + std::to_string(status) + ": " + daemon.err());
  }
}

void Stand::kill_daemon() {
  expect_daemon();
  daemon.kill();
}

void Stand::stop_daemon() {
  expect_daemon();
  if (!daemon.is_running()) return;
  const int status = daemon.stop();
  if (status != 0) throw Failure("caretakerd stopped with " + std::to_string(status) + ": " + daemon.err());
}

void Stand::start_server() {
  ++server_starts_;
  server.start();
}

bool Stand::lift() {
  wire.heal();
  write_password(true);
  expect_daemon();
  if (daemon.is_running() && !doomed_ && !long_back_off_) return true;
  kill_daemon();
  start_daemon();
  return false;
}

std::int64_t Stand::stored_seq() const {
  return sqlite_number(daemon.store(), "SELECT COALESCE(MAX(seq), 0) FROM batches");
}

std::int64_t Stand::delivered_seq() const {
  return sqlite_number(daemon.store(),
                       "SELECT COALESCE((SELECT value FROM meta WHERE name = 'delivered_seq'), 0)");
}

bool Stand::periods_delivered() const {
  return sqlite_number(daemon.store(),
                       "SELECT COALESCE((SELECT value FROM meta WHERE name = 'delivered_period'), 0)"
                       " >= COALESCE((SELECT MAX(period) FROM periods), 0)") != 0;
}

void Stand::pause(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace caretaker::chaos
