// SPDX-License-Identifier: MIT
#include "sql/mysql_delivery_fixture.h"
#include "sql/mysql_servers.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

void add_account(SqlServer& server) {
  server.execute("CREATE USER caretaker@'%'");
}

class MysqlServers : public testing::TestWithParam<Engine> {
 protected:
  MysqlServers() { add_account(server_); }

  Result<MysqlConnection> connect(std::vector<std::string> hosts, std::int64_t host_id = 0) {
    MysqlConfig config = server_.config("caretaker", "", "");
    config.hosts = std::move(hosts);
    return connect_to_any(config, Secret(), host_id);
  }

  SqlServer server_{GetParam()};
};

TEST_P(MysqlServers, TheFirstThatCanBeReachedAndWrittenToIsUsed) {
  SqlServer replica(GetParam());
  add_account(replica);
  replica.execute("SET GLOBAL read_only = 1");
  const SqlServer foreign(GetParam());
  const std::vector<std::string> hosts = {local(free_port()), local(replica.port()), local(foreign.port()),
                                          local(server_.port())};
  for (std::int64_t host_id = 0; host_id < 12; ++host_id) {
    const auto connection = connect(hosts, host_id);
    ASSERT_TRUE(connection) << connection.error().message;
    EXPECT_EQ(connection->server().address, local(server_.port()));
  }
  server_.kill();
  const auto none = connect(hosts);
  ASSERT_FALSE(none);
  EXPECT_THAT(classify_mysql_error(none.error().code),
              AnyOf(MysqlErrorClass::reconnect, MysqlErrorClass::node));
  for (const std::string& host : hosts) EXPECT_THAT(none.error().message, HasSubstr(host + ": MySQL error"));
  EXPECT_THAT(none.error().message, AllOf(HasSubstr("read_only is ON"), HasSubstr("Access denied")));
}

TEST_P(MysqlServers, AReadOnlyServerIsNamedWithTheReason) {
  server_.execute("SET GLOBAL read_only = 1");
  const auto refused = connect({local(server_.port())});
  ASSERT_FALSE(refused);
  EXPECT_EQ(classify_mysql_error(refused.error().code), MysqlErrorClass::node);
  EXPECT_THAT(refused.error().message,
              HasSubstr("read_only is ON; the server at " + local(server_.port()) + " takes no writes now"));
  server_.execute("SET GLOBAL read_only = 0");
  EXPECT_TRUE(connect({local(server_.port())}));
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlServers, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

TEST(MysqlServersOfMariaDb, AServerWhoseTablesAreReadOnlyIsNotUsed) {
  const MariadbServer frozen({"--innodb-read-only"});
  const auto refused = connect_to_any(frozen.config("root", "", ""), Secret(), 0);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("innodb_read_only is ON; the server at "));
}

TEST(MysqlServersOfMariaDb, AGaleraNodeThatLeftItsClusterIsNotUsed) {
  const std::string group = local(free_port());
  MariadbServer node;
  node.stop();
  node.start({"--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--binlog-format=ROW",
              "--innodb-autoinc-lock-mode=2", "--wsrep-cluster-address=gcomm://",
              "--wsrep-node-address=" + group,
              "--wsrep-provider-options=gmcast.listen_addr=tcp://" + group +
                  ";ist.recv_addr=" + local(free_port())});
  const MysqlConfig config = node.config("root", "", "");
  wait_until([&] { return connect_to_any(config, Secret(), 0).has_value(); });
  node.execute("SET GLOBAL wsrep_cluster_address = ''");
  const auto refused = connect_to_any(config, Secret(), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(classify_mysql_error(refused.error().code), MysqlErrorClass::node);
  EXPECT_THAT(refused.error().message, HasSubstr("wsrep_ready is OFF"));
}

TEST_P(MysqlServers, NoFurtherServerIsTriedOnceStopIsAskedFor) {
  std::stop_source stop;
  stop.request_stop();
  MysqlConfig config = server_.config("root", "", "");
  const std::uint16_t closed = free_port();
  config.hosts = {local(closed), "localhost:" + std::to_string(closed)};
  const auto stopped = connect_to_any(config, Secret(), 0, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().message, testing::StartsWith("MySQL error"));
}

TEST_P(MysqlDeliveryTest, AServerThatTurnsReadOnlyIsLeftForTheNext) {
  SqlServer other(GetParam());
  make_database(other);
  config_.hosts = {local(server_.port()), local(other.port())};
  MysqlDelivery delivery(config_, host_, *store_);
  collect(2);
  ASSERT_TRUE(delivery.flush({}));
  const bool ours = delivery.status().server.ends_with(local(server_.port()));
  SqlServer& chosen = ours ? server_ : other;
  SqlServer& next = ours ? other : server_;
  EXPECT_EQ(chosen.value("SELECT COUNT(*) FROM monitor.samples"), "10");

  chosen.set_read_only(true);
  collect(3);
  EXPECT_FALSE(delivery.flush({}));
  EXPECT_FALSE(delivery.status().connected);
  flush_until_done(delivery);
  EXPECT_THAT(delivery.status().server, EndsWith(local(next.port())));
  EXPECT_EQ(next.value("SELECT COUNT(*) FROM monitor.samples"), "15");
  EXPECT_EQ(chosen.value("SELECT COUNT(*) FROM monitor.samples"), "10");
}

TEST_P(MysqlDeliveryTest, APasswordFileIsReadAgainAfterTheServerRefusedIt) {
  config_.password = Secret();
  config_.password_file = dir_.write("password", "old\n");
  MysqlDelivery delivery(config_, host_, *store_);
  collect(1);
  const auto refused = delivery.flush({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 1045);
  EXPECT_THAT(refused.error().message, HasSubstr("password_file " + config_.password_file));
  dir_.write("password", "secret\n");
  flush_until_done(delivery);
}

}  // namespace
}  // namespace caretaker
