// SPDX-License-Identifier: MIT
// The wire between delivery and server breaks at every packet.
#include "sql/mysql_delivery.h"
#include "sql/mysql_delivery_fixture.h"
#include "support/wire_proxy.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class MysqlWireTest : public MysqlDeliveryTest {
 protected:
  using Side = WireProxy::Side;
  using Fault = WireProxy::Fault;

  MysqlWireTest() {
    config_.port = proxy_.port();
    config_.tls = TlsMode::off;
  }

  // One session per packet of a whole session, from the greeting to the answer to COMMIT: each breaks one
  // packet later, and is followed by one that does not. How many packets there were.
  template <class Break>
  int break_at_every_packet(Break break_at) {
    constexpr int packets_max = 1'000;
    for (int packet = 1; packet < packets_max; ++packet) {
      collect(1);
      proxy_.heal();
      break_at(packet);
      MysqlDelivery delivery(config_, host_, *store_);
      const bool done = delivery.flush({}).has_value();
      if (!proxy_.broken()) {
        EXPECT_TRUE(done);
        return packet - 1;
      }
      proxy_.heal();
      // A daemon that goes on, or one that was restarted; the latter does not know of any back-off.
      packet % 8 == 0 ? flush_until_done(delivery) : deliver();
    }
    return packets_max;
  }

  // The session that was cut holds up the next one for as long as its lease lasts.
  void end_leases() {
    const std::string made = server_.value(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'monitor' AND TABLE_NAME = "
        "'leases'");
    if (made == "1") server_.execute("DELETE FROM monitor.leases");
  }

  // For wires that fall silent: nothing but the timeouts ends the wait.
  void wait_briefly() {
    config_.connect_timeout = 2s;
    config_.io_timeout = 2s;
  }

  WireProxy proxy_{server_.port()};
};

TEST_P(MysqlWireTest, CutBehindEveryPacketOfTheClientNothingIsLostOrDoubled) {
  deliver();
  EXPECT_GT(break_at_every_packet([&](int packet) { proxy_.break_after(Side::client, packet); }), 12);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, CutBehindEveryPacketOfTheServerNothingIsLostOrDoubled) {
  deliver();
  EXPECT_GT(break_at_every_packet([&](int packet) { proxy_.break_after(Side::server, packet); }), 30);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, CutInPlaceOfEveryPacketOfTheServerNothingIsLostOrDoubled) {
  deliver();
  EXPECT_GT(break_at_every_packet([&](int packet) { proxy_.break_at(Side::server, packet); }), 30);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, TablesAreMadeByManySessionsThatAreCut) {
  collect(1);
  int cuts = 0;
  for (;; ++cuts) {  // each gets one packet further than the one before
    proxy_.heal();
    proxy_.break_after(Side::client, cuts + 1);
    MysqlDelivery delivery(config_, host_, *store_);
    const bool done = delivery.flush({}).has_value();
    if (!proxy_.broken()) {
      EXPECT_TRUE(done);
      break;
    }
    end_leases();
  }
  EXPECT_GT(cuts, 30);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, ACommitWhoseAnswerIsLostIsKnownFromTheLedger) {
  collect(3);
  proxy_.break_at_commit_reply();
  MysqlDelivery delivery(config_, host_, *store_);
  const auto cut = delivery.flush({});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, 2013);
  ASSERT_TRUE(proxy_.broken());
  wait_until([&] { return count("samples") == "15"; });  // it may still be at it
  EXPECT_EQ(store_->status().delivered_seq, 0);
  collect(3);
  flush_until_done(delivery);
  EXPECT_EQ(delivery.status().rows, 15U) << "the rows were sent again";
  EXPECT_EQ(delivery.status().duplicates, 0U);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, AWireThatStallsIsGivenUpAfterTheTimeout) {
  deliver();
  wait_briefly();
  const auto stall_and_recover = [&](const std::function<void()>& arm) {
    collect(3);
    proxy_.heal();
    arm();
    MysqlDelivery delivery(config_, host_, *store_);
    EXPECT_FALSE(delivery.flush({}));
    EXPECT_TRUE(proxy_.broken());
    EXPECT_FALSE(delivery.status().connected);
    proxy_.heal();
    flush_until_done(delivery);
    expect_everything_arrived_once();
  };
  stall_and_recover([&] { proxy_.break_at(Side::server, 1, Fault::stall); });  // the greeting
  stall_and_recover([&] { proxy_.break_at(Side::server, 20, Fault::stall); });
  stall_and_recover([&] { proxy_.break_at_commit_reply(Fault::stall); });
}

TEST_P(MysqlWireTest, AHalfOpenConnectionIsGivenUpAfterTheTimeout) {
  wait_briefly();
  collect(1);
  MysqlDelivery delivery(config_, host_, *store_);
  ASSERT_TRUE(delivery.flush({}));
  for (int i = 0; i < 4; ++i) collect(3'000);  // more than the buffers of both sockets take
  proxy_.heal();
  proxy_.break_after(Side::client, 2, Fault::half_open);  // the first statement behind BEGIN
  EXPECT_FALSE(delivery.flush({}));
  EXPECT_TRUE(proxy_.broken());
  proxy_.heal();
  flush_until_done(delivery);
  expect_everything_arrived_once();
}

TEST_P(MysqlWireTest, AServerThatRefusesConnectionsIsOnlyADelay) {
  MysqlDelivery delivery(config_, host_, *store_);
  collect(3);
  ASSERT_TRUE(delivery.flush({}));
  proxy_.refuse();
  collect(3);
  EXPECT_FALSE(delivery.flush({}));
  wait_until([&] {
    const auto refused = delivery.flush({});
    return !refused && refused.error().message.contains("nothing answers at 127.0.0.1");
  });
  proxy_.heal();
  flush_until_done(delivery);
  expect_everything_arrived_once();
}

INSTANTIATE_TEST_SUITE_P(Engines, MysqlWireTest, testing::ValuesIn(engines()),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace caretaker
