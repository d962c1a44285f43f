// SPDX-License-Identifier: MIT
#include "sql/mysql_delivery.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <utility>

#include "config/secrets.h"
#include "sql/local_store.h"
#include "sql/mysql_backoff.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_servers.h"
#include "sql/mysql_upkeep.h"
#include "sql/mysql_writer.h"

namespace caretaker {
namespace {

constexpr milliseconds flush_time_lowest{20'000};
constexpr milliseconds flush_time_highest{120'000};
// From this interval on the connection is closed between flushes: a fleet would hold too many.
constexpr milliseconds flush_interval_kept_open{30'000};
constexpr int mysql_error_min = 1000;  // below are errno values

}  // namespace

milliseconds flush_time_max(const MysqlConfig& config) {
  return std::clamp(config.flush_interval, flush_time_lowest, flush_time_highest);
}

class MysqlDelivery::Impl {
 public:
  Impl(MysqlConfig config, HostIdentity host, LocalStore& store, OnEvent on_event)
      : config_(std::move(config)),
        host_(std::move(host)),
        on_event_(on_event ? std::move(on_event) : [&store](Event event) { store.append(std::move(event)); }),
        upload_(host_, mysql_address(config_), store, on_event_),
        upkeep_(config_, host_.id, on_event_) {}

  Result<> flush(const std::stop_token& stop);
  DeliveryStatus status() const;
  void redeliver(std::int64_t since_ms) { upload_.request_repeat(since_ms); }

 private:
  // A connection that is ready to write. Dropped as a whole after an error.
  struct Session {
    MysqlConnection connection;
    MysqlSchema schema;
    MysqlWriter writer;

    Session(MysqlConnection opened, MysqlSchema found, const HostIdentity& host, const MysqlConfig& config)
        : connection(std::move(opened)),
          schema(std::move(found)),
          writer(connection, host, schema.system_monitor, config.raw) {}
  };

  Result<> attempt(const std::stop_token& stop);
  [[nodiscard]] bool has_new_password() const;
  Result<> connect(const std::stop_token& stop);
  std::unexpected<Error> mysql_failed(const Error& error, const MysqlServer& server);
  std::unexpected<Error> connection_failed(Error error);
  void publish(const Result<>& flushed);
  void set_note(const std::string& topic, std::string text);

  const MysqlConfig config_;
  const HostIdentity host_;
  const OnEvent on_event_;

  // The job's thread.
  std::unique_ptr<Session> session_;
  MysqlUpload upload_;
  MysqlUpkeep upkeep_;
  MysqlBackoff backoff_{std::random_device{}()};
  Error last_failure_;  // of MySQL; given again while the back-off lasts
  Secret password_;     // as used for the last connection

  // Any thread.
  mutable std::mutex mutex_;
  DeliveryStatus status_;
  std::map<std::string, std::string> notes_;  // by topic
  std::uint64_t failures_ = 0;
};

Result<> MysqlDelivery::Impl::flush(const std::stop_token& stop) {
  if (!backoff_.ready(MysqlBackoff::Clock::now()) && !has_new_password()) {
    return std::unexpected(last_failure_);
  }
  auto done = attempt(stop);
  if (done) backoff_.succeeded();
  publish(done);
  return done;
}

// Somebody has mended the file since the server refused what was in it: no need to wait.
bool MysqlDelivery::Impl::has_new_password() const {
  if (last_failure_.code != ER_ACCESS_DENIED_ERROR) return false;
  const auto password = resolve_mysql_password(config_);
  return password && *password != password_;
}

Result<> MysqlDelivery::Impl::attempt(const std::stop_token& stop) {
  if (!upload_.follow_store()) return fail("the local store is not open, nothing can be delivered");
  if (!session_) {
    if (auto connected = connect(stop); !connected) return connected;
  }
  auto maintenance_note = upkeep_.run(session_->connection, session_->schema.system_monitor);
  if (maintenance_note) set_note("maintenance", std::move(*maintenance_note));
  const auto end = std::chrono::steady_clock::now() + flush_time_max(config_);
  const auto done = upload_.run(session_->connection, session_->writer, stop, end);
  if (!done && done.error().code >= mysql_error_min) {
    return mysql_failed(done.error(), session_->connection.server());
  }
  if (config_.flush_interval >= flush_interval_kept_open) session_.reset();
  return done;
}

Result<> MysqlDelivery::Impl::connect(const std::stop_token& stop) {
  auto password = resolve_mysql_password(config_);
  if (!password) return connection_failed(password.error());
  password_ = *password;
  auto connection = connect_to_any(config_, *password, host_.id, stop);
  if (!connection) return connection_failed(connection.error());
  auto schema = bring_up_mysql_schema(*connection, config_.database, upkeep_.holder());
  if (!schema) return mysql_failed(schema.error(), connection->server());
  session_ = std::make_unique<Session>(std::move(*connection), std::move(*schema), host_, config_);
  upload_.reconnected();
  set_note("schema", session_->schema.note);
  const MysqlServer& server = session_->connection.server();
  const std::lock_guard lock(mutex_);
  status_.connected = true;
  status_.server = fmt::format("{} at {}", server.name, server.address);
  return {};
}

std::unexpected<Error> MysqlDelivery::Impl::mysql_failed(const Error& error, const MysqlServer& server) {
  return connection_failed(with_fix(error, error_context(config_, server.address, server.account)));
}

// `error` has its fix. The next attempt begins with a new connection.
std::unexpected<Error> MysqlDelivery::Impl::connection_failed(Error error) {
  last_failure_ = std::move(error);
  backoff_.failed(classify_mysql_error(last_failure_.code), MysqlBackoff::Clock::now());
  session_.reset();
  const std::lock_guard lock(mutex_);
  status_.connected = false;
  ++failures_;
  return std::unexpected(last_failure_);
}

void MysqlDelivery::Impl::publish(const Result<>& flushed) {
  const std::lock_guard lock(mutex_);
  status_.last_error = flushed ? "" : flushed.error().message;
  static_cast<UploadCounters&>(status_) = upload_.counters();
  status_.retries += failures_;
}

void MysqlDelivery::Impl::set_note(const std::string& topic, std::string text) {
  const std::lock_guard lock(mutex_);
  if (text.empty()) {
    notes_.erase(topic);
  } else {
    notes_[topic] = std::move(text);
  }
}

DeliveryStatus MysqlDelivery::Impl::status() const {
  const std::lock_guard lock(mutex_);
  DeliveryStatus status = status_;
  for (const auto& [topic, note] : notes_) status.notes.push_back(note);
  return status;
}

MysqlDelivery::MysqlDelivery(MysqlConfig config, HostIdentity host, LocalStore& store, OnEvent on_event)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(host), store, std::move(on_event))) {}
MysqlDelivery::~MysqlDelivery() = default;

Result<> MysqlDelivery::flush(const std::stop_token& stop) {
  return impl_->flush(stop);
}
void MysqlDelivery::redeliver(std::int64_t since_ms) {
  impl_->redeliver(since_ms);
}
DeliveryStatus MysqlDelivery::status() const {
  return impl_->status();
}

}  // namespace caretaker
