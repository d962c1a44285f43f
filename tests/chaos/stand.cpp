// SPDX-License-Identifier: MIT
#include "chaos/stand.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "sql/mysql_connection.h"
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

constexpr std::int64_t deleted_ms = 5000;

std::int64_t now_ms() {
  return SystemClock().now().realtime_ns / ns_per_ms;
}

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
  std::filesystem::permissions(daemon.path("password"),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
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

void Stand::delete_newest_rows() {
  const std::int64_t since_ms = std::max(history_begin_ms_, now_ms() - deleted_ms);
  auto root = MysqlConnection::connect(server.config("root", "", "monitor"), Secret());
  if (!root) throw Failure(root.error().message);
  // It may lose against a delivery; then nothing is deleted.
  const auto deleted = root->execute("DELETE FROM monitor.samples WHERE time > '1970-01-01' + INTERVAL " +
                                     std::to_string(since_ms) + "000 MICROSECOND");
  if (deleted && deleted_since_ms_ == 0) deleted_since_ms_ = since_ms;
}

void Stand::restore_deleted_rows() {
  if (deleted_since_ms_ == 0) return;
  const auto repeats = [this] {
    return sqlite_number(daemon.store(), "SELECT COUNT(*) FROM events WHERE kind = 'redelivered'");
  };
  const std::int64_t before = repeats();
  const std::int64_t age_s = (now_ms() - deleted_since_ms_) / 1000 + 1;
  const ChildResult asked = daemon.ctl({"mysql", "redeliver", "--since", std::to_string(age_s) + "s"});
  if (asked.exit_status != 0) throw Failure("redeliver: " + asked.standard_error);
  if (!watch(recovery_limit, [&] { return repeats() > before; })) throw Failure("nothing is sent again");
  deleted_since_ms_ = 0;
}

void Stand::begin_history() {
  history_begin_ms_ = now_ms();
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
