// SPDX-License-Identifier: MIT
// The judge of the random faults sees every kind of wrong row.
#include "chaos/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chaos/faults.h"
#include "sql/sqlite.h"
#include "support/eventually.h"

namespace caretaker::chaos {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ChaosOracle : public testing::Test {
 protected:
  void SetUp() override {
    stand.start_daemon();
    ASSERT_TRUE(eventually(
        [&] { return count("samples") > 500 && count("job_runs") > 2 && count("system_monitor") > 2; }));
    stand.stop_daemon();
    ASSERT_THAT(oracle.check(true), IsEmpty());
  }

  int count(const std::string& table) {
    const bool made = stand.server.value(
                          "SELECT COUNT(*) FROM information_schema.TABLES WHERE "
                          "TABLE_SCHEMA = 'monitor' AND TABLE_NAME = '" +
                          table + "'") == "1";
    return made ? std::stoi(stand.server.value("SELECT COUNT(*) FROM monitor." + table)) : 0;
  }

  void deliver_more() {
    stand.start_daemon();
    const std::int64_t before = stand.delivered_seq();
    ASSERT_TRUE(eventually([&] { return stand.delivered_seq() > before + 20; }));
    stand.stop_daemon();
  }

  Stand stand{Engine::mariadb};
  Oracle oracle{stand};
};

TEST_F(ChaosOracle, SeesLostDoubledAndChangedRows) {
  const auto sabotage = [&](const std::string& sql, const std::string& difference) {
    stand.server.execute("CREATE OR REPLACE TABLE monitor.kept AS SELECT * FROM monitor.samples");
    stand.server.execute(sql);
    EXPECT_THAT(oracle.check(true), Contains(HasSubstr(difference))) << sql;
    stand.server.execute("DELETE FROM monitor.samples");
    stand.server.execute("INSERT INTO monitor.samples SELECT * FROM monitor.kept");
    EXPECT_THAT(oracle.check(true), IsEmpty()) << sql;
  };
  sabotage("DELETE FROM monitor.samples LIMIT 1", "here, none there");
  sabotage(
      "INSERT INTO monitor.samples SELECT series_id, time + INTERVAL 7000 MICROSECOND, value "
      "FROM monitor.kept LIMIT 1",
      "none here");
  sabotage("UPDATE monitor.samples SET value = value + 1 LIMIT 1", "here,");
  stand.server.execute("DELETE FROM monitor.job_runs LIMIT 1");
  EXPECT_THAT(oracle.check(true), Contains(HasSubstr("job_runs: only here")));
  stand.server.execute("DELETE FROM monitor.system_monitor LIMIT 1");
  EXPECT_THAT(oracle.check(true), Contains(HasSubstr("rows of system_monitor there")));
  stand.server.execute("UPDATE monitor.events SET message = 'another' LIMIT 1");
  EXPECT_THAT(oracle.check(true), Contains(HasSubstr("events: only there")));
}

TEST_F(ChaosOracle, SeesBooksThatDoNotBalance) {
  auto store = SqliteConnection::open(stand.daemon.store(), SqliteConnection::Mode::read_write,
                                      std::chrono::seconds(5));
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->execute("UPDATE counters SET value = value + 1 WHERE name = 'delivered'"));
  EXPECT_THAT(oracle.check(false), Contains(HasSubstr("count as delivered")));
}

TEST_F(ChaosOracle, SeesWrongRollups) {
  // As if the minute were over.
  stand.server.execute("UPDATE monitor.samples SET time = time - INTERVAL 2 MINUTE");
  EXPECT_THAT(oracle.check(false), Contains(HasSubstr("rollups of complete minutes")));
}

TEST_F(ChaosOracle, KnowsWhatARestoredStoreForgot) {
  Random random(1);
  stand.start_daemon();
  for (const Fault& fault : faults()) {
    if (fault.name == "snapshot-taken") fault.strike(stand, random);
  }
  stand.stop_daemon();
  ASSERT_TRUE(has_snapshot(stand));
  deliver_more();
  ASSERT_THAT(oracle.check(true), IsEmpty());
  oracle.forget_what_is_not_in(snapshot_file(stand));
  restore_snapshot(stand);
  EXPECT_GT(oracle.forgotten(), 0U);
  deliver_more();
  EXPECT_THAT(oracle.check(false), IsEmpty());
  EXPECT_THAT(oracle.check(true), IsEmpty());
  stand.server.execute("DELETE FROM monitor.samples LIMIT 1");
  EXPECT_THAT(oracle.check(true), Not(IsEmpty()));
}

}  // namespace
}  // namespace caretaker::chaos
