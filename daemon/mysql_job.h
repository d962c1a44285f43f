// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "daemon/job.h"
#include "sql/mysql_delivery.h"

namespace caretaker {

// Flushes the local store to MySQL. The delivery is shared with the main thread, which reads its status.
class MysqlJob final : public JobWork {
 public:
  explicit MysqlJob(std::shared_ptr<MysqlDelivery> delivery) : delivery_(std::move(delivery)) {}
  [[nodiscard]] RunReport run(const Tick&, const std::stop_token& stop) override {
    const auto flushed = delivery_->flush(stop);
    if (!flushed) return {.outcome = JobOutcome::failed, .message = flushed.error().message};
    return {};
  }

 private:
  std::shared_ptr<MysqlDelivery> delivery_;
};

}  // namespace caretaker
