// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/identity.h"
#include "base/record.h"
#include "base/result.h"
#include "config/config.h"
#include "sql/mysql_upload.h"

namespace caretaker {

class LocalStore;

struct DeliveryStatus : UploadCounters {
  bool connected = false;          // or, with a long flush interval, well at the last flush
  std::string server;              // "MariaDB 10.11.19 at db1:3306"; never a secret
  std::string last_error;          // with the fix in plain words; empty while all is well
  std::vector<std::string> notes;  // what people should know though samples arrive
};

// So long one flush goes on with a backlog; the rest comes with the next one, as a run without an end would
// look stuck. At least the interval, up to a limit: a backlog is then worked on without pauses.
[[nodiscard]] milliseconds flush_time_max(const MysqlConfig& config);

// Feeds MySQL from the local store: strictly in commit order, one transaction of whole batches at a time
// whose first statement is the compare-and-set on `deliveries` (docs/architecture.md, "The ledger"). Runs on
// the `mysql` job's thread; status() and redeliver() may be called from any thread. Errors never lose data:
// the cursor stands still.
class MysqlDelivery {
 public:
  // Kinds of events: epoch_begun, machine_id_cloned, rows_refused, redelivered. Raised on the job's thread;
  // without `on_event` they go to the local store only.
  using OnEvent = std::function<void(Event)>;
  MysqlDelivery(MysqlConfig config, HostIdentity host, LocalStore& store, OnEvent on_event = {});
  MysqlDelivery(const MysqlDelivery&) = delete;
  MysqlDelivery& operator=(const MysqlDelivery&) = delete;
  ~MysqlDelivery();

  // One flush: connects if needed, delivers everything that waits, returns. Also returns as soon as `stop` is
  // requested and the transaction under way is answered or has timed out. Never sleeps: while the back-off
  // after an error lasts it only gives that error again.
  [[nodiscard]] Result<> flush(const std::stop_token& stop);

  // Sends everything from `since_ms` (UTC) on once more with the next flush, because a server may lose what
  // it has acknowledged; what is there already stays. A restart of the daemon forgets it. Any thread.
  void redeliver(std::int64_t since_ms);

  [[nodiscard]] DeliveryStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
