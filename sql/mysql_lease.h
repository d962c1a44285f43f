// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

inline constexpr const char* schema_lease = "schema";
inline constexpr const char* maintenance_lease = "maintenance";

// How long a lease lasts that nobody renews: so long is everybody held up by a holder that died.
inline constexpr std::chrono::seconds lease_duration{60};

// A row of `leases`: one of all hosts does what several could only do in each other's way. It ends by itself,
// by the server's clock in UTC, so what is done under it may still meet a second holder (a statement that
// took longer, a cluster that lost a commit) and must do no harm then. GET_LOCK() would not do: Galera and
// TiDB lack it. Used on the connection's thread; the connection must outlive it.
class MysqlLease {
 public:
  // `holder` tells whoever asks from the others; the same holder gets its own lease again, as after a lost
  // connection. Nothing: somebody else has it.
  [[nodiscard]] static Result<std::optional<MysqlLease>> take(MysqlConnection& connection, std::string name,
                                                              std::int64_t holder);
  // Asks again until `wait`, on this thread; then an error that is worth another try (classify_mysql_error).
  [[nodiscard]] static Result<MysqlLease> wait_for(MysqlConnection& connection, const std::string& name,
                                                   std::int64_t holder, std::chrono::milliseconds wait);
  MysqlLease(const MysqlLease&) = delete;
  MysqlLease& operator=(const MysqlLease&) = delete;
  MysqlLease(MysqlLease&& other) noexcept;
  MysqlLease& operator=(MysqlLease&&) = delete;
  ~MysqlLease();  // gives it back, if the connection still works

  // For another `lease_duration` from now. The error of a lease that is lost is worth another try.
  [[nodiscard]] Result<> renew();

 private:
  MysqlLease(MysqlConnection& connection, std::string name, std::int64_t holder);

  MysqlConnection* connection_;  // null: moved from
  std::string name_;
  std::int64_t holder_;
};

// Makes the table `leases` where it is missing.
[[nodiscard]] Result<> make_lease_table(MysqlConnection& connection);

}  // namespace caretaker
