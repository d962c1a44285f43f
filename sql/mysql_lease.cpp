// SPDX-License-Identifier: MIT
#include "sql/mysql_lease.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <string_view>
#include <thread>
#include <utility>

#include "mysql_lease_table.h"
#include "sql/mysql_connection.h"

namespace caretaker {
namespace {

constexpr std::chrono::milliseconds poll_interval{100};

std::unexpected<Error> taken(std::string message) {
  return std::unexpected(Error{ER_LOCK_WAIT_TIMEOUT, std::move(message)});
}

// True when it is ours now.
Result<bool> claim(MysqlConnection& connection, const std::string& name, std::int64_t holder) {
  const auto changed = connection.execute(
      fmt::format("UPDATE leases SET holder = {}, expires_at = UTC_TIMESTAMP(3) + INTERVAL {} SECOND "
                  "WHERE name = '{}' AND (holder = {} OR expires_at <= UTC_TIMESTAMP(3))",
                  holder, lease_duration.count(), name, holder));
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 1) return true;
  // An UPDATE that finds its own values already there changes nothing.
  auto rows = connection.query(
      fmt::format("SELECT 1 FROM leases WHERE name = '{}' AND holder = {} AND expires_at > UTC_TIMESTAMP(3)",
                  name, holder));
  if (!rows) return std::unexpected(rows.error());
  return !rows->empty();
}

}  // namespace

MysqlLease::MysqlLease(MysqlConnection& connection, std::string name, std::int64_t holder)
    : connection_(&connection), name_(std::move(name)), holder_(holder) {}

MysqlLease::MysqlLease(MysqlLease&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      name_(std::move(other.name_)),
      holder_(other.holder_) {}

MysqlLease::~MysqlLease() {
  if (connection_ == nullptr) return;
  // Without a connection it expires.
  [[maybe_unused]] const auto given_back = connection_->execute(fmt::format(
      "UPDATE leases SET expires_at = UTC_TIMESTAMP(3) WHERE name = '{}' AND holder = {}", name_, holder_));
}

Result<std::optional<MysqlLease>> MysqlLease::take(MysqlConnection& connection, std::string name,
                                                   std::int64_t holder) {
  auto ours = claim(connection, name, holder);
  if (ours && !*ours) {
    // Also the first time ever, when there is no row yet.
    const auto row = connection.execute(
        fmt::format("INSERT INTO leases (name, holder, expires_at) VALUES ('{}', 0, '1970-01-01') "
                    "ON DUPLICATE KEY UPDATE name = name",
                    name));
    if (!row) return std::unexpected(row.error());
    if (*row != 0) ours = claim(connection, name, holder);
  }
  if (!ours) return std::unexpected(ours.error());
  if (!*ours) return std::nullopt;
  return MysqlLease(connection, std::move(name), holder);
}

Result<MysqlLease> MysqlLease::wait_for(MysqlConnection& connection, const std::string& name,
                                        std::int64_t holder, std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    auto lease = take(connection, name, holder);
    if (!lease) return std::unexpected(lease.error());
    if (*lease) return std::move(**lease);
    if (std::chrono::steady_clock::now() >= deadline) {
      return taken(fmt::format("another host holds the lease `{}`; one that died is waited for {} s", name,
                               lease_duration.count()));
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

Result<> MysqlLease::renew() {
  const auto ours = claim(*connection_, name_, holder_);
  if (!ours) return std::unexpected(ours.error());
  if (!*ours) return taken(fmt::format("the lease `{}` expired and another host took it", name_));
  return {};
}

Result<> make_lease_table(MysqlConnection& connection) {
  std::string_view text = mysql_lease::files[0].text;
  text.remove_suffix(text.size() - text.rfind(';'));
  const auto made = connection.execute(text);
  if (!made) return std::unexpected(made.error());
  return {};
}

}  // namespace caretaker
