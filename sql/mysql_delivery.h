// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/identity.h"
#include "base/result.h"
#include "config/config.h"

namespace caretaker {

class LocalStore;

struct DeliveryStatus {
  bool connected = false;
  std::string server;            // "MariaDB 10.11.19 at db1:3306"; never a secret
  std::string last_error;        // with the fix in plain words; empty while all is well
  std::string note;              // e.g. that system_monitor belongs to someone else and ours has another name
  std::uint64_t deliveries = 0;  // committed transactions
  std::uint64_t rows = 0;        // sample rows delivered by this process
  std::uint64_t duplicates = 0;  // of these, already there: the first value stayed
  std::uint64_t retries = 0;     // failed attempts
};

// Feeds MySQL from the local store: strictly in commit order, one transaction of whole batches at a time
// whose first statement is the compare-and-set on `deliveries` (docs/architecture.md, "The ledger"). Runs on
// the `mysql` job's thread; status() may be called from any thread. Errors never lose data: the cursor stands
// still.
class MysqlDelivery {
 public:
  MysqlDelivery(MysqlConfig config, HostIdentity host, LocalStore& store);
  MysqlDelivery(const MysqlDelivery&) = delete;
  MysqlDelivery& operator=(const MysqlDelivery&) = delete;
  ~MysqlDelivery();

  // One flush: connects if needed, delivers everything that waits, returns. Also returns as soon as `stop` is
  // requested and the transaction under way is answered or has timed out. Never sleeps: while the back-off
  // after an error lasts it only gives that error again.
  [[nodiscard]] Result<> flush(const std::stop_token& stop);

  [[nodiscard]] DeliveryStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
