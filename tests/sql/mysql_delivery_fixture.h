// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "sql/delivering_host.h"

namespace caretaker {

// A host, and a real server of each engine in turn.
class MysqlDeliveryTest : public testing::TestWithParam<Engine>, protected DeliveringHost {
 protected:
  // `disk_bytes`: of the server; 0 for no limit.
  explicit MysqlDeliveryTest(std::uint64_t disk_bytes = 0) : server_(GetParam(), {}, disk_bytes) {
    make_database(server_);
    config_ = server_.config("caretaker", "secret", "monitor");
  }

  void deliver() {
    MysqlDelivery delivery(config_, host_, *store_);
    const auto done = delivery.flush({});
    ASSERT_TRUE(done) << done.error().message;
  }

  Samples server_samples() { return samples_on(server_); }
  void expect_everything_arrived_once() { expect_everything_is_once_on(server_); }
  std::string count(const std::string& table) {
    return server_.value("SELECT COUNT(*) FROM monitor." + table);
  }

  SqlServer server_;
  MysqlConfig config_;
};

}  // namespace caretaker
