// SPDX-License-Identifier: MIT
#include <atomic>
#include <thread>

#include "sql/delivering_host.h"
#include "sql/mysql_delivery.h"
#include "support/galera_cluster.h"

namespace caretaker {
namespace {

class MysqlGaleraTest : public testing::Test, protected DeliveringHost {
 protected:
  MysqlGaleraTest() { make_database(cluster_.node(0)); }

  // All nodes of the cluster, in the order in which this host tries them.
  [[nodiscard]] MysqlConfig config() {
    MysqlConfig config = cluster_.node(0).config("caretaker", "secret", "monitor");
    config.hosts.clear();
    for (std::size_t index = 0; index < GaleraCluster::size; ++index) {
      config.hosts.push_back("127.0.0.1:" + std::to_string(cluster_.node(index).port()));
    }
    config.connect_timeout = 2s;
    config.io_timeout = 5s;
    return config;
  }
  std::string samples_at(std::size_t index) {
    return cluster_.node(index).value("SELECT COUNT(*) FROM monitor.samples");
  }
  void expect_everything_is_once_on_every_node(const MysqlDelivery& delivery) {
    for (std::size_t index = 0; index < GaleraCluster::size; ++index) {
      cluster_.wait_until_synced(index);
      // What another node has committed is applied a moment later.
      wait_until([&] { return samples_at(index) == std::to_string(local_samples().size()); });
      expect_everything_is_once_on(cluster_.node(index));
    }
    EXPECT_EQ(delivery.status().last_error, "");
  }

  GaleraCluster cluster_;
};

TEST_F(MysqlGaleraTest, RollingKillsOfTheNodesLoseAndDoubleNothing) {
  MysqlDelivery delivery(config(), host_, *store_);
  collect(10);
  flush_until_done(delivery);
  for (std::size_t index = 0; index < GaleraCluster::size; ++index) {
    {
      // The server that is in use is among those that die, in the middle of whatever happens then.
      std::atomic<int> flushes = 0;
      const std::jthread uploading([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          [[maybe_unused]] const auto done = delivery.flush({});
          ++flushes;
        }
      });
      for (int i = 0; i < 10; ++i) collect(20);
      cluster_.kill(index);
      for (int i = 0; i < 10; ++i) collect(20);
      const int before = flushes;
      wait_until([&] { return flushes > before + 1; });
    }
    flush_until_done(delivery);
    collect(20);
    cluster_.start(index);
    collect(20);
    flush_until_done(delivery);
  }
  expect_everything_is_once_on_every_node(delivery);
  EXPECT_EQ(delivery.status().duplicates, 0U);
}

}  // namespace
}  // namespace caretaker
